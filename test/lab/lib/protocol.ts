/** What the lab says to the agent inside, and what it hears back: one JSON value a line. */

/** Where a command runs: one of the lab's hosts, or null for the switch they are all plugged into. */
export type At = string | null;

export type Request =
  | {
      readonly op: "exec";
      readonly at: At;
      readonly argv: readonly string[];
      readonly stdin: string;
      readonly timeoutMs: number;
    }
  | {
      readonly op: "spawn";
      readonly at: At;
      readonly argv: readonly string[];
      readonly log: string;
      readonly env: Record<string, string>;
    }
  | { readonly op: "kill"; readonly pid: number; readonly signal: NodeJS.Signals }
  | { readonly op: "killAll"; readonly at: string }
  | { readonly op: "write"; readonly path: string; readonly text: string; readonly mode: number }
  | { readonly op: "read"; readonly path: string };

/** `status` is null when a signal ended the command or when it outlived `timeoutMs`. */
export type ExecResult = {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly timedOut: boolean;
  readonly stdout: string;
  readonly stderr: string;
};

export type ToAgent =
  | { readonly id: number; readonly request: Request }
  | { readonly id: number; readonly file: string };

/** `ack` comes as soon as a request was read: the serial line into the guest holds little, so only one is ever under way. */
export type FromAgent =
  | { readonly t: "ready" }
  | { readonly t: "ack"; readonly id: number }
  | { readonly t: "result"; readonly id: number; readonly value: unknown }
  | { readonly t: "error"; readonly id: number; readonly message: string }
  | { readonly t: "exit"; readonly pid: number; readonly code: number | null; readonly signal: NodeJS.Signals | null };

/** Holds a file for each host: the process that keeps its namespaces open. */
export const HOSTS_FOLDER = "/mnt/hosts";

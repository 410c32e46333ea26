import type { Command, ServiceId, SyncDaemon, Timeouts } from "../model.ts";

/** What one ipvsadm command line asks for. */
export type Request =
  | { readonly do: "help" | "version" | "flush" | "restore" }
  | { readonly do: "change"; readonly command: Command }
  | { readonly do: "zero"; readonly id?: ServiceId }
  | { readonly do: "save"; readonly numeric: boolean }
  /** 0 leaves a timeout as it is. */
  | { readonly do: "setTimeouts"; readonly timeouts: Timeouts }
  | { readonly do: "startDaemon"; readonly daemon: SyncDaemon }
  | { readonly do: "stopDaemon"; readonly role: SyncDaemon["role"]; readonly syncId: number }
  | List;

export type List = {
  readonly do: "list";
  readonly what: "services" | "connections" | "timeouts" | "daemons";
  readonly columns: Columns;
  readonly numeric: boolean;
  readonly exact: boolean;
  readonly sorted: boolean;
  /** With connections: the persistence engine's name and data. */
  readonly persistent: boolean;
  readonly id?: ServiceId;
};

export type Columns = "connections" | "stats" | "rate" | "thresholds" | "persistent" | "tunnels";

/** Why a command line is none. `message` undefined: the advice to ask for help. `goesOn`: a restore reads its next line. */
export type Wrong = { readonly message?: string; readonly status: number; readonly goesOn: boolean };

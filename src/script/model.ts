/** The account a script runs as; ids are resolved once, by the parent, when the configuration is read. */
export type ScriptUser = { readonly name: string; readonly uid: number; readonly gid: number };

/** A program with its arguments, run without a shell. `argv[0]` is the resolved path. `user` absent: as we run. */
export type ScriptSpec = { readonly argv: readonly string[]; readonly user?: ScriptUser };

/** How a run ended. `stderr` is its last lines, bounded; a timeout was ended with SIGTERM, then SIGKILL, to its group. */
export type ScriptOutcome = {
  readonly how: "exited" | "signalled" | "timeout" | "not-started" | "cancelled";
  readonly status?: number;
  readonly signal?: string;
  readonly error?: string;
  readonly stderr: string;
  readonly elapsedMs: number;
};

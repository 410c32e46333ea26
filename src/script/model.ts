/** The account a script runs as; ids are resolved once, by the parent, when the configuration is read. `groups`: those it
 *  has beside its own. */
export type ScriptUser = {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly groups?: readonly number[];
};

/** A program with its arguments, run without a shell. `argv[0]` is the resolved path. `user` absent: as we run. */
export type ScriptSpec = { readonly argv: readonly string[]; readonly user?: ScriptUser };

export type RunOptions = {
  /** Time allowed, in ms; without it a run may take for ever. */
  readonly timeoutMs?: number;
  /** Aborting it ends the run like a timeout, with the outcome "cancelled". */
  readonly signal?: AbortSignal;
  /** How much of the end of its output is kept. */
  readonly keepBytes?: number;
  /** It only looks at something: it has limits (RLIMIT_NPROC, RLIMIT_NOFILE, RLIMIT_CORE), its standard output is kept beside
   *  standard error, and it is ended when we are. What acts lives on, and its standard output is /dev/null. */
  readonly isCheck?: boolean;
  /** It cannot gain privileges by what it executes (no_new_privs): sudo does not work. */
  readonly noNewPrivileges?: boolean;
  /** It is ended when we are, as a check is. */
  readonly endsWithUs?: boolean;
};

/** How much of the end of the output of a program is kept where nothing else is said, in bytes. */
export const keptBytes = 4096;

/** Between SIGTERM and SIGKILL, as keepalived. */
export const killGraceMs = 2000;

/** How a run ended. `output` is its last lines, bounded; a timeout was ended with SIGTERM, then SIGKILL, to its group. "lost":
 *  the process that ran it ended, so that nobody knows. */
export type ScriptOutcome = {
  readonly how: "exited" | "signalled" | "timeout" | "not-started" | "cancelled" | "lost";
  readonly status?: number;
  readonly signal?: string;
  readonly error?: string;
  /** It was not started for want of room (processes, descriptors, memory), or since it is being written: later it may be. */
  readonly mayStartLater?: true;
  readonly output: string;
  readonly elapsedMs: number;
};

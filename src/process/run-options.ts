import type { ParseOptions } from "../config/parser.ts";
import type { LogOptions, StopOptions } from "./messages.ts";

export type PidFiles = {
  readonly parent: string;
  readonly vrrp: string;
  readonly checker: string;
  readonly bfd: string;
};

/** What the command line says of how files are read: -i and -e. */
export type Reading = Pick<ParseOptions, "configId" | "includeChecks">;

/** All that the command line of `run` says, with absolute paths. */
export type RunOptions = {
  /** The name we were called by, as ps, logs and pid files show it: lvskeeper or keepalived. */
  readonly program: string;
  /** The original arguments, for ps and for the daemon that a launcher starts. */
  readonly args: readonly string[];
  readonly configFile: string;
  readonly reading: Reading;
  readonly runVrrp: boolean;
  readonly runChecker: boolean;
  /** False with -B. */
  readonly runBfd: boolean;
  readonly log: LogOptions;
  readonly stop: StopOptions;
  readonly foreground: boolean;
  /** -d: leave the configuration as we understand it beside the pid file. */
  readonly dumpPlan: boolean;
  /** -s and -u: instead of what the configuration says. */
  readonly namespace?: string;
  readonly umask?: number;
  /** -R: a child that dies is the end of the director. */
  readonly noRespawn?: true;
  /** --ignore-sigint: for a debugger, whose interrupt is not meant for the director. */
  readonly ignoreInterrupt?: true;
  /** -m and -M: core files may be written, under names of this pattern (core(5)). */
  readonly coreFiles?: { readonly pattern?: string };
  /** What the log is to say of the options. */
  readonly remarks?: readonly string[];
  readonly pidFiles: PidFiles;
  readonly controlSocket: string;
};

export const DEFAULT_CONFIG_FILE = "/etc/keepalived/keepalived.conf";
export const DEFAULT_CONTROL_SOCKET = "/run/lvskeeper/control.sock";

const DEFAULT_PID_FILE = { lvskeeper: "/run/lvskeeper/lvskeeper.pid", keepalived: "/run/keepalived.pid" } as const;

const withoutExtension = (file: string): string => file.replace(/\.pid$/, "");

/** The pid files of a daemon. Those of the children follow the parent's name, so that a daemon started with its own -p
 *  shares nothing with another. */
export function pidFiles(program: string, given: Partial<PidFiles>): PidFiles {
  const parent = given.parent ?? DEFAULT_PID_FILE[program === "keepalived" ? "keepalived" : "lvskeeper"];
  const stem = withoutExtension(parent);
  // keepalived's own places, which scripts look at.
  if (parent === DEFAULT_PID_FILE.keepalived)
    return { parent, vrrp: "/run/vrrp.pid", checker: "/run/checkers.pid", bfd: "/run/bfd.pid", ...given };
  return {
    parent,
    vrrp: given.vrrp ?? `${stem}_vrrp.pid`,
    checker: given.checker ?? `${stem}_checkers.pid`,
    bfd: given.bfd ?? `${stem}_bfd.pid`,
  };
}

/** Where the bfd process tells of its sessions: beside its pid file. */
export const bfdFeedOf = ({ bfd }: Pick<PidFiles, "bfd">): string => `${withoutExtension(bfd)}.sock`;

/** Where the checker process tells of its virtual servers. */
export const checkerFeedOf = ({ checker }: Pick<PidFiles, "checker">): string => `${withoutExtension(checker)}.sock`;

/** Where the control socket of the daemon with this pid file is: one place for the default daemon, whichever name it was
 *  called by, and beside the pid file for any other. */
export const controlSocketOf = (parentPidFile: string): string =>
  Object.values<string>(DEFAULT_PID_FILE).includes(parentPidFile)
    ? DEFAULT_CONTROL_SOCKET
    : `${withoutExtension(parentPidFile)}.sock`;

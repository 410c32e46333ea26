import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import type { ProcessSeen } from "./process-match.ts";

/** The processes that run, from /proc; names byte for byte (latin1). What ends while it is looked at is passed over. */
export type ProcessTable = {
  pids(): readonly number[];
  /** Undefined when it has ended. */
  look(pid: number): ProcessSeen | undefined;
  /** Its process numbers are those that the kernel's events bear; not so in a container with numbers of its own. */
  hasKernelsNumbers(): boolean;
};

/** PROC_PID_INIT_INO of linux/proc_ns.h. */
const FIRST_PID_NAMESPACE = "pid:[4026531836]";

export const procTable: ProcessTable = {
  pids: () =>
    readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name))
      .map(Number),
  look(pid) {
    try {
      const name = readFileSync(`/proc/${pid}/comm`, "latin1").replace(/\n$/, "");
      const line = readFileSync(`/proc/${pid}/cmdline`, "utf8");
      return { name, command: line === "" ? [] : line.replace(/\0+$/, "").split("\0") };
    } catch {
      return undefined;
    }
  },
  hasKernelsNumbers: () => readlinkSync("/proc/self/ns/pid") === FIRST_PID_NAMESPACE,
};

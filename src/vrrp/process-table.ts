import { readdirSync, readFileSync } from "node:fs";
import type { ProcessSeen } from "./process-match.ts";

/** The processes that run, from /proc; names byte for byte (latin1). What ends while it is looked at is passed over. */
export type ProcessTable = {
  pids(): readonly number[];
  /** Undefined when it has ended. */
  look(pid: number): ProcessSeen | undefined;
};

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
};

import { readdirSync, readFileSync, statSync } from "node:fs";
import type { Request } from "../ipvs/admin/request.ts";

/** The process id of a director's checker that works in this network namespace, and so owns the kernel's IPVS table;
 *  undefined where there is none, or /proc shows none. */
export function ownerOfTable(): number | undefined {
  const network = networkOf("self");
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .find((pid) => isChecker(commandLineOf(pid)) && networkOf(String(pid)) === network);
}

/** The title that a checker process gives itself, whichever name its director was called by. */
export const isChecker = (commandLine: string): boolean => /^(lvskeeper|keepalived): checker\b/.test(commandLine);

function commandLineOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "latin1");
  } catch {
    return ""; // it has ended meanwhile
  }
}

function networkOf(pid: string): number | undefined {
  try {
    return statSync(`/proc/${pid}/ns/net`).ino;
  } catch {
    return undefined;
  }
}

/** What to do where a director owns the table. */
export function insteadOf(request: Request): string {
  const reload = (what: string): string => `change ${what} of its configuration and run \`lvskeeper reload\``;
  switch (request.do) {
    case "change":
      switch (request.command.op) {
        case "setDest":
          return "run `lvskeeper rs weight` or `lvskeeper rs drain`";
        case "delDest":
          return "run `lvskeeper rs drain` or `lvskeeper rs disable`";
        case "addDest":
          return `run \`lvskeeper rs enable\`, or ${reload("`real_server`")}`;
        default:
          return reload("`virtual_server`");
      }
    case "flush":
      return "run `lvskeeper stop`";
    case "setTimeouts":
      return reload("`lvs_timeouts`");
    case "startDaemon":
    case "stopDaemon":
      return reload("`lvs_sync_daemon`");
    default:
      return reload("`virtual_server`");
  }
}

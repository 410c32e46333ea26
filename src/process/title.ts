import { writeFileSync } from "node:fs";
import type { ChildRole } from "./messages.ts";

/** What ps shows: the role and the original arguments ("lvskeeper: vrrp -n -f /etc/keepalived/keepalived.conf"). */
export const titleOf = (program: string, role: ChildRole | "parent", args: readonly string[]): string =>
  [role === "parent" ? program : `${program}: ${role}`, ...args].join(" ");

/** What `ps -o comm` and pidof know a process by; the kernel keeps 15 characters. */
export const shortNameOf = (program: string, role: ChildRole | "parent"): string =>
  role === "parent" ? program : `${program}_${role}`.slice(0, 15);

/** Sets what ps and pgrep show of this process. The short name (/proc/PID/comm) is the program's own, so that pidof and
 *  pgrep -x find it by that. */
export function setProcessTitle(program: string, role: ChildRole | "parent", args: readonly string[]): void {
  process.title = titleOf(program, role, args);
  try {
    writeFileSync("/proc/self/comm", shortNameOf(program, role));
  } catch {
    // only a name: without /proc it stays the title's first letters
  }
}

import { closeSync, openSync, readFileSync, readSync, writeFileSync, writeSync } from "node:fs";
import type { ChildRole } from "./messages.ts";

/** What ps shows: the role and the original arguments ("lvskeeper: vrrp -n -f /etc/keepalived/keepalived.conf"). */
export const titleOf = (program: string, role: ChildRole | "parent", args: readonly string[]): string =>
  titleWords(program, role, args).join(" ");

const titleWords = (program: string, role: ChildRole | "parent", args: readonly string[]): readonly string[] => [
  role === "parent" ? program : `${program}: ${role}`,
  ...args,
];

/** What `ps -o comm` and pidof know a process by; the kernel keeps 15 characters. */
export const shortNameOf = (program: string, role: ChildRole | "parent"): string =>
  role === "parent" ? program : `${program}_${role}`.slice(0, 15);

/** Sets what ps and pgrep show of this process. The short name (/proc/PID/comm) is the program's own, so that pidof and
 *  pgrep -x find it by that. */
export function setProcessTitle(program: string, role: ChildRole | "parent", args: readonly string[]): void {
  process.title = titleOf(program, role, args);
  separateWords(titleWords(program, role, args));
  try {
    writeFileSync("/proc/self/comm", shortNameOf(program, role));
  } catch {
    // only a name: without /proc it stays the title's first letters
  }
}

/** Where a process's arguments stand in its memory: the 48th and 49th field of proc_pid_stat(5). */
const ARGUMENTS_START = 48;
/** The fields from the third on stand behind the name, which may have blanks. */
const FIELDS_BEFORE = 3;

/** A title is one text with blanks, but programs that look for a process by its arguments (/proc/PID/cmdline) expect each to
 *  end with a NUL. The title is changed where it stands; if it does not stand there as expected it is left as it is. */
function separateWords(words: readonly string[]): void {
  let fd: number | undefined;
  try {
    const stat = readFileSync("/proc/self/stat", "latin1");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const [start = 0, end = 0] = fields.slice(ARGUMENTS_START - FIELDS_BEFORE).map(Number);
    const title = Buffer.from(words.join(" "));
    const length = Math.min(title.length, end - start - 1);
    if (start <= 0 || length <= 0) return;
    fd = openSync("/proc/self/mem", "r+");
    const there = Buffer.alloc(length);
    if (readSync(fd, there, 0, length, start) !== length || !there.equals(title.subarray(0, length))) return;
    writeSync(fd, Buffer.from(words.join("\0")), 0, length, start);
  } catch {
    // only how it looks: without /proc it stays the title
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

import { readdirSync, readFileSync } from "node:fs";

/** Milliseconds of CPU that this machine's kernel has charged so far to a process and to all that descend from it (proc(5)):
 *  of those that live to the nanosecond, of those that have ended and were waited for in ticks of 10 ms. */
export function cpuMsOfTree(root: number): number {
  const children = new Map<number, number[]>();
  const endedMs = new Map<number, number>();
  for (const pid of readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)) {
    // After the name, which may hold blanks: 0 is the state, 1 the parent, 13 and 14 are cutime and cstime.
    const fields = read(`/proc/${pid}/stat`).split(") ").at(-1)?.split(" ") ?? [];
    const parent = Number(fields[1]);
    children.set(parent, [...(children.get(parent) ?? []), pid]);
    endedMs.set(pid, (Number(fields[13] ?? 0) + Number(fields[14] ?? 0)) * 10);
  }
  const sum = (pid: number): number =>
    (children.get(pid) ?? []).reduce((ms, child) => ms + sum(child), (endedMs.get(pid) ?? 0) + runMs(pid));
  return sum(root);
}

function runMs(pid: number): number {
  let threads: string[] = [];
  try {
    threads = readdirSync(`/proc/${pid}/task`);
  } catch {
    // it has ended meanwhile
  }
  return threads.reduce((ms, id) => ms + Number(read(`/proc/${pid}/task/${id}/schedstat`).split(" ")[0]) / 1e6, 0);
}

function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}

import { spawnSync } from "node:child_process";

/** Runs a command `times` times; wall and CPU milliseconds of its quickest run, and the most memory that it had (KiB). The
 *  quickest, because whatever else a machine does can only add. */
export function measured(command, times = 3) {
  const runs = Array.from({ length: times }, () => timedRun(command));
  return runs.reduce((best, run) => (run.wallMs < best.wallMs ? run : best));
}

/** bash's `times` prints two lines, its own CPU and that of its children: nothing else on the machine is in it. */
function timedRun(command) {
  const started = performance.now();
  const script = '"$@" >/dev/null 2>&1; echo "$?"; times';
  const done = spawnSync("bash", ["-c", script, "bench", ...command], { encoding: "utf8" });
  const wallMs = performance.now() - started;
  const [status, , , user, system] = done.stdout.trim().split(/\s+/);
  return { wallMs, cpuMs: clockMs(user) + clockMs(system), status: Number(status) };
}

/** Milliseconds of "0m1.234s". */
function clockMs(text) {
  const [, minutes, seconds] = /^(\d+)m([\d.]+)s$/.exec(text) ?? [undefined, "0", "NaN"];
  return Number(minutes) * 60_000 + Number(seconds) * 1000;
}

/** Rows of cells as a table of plain text, numbers to the right. */
export function table(head, rows) {
  const all = [head, ...rows].map((row) => row.map(String));
  const widths = head.map((_, column) => Math.max(...all.map((row) => row[column].length)));
  const line = (row) => row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join("  ");
  return all.map(line).join("\n");
}

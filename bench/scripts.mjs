// Starting scripts from a process with a large heap: by the process that runs scripts, and by node:child_process. How long
// the event loop stands still for it, and how long a script takes from asked for to told.
import { spawnSync } from "node:child_process";
import { rmSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { bundleScript } from "../scripts/bundle.mjs";
import { table } from "./measure.mjs";

const HEAPS_MB = [5, 500];
/** Nothing of the heap may be copied: a start does not take longer for it, beyond what a loaded machine adds. */
const MOST_BLOCKED_MS = 1;

export async function run({ folder }) {
  const here = path.dirname(fileURLToPath(import.meta.url));
  // In a folder of the project, beside which the addon is looked for.
  const starts = path.join(here, `../.lab/script-starts-${process.pid}.mjs`);
  await bundleScript(path.join(here, "script-starts.ts"), starts);
  const rows = HEAPS_MB.flatMap((mb) =>
    ["beside", "here"].map((how) => {
      const words = ["--max-old-space-size=2048", starts, how, String(mb)];
      const { stdout, stderr, status } = spawnSync(process.execPath, words, { encoding: "utf8", cwd: folder });
      if (status !== 0) throw new Error(`${starts}: ${stderr}`);
      return { mb, how, ...JSON.parse(stdout) };
    }),
  );
  rmSync(starts, { force: true });
  const head = [
    "runner",
    "heap MB",
    "loop blocked ms, median",
    "99 %",
    "asked to told ms, median",
    "99 %",
    "128 at once: blocked ms",
    "all told ms",
  ];
  const cells = ({ how, mb, blocked, told, together }) => [
    how === "beside" ? "process of its own" : "node:child_process",
    mb,
    ...[blocked.median, blocked.p99, told.median, told.p99, together.blocked, together.told].map((ms) => ms.toFixed(2)),
  ];
  console.log(table(head, rows.map(cells)));
  return rows.every(({ how, blocked }) => how === "here" || blocked.median < MOST_BLOCKED_MS);
}

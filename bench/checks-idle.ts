// What each process of a director takes while nothing is due: heartbeats, timers, what the engine does by itself.
import type { Host, Lab } from "../test/lab/lib/lab.ts";
import { PATIENT, type Setting, sleep, startBoth, stopBoth } from "./checks-setup.ts";

const SETTING: Setting = { kind: "TCP_CHECK", servers: 20, delayLoopS: 3600, connectTimeoutS: 3 };
const SETTLE_S = 15;
const MEASURE_S = 40;

/** CPU milliseconds of each process of a director, by its title. */
async function cpuOf(lab: Lab, at: Host, parent: number): Promise<readonly (readonly [string, number])[]> {
  const each = `for pid in ${parent} $(pgrep -P ${parent}); do
    echo "$(sed 's/.*) //' /proc/$pid/stat | awk '{ print ($12 + $13) * 10 }') $(tr '\\0' ' ' </proc/$pid/cmdline | cut -c 1-60)"; done`;
  const lines = (await lab.run(at, each, PATIENT)).trim().split("\n");
  return lines.map((line) => {
    const [ms = "", ...title] = line.split(" ");
    return [title.join(" ").replace(/ -.*/, ""), Number(ms)] as const;
  });
}

export async function tellIdle(lab: Lab): Promise<void> {
  const directors = await startBoth(lab, SETTING, 80);
  await sleep(SETTLE_S);
  for (const { at, parent } of directors) {
    const before = await cpuOf(lab, at, parent.pid);
    await sleep(MEASURE_S);
    const after = await cpuOf(lab, at, parent.pid);
    const spent = after.map(([title, ms], n) => `${title} ${((ms - (before[n]?.[1] ?? 0)) / MEASURE_S).toFixed(2)}`);
    console.log(`idle, CPU ms a second: ${spent.join(", ")}`);
  }
  await stopBoth(lab, directors);
}

import { expect, test } from "vitest";
import { crashOfMany, restored } from "./failover/rounds.ts";
import { configuration, held, start, TIMINGS } from "./failover/routers.ts";
import { Lab } from "./lib/lab.ts";
import { isRoot } from "./vrrp-bench.ts";

/** `npm run lab:full` has 200 instances on the pair; `npm run bench -- vrrp` measures them beside keepalived. */
const full = process.env.LVSKEEPER_LAB_FULL === "1";
const INSTANCES = full ? 200 : 40;
const [, timing] = TIMINGS;
/** Of the backup, whose priority is 100. RFC 9568 §6.1 */
const DOWN_MS = 3 * timing.intervalMs + (156 / 256) * timing.intervalMs;
const SLACK_MS = 200;
/** For a busy machine. */
const LONG_MS = 5000;

test.skipIf(!isRoot)("a crash moves every instance of a pair, and its return moves them back", async ({ annotate }) => {
  await using lab = await Lab.start({ kernel: "local" });
  await lab.director("d1", configuration("d1", timing, INSTANCES), ["-P"]);
  await lab.eventually("d1 has all addresses", 20_000, async () => (await held(lab, "d1")) === INSTANCES);
  await start(lab, "ours", "d2", configuration("d2", timing, INSTANCES));
  await lab.eventually("d2 listens", 20_000, async () => {
    const { stdout } = await lab.lvskeeper("d2", ["status", "--json"]);
    return stdout.split('"192.168.122.30"').length > INSTANCES;
  });
  const movedMs = await crashOfMany(lab, INSTANCES);
  await annotate(`${INSTANCES} instances: the last one moved ${movedMs.toFixed(0)} ms after its last advert`);
  expect(movedMs).toBeLessThan(full ? DOWN_MS + SLACK_MS : LONG_MS);
  await restored(lab, INSTANCES);
});

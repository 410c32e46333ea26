import { expect, test } from "vitest";
import { createLogger } from "../../../src/core/log.ts";
import { ok, type Result } from "../../../src/core/result.ts";
import { processEvents } from "../../../src/process/log-events.ts";
import type { Plan } from "../../../src/process/plan.ts";
import { Reloads } from "../../../src/process/reloads.ts";
import { Tally } from "../../../src/process/tally.ts";
import { processPlan } from "../virtual-server/plans.ts";
import { instanceText, vrrpPlanOf } from "./vrrp-planning.ts";

const plan = {
  checker: processPlan([]),
  vrrp: vrrpPlanOf(instanceText("VI_1", "priority 100")).plan,
  global: { place: {}, reload: {} },
} as unknown as Plan;

test("a reload during a reload waits; all that are asked for meanwhile are one, which reads the file as it is then", async () => {
  const carriedOut: (() => void)[] = [];
  let reads = 0;
  const reloads = new Reloads({
    log: createLogger(processEvents, () => {}),
    load: () => {
      reads += 1;
      return { plan, exitStatus: 0, drawn: "", errors: [], warnings: [] };
    },
    pidFile: "/run/lvskeeper/lvskeeper.pid",
    tally: new Tally(),
    running: () => plan,
    warnings: () => [],
    isStopping: () => false,
    carryOut: () => new Promise<Result<undefined, never>>((resolve) => carriedOut.push(() => resolve(ok(undefined)))),
    adopt: () => {},
  });
  const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  const first = reloads.reload();
  await turn();
  const meanwhile = [reloads.reload(), reloads.reload(), reloads.reload()];
  await turn();
  expect(reads).toBe(1);
  carriedOut[0]?.();
  expect(await first).toEqual(ok(undefined));
  await turn();
  expect(reads).toBe(2);
  carriedOut[1]?.();
  for (const result of await Promise.all(meanwhile)) expect(result).toEqual(ok(undefined));
  await turn();
  expect([reads, reloads.history.length]).toEqual([2, 2]);
});

/** What a director that runs `plan`, and was told these warnings, says of a reload that reads others. */
async function told(read: Plan, before: readonly string[], warnings: readonly string[]): Promise<readonly string[]> {
  const texts: string[] = [];
  const reloads = new Reloads({
    log: createLogger(processEvents, ({ text }) => texts.push(text)),
    load: () => ({ plan: read, exitStatus: 0, drawn: "", errors: [], warnings }),
    pidFile: "/run/lvskeeper/lvskeeper.pid",
    tally: new Tally(),
    running: () => plan,
    warnings: () => before,
    isStopping: () => false,
    carryOut: () => Promise.resolve(ok(undefined)),
    adopt: () => {},
  });
  await reloads.reload();
  return texts.map((text) => text.replace(/\d\.\d s/, "T"));
}

const START = "Reloading ...";
const END = "Reload finished after T";

test.for([
  { name: "no warning", warnings: [], end: "" },
  { name: "a warning", warnings: ["one"], end: ", one warning is as before" },
  { name: "warnings", warnings: ["one", "two"], end: ", 2 warnings are as before" },
])("a reload where nothing has changed says so, and does not repeat $name", async ({ warnings, end }) => {
  expect(await told(plan, warnings, warnings)).toEqual([START, `${END}: nothing has changed${end}`]);
});

test("of a changed configuration those warnings are told that the one before did not have", async () => {
  expect(await told({ ...plan }, ["one", "gone"], ["one", "new"])).toEqual([
    START,
    "new",
    `${END}, one warning is as before`,
  ]);
  expect(await told({ ...plan }, [], ["one"])).toEqual([START, "one", END]);
});

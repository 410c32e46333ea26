import { expect, test } from "vitest";
import { createLogger, type LogSink } from "../../../src/core/log.ts";
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

/** A director that runs `plan`, and reads this. */
const reloading = (read: Plan, warnings: readonly string[], sink: LogSink): Reloads =>
  new Reloads({
    log: createLogger(processEvents, sink),
    load: () => ({ plan: read, exitStatus: 0, drawn: "", errors: [], warnings }),
    pidFile: "/run/lvskeeper/lvskeeper.pid",
    tally: new Tally(),
    running: () => plan,
    isStopping: () => false,
    carryOut: () => Promise.resolve(ok(undefined)),
    adopt: () => {},
  });

test.for([
  { name: "no warning", warnings: [], end: "nothing has changed" },
  { name: "a warning", warnings: ["one"], end: "nothing has changed, one warning is as before" },
  { name: "warnings", warnings: ["one", "two"], end: "nothing has changed, 2 warnings are as before" },
])("where nothing has changed, warnings are not told again: $name", async ({ warnings, end }) => {
  const told: string[] = [];
  await reloading(plan, warnings, ({ text }) => told.push(text)).reload();
  expect(told.map((text) => text.replace(/\d\.\d s/, "T"))).toEqual([
    "Reloading ...",
    `Reload finished after T: ${end}`,
  ]);
});

test("a plan that was made anew comes with its warnings, the same as before or not", async () => {
  const told: string[] = [];
  await reloading({ ...plan }, ["one"], ({ text }) => told.push(text)).reload();
  expect(told.map((text) => text.replace(/\d\.\d s/, "T"))).toEqual([
    "Reloading ...",
    "one",
    "Reload finished after T",
  ]);
});

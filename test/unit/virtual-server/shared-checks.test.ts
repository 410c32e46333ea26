import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { CheckerPlan } from "../../../src/checkers/model.ts";
import type { CheckerProcessPlan, RealServerPlan } from "../../../src/virtual-server/model.ts";
import { checker, processPlan, server, service } from "./plans.ts";
import { elapse, refused, reload, roomOf, status } from "./room.ts";

beforeEach(() => {
  vi.useFakeTimers({
    toFake: ["setTimeout", "clearTimeout", "setImmediate", "clearImmediate", "performance", "Date"],
  });
});
afterEach(() => {
  vi.useRealTimers();
});

/** 10.0.0.2 behind the n-th virtual server, guarded by a check of its own that asks what the others ask. */
const behind = (n: number, more: Partial<CheckerPlan> = {}): RealServerPlan =>
  server(2, { checkers: [checker(`${n} c2`, { delayLoopMs: 2000, delayBeforeRetryMs: 100, ...more })] });

/** Virtual servers 1 to `count`, the n-th with `retry` n - 1. */
const many = (count: number, more: Partial<CheckerProcessPlan> = {}): CheckerProcessPlan => ({
  ...processPlan(Array.from({ length: count }, (_, i) => service(i + 1, [behind(i + 1, { retry: i })]))),
  ...more,
});

test("equal checks of many virtual servers are one probe, and each server goes by its own retry", async () => {
  const harness = await roomOf(many(3));
  await elapse(1050);
  expect(harness.probes).toBe(1);
  await elapse(20_000);
  expect(harness.probes).toBe(11);
  harness.results.set("10.0.0.2", refused);
  const alive = (): boolean[] =>
    status(harness.room).virtualServers.map(({ realServers }) => realServers[0]?.alive === true);
  const seen: string[] = [];
  for (let at = 0; at < 2500; at += 10) {
    await elapse(10);
    const now = alive().map(Number).join("");
    if (seen.at(-1) !== now) seen.push(now);
  }
  expect(seen).toEqual(["111", "011", "001", "000"]);
  harness.results.clear();
  await elapse(2100);
  expect(alive()).toEqual([true, true, true]);
  const before = harness.probes;
  await elapse(20_000);
  expect(harness.probes - before).toBe(10);
});

test("status tells how many checks a probe feeds", async () => {
  const { room } = await roomOf(many(3));
  const readers = status(room).virtualServers.map(({ realServers }) => realServers[0]?.checkers[0]?.readers);
  expect(readers).toEqual([3, 3, 3]);
});

test("share_checks no: each has its own", async () => {
  const harness = await roomOf(many(3, { shareChecks: false }));
  await elapse(21_050);
  expect(harness.probes).toBe(33);
  expect(status(harness.room).virtualServers[0]?.realServers[0]?.checkers[0]?.readers).toBeUndefined();
});

test("a reload that adds and removes virtual servers leaves the probe's schedule alone", async () => {
  const harness = await roomOf(many(2));
  await elapse(2000); // it ran at 1 s, and is due at 3 s
  await reload(harness, many(5));
  await elapse(900);
  expect(harness.probes).toBe(1);
  await elapse(150);
  expect(harness.probes).toBe(2);
  const [, ...others] = many(5).virtualServers;
  await reload(harness, processPlan(others)); // the first to ask is gone
  await elapse(2000);
  expect(harness.probes).toBe(3);
  await elapse(20_000);
  expect(harness.probes).toBe(13);
});

test("a successor of the process shares from its first probe on", async () => {
  const first = await roomOf(many(3));
  await elapse(5000);
  const next = await roomOf(many(3), { kernel: first.kernel, saved: first.saved.value() });
  await elapse(1000);
  expect(next.probes).toBe(1);
});

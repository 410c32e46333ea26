import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { simulate } from "./simulation.ts";
import { Agenda } from "./simulation-network.ts";
import { Router } from "./simulation-router.ts";
import { type Action, type RouterSetup, type Scenario, scenarios } from "./simulation-scenario.ts";

/** One router that is MASTER alone. */
function alone() {
  const agenda = new Agenda();
  const unseen = { sent: () => {}, moved: () => {}, announced: () => {}, accepted: () => {} };
  const single = new Router(scenario([router(255)], []), 0, agenda, unseen, () => 0);
  const until = (ms: number): void => {
    while (agenda.next(ms));
  };
  return { agenda, single, until, delay: () => single.instances[0]?.status().advertDelay };
}

test("a master tells how late its adverts leave: the last one, and the latest of all", () => {
  const { single, until, delay } = alone();
  single.start(false);
  until(2000);
  expect(delay()).toEqual({ lastMs: 0, mostMs: 0 });
  single.standStill();
  until(3250);
  single.goOn();
  expect(delay()).toEqual({ lastMs: 250, mostMs: 250 });
  until(4900);
  expect(delay()).toEqual({ lastMs: 0, mostMs: 250 });
});

const SEARCH_MS = 8000;

const router = (priority: number, more: Partial<RouterSetup> = {}): RouterSetup => ({
  priority,
  preempt: true,
  preemptDelay: 0,
  lowerPrioNoAdvert: false,
  higherPrioSendAdvert: false,
  downTimerAdverts: 3,
  ...more,
});
const scenario = (routers: readonly RouterSetup[], actions: readonly Action[], more: Partial<Scenario> = {}) => ({
  seed: 0,
  version: 2 as const,
  family: 4 as const,
  unicast: false,
  auth: "none" as const,
  intervalMs: 1000,
  instances: 1 as const,
  routers,
  actions,
  ...more,
});
const keeping = { preempt: false, downTimerAdverts: 2 };
const cut = (at: number, length: number, from: number, to: number): Action => ({
  ...{ do: "trouble", at, for: length, from, to },
  ...{ lost: 1, doubled: 0, spoiled: 0, delay: 0 },
});

describe("routers under a simulated network", () => {
  test.for<{ name: string; given: Scenario }>([
    {
      name: "AH: a backup that comes back with its numbers believes the master, whose are lower",
      given: scenario(
        [router(90, keeping), router(90, keeping)],
        [{ do: "crash", at: 0.05, for: 2.25, router: 1, saved: true }],
        { auth: "ah" },
      ),
    },
    {
      name: "AH: two masters that count alike hear each other",
      given: scenario([router(90, keeping), router(254), router(1, keeping)], [], { auth: "ah", unicast: true }),
    },
    {
      name: "AH: a master that stood still is heard again",
      given: scenario(
        [router(150, keeping), router(90, keeping), router(90, keeping)],
        [
          { do: "weight", at: 0, for: 2.7, router: 1, weight: -150 },
          { do: "pause", at: 16.7, for: 2.65, router: 0 },
        ],
        { auth: "ah", unicast: true },
      ),
    },
    {
      name: "AH: a master that lost its numbers with its power is one of one again",
      given: scenario(
        [router(90, { ...keeping, downTimerAdverts: 5 }), router(90, keeping)],
        [{ do: "crash", at: 15.7, for: 0, router: 1, saved: false }],
        { auth: "ah" },
      ),
    },
    {
      name: "a sync group whose preemption delays end an interval apart preempts",
      given: scenario(
        [router(100, keeping), router(150, { preemptDelay: 12 })],
        [{ do: "trouble", at: 10.3, for: 5, from: 1, to: 22, lost: 0, doubled: 0, spoiled: 0, delay: 0 }],
        { seed: 800289058, instances: 2 },
      ),
    },
    {
      name: "an owner that stood still announces again, though the other yields at its first advert",
      given: scenario(
        [router(90, keeping), router(255, keeping), router(90, keeping), router(90, keeping)],
        [{ do: "pause", at: 5.05, for: 2.6, router: 1 }],
      ),
    },
    {
      name: "two halves of a network find together",
      given: scenario([router(150), router(100), router(100)], [cut(8, 9, 1, 6), cut(8, 9, 6, 1)]),
    },
    {
      name: "a way that is cut in one direction",
      given: scenario([router(150), router(100)], [cut(8, 9, 1, 2)]),
    },
  ])("$name", async ({ given }) => {
    expect(await simulate(given)).toEqual([]);
  });

  test("hold every law, whatever happens to them and their network", { timeout: 8 * SEARCH_MS }, async () => {
    const property = fc.asyncProperty(scenarios, async (given) => {
      expect(await simulate(given)).toEqual([]);
    });
    await fc.assert(property, { seed: 1, numRuns: 2000, interruptAfterTimeLimit: SEARCH_MS });
  });
});

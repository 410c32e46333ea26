import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { CheckerPlan, CheckerSubject, Probe, Verdict } from "../../../src/checkers/model.ts";
import { createCheckerRunner } from "../../../src/checkers/runner.ts";
import { Flights, shareGroups } from "../../../src/checkers/share.ts";

const tcp = (port: number, more: object = {}): Probe => ({
  kind: "TCP_CHECK",
  endpoint: { host: "10.0.0.2", port, ...more },
  connectTimeoutMs: 1000,
});

const planOf = (id: string, more: Partial<CheckerPlan> = {}): CheckerPlan => ({
  id,
  probe: tcp(80),
  delayLoopMs: 10_000,
  warmupMs: 10_000,
  retry: 1,
  delayBeforeRetryMs: 1000,
  alpha: false,
  logAllFailures: false,
  ...more,
});

/** The ids of checks that share a probe, a group each. */
function groups(...plans: CheckerPlan[]): string[][] {
  const found = shareGroups(plans);
  const byKey = new Map<string, string[]>();
  for (const [id, { key, readers }] of found) {
    byKey.set(key, [...(byKey.get(key) ?? []), id]);
    expect(plans.filter((plan) => found.get(plan.id)?.key === key)).toHaveLength(readers);
  }
  return [...byKey.values()];
}

describe("equal checks", () => {
  test("are those with one target and the same options, whatever they make of the answers", () => {
    const patient = planOf("b", { retry: 5, delayBeforeRetryMs: 3000, alpha: true, warmupMs: 1, logAllFailures: true });
    expect(groups(planOf("a"), patient, planOf("c", { probe: tcp(81) }))).toEqual([["a", "b"]]);
  });

  test.for<readonly [string, Partial<CheckerPlan>]>([
    ["delay_loop", { delayLoopMs: 9999 }],
    ["connect_timeout", { probe: { ...tcp(80), connectTimeoutMs: 2000 } as Probe }],
    ["bindto", { probe: tcp(80, { bindAddress: "10.0.0.1" }) }],
    ["bind_port", { probe: tcp(80, { bindPort: 4000 }) }],
    ["bind_if", { probe: tcp(80, { bindInterface: "eth1" }) }],
    ["fwmark", { probe: tcp(80, { fwmark: 7 }) }],
  ])("another %s is another check", ([, more]) => {
    expect(groups(planOf("a"), planOf("b", more))).toEqual([]);
  });

  test("programs are equal with their arguments, their account and their time limit", () => {
    const misc = (argv: string[], more: object = {}): Partial<CheckerPlan> => ({
      probe: { kind: "MISC_CHECK", script: { argv, ...more }, timeoutMs: 5000, dynamic: false },
    });
    const [a, b] = [planOf("a", misc(["/x", "1"])), planOf("b", misc(["/x", "1"]))];
    expect(groups(a, b, planOf("c", misc(["/x", "2"])), planOf("d", misc(["/x", "1"], { uid: 5 })))).toEqual([
      ["a", "b"],
    ]);
  });
});

describe("flights", () => {
  test("are joined while they wait for their turn, and at the moment they begin, not later", () => {
    const flights = new Flights<string>(20);
    const { flight, follows } = flights.join("k", 0, "a", 1000);
    expect([follows, flights.join("k", 0, "b", 5000).follows]).toEqual([false, true]);
    flight.startedMs = 6000;
    expect(flights.join("k", 0, "c", 6020).follows).toBe(true);
    expect(flight.followers).toEqual(["b", "c"]);
    expect(flights.join("k", 0, "d", 6021).follows).toBe(false);
  });

  test("ask one url each, and are over when they end", () => {
    const flights = new Flights<string>(20);
    const { flight } = flights.join("k", 0, "a", 0);
    expect(flights.join("k", 1, "b", 0).follows).toBe(false);
    flights.end(flight);
    expect(flights.join("k", 0, "c", 0).follows).toBe(false);
  });

  test("the end of an older one leaves a newer one joinable", () => {
    const flights = new Flights<string>(20);
    const older = flights.join("k", 0, "a", 0).flight;
    older.startedMs = 0;
    const newer = flights.join("k", 0, "b", 100).flight;
    flights.end(older);
    expect(flights.join("k", 0, "c", 100).flight).toBe(newer);
  });

  test("a reader comes to the beat of its group, never later than it asked for", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(5000), fc.nat(10_000)), { maxLength: 30 }), (asked) => {
        const flights = new Flights<string>(20);
        let now = 0;
        for (const [passed, delay] of asked) {
          now += passed;
          const due = flights.beat("k", now, now + delay);
          expect(due).toBeLessThanOrEqual(now + delay);
          expect(due).toBeGreaterThan(delay === 0 ? now - 1 : now);
          expect(flights.beat("k", now, now + 20_000)).toBe(delay === 0 ? now + 20_000 : due);
        }
      }),
    );
  });
});

/** A result as a check got it, and how many failing attempts it then counts. */
type Seen = { readonly atMs: number; readonly failures: number };

/** Runs checks against a server that is down from and to the given times, in ms, and tells what each made of it. */
async function observe(plans: readonly CheckerPlan[], isDown: (atMs: number) => boolean, shared: boolean) {
  const found = shared ? shareGroups(plans) : new Map<string, { key: string }>();
  const changes = new Map<string, string[]>(plans.map(({ id }) => [id, []]));
  const seen = new Map<string, Seen[]>(plans.map(({ id }) => [id, []]));
  const startMs = performance.now();
  let probes = 0;
  const runner = createCheckerRunner(
    () => {},
    (id, _state, change) => change !== "none" && changes.get(id)?.push(change),
    {
      random: () => 0.5,
      probe: async (): Promise<Verdict> => {
        probes += 1;
        if (!isDown(performance.now() - startMs)) return { up: true };
        return { up: false, reason: "refused", detail: "refused" };
      },
      onResult: (id) =>
        seen.get(id)?.push({ atMs: performance.now() - startMs, failures: runner.state(id)?.failures ?? 0 }),
    },
  );
  runner.replace(
    plans.map((plan): CheckerSubject => {
      const share = found.get(plan.id)?.key;
      return { plan, realServer: "", virtualServer: "", ...(share !== undefined && { share }) };
    }),
  );
  await vi.advanceTimersByTimeAsync(400_000);
  await runner.stop();
  return { changes, seen, probes };
}

describe("sharing", () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance", "Date"] }));
  afterEach(() => void vi.useRealTimers());

  test("one probe each delay_loop for all, also after some were more patient than others", async () => {
    const plans = Array.from({ length: 20 }, (_, i) => planOf(`c${i}`, { retry: i % 4 }));
    const alone = await observe(plans, (at) => at > 100_000 && at < 130_000, false);
    const together = await observe(plans, (at) => at > 100_000 && at < 130_000, true);
    expect(alone.probes).toBeGreaterThan(39 * 20);
    expect(together.probes).toBeLessThan(39 + 12);
    expect(together.changes).toEqual(alone.changes);
  });

  test("each check comes to the verdicts that it comes to alone, at its own pace", async () => {
    const anyPlan = fc.record({
      retry: fc.nat(3),
      delayBeforeRetryMs: fc.integer({ min: 500, max: 4000 }),
      alpha: fc.boolean(),
      warmupMs: fc.nat(10_000),
    });
    // Each lasts longer than the most patient needs to notice it.
    const periods = fc.array(fc.integer({ min: 30_000, max: 60_000 }), { maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(
        fc.array(anyPlan, { minLength: 2, maxLength: 6 }),
        periods,
        fc.boolean(),
        async (rules, lasts, first) => {
          const plans = rules.map((rule, i) => planOf(`c${i}`, rule));
          const ends = lasts.map((_, i) => lasts.slice(0, i + 1).reduce((sum, ms) => sum + ms, 0));
          const isDown = (at: number): boolean => (ends.filter((end) => end <= at).length % 2 === 0) === first;
          const alone = await observe(plans, isDown, false);
          const together = await observe(plans, isDown, true);
          expect(together.changes).toEqual(alone.changes);
          expect(together.probes).toBeLessThanOrEqual(alone.probes);
          for (const { id, delayLoopMs, delayBeforeRetryMs } of plans) {
            const results = together.seen.get(id) ?? [];
            for (const [i, { atMs }] of results.slice(1).entries()) {
              const before = results[i] as Seen;
              const pauseMs = atMs - before.atMs;
              // Regular runs come together, at most 1 % before or after their time.
              expect(pauseMs).toBeLessThanOrEqual(Math.max(delayLoopMs, delayBeforeRetryMs) * 1.01 + 5);
              // What is due within two milliseconds begins.
              if (before.failures > 0) expect(pauseMs).toBeGreaterThanOrEqual(delayBeforeRetryMs - 2);
            }
          }
        },
      ),
      { numRuns: 60, seed: 1 },
    );
  });
});

import fc from "fast-check";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { CheckerPlan, CheckerSubject, Verdict } from "../../../src/checkers/model.ts";
import { createCheckerRunner } from "../../../src/checkers/runner.ts";

beforeEach(() => {
  vi.useFakeTimers({
    toFake: ["setTimeout", "clearTimeout", "setImmediate", "clearImmediate", "performance", "Date"],
  });
});
afterEach(() => void vi.useRealTimers());

const DELAY_MS = 10_000;
const up: Verdict = { up: true };

const subjectOf = (n: number, share?: string): CheckerSubject => {
  const plan: CheckerPlan = {
    id: `c${n}`,
    probe: { kind: "TCP_CHECK", endpoint: { host: `127.0.${n >> 8}.${n & 255}`, port: 9 }, connectTimeoutMs: 1000 },
    ...{ delayLoopMs: DELAY_MS, warmupMs: 0, retry: 0, delayBeforeRetryMs: 0, alpha: false, logAllFailures: false },
  };
  return { plan, realServer: "", virtualServer: "", ...(share !== undefined && { share }) };
};

/** So many checkers that are all due one second after their start. `done`: what happens, in its order. */
function burstOf(count: number, share?: string) {
  const done: string[] = [];
  const subjects = Array.from({ length: count }, (_, n) => subjectOf(n, share));
  const runner = createCheckerRunner(
    () => {},
    () => {},
    {
      random: () => 0,
      probe: async () => {
        done.push("begun");
        return up;
      },
      onResult: () => void done.push("result"),
    },
  );
  runner.replace(subjects);
  return { runner, subjects, done };
}

const count = (done: readonly string[], what: string): number => done.filter((one) => one === what).length;

test("of many that are due at once some begin, and what they say is known before the next begin", async () => {
  const { runner, done } = burstOf(100);
  await vi.advanceTimersByTimeAsync(1100);
  expect([count(done, "begun"), count(done, "result")]).toEqual([100, 100]);
  const before33rd = done.slice(
    0,
    done.findIndex((_, at) => count(done.slice(0, at + 1), "begun") === 33),
  );
  expect(count(before33rd, "result")).toBe(32);
  await runner.stop();
});

test("however many share a probe, and however it is cut, they make one", async () => {
  const { runner, done } = burstOf(150, "one and the same");
  await vi.advanceTimersByTimeAsync(1100);
  expect([count(done, "begun"), count(done, "result")]).toEqual([1, 150]);
  await runner.stop();
});

test("those that are gone, or stopped, before it is their turn do not begin", async () => {
  const { runner, subjects, done } = burstOf(100);
  await firstRun(done);
  expect(count(done, "begun")).toBe(32);
  runner.replace(subjects.slice(0, 50));
  await vi.advanceTimersByTimeAsync(100);
  expect(count(done, "begun")).toBe(50);
  await runner.stop();

  const other = burstOf(100);
  await firstRun(other.done);
  await other.runner.stop();
  await vi.advanceTimersByTimeAsync(2 * DELAY_MS);
  expect(count(other.done, "begun")).toBe(32);
});

test("checks that a stall has made late together are spread again by their next run, a quarter of the interval at most", async () => {
  const stalls = fc.integer({ min: 0, max: DELAY_MS / 4 - 200 });
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 2, max: 20 }), stalls, async (servers, stallMs) => {
      const begun = new Map<string, number[]>();
      const runner = createCheckerRunner(
        () => {},
        () => {},
        {
          random: (() => {
            let n = 0;
            return () => (n++ % servers) / servers;
          })(),
          probe: async (probe) => {
            const host = "endpoint" in probe ? probe.endpoint.host : "";
            begun.set(host, [...(begun.get(host) ?? []), performance.now()]);
            return up;
          },
        },
      );
      const subjects = Array.from({ length: servers }, (_, n) => subjectOf(n));
      runner.replace(subjects.map((one) => ({ ...one, plan: { ...one.plan, warmupMs: DELAY_MS } })));
      await vi.advanceTimersByTimeAsync(1000 + DELAY_MS + 500);
      stall(stallMs);
      await vi.advanceTimersByTimeAsync(2 * DELAY_MS + 1000);
      for (const times of begun.values()) {
        const [first = 0, , third = 0] = times;
        expect(Math.abs(third - first - 2 * DELAY_MS)).toBeLessThanOrEqual(210);
      }
      await runner.stop();
    }),
    { numRuns: 40, seed: 1 },
  );
});

/** The first run, and nothing of what follows them happens yet. */
async function firstRun(done: readonly string[]): Promise<void> {
  while (done.length === 0) {
    await Promise.resolve(); // the time of the turn before is forgotten
    vi.advanceTimersToNextTimer();
  }
}

/** Time passes, and no timer is looked at. */
function stall(ms: number): void {
  const { now } = performance;
  const from = now.call(performance);
  performance.now = () => from + ms;
  vi.advanceTimersByTime(0);
  performance.now = () => now.call(performance) + ms;
}

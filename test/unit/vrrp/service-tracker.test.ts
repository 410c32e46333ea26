import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { createLogger } from "../../../src/core/log.ts";
import { vrrpEvents } from "../../../src/vrrp/log-events.ts";
import { createServiceTracker, type ServiceResult } from "../../../src/vrrp/service-tracker.ts";
import type { TrackServicePlan } from "../../../src/vrrp/tracked-model.ts";

beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] }));
afterEach(() => void vi.useRealTimers());

const mysql: TrackServicePlan = {
  name: "tcp://127.0.0.1:3306",
  protocol: "tcp",
  address: "127.0.0.1",
  port: 3306,
  intervalMs: 1000,
  timeoutMs: 1000,
  fall: 2,
  rise: 1,
};
const good: ServiceResult = { up: true, detail: "connected" };
const bad: ServiceResult = { up: false, detail: "connection refused" };

function tracker() {
  const texts: string[] = [];
  const changes: string[] = [];
  const known: Record<string, boolean | null> = {};
  const tries: { readonly signal: AbortSignal; readonly end: (result: ServiceResult) => Promise<void> }[] = [];
  const made = createServiceTracker({
    log: createLogger(vrrpEvents, ({ text }) => void texts.push(text)),
    onChange: (name) => void changes.push(`${name} ${made.up(name)}`),
    onKnown: (name, up) => {
      known[name] = up;
    },
    probe: (_, signal) =>
      new Promise((resolve) =>
        tries.push({
          signal,
          end: async (result) => {
            resolve(result);
            await Promise.resolve();
          },
        }),
      ),
  });
  /** The results of one try after the other, each at the interval. */
  const go = async (...results: ServiceResult[]): Promise<void> => {
    for (const result of results) {
      await tries.at(-1)?.end(result);
      vi.advanceTimersByTime(1000);
    }
  };
  return { made, tries, changes, known, texts, go };
}

describe("track_service", () => {
  test("the first try decides alone, then `fall` failures and `rise` successes in a row", async () => {
    const { made, changes, texts, known, go } = tracker();
    made.configure([mysql]);
    expect(made.up(mysql.name)).toBeUndefined();
    await go(good, bad, good, bad, bad, good);
    expect(changes).toEqual([`${mysql.name} true`, `${mysql.name} false`, `${mysql.name} true`]);
    expect(texts[1]).toBe(`tracked service ${mysql.name} does not answer: connection refused`);
    expect(known).toEqual({ [mysql.name]: true });
    expect(made.list()[0]).toMatchObject({ name: mysql.name, up: true, detail: "connected" });
  });

  test("the next try waits for the end of the one before", async () => {
    const { made, tries, go } = tracker();
    made.configure([mysql]);
    vi.advanceTimersByTime(5000);
    expect(tries).toHaveLength(1);
    await tries[0]?.end(good);
    vi.advanceTimersByTime(0);
    expect(tries).toHaveLength(2);
    await go(good);
    expect(tries).toHaveLength(3);
  });

  test("what a predecessor knew counts, and takes `fall` failures to change", async () => {
    const { made, changes, go } = tracker();
    made.configure([mysql], { [mysql.name]: true });
    expect(made.up(mysql.name)).toBe(true);
    await go(bad);
    expect(changes).toEqual([]);
    await go(bad);
    expect(changes).toEqual([`${mysql.name} false`]);
  });

  test("a reload keeps results, tries again at once, and ends what is no more tracked", async () => {
    const { made, tries, known, go } = tracker();
    made.configure([mysql]);
    await go(good);
    made.configure([{ ...mysql, intervalMs: 100 }]);
    expect([made.up(mysql.name), tries.length, tries[1]?.signal.aborted]).toEqual([true, 3, true]);
    await tries[1]?.end(bad); // its end is nobody's any more
    made.configure([]);
    expect([tries[2]?.signal.aborted, made.up(mysql.name), known]).toEqual([true, undefined, { [mysql.name]: null }]);
    vi.advanceTimersByTime(5000);
    expect(tries).toHaveLength(3);
  });

  test("nothing is tried after the stop", async () => {
    const { made, tries, go } = tracker();
    made.configure([mysql]);
    await go(good);
    made.stop();
    vi.advanceTimersByTime(5000);
    expect([tries.length, tries.at(-1)?.signal.aborted, made.list()]).toEqual([2, true, []]);
  });
});

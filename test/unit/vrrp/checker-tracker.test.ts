import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createLogger, type LogRecord } from "../../../src/core/log.ts";
import { CHECKER_AWAY_MS, createCheckerTracker } from "../../../src/vrrp/checker-tracker.ts";
import { vrrpEvents } from "../../../src/vrrp/log-events.ts";
import type { VrrpProcessPlan } from "../../../src/vrrp/model.ts";
import { CHECKER_NAME } from "../../../src/vrrp/tracking-options.ts";

const WEB = "10.0.0.100:80";
const planOf = (...names: string[]): VrrpProcessPlan =>
  ({
    instances: [{ name: "VI_1", trackBalancing: names.map((name) => ({ name, weight: 0, reverse: false })) }],
  }) as unknown as VrrpProcessPlan;

function tracker() {
  const lines: string[] = [];
  const changed: string[] = [];
  const known: Record<string, boolean | null> = {};
  const one = createCheckerTracker({
    log: createLogger(vrrpEvents, ({ text }: LogRecord) => lines.push(text)),
    onChange: (name) => changed.push(name),
    onKnown: (name, up) => {
      known[name] = up;
    },
  });
  return { one, lines, changed, known };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test("nothing is known before the checker tells; then its quorums are followed, and those only that are tracked", () => {
  const { one, lines, changed, known } = tracker();
  one.configure(planOf(WEB), undefined);
  expect([one.up(WEB), one.up(CHECKER_NAME)]).toEqual([undefined, undefined]);
  one.hear({ [WEB]: "up", "fwmark:1": "down" });
  one.hear({ [WEB]: "down", "fwmark:1": "up" });
  expect([one.up(WEB), changed, known]).toEqual([false, [WEB, WEB], { [WEB]: false }]);
  expect(lines).toEqual([
    "VRRP_Instance(VI_1) tracked virtual server 10.0.0.100:80 has its quorum",
    "VRRP_Instance(VI_1) tracked virtual server 10.0.0.100:80 has lost its quorum",
  ]);
  expect(one.list()).toEqual([{ name: WEB, up: false, sinceWallMs: Date.now() }]);
  one.stop();
});

test("a checker that is replaced in time changes nothing", () => {
  const { one, changed } = tracker();
  one.configure(planOf(WEB, CHECKER_NAME), undefined);
  one.hear({ [WEB]: "up" });
  changed.length = 0;
  for (let round = 0; round < 3; round++) {
    one.hear(undefined);
    vi.advanceTimersByTime(CHECKER_AWAY_MS - 1);
    one.hear(undefined);
    expect([one.up(WEB), one.up(CHECKER_NAME)]).toEqual([true, true]);
    one.hear({ [WEB]: "up" });
  }
  vi.advanceTimersByTime(2 * CHECKER_AWAY_MS);
  expect(changed).toEqual([]);
});

test("one that stays away is gone, and its virtual servers stay as they were", () => {
  const { one, lines, known } = tracker();
  one.configure(planOf(WEB, CHECKER_NAME), undefined);
  one.hear({ [WEB]: "up" });
  one.hear(undefined);
  vi.advanceTimersByTime(CHECKER_AWAY_MS);
  expect([one.up(WEB), one.up(CHECKER_NAME)]).toEqual([true, false]);
  expect(lines.at(-1)).toBe("VRRP_Instance(VI_1) our checker process has not been there for 10 s");
  one.hear({ [WEB]: "down" });
  expect([one.up(WEB), one.up(CHECKER_NAME), known]).toEqual([false, true, { [WEB]: false, [CHECKER_NAME]: true }]);
});

test("one that never comes is gone", () => {
  const { one } = tracker();
  one.configure(planOf(CHECKER_NAME), undefined);
  vi.advanceTimersByTime(CHECKER_AWAY_MS);
  expect(one.up(CHECKER_NAME)).toBe(false);
});

test("a successor goes on with what its predecessor knew", () => {
  const { one, changed } = tracker();
  one.configure(planOf(WEB, CHECKER_NAME), { [WEB]: false, [CHECKER_NAME]: true });
  expect([one.up(WEB), one.up(CHECKER_NAME)]).toEqual([false, true]);
  one.hear({ [WEB]: "down" });
  vi.advanceTimersByTime(CHECKER_AWAY_MS);
  expect(changed).toEqual([]);
});

test("when nobody tracks any more, all is forgotten", () => {
  const { one } = tracker();
  one.configure(planOf(WEB, CHECKER_NAME), undefined);
  one.hear({ [WEB]: "down" });
  one.configure(planOf(), undefined);
  one.configure(planOf(WEB), undefined);
  expect([one.up(WEB), one.up(CHECKER_NAME)]).toEqual([undefined, undefined]);
  one.stop();
});

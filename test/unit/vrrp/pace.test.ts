import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createLinkDelays } from "../../../src/vrrp/link-delays.ts";
import { paceOf } from "../../../src/vrrp/pace.ts";

const garp = { intervalMs: 10, neighbourIntervalMs: 20 };
const groups = [{ interfaces: ["eth1", "eth2"], garpIntervalMs: 100, gnaIntervalMs: 200 }];

test.for([
  { address: "192.0.2.1", on: "eth0", pace: { lane: "eth0", intervalMs: 10 } },
  { address: "2001:db8::1", on: "eth0", pace: { lane: "eth0", intervalMs: 20 } },
  { address: "192.0.2.1", on: "eth1", pace: { lane: "group 0", intervalMs: 100 } },
  { address: "2001:db8::1", on: "eth2", pace: { lane: "group 0", intervalMs: 200 } },
])("announcements of $address on $on: $pace.intervalMs ms", ({ address, on, pace }) => {
  expect(paceOf(address, on, garp, groups)).toEqual(pace);
});

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test("a link that is down for a moment never counts as down; a longer time counts after its delay", () => {
  const due = vi.fn();
  const delays = createLinkDelays(due);
  delays.configure([{ interface: "eth0", downMs: 1000, upMs: 500 }]);
  expect(delays.counts("eth0", true)).toBe(true);
  expect(delays.counts("eth0", false)).toBe(true);
  vi.advanceTimersByTime(900);
  expect(delays.counts("eth0", true)).toBe(true);
  vi.advanceTimersByTime(5000);
  expect(due).not.toHaveBeenCalled();
  expect(delays.counts("eth0", false)).toBe(true);
  vi.advanceTimersByTime(1000);
  expect([due.mock.calls.length, delays.counts("eth0", false)]).toEqual([1, false]);
  expect(delays.counts("eth0", true)).toBe(false);
  vi.advanceTimersByTime(500);
  expect([due.mock.calls.length, delays.counts("eth0", true)]).toEqual([2, true]);
});

test("an interface that is down at the start is down, one without a delay is as it is", () => {
  const delays = createLinkDelays(vi.fn());
  delays.configure([{ interface: "eth0", downMs: 1000, upMs: 0 }]);
  expect([delays.counts("eth0", false), delays.counts("eth0", true)]).toEqual([false, true]);
  expect([delays.counts("eth1", true), delays.counts("eth1", false)]).toEqual([true, false]);
});

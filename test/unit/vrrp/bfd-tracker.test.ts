import { expect, test } from "vitest";
import { createLogger, type LogRecord } from "../../../src/core/log.ts";
import { createBfdTracker } from "../../../src/vrrp/bfd-tracker.ts";
import { vrrpEvents } from "../../../src/vrrp/log-events.ts";
import type { VrrpProcessPlan } from "../../../src/vrrp/model.ts";

const track = (name: string) => ({ name, weight: 0, reverse: false });
const planOf = (instances: Record<string, readonly string[]>): VrrpProcessPlan =>
  ({
    instances: Object.entries(instances).map(([name, sessions]) => ({ name, trackBfds: sessions.map(track) })),
  }) as unknown as VrrpProcessPlan;

function tracker() {
  const lines: string[] = [];
  const changed: string[] = [];
  const known: [string, boolean | null][] = [];
  const one = createBfdTracker({
    log: createLogger(vrrpEvents, ({ text }: LogRecord) => lines.push(text)),
    onChange: (session) => changed.push(session),
    onKnown: (...told) => known.push(told),
  });
  return { one, lines, changed, known };
}

test("at a first start a session counts as down until it is up, as in keepalived", () => {
  const { one, changed, known, lines } = tracker();
  one.configure(planOf({ VI_1: ["s"], VI_2: ["s"] }), undefined, true);
  expect(one.up("s")).toBe(false);
  one.hear({ s: "unknown", other: "up" });
  expect(changed).toEqual([]);
  one.hear({ s: "up", other: "up" });
  expect([one.up("s"), changed]).toEqual([true, ["s"]]);
  expect(lines).toEqual([
    "VRRP_Instance(VI_1) Tracked BFD instance s is UP",
    "VRRP_Instance(VI_2) Tracked BFD instance s is UP",
  ]);
  expect(known).toEqual([
    ["s", false],
    ["s", true],
  ]);
});

test("a successor goes on with what its predecessor knew", () => {
  const { one, changed } = tracker();
  one.configure(planOf({ VI_1: ["s", "new"] }), { s: true }, false);
  expect([one.up("s"), one.up("new")]).toEqual([true, undefined]);
  one.hear({ s: "unknown", new: "unknown" });
  expect(changed).toEqual([]);
});

test("a session that a reload brings changes nothing before it is known", () => {
  const { one, changed } = tracker();
  one.configure(planOf({ VI_1: [] }), undefined, true);
  one.configure(planOf({ VI_1: ["s"] }), undefined, false);
  expect(one.up("s")).toBeUndefined();
  one.hear({ s: "down" });
  expect([one.up("s"), changed]).toEqual([false, ["s"]]);
});

test("the death of the BFD process leaves everything as it was", () => {
  const { one, changed } = tracker();
  one.configure(planOf({ VI_1: ["s"] }), undefined, true);
  one.hear({ s: "up" });
  one.hear({ s: "unknown" });
  expect([one.up("s"), changed]).toEqual([true, ["s"]]);
  expect(one.list()).toMatchObject([{ name: "s", up: true }]);
});

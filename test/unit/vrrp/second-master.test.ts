import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Logger } from "../../../src/core/log.ts";
import { vrrpEvents } from "../../../src/vrrp/log-events.ts";
import { SecondMasterWatch } from "../../../src/vrrp/second-master.ts";
import { advert } from "./machine-cases.ts";

beforeEach(() => void vi.useFakeTimers({ now: 0 }));
afterEach(() => void vi.useRealTimers());

function bench() {
  const lines: string[] = [];
  const write = (name: keyof typeof vrrpEvents, fields: never): void =>
    void lines.push((vrrpEvents[name] as (f: never) => string)(fields));
  const log = { warn: write, info: write } as unknown as Logger<typeof vrrpEvents>;
  const gate = (_kind: string, pass: (held: number) => void): void => pass(0);
  const watch = new SecondMasterWatch({ log, name: () => "VI_1", wallMs: () => Date.now(), gate });
  return { watch, lines };
}

test("one advert is counted and told to nobody: it may have crossed ours", () => {
  const { watch, lines } = bench();
  watch.heard(advert(90));
  expect(watch.current).toEqual({ address: "192.0.2.9", priority: 90, sinceWallMs: 0, lastWallMs: 0, adverts: 1 });
  vi.advanceTimersByTime(3000);
  expect([watch.current, lines]).toEqual([undefined, []]);
});

test("a second one is a master that does not give way: who, since when, how often, until it is silent for three intervals", () => {
  const { watch, lines } = bench();
  watch.heard(advert(90));
  vi.advanceTimersByTime(2999);
  watch.heard(advert(91));
  expect(watch.current).toEqual({ address: "192.0.2.9", priority: 91, sinceWallMs: 0, lastWallMs: 2999, adverts: 2 });
  vi.advanceTimersByTime(3000);
  expect(watch.current).toBeUndefined();
  expect(lines).toEqual([
    "(VI_1) split brain: 192.0.2.9 (priority 91) is MASTER too, 2 adverts heard",
    "(VI_1) split brain is over: 2 adverts of 192.0.2.9 within 3.0 s",
  ]);
});

test("it is over when we are not MASTER any more, and tells so once", () => {
  const { watch, lines } = bench();
  for (let i = 0; i < 3; i++) watch.heard(advert(90));
  watch.over();
  watch.over();
  vi.advanceTimersByTime(10_000);
  expect(lines.filter((line) => line.includes("is over"))).toHaveLength(1);
});

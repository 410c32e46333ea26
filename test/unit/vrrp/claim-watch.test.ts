import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createLogger } from "../../../src/core/log.ts";
import { ClaimWatch } from "../../../src/vrrp/claim-watch.ts";
import type { HeardWord } from "../../../src/vrrp/claims.ts";
import { vrrpEvents } from "../../../src/vrrp/log-events.ts";

beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"], now: 0 }));
afterEach(() => void vi.useRealTimers());

const claim = (hardwareAddress = "52:54:00:00:00:01"): HeardWord => ({
  ...{ kind: "claim", address: "192.0.2.100", interface: "eth0", hardwareAddress },
});

function watching() {
  const texts: string[] = [];
  const calls = { quiet: 0, other: 0 };
  const watch = new ClaimWatch({
    log: createLogger(vrrpEvents, ({ text }) => void texts.push(text)),
    name: () => "VI_1",
    wallMs: () => Date.now(),
    gate: (_, write) => write(0),
    onQuiet: () => void calls.quiet++,
    onOther: () => void calls.other++,
  });
  return { watch, texts, calls };
}

test("claims are counted with the last claimant, until none has come for a minute", () => {
  const { watch, texts, calls } = watching();
  watch.heard(claim());
  vi.advanceTimersByTime(59_000);
  watch.heard(claim());
  expect(watch.current).toMatchObject({ sinceWallMs: 0, lastWallMs: 59_000, claims: 2, interface: "eth0" });
  vi.advanceTimersByTime(59_999);
  expect([watch.current?.claims, calls.quiet]).toEqual([2, 0]);
  vi.advanceTimersByTime(1);
  expect([watch.current, calls.quiet]).toEqual([undefined, 1]);
  expect(texts.at(-1)).toBe("(VI_1) 192.0.2.100 is no longer claimed by 52:54:00:00:00:01: 2 claims within 59.0 s");
});

test("another claimant may be told of sooner", () => {
  const { watch, texts, calls } = watching();
  watch.heard(claim());
  watch.heard(claim());
  watch.heard(claim("52:54:00:00:00:02"));
  expect([calls.other, watch.current?.hardwareAddress]).toEqual([1, "52:54:00:00:00:02"]);
  expect(texts.at(-1)).toContain("192.0.2.100 is claimed by 52:54:00:00:00:02 on eth0 while this is MASTER");
});

test("an instance that is no more MASTER forgets them at once, and nothing is quiet later", () => {
  const { watch, texts, calls } = watching();
  watch.over();
  expect(texts).toEqual([]);
  watch.heard(claim());
  watch.over();
  expect([watch.current, texts.length]).toEqual([undefined, 2]);
  vi.advanceTimersByTime(100_000);
  expect(calls.quiet).toBe(0);
});

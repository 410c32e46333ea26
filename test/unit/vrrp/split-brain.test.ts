import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { createLogger } from "../../../src/core/log.ts";
import type { HeardWord } from "../../../src/vrrp/claims.ts";
import { vrrpEvents } from "../../../src/vrrp/log-events.ts";
import { SplitBrain } from "../../../src/vrrp/split-brain.ts";
import { HANDOVER_MS } from "../../../src/vrrp/timing.ts";
import { advert } from "./machine-cases.ts";

beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date", "performance"], now: 0 }));
afterEach(() => void vi.useRealTimers());

function watching() {
  const texts: string[] = [];
  const calls = { quiet: 0, other: 0 };
  const watch = new SplitBrain({
    log: createLogger(vrrpEvents, ({ text }) => void texts.push(text)),
    name: () => "VI_1",
    now: () => performance.now(),
    wallMs: () => Date.now(),
    gate: (_, write) => write(0),
    onQuiet: () => void calls.quiet++,
    onOther: () => void calls.other++,
  });
  return { watch, texts, calls };
}

describe("adverts of another while this is MASTER", () => {
  type Course = { readonly intervalMs: number; readonly atMs: readonly number[] };
  /** Adverts at these times, of an instance that is MASTER since the beginning. */
  const hear = ({ intervalMs, atMs }: Course) => {
    const one = watching();
    one.watch.leads();
    for (const at of atMs) {
      vi.advanceTimersByTime(at - performance.now());
      one.watch.heardAdvert({ ...advert(90), intervalMs });
    }
    return one;
  };

  test.for([
    { name: "one of 1 s that crosses ours", intervalMs: 1000, atMs: [0] },
    { name: "one, and the last word of who has heard ours", intervalMs: 1000, atMs: [0, 3] },
    { name: "some of 10 ms until a busy router has come to ours", intervalMs: 10, atMs: [0, 10, 20, 30, 60, 90, 99] },
    { name: "one that was lost on its way for long", intervalMs: 1000, atMs: [60_000] },
  ])("told to nobody: $name", (course) => {
    const { watch, texts } = hear(course);
    expect(watch.secondMaster).toBeUndefined();
    vi.advanceTimersByTime(10_000);
    expect(texts).toEqual([]);
  });

  test.for([
    { name: "the second one of 1 s", intervalMs: 1000, atMs: [10, 1010] },
    { name: "the second one of 100 ms", intervalMs: 100, atMs: [10, 110] },
    { name: "of 10 ms, one that is later than a hand-over", intervalMs: 10, atMs: [0, 10, 30, 60, 90, 100] },
    { name: "one, and its last word, of who was MASTER all along", intervalMs: 1000, atMs: [60_000, 60_003] },
  ])("two masters: $name", (course) => {
    const { watch, texts } = hear(course);
    const { atMs } = course;
    expect(watch.secondMaster).toMatchObject({ sinceWallMs: atMs[0], lastWallMs: atMs.at(-1), adverts: atMs.length });
    expect(texts).toEqual([`(VI_1) split brain: 192.0.2.9 (priority 90) is MASTER too, ${atMs.length} adverts heard`]);
  });

  test("who, since when, how often, until it is silent for three intervals", () => {
    const { watch, texts } = watching();
    watch.heardAdvert(advert(90));
    vi.advanceTimersByTime(2999);
    watch.heardAdvert(advert(91));
    const seen = { address: "192.0.2.9", priority: 91, sinceWallMs: 0, lastWallMs: 2999, adverts: 2 };
    expect(watch.secondMaster).toEqual(seen);
    vi.advanceTimersByTime(3000 + HANDOVER_MS);
    expect(watch.secondMaster).toBeUndefined();
    expect(texts.at(-1)).toBe("(VI_1) split brain is over: 2 adverts of 192.0.2.9 within 3.0 s");
  });

  test("it is over when we are not MASTER any more, and tells so once", () => {
    const { watch, texts } = watching();
    for (let i = 0; i < 3; i++) {
      watch.heardAdvert(advert(90));
      vi.advanceTimersByTime(1000);
    }
    watch.over();
    watch.over();
    vi.advanceTimersByTime(10_000);
    expect(texts.filter((text) => text.includes("is over"))).toHaveLength(1);
  });

  test("a clock that is set back in between changes nothing", () => {
    const { watch, texts } = watching();
    watch.heardAdvert(advert(90));
    vi.advanceTimersByTime(1000);
    vi.setSystemTime(-3_600_000);
    watch.heardAdvert(advert(90));
    watch.over();
    expect(texts.at(-1)).toBe("(VI_1) split brain is over: 2 adverts of 192.0.2.9 within 1.0 s");
  });

  test("hand-overs one after the other, each with adverts that cross, are told to nobody; one more advert than that is", () => {
    const crossing = fc.array(fc.integer({ min: 1, max: HANDOVER_MS - 1 }), { minLength: 1, maxLength: 10 });
    const handovers = fc.array(crossing, { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(handovers, fc.constantFrom(10, 100, 1000), (times, intervalMs) => {
        const { watch, texts } = watching();
        for (const atMs of times) {
          const ledAt = performance.now();
          watch.leads();
          for (const at of [...atMs].sort((a, b) => a - b)) {
            vi.advanceTimersByTime(ledAt + at - performance.now());
            watch.heardAdvert({ ...advert(90), intervalMs });
          }
          expect(watch.secondMaster).toBeUndefined();
          if (atMs !== times.at(-1)) watch.over();
        }
        expect(texts).toEqual([]);
        vi.advanceTimersByTime(HANDOVER_MS);
        watch.heardAdvert({ ...advert(90), intervalMs });
        expect([watch.secondMaster === undefined, texts.length]).toEqual([false, 1]);
      }),
      { seed: 7, numRuns: 200 },
    );
  });
});

describe("claims to an address while this is MASTER", () => {
  const claim = (hardwareAddress = "52:54:00:00:00:01"): HeardWord => ({
    ...{ kind: "claim", address: "192.0.2.100", interface: "eth0", hardwareAddress },
  });

  test("are counted with the last claimant, until none has come for a minute", () => {
    const { watch, texts, calls } = watching();
    watch.heardClaim(claim());
    vi.advanceTimersByTime(59_000);
    watch.heardClaim(claim());
    expect(watch.addressClaim).toMatchObject({ sinceWallMs: 0, lastWallMs: 59_000, claims: 2, interface: "eth0" });
    vi.advanceTimersByTime(59_999);
    expect([watch.addressClaim?.claims, calls.quiet]).toEqual([2, 0]);
    vi.advanceTimersByTime(1);
    expect([watch.addressClaim, calls.quiet]).toEqual([undefined, 1]);
    expect(texts.at(-1)).toBe("(VI_1) 192.0.2.100 is no longer claimed by 52:54:00:00:00:01: 2 claims within 59.0 s");
  });

  test("another claimant may be told of sooner", () => {
    const { watch, texts, calls } = watching();
    watch.heardClaim(claim());
    watch.heardClaim(claim());
    watch.heardClaim(claim("52:54:00:00:00:02"));
    expect([calls.other, watch.addressClaim?.hardwareAddress]).toEqual([1, "52:54:00:00:00:02"]);
    expect(texts.at(-1)).toContain("192.0.2.100 is claimed by 52:54:00:00:00:02 on eth0 while this is MASTER");
  });

  test("an instance that is no more MASTER forgets them at once, and nothing is quiet later", () => {
    const { watch, texts, calls } = watching();
    watch.over();
    expect(texts).toEqual([]);
    watch.heardClaim(claim());
    watch.over();
    expect([watch.addressClaim, texts.length]).toEqual([undefined, 2]);
    vi.advanceTimersByTime(100_000);
    expect(calls.quiet).toBe(0);
  });

  test("adverts and claims are two proofs of one thing: each is there as long as it is given", () => {
    const { watch } = watching();
    watch.heardAdvert(advert(90));
    watch.heardClaim(claim());
    vi.advanceTimersByTime(1000);
    watch.heardAdvert(advert(90));
    expect([watch.secondMaster?.adverts, watch.addressClaim?.claims]).toEqual([2, 1]);
    vi.advanceTimersByTime(3000 + HANDOVER_MS);
    expect([watch.secondMaster, watch.addressClaim?.claims]).toEqual([undefined, 1]);
  });
});

import fc from "fast-check";
import { describe, expect, test, vi } from "vitest";
import { AdvertBeat, type AdvertBeatOptions } from "../../../src/vrrp/advert-beat.ts";
import { makeAdvert, numbersAfter, type SeriesNumbers } from "../../../src/vrrp/advert-series.ts";
import { Leases } from "../../../src/vrrp/leases.ts";
import type { VrrpInstancePlan } from "../../../src/vrrp/model.ts";
import { leaseMs } from "../../../src/vrrp/timing.ts";
import { createSimulatedBeat } from "./simulation-beat.ts";
import { Agenda } from "./simulation-network.ts";

const SOURCE = "192.0.2.1";
const planOf = (part: Partial<VrrpInstancePlan>): VrrpInstancePlan =>
  ({
    version: 3,
    family: 4,
    vrid: 51,
    advertIntervalMs: 100,
    addresses: [{ address: "192.0.2.100", prefixLength: 24 }],
    multicastGroup: "224.0.0.18",
    v3ChecksumAsV2: false,
    ...part,
  }) as VrrpInstancePlan;

type Sent = { readonly at: number; readonly packet: Uint8Array; readonly to: string };

function bench(plan: VrrpInstancePlan, part: Partial<AdvertBeatOptions> = {}) {
  const agenda = new Agenda();
  const sent: Sent[] = [];
  const send = (packet: Uint8Array, to: string): void => void sent.push({ at: agenda.now, packet, to });
  let socket = {
    openBeat: (destinations: readonly string[], repeats: boolean) =>
      createSimulatedBeat(
        agenda,
        destinations,
        send,
        () => false,
        () => 0,
        repeats,
      ),
  };
  let numbers: SeriesNumbers = { id: 1, sequence: 1, signature: 0n };
  const beat = new AdvertBeat({
    socket: () => socket,
    now: () => agenda.now,
    wallMs: () => 1e12 + agenda.now,
    ...part,
  });
  const hold = () => {
    const left = beat.hold();
    numbers = left?.numbers ?? numbers;
    return left;
  };
  return {
    sent,
    hold,
    get now() {
      return agenda.now;
    },
    go: (dueMs: number, full = true, priority = 100, given = plan) =>
      beat.goOn({ plan: given, source: SOURCE, priority, numbers }, dueMs, full),
    /** As the sender does it at once. */
    direct(priority = 100): void {
      hold();
      const { packets, next } = makeAdvert(plan, SOURCE, priority, numbers, 1e12 + agenda.now);
      numbers = next;
      beat.forget();
      for (const packet of packets) send(packet, "224.0.0.18");
    },
    pass(ms: number): void {
      const until = agenda.now + ms;
      while (agenda.next(until));
    },
    reopen(): void {
      socket = { ...socket };
    },
  };
}

const timesOf = (sent: readonly Sent[]): number[] => sent.map(({ at }) => at);
const idOf = ({ packet }: Sent): number => Buffer.from(packet).readUInt16BE(4);
const priorityOf = ({ packet }: Sent): number => packet[22] as number;

describe("adverts that are made ahead", () => {
  test("leave at their interval until the lease ends, and are told with the numbers behind them", () => {
    const { sent, go, hold, pass } = bench(planOf({}));
    go(100);
    pass(5000);
    expect(timesOf(sent)).toEqual([100, 200, 300, 400, 500, 600, 700, 800, 900, 1000]);
    expect(sent.map(idOf)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(hold()).toMatchObject({ adverts: 10, failures: 0, sentAt: 1000, nextAt: 1100, numbers: { id: 11 } });
    expect(hold()).toBeUndefined();
  });

  test("go on as long as that is said in time: at the latest when asked for", () => {
    const made = bench(planOf({ advertIntervalMs: 10 }));
    let dueMs = 10;
    for (let full = false; made.now < 3000; full = true) {
      const again = made.go(dueMs, full) as number;
      made.pass(again - made.now);
      dueMs = made.hold()?.nextAt ?? dueMs;
    }
    const times = timesOf(made.sent);
    expect(times).toEqual(times.map((_, i) => (i + 1) * 10));
  });

  test("nothing leaves once they are held", () => {
    const { sent, go, hold, pass } = bench(planOf({}));
    go(100);
    pass(150);
    hold();
    pass(5000);
    expect(timesOf(sent)).toEqual([100]);
  });

  test("are made again for another priority, plan or socket; the numbers go on", () => {
    const { sent, go, hold, pass, reopen } = bench(planOf({}));
    go(100);
    pass(150);
    hold();
    go(200, true, 80);
    pass(100);
    hold();
    reopen();
    go(300, true, 80);
    pass(100);
    hold();
    go(400, true, 80, planOf({ vrid: 52 }));
    pass(100);
    expect(sent.map(priorityOf)).toEqual([100, 80, 80, 80]);
    expect(sent.map(idOf)).toEqual([1, 2, 3, 4]);
    expect(sent.map(({ packet }) => packet[21])).toEqual([51, 51, 51, 52]);
  });

  test("go to each peer", () => {
    const peers = ["192.0.2.2", "192.0.2.3"].map((address) => ({ address, minTtl: 255, maxTtl: 255 }));
    const { sent, go, pass } = bench(planOf({ unicast: { peers, ttl: 255, checkSource: true } }));
    go(100);
    pass(250);
    expect(sent.map(({ at, to }) => `${at} ${to}`)).toEqual([
      "100 192.0.2.2",
      "100 192.0.2.3",
      "200 192.0.2.2",
      "200 192.0.2.3",
    ]);
  });

  test("whatever happens between them, each has the sequence number behind the one before, and none is sent twice", () => {
    const deed = fc.oneof(
      fc.record({ do: fc.constant("pass" as const), ms: fc.integer({ min: 0, max: 3000 }) }),
      fc.record({ do: fc.constant("go" as const), in: fc.integer({ min: 1, max: 2000 }), full: fc.boolean() }),
      fc.record({ do: fc.constant("priority" as const), priority: fc.integer({ min: 1, max: 254 }) }),
      fc.record({ do: fc.constantFrom("direct" as const, "reopen" as const) }),
    );
    fc.assert(
      fc.property(fc.array(deed, { maxLength: 30 }), (deeds) => {
        const plan = planOf({ version: 2, advertIntervalMs: 1000, ahKey: "secret" });
        const made = bench(plan);
        let priority = 100;
        let goneOnAt = 0;
        for (const one of deeds) {
          if (one.do === "pass") {
            const before = made.sent.length;
            made.pass(one.ms);
            for (const { at } of made.sent.slice(before)) expect(at).toBeLessThanOrEqual(goneOnAt + leaseMs(1000));
            continue;
          }
          made.hold();
          if (one.do === "direct") made.direct(priority);
          if (one.do === "reopen") made.reopen();
          if (one.do === "priority") priority = one.priority;
          goneOnAt = made.now;
          made.go(made.now + (one.do === "go" ? one.in : 1000), one.do === "go" && one.full, priority);
        }
        // RFC 4302 §2: the sequence number is the third word of the header behind IPv4's.
        const sequences = made.sent.map(({ packet }) => Buffer.from(packet).readUInt32BE(28));
        expect(sequences).toEqual(sequences.map((_, i) => i + 1));
      }),
      { seed: 20 },
    );
  });
});

test("an advert that is sent again and again is one that is made each time, for each destination", () => {
  const peers = ["192.0.2.2", "192.0.2.3", "192.0.2.4"].map((address) => ({ address, minTtl: 0, maxTtl: 255 }));
  const plans = [
    planOf({}),
    planOf({ version: 2, advertIntervalMs: 1000, authPass: "1111" }),
    planOf({ unicast: { peers, ttl: 64, checkSource: false } }),
    planOf({ family: 6, multicastGroup: "ff02::12", addresses: [{ address: "fe80::100", prefixLength: 64 }] }),
  ];
  fc.assert(
    fc.property(
      fc.constantFrom(...plans),
      fc.integer({ min: 1, max: 0xffff }),
      fc.nat({ max: 3 }),
      (plan, id, times) => {
        const source = plan.family === 6 ? "fe80::1" : SOURCE;
        const agenda = new Agenda();
        const sent: Uint8Array[] = [];
        const socket = {
          openBeat: (destinations: readonly string[], repeats: boolean) =>
            createSimulatedBeat(
              agenda,
              destinations,
              (packet) => void sent.push(packet),
              () => false,
              () => 0,
              repeats,
            ),
        };
        const beat = new AdvertBeat({ socket: () => socket, now: () => agenda.now, wallMs: () => 0 });
        let numbers: SeriesNumbers = { id, sequence: 1, signature: 0n };
        beat.goOn({ plan, source, priority: 100, numbers }, 0, false);
        const made: Uint8Array[] = [];
        for (let n = 0; n < times; n++) {
          agenda.next(n * plan.advertIntervalMs);
          const { packets, next } = makeAdvert(plan, source, 100, numbers, 0);
          made.push(...packets);
          numbers = { ...next, sequence: 1 };
        }
        expect(sent).toEqual(made);
        expect(beat.hold()?.numbers).toEqual(times === 0 ? undefined : numbers);
        expect(numbersAfter({ id, sequence: 1, signature: 0n }, made.length)).toEqual(numbers);
      },
    ),
  );
});

describe("a lease", () => {
  const leasesOf = () => {
    let renew = (): void => {};
    const leases = new Leases((run) => {
      renew = run;
      return () => {
        renew = () => {};
      };
    });
    return { leases, renew: () => renew() };
  };

  test.for([
    {
      name: "is renewed without a look at the instance",
      waits: [125, 125, 125, 900, 125, 125],
      lapsed: 0,
      until: 1500,
    },
    { name: "that nobody renewed in time is over, and that is told", waits: [125, 1001], lapsed: 1, until: 1100 },
  ])("$name", ({ waits, lapsed, until }) => {
    const { leases, renew } = leasesOf();
    const onLapsed = vi.fn();
    const made = bench(planOf({}), { leases, onLapsed });
    expect(made.go(100)).toBe(Infinity);
    for (const wait of waits) {
      made.pass(wait);
      renew();
    }
    expect(onLapsed).toHaveBeenCalledTimes(lapsed);
    expect(Math.max(...timesOf(made.sent))).toBe(until - (until % 100));
  });

  test("of one that is held is nobody's concern", () => {
    const { leases, renew } = leasesOf();
    const onLapsed = vi.fn();
    const made = bench(planOf({}), { leases, onLapsed });
    made.go(100);
    made.hold();
    made.pass(5000);
    renew();
    expect(onLapsed).not.toHaveBeenCalled();
  });
});

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { AdvertBeat } from "../../../src/vrrp/advert-beat.ts";
import { AdvertMaker, makeAdvert, type SeriesNumbers } from "../../../src/vrrp/advert-series.ts";
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

function bench(plan: VrrpInstancePlan) {
  const agenda = new Agenda();
  const sent: Sent[] = [];
  const send = (packet: Uint8Array, to: string): void => void sent.push({ at: agenda.now, packet, to });
  let socket = {
    openBeat: (destinations: readonly string[]) =>
      createSimulatedBeat(
        agenda,
        destinations,
        send,
        () => false,
        () => 0,
      ),
  };
  let numbers: SeriesNumbers = { id: 1, sequence: 1, signature: 0n };
  const beat = new AdvertBeat({ socket: () => socket, now: () => agenda.now, wallMs: () => 1e12 + agenda.now });
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
    expect(timesOf(sent)).toEqual([100, 200, 300, 400, 500]);
    expect(sent.map(idOf)).toEqual([1, 2, 3, 4, 5]);
    expect(hold()).toMatchObject({ adverts: 5, failures: 0, sentAt: 500, nextAt: 600, numbers: { id: 6 } });
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

test("adverts made one after the other are those that are made each by itself, whatever changes in between", () => {
  const peers = ["192.0.2.2", "192.0.2.3"].map((address) => ({ address, minTtl: 0, maxTtl: 255 }));
  const plans = [
    planOf({}),
    planOf({ version: 2, advertIntervalMs: 1000, authPass: "1111" }),
    planOf({ version: 2, advertIntervalMs: 1000, ahKey: "secret" }),
    planOf({ unicast: { peers, ttl: 64, checkSource: false } }),
    planOf({ family: 6, multicastGroup: "ff02::12", addresses: [{ address: "fe80::100", prefixLength: 64 }] }),
    planOf({
      hmac: {
        keys: [{ id: 1, keyHex: "00112233445566778899aabbccddeeff" }],
        ...{ activeKey: 1, mode: "enforce", antiReplay: "time", timeWindowMs: 5000 },
      },
    }),
  ];
  const turn = fc.record({
    plan: fc.nat({ max: plans.length - 1 }),
    source: fc.constantFrom(1, 2),
    priority: fc.constantFrom(100, 150),
    repeat: fc.integer({ min: 1, max: 4 }),
  });
  fc.assert(
    fc.property(fc.array(turn, { maxLength: 12 }), fc.constantFrom(1, 0xfffe), (turns, id) => {
      const maker = new AdvertMaker();
      let numbers: SeriesNumbers = { id, sequence: 1, signature: 0n };
      for (const { plan: index, source, priority, repeat } of turns)
        for (let n = 0; n < repeat; n++) {
          const plan = plans[index] as VrrpInstancePlan;
          const from = plan.family === 6 ? `fe80::${source}` : `192.0.2.${source + 10}`;
          const expected = makeAdvert(plan, from, priority, numbers, 1e12);
          const made = maker.make(plan, from, priority, numbers, 1e12);
          expect(made).toEqual(expected);
          numbers = made.next;
        }
    }),
  );
});

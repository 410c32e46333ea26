import fc from "fast-check";
import { expect, test } from "vitest";
import { createLogger } from "../../../src/core/log.ts";
import { AdvertReader } from "../../../src/vrrp/advert-reader.ts";
import { restoreCounters } from "../../../src/vrrp/counters.ts";
import { vrrpEvents } from "../../../src/vrrp/log-events.ts";
import { createLogGate } from "../../../src/vrrp/log-gate.ts";
import type { State } from "../../../src/vrrp/machine.ts";
import type { VrrpInstancePlan } from "../../../src/vrrp/model.ts";
import { advertPacket } from "../../../src/vrrp/packet.ts";
import type { IpPacket } from "../../../src/vrrp/wire/ip.ts";
import { decodeIpv4 } from "../../../src/vrrp/wire/ipv4.ts";
import { backup } from "./machine-cases.ts";

const GROUP = "224.0.0.18";
const plan = {
  name: "VI_1",
  version: 3,
  family: 4,
  vrid: 51,
  advertIntervalMs: 100,
  addresses: [{ address: "192.0.2.100", prefixLength: 24 }],
  multicastGroup: GROUP,
  v3ChecksumAsV2: false,
  skipCheckAdvAddr: false,
} as unknown as VrrpInstancePlan;

function reader() {
  const instance = {
    name: "VI_1",
    plan,
    state: backup as State,
    source: "192.0.2.1" as string | undefined,
    counters: restoreCounters(),
  };
  const log = createLogger(vrrpEvents, () => {});
  return { instance, read: new AdvertReader({ instance, log, gate: createLogGate(), now: () => 0, wallMs: () => 0 }) };
}

/** What arrives: an advert of a sender, perhaps with another address, a byte turned over, another TTL. */
const arriving = fc.record({
  from: fc.constantFrom("192.0.2.2", "192.0.2.3"),
  priority: fc.constantFrom(0, 100, 150),
  other: fc.boolean(),
  ttl: fc.constantFrom(255, 255, 255, 254),
  turned: fc.option(fc.nat({ max: 11 }), { nil: undefined, freq: 4 }),
  source: fc.constantFrom("192.0.2.1", "192.0.2.1", "192.0.2.9"),
  trusting: fc.boolean(),
});

function packetOf({
  from,
  priority,
  other,
  ttl,
  turned,
}: typeof arriving extends fc.Arbitrary<infer T> ? T : never): IpPacket {
  const addresses = [{ address: other ? "192.0.2.101" : "192.0.2.100", prefixLength: 24 }];
  const bytes = advertPacket({ ...plan, addresses }, { source: from, destination: GROUP }, priority, {
    id: 1,
    sequence: 1,
  });
  const decoded = decodeIpv4(bytes);
  if (!decoded.ok) throw new Error(decoded.error.code);
  const payload = decoded.value.payload.slice();
  if (turned !== undefined) payload[turned] = (payload[turned] as number) ^ 0xff;
  return { ...decoded.value, ttl, payload };
}

test("property: what was heard before does not change what is made of an advert, nor how it is counted", () => {
  const one = fc.array(fc.tuple(arriving, fc.integer({ min: 1, max: 3 })), { maxLength: 20 });
  fc.assert(
    fc.property(one, (arrivals) => {
      const remembering = reader();
      const counted = restoreCounters();
      for (const [arrival, times] of arrivals)
        for (let n = 0; n < times; n++) {
          const fresh = reader();
          for (const { instance } of [remembering, fresh]) {
            instance.source = arrival.source;
            instance.plan = arrival.trusting ? trusting : plan;
          }
          const packet = packetOf(arrival);
          expect(remembering.read.read(packet)).toEqual(fresh.read.read(packet));
          for (const [name, count] of Object.entries(fresh.instance.counters))
            counted[name as keyof typeof counted] += count;
        }
      expect(remembering.instance.counters).toEqual(counted);
    }),
  );
});

const trusting = { ...plan, skipCheckAdvAddr: true };

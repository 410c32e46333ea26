import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Addressee, accept, type Datagram } from "../../../src/bfd/inbound.ts";
import type { BfdSessionPlan } from "../../../src/bfd/model.ts";
import { type ControlPacket, encodeControl } from "../../../src/bfd/packet.ts";

const plan = (part: Partial<BfdSessionPlan> = {}): BfdSessionPlan => ({
  ...{ name: "peer", neighbor: "192.0.2.2", minRxMs: 10, minTxMs: 10, idleTxMs: 1000, multiplier: 3, passive: false },
  ...{ ttl: 255, minTtl: 255, multihop: false },
  ...part,
});
const packet = (part: Partial<ControlPacket> = {}): ControlPacket => ({
  ...{ state: "up", diagnostic: 0, poll: false, final: false, demand: false, multiplier: 3, mine: 7, yours: 1 },
  ...{ minTxMs: 10, minRxMs: 10, minEchoRxMs: 0 },
  ...part,
});
const datagram = (part: Partial<Datagram> = {}, said: Partial<ControlPacket> = {}): Datagram => ({
  ...{ bytes: encodeControl(packet(said)), from: "192.0.2.2", fromPort: 49_152, to: "192.0.2.1", hops: 255 },
  ...{ multihop: false },
  ...part,
});
const directory = (...plans: BfdSessionPlan[]) => {
  const sessions = plans.map((one, i): Addressee => ({ plan: one, discriminator: i + 1 }));
  return {
    byDiscriminator: new Map(sessions.map((one) => [one.discriminator, one])),
    byNeighbor: new Map(sessions.map((one) => [one.plan.neighbor, one])),
  };
};

describe("whom a datagram is for, RFC 5880 section 6.8.6", () => {
  test.for([
    { name: "our discriminator is in it", said: {} },
    { name: "the peer does not know ours yet: by where it is from", said: { yours: 0, state: "down" as const } },
  ])("$name", ({ said }) => {
    const found = accept(datagram({}, said), directory(plan()));
    expect(found.ok && found.value.session.plan.name).toBe("peer");
  });

  test.for<{
    name: string;
    at?: Partial<Datagram>;
    said?: Partial<ControlPacket>;
    of?: Partial<BfdSessionPlan>;
    reason: string;
  }>([
    { name: "a discriminator that nobody has", said: { yours: 9 }, reason: "noSession" },
    {
      name: "a host that is nobody's neighbor",
      at: { from: "192.0.2.9" },
      said: { yours: 0, state: "down" },
      reason: "noSession",
    },
    { name: "our discriminator from another host", at: { from: "192.0.2.9" }, reason: "neighbor" },
    { name: "another address of ours than the session's", of: { source: "192.0.2.7" }, reason: "destination" },
    { name: "the other of the two ports", at: { multihop: true }, reason: "noSession" },
    { name: "a router between", at: { hops: 254 }, reason: "ttl" },
    { name: "more routers than are allowed", at: { hops: 252 }, of: { minTtl: 253 }, reason: "ttl" },
    { name: "no control packet", at: { bytes: new Uint8Array(23) }, reason: "short" },
  ])("dropped: $name", ({ at = {}, said = {}, of = {}, reason }) => {
    expect(accept(datagram(at, said), directory(plan(of)))).toEqual({ ok: false, error: { reason } });
  });

  test("without a least TTL any will do", () => {
    const { minTtl: _any, ...open } = plan();
    expect(accept(datagram({ hops: 1 }), directory(open)).ok).toBe(true);
  });

  test("whatever comes is dropped or for the session of where it is from", () => {
    const sessions = directory(plan(), plan({ name: "other", neighbor: "192.0.2.3" }));
    const from = fc.constantFrom("192.0.2.2", "192.0.2.3", "192.0.2.9");
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 64 }),
      fc
        .record({ yours: fc.integer({ min: 0, max: 3 }), state: fc.constantFrom("down", "init", "up") })
        .map((said) => encodeControl(packet(said as Partial<ControlPacket>))),
    );
    fc.assert(
      fc.property(bytes, from, fc.nat(255), (raw, host, hops) => {
        const found = accept(datagram({ bytes: raw, from: host, hops }), sessions);
        if (found.ok) expect([found.value.session.plan.neighbor, hops]).toEqual([host, 255]);
        else expect(found.error.reason).not.toBe("");
      }),
    );
  });
});

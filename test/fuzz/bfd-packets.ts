import assert from "node:assert/strict";
import fc from "fast-check";
import { type Addressee, accept } from "../../src/bfd/inbound.ts";
import type { BfdSessionPlan } from "../../src/bfd/model.ts";
import { decodeControl, encodeControl } from "../../src/bfd/packet.ts";
import { deadlineOf, newSession, type Session, type SessionEvent, step } from "../../src/bfd/session.ts";
import { bytesOf, type Files } from "./target.ts";

/** Datagrams of any kind to the BFD ports: a row of them reaches one session, at times that go on. */

const OWN = 1;
const PACKET_BYTES = 24;
const plan: BfdSessionPlan = {
  ...{ name: "peer", neighbor: "192.0.2.2", minRxMs: 10, minTxMs: 10, idleTxMs: 1000, multiplier: 3, passive: false },
  ...{ ttl: 255, minTtl: 255, multihop: false },
};
const anyBytes = fc.uint8Array({ maxLength: 80 });
const likely = fc
  .record({
    state: fc.constantFrom("adminDown", "down", "init", "up"),
    ...{ diagnostic: fc.nat(31), poll: fc.boolean(), final: fc.boolean(), demand: fc.boolean() },
    ...{ multiplier: fc.integer({ min: 1, max: 255 }), mine: fc.integer({ min: 1, max: 3 }), yours: fc.nat(2) },
    ...{ minTxMs: fc.nat(4_294_967), minRxMs: fc.nat(4_294_967), minEchoRxMs: fc.nat(9) },
  })
  .map((packet) => encodeControl(packet as Parameters<typeof encodeControl>[0]));

/** Packets one behind the other; a byte before each says from where, how far and when. */
export const bfdCases: fc.Arbitrary<Files> = fc
  .tuple(fc.array(fc.tuple(fc.nat(255), fc.oneof({ weight: 4, arbitrary: likely }, anyBytes)), { maxLength: 20 }))
  .map(([row]) => [
    ["row", Buffer.concat(row.map(([how, bytes]) => Buffer.concat([Buffer.of(how, bytes.length), bytes])))],
  ]);

/** Nothing throws; only what is for the session moves it; what is sent can be read; timers are finite. */
export function checkBfd(files: Files): void {
  const row = bytesOf(files, "row");
  let session: Session = newSession(OWN, plan);
  let now = 0;
  const take = (event: SessionEvent): void => {
    const taken = step(session, event, plan, (now % 7) / 7);
    session = taken.session;
    for (const effect of taken.effects) {
      if (effect.do !== "send") continue;
      const sent = encodeControl(effect.packet);
      assert.equal(sent.length, PACKET_BYTES);
      if (effect.packet.state === "down" || effect.packet.yours !== 0) assert.ok(decodeControl(sent).ok);
    }
    const due = deadlineOf(session, plan);
    assert.ok(due === undefined || Number.isFinite(due));
  };
  take({ type: "start", now });
  for (let at = 0; at + 2 <= row.length; ) {
    const [how = 0, length = 0] = row.subarray(at, at + 2);
    const bytes = row.subarray(at + 2, at + 2 + length);
    at += 2 + length;
    now += how;
    const addressee: Addressee = { plan, discriminator: OWN };
    const found = accept(
      {
        ...{ bytes, from: how % 5 === 0 ? "192.0.2.9" : "192.0.2.2", fromPort: 49_152, to: "192.0.2.1" },
        ...{ hops: how % 7 === 0 ? 254 : 255, multihop: how % 11 === 0 },
      },
      { byDiscriminator: new Map([[OWN, addressee]]), byNeighbor: new Map([[plan.neighbor, addressee]]) },
    );
    const due = deadlineOf(session, plan);
    if (due !== undefined && due <= now) take({ type: "timer", now });
    if (!found.ok) continue;
    assert.ok(how % 5 !== 0 && how % 7 !== 0 && how % 11 !== 0, "only from its neighbor, near enough, over its port");
    take({ type: "packet", now, packet: found.value.packet });
  }
}

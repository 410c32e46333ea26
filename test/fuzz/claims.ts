import assert from "node:assert/strict";
import fc from "fast-check";
import { canonicalAddress } from "../../src/core/ip.ts";
import { emitArpProbe, emitGratuitousArp, gratuitousArpLength } from "../../src/vrrp/wire/arp.ts";
import { decodeArp, decodeNeighbour } from "../../src/vrrp/wire/claim.ts";
import { CLAIM_BYTES } from "../../src/vrrp/wire/claim-filter.ts";
import {
  emitNeighbourAdvert,
  emitNeighbourProbe,
  neighbourAdvertLength,
  neighbourProbeLength,
} from "../../src/vrrp/wire/neighbour.ts";
import { damaged } from "./packet-damage.ts";
import { bytesOf, type Files } from "./target.ts";

/** Frames about addresses that anybody on the link may send. */

const made = (bytes: number, emit: (into: Uint8Array) => void): Uint8Array => {
  const into = new Uint8Array(bytes);
  emit(into);
  return into;
};
const hardware = fc.uint8Array({ minLength: 6, maxLength: 6 });
const right = fc.oneof(
  fc.tuple(fc.ipV4(), hardware).map(([a, mac]) => made(gratuitousArpLength, (b) => emitGratuitousArp(b, a, mac))),
  fc.tuple(fc.ipV4(), hardware).map(([a, mac]) => made(gratuitousArpLength, (b) => emitArpProbe(b, a, mac))),
  fc
    .tuple(fc.ipV6(), hardware)
    .map(([a, mac]) =>
      made(neighbourAdvertLength, (b) => emitNeighbourAdvert(b, canonicalAddress(a) ?? "::1", mac, true)),
    ),
  fc
    .tuple(fc.ipV6(), hardware)
    .map(([a, mac]) => made(neighbourProbeLength, (b) => emitNeighbourProbe(b, canonicalAddress(a) ?? "::1", mac))),
);

export const claimCases: fc.Arbitrary<Files> = fc
  .oneof(damaged(right), right, fc.uint8Array({ maxLength: 200 }))
  .map((frame) => [["frame", frame]]);

/** Nothing throws; what is understood names an address of its family and a hardware address that a host can have. */
export function checkClaim(files: Files): void {
  const frame = Buffer.from(bytesOf(files, "frame")).subarray(0, CLAIM_BYTES);
  for (const [word, six] of [
    [decodeArp(frame), false],
    [decodeNeighbour(frame), true],
  ] as const) {
    if (!word) continue;
    assert.equal(canonicalAddress(word.address), word.address);
    assert.equal(word.address.includes(":"), six);
    assert.match(word.hardwareAddress, /^[0-9a-f][02468ace](:[0-9a-f]{2}){5}$/);
  }
}

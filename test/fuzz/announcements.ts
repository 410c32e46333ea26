import assert from "node:assert/strict";
import fc from "fast-check";
import { internetChecksum } from "../../src/core/checksum.ts";
import { canonicalAddress } from "../../src/core/ip.ts";
import { emitGratuitousArp, gratuitousArpLength } from "../../src/vrrp/wire/arp.ts";
import { ipv6PseudoHeader } from "../../src/vrrp/wire/ipv6.ts";
import { emitNeighbourAdvert, neighbourAdvertLength } from "../../src/vrrp/wire/neighbour.ts";
import { bytesOf, type Files, textOf } from "./target.ts";

/** Gratuitous ARP and neighbour advertisements for any address from any interface. */

export const announcementCases: fc.Arbitrary<Files> = fc
  .tuple(
    fc.oneof(fc.ipV4(), fc.ipV6()),
    fc.oneof(fc.uint8Array({ minLength: 6, maxLength: 6 }), fc.uint8Array({ maxLength: 20 })),
    fc.uint8Array({ maxLength: 100 }),
  )
  .map(([address, hardware, before]) => [
    ["address", address],
    ["hardware", hardware],
    ["before", before],
  ]);

/** Every byte of a frame is written, whatever stood there; what no frame can carry is a RangeError. */
export function checkAnnouncement(files: Files): void {
  const address = canonicalAddress(textOf(files, "address"));
  if (address === undefined) return;
  const six = address.includes(":");
  const hardware = bytesOf(files, "hardware");
  const emit = (into: Uint8Array): void =>
    six ? emitNeighbourAdvert(into, address, hardware, true) : emitGratuitousArp(into, address, hardware);
  const [one, other] = [0, 0xa5].map((byte) =>
    new Uint8Array(six ? neighbourAdvertLength : gratuitousArpLength).fill(byte),
  );
  if (!one || !other) return;
  const small = bytesOf(files, "before");
  if (hardware.length !== 6 || small.length < one.length) {
    assert.throws(() => emit(hardware.length === 6 ? small : one), RangeError);
    if (hardware.length !== 6) return;
  }
  emit(one);
  emit(other);
  assert.deepEqual(one, other, "every byte is written");
  if (!six) return;
  assert.equal(internetChecksum(ipv6PseudoHeader(address, "ff02::1", 32, 58), one.subarray(54)), 0);
}

import fc from "fast-check";
import type { Between } from "../../../src/checkers/via-ip.ts";
import { internetChecksum } from "../../../src/core/checksum.ts";
import { addressFromBytes } from "../../../src/core/ip.ts";

const address = (bytes: 4 | 16): fc.Arbitrary<string> =>
  fc.uint8Array({ minLength: bytes, maxLength: bytes }).map(addressFromBytes);

/** Two addresses of one family. */
export const anyEnds: fc.Arbitrary<Between> = fc.oneof(
  fc.record({ from: address(4), to: address(4) }),
  fc.record({ from: address(16), to: address(16) }),
);

/** What is left of the checksums of a packet without options, with a pseudo-header of RFC 768 or RFC 8200 §8.1: 0 if they
 *  hold. */
export function checksumOf(packet: Buffer, protocol: number): number {
  const isIpv6 = packet.readUInt8(0) >> 4 === 6;
  const message = packet.subarray(isIpv6 ? 40 : 20);
  const addresses = isIpv6 ? packet.subarray(8, 40) : packet.subarray(12, 20);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(message.length);
  const pseudo = Buffer.concat([addresses, length, Buffer.from([0, 0, 0, protocol])]);
  return (isIpv6 ? 0 : internetChecksum(packet.subarray(0, 20))) | internetChecksum(pseudo, message);
}

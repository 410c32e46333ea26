import { internetChecksum } from "../core/checksum.ts";
import { addressBytes, addressFromBytes, type Family, familyOf } from "../core/ip.ts";

/** Protocol numbers of IANA. */
export const PROTOCOL = { ipip: 4, tcp: 6, udp: 17, ipv6: 41, gre: 47 } as const;
export const protocolOfIcmp = (family: Family): number => (family === 4 ? 1 : 58);

/** Where a packet is from and where it goes: two addresses of one family. */
export type Between = { readonly from: string; readonly to: string };

/** What a packet holds: `payload` is what of it is there, of `payloadBytes`. */
export type IpPacket = Between & {
  readonly protocol: number;
  readonly payload: Buffer;
  readonly payloadBytes: number;
};

const HEADER_BYTES = { 4: 20, 6: 40 } as const;
/** No router is to pass the packet on: a machine that the address is none of drops it, in place of sending it to one that
 *  has it. */
const ONE_HOP = 1;

/** A packet of IPv4 (RFC 791 §3.1) or IPv6 (RFC 8200 §3), without options. */
export function encodeIp({ from, to }: Between, protocol: number, payload: Buffer, hops = ONE_HOP): Buffer {
  if (familyOf(to) === 6) {
    const header = Buffer.alloc(HEADER_BYTES[6]);
    header.writeUInt8(0x60, 0);
    header.writeUInt16BE(payload.length, 4);
    header.writeUInt8(protocol, 6);
    header.writeUInt8(hops, 7);
    header.set(addressBytes(from), 8);
    header.set(addressBytes(to), 24);
    return Buffer.concat([header, payload]);
  }
  const header = Buffer.alloc(HEADER_BYTES[4]);
  header.writeUInt8(0x45, 0);
  header.writeUInt16BE(HEADER_BYTES[4] + payload.length, 2);
  header.writeUInt16BE(0x4000, 6); // don't fragment
  header.writeUInt8(hops, 8);
  header.writeUInt8(protocol, 9);
  header.set(addressBytes(from), 12);
  header.set(addressBytes(to), 16);
  header.writeUInt16BE(internetChecksum(header), 10);
  return Buffer.concat([header, payload]);
}

/** What a packet of either family holds, with a view of its payload; undefined: none, a later fragment, or its header is
 *  cut. Extension headers are the payload's matter: no protocol of ours. Checksums are the kernel's: behind a network card
 *  that computes them they are not there yet. Never throws. */
export function decodeIp(packet: Buffer): IpPacket | undefined {
  if (packet.length < HEADER_BYTES[4]) return undefined;
  const version = packet.readUInt8(0) >> 4;
  if (version === 6) return decodeIpv6(packet);
  const start = (packet.readUInt8(0) & 0x0f) * 4;
  const isFirst = (packet.readUInt16BE(6) & 0x1fff) === 0;
  if (version !== 4 || start < HEADER_BYTES[4] || packet.length < start || !isFirst) return undefined;
  const end = packet.readUInt16BE(2); // what an Ethernet frame is filled up with is none of it
  if (end < start) return undefined;
  return {
    from: addressFromBytes(packet.subarray(12, 16)),
    to: addressFromBytes(packet.subarray(16, 20)),
    protocol: packet.readUInt8(9),
    payload: packet.subarray(start, end),
    payloadBytes: end - start,
  };
}

function decodeIpv6(packet: Buffer): IpPacket | undefined {
  const start = HEADER_BYTES[6];
  if (packet.length < start) return undefined;
  const payloadBytes = packet.readUInt16BE(4);
  return {
    from: addressFromBytes(packet.subarray(8, 24)),
    to: addressFromBytes(packet.subarray(24, 40)),
    protocol: packet.readUInt8(6),
    payload: packet.subarray(start, start + payloadBytes),
    payloadBytes,
  };
}

/** The checksum of a message that covers the addresses as well, RFC 9293 §3.1 and RFC 8200 §8.1. */
export function checksumBetween({ from, to }: Between, protocol: number, message: Buffer): number {
  const tail = Buffer.alloc(8);
  tail.writeUInt32BE(message.length, 0);
  tail.writeUInt8(protocol, 7);
  return internetChecksum(addressBytes(from), addressBytes(to), tail, message);
}

import { internetChecksum } from "../core/checksum.ts";
import { addressBytes, addressFromBytes } from "../core/ip.ts";

/** A packet of TCP over IPv4, RFC 791 §3.1 and RFC 9293 §3.1, without options but the largest segment. */
export type Segment = {
  readonly from: string;
  readonly fromPort: number;
  readonly to: string;
  readonly toPort: number;
  /** 32 bits each. */
  readonly sequence: number;
  readonly acknowledgment: number;
  readonly flags: number;
  /** How much of its own the sender can still be sent. */
  readonly window?: number;
  /** The largest segment that its sender takes (in a SYN), in bytes of data. */
  readonly maxSegment?: number;
  readonly data?: Buffer;
};

export const FIN = 0x01;
export const SYN = 0x02;
export const RST = 0x04;
export const PSH = 0x08;
export const ACK = 0x10;

const IP_BYTES = 20;
const TCP_BYTES = 20;
const PROTOCOL_IPIP = 4; // RFC 2003
const PROTOCOL_TCP = 6;
/** What is taken at once: no scaling, since nobody reads a large page through it. */
const WINDOW = 64_240;
const OPTION_MAX_SEGMENT = 2;
/** 4 bytes, 1460: what an Ethernet carries. */
const MAX_SEGMENT = [OPTION_MAX_SEGMENT, 4, 1460 >> 8, 1460 & 0xff];

/** No router is to pass the packet on: a machine that the address is none of drops it, in place of sending it to one that
 *  has it. */
const ONE_HOP = 1;
const TUNNEL_HOPS = 64;

/** The packet of a segment, as a client's that the director has forwarded: to an address that its receiver has to own. */
export function encodeSegment(s: Segment): Buffer {
  const options = s.flags & SYN ? MAX_SEGMENT : [];
  const data = s.data ?? Buffer.alloc(0);
  const headBytes = TCP_BYTES + options.length;
  const tcp = Buffer.alloc(headBytes + data.length);
  tcp.writeUInt16BE(s.fromPort, 0);
  tcp.writeUInt16BE(s.toPort, 2);
  tcp.writeUInt32BE(s.sequence, 4);
  tcp.writeUInt32BE(s.acknowledgment, 8);
  tcp.writeUInt8((headBytes / 4) << 4, 12);
  tcp.writeUInt8(s.flags, 13);
  tcp.writeUInt16BE(s.flags & RST ? 0 : WINDOW, 14);
  tcp.set(options, TCP_BYTES);
  tcp.set(data, headBytes);
  tcp.writeUInt16BE(internetChecksum(pseudoHeader(s.from, s.to, tcp.length), tcp), 16);
  return withHeader(s.from, s.to, PROTOCOL_TCP, ONE_HOP, tcp);
}

/** A packet within one from the director to the real server, as IPVS sends it through a tunnel (IP in IP). */
export const encapsulate = (from: string, to: string, packet: Buffer): Buffer =>
  withHeader(from, to, PROTOCOL_IPIP, TUNNEL_HOPS, packet);

function withHeader(from: string, to: string, protocol: number, hops: number, payload: Buffer): Buffer {
  const header = Buffer.alloc(IP_BYTES);
  header.writeUInt8(0x45, 0);
  header.writeUInt16BE(IP_BYTES + payload.length, 2);
  header.writeUInt16BE(0x4000, 6); // don't fragment
  header.writeUInt8(hops, 8);
  header.writeUInt8(protocol, 9);
  header.set(addressBytes(from), 12);
  header.set(addressBytes(to), 16);
  header.writeUInt16BE(internetChecksum(header), 10);
  return Buffer.concat([header, payload]);
}

function pseudoHeader(from: string, to: string, length: number): Buffer {
  const tail = Buffer.from([0, PROTOCOL_TCP, length >> 8, length & 0xff]);
  return Buffer.concat([addressBytes(from), addressBytes(to), tail]);
}

/** What a packet from the network holds of a segment, with a view of its data; undefined: none, or it is cut. Checksums are the kernel's matter:
 *  behind a network card that computes them they are not there yet. Never throws. */
export function decodeSegment(packet: Buffer): Segment | undefined {
  if (packet.length < IP_BYTES || packet.readUInt8(0) >> 4 !== 4) return undefined;
  const start = (packet.readUInt8(0) & 0x0f) * 4;
  const isFirst = (packet.readUInt16BE(6) & 0x1fff) === 0;
  if (start < IP_BYTES || packet.readUInt8(9) !== PROTOCOL_TCP || !isFirst) return undefined;
  if (packet.length < start + TCP_BYTES) return undefined;
  const dataStart = start + (packet.readUInt8(start + 12) >> 4) * 4;
  const end = packet.readUInt16BE(2); // what an Ethernet frame is filled up with is none of it
  const maxSegment = maxSegmentOf(packet.subarray(start + TCP_BYTES, dataStart));
  return {
    from: addressFromBytes(packet.subarray(12, 16)),
    to: addressFromBytes(packet.subarray(16, 20)),
    fromPort: packet.readUInt16BE(start),
    toPort: packet.readUInt16BE(start + 2),
    sequence: packet.readUInt32BE(start + 4),
    acknowledgment: packet.readUInt32BE(start + 8),
    flags: packet.readUInt8(start + 13),
    window: packet.readUInt16BE(start + 14),
    ...(maxSegment !== undefined && { maxSegment }),
    ...(dataStart >= start + TCP_BYTES &&
      end > dataStart &&
      end <= packet.length && {
        data: packet.subarray(dataStart, end),
      }),
  };
}

/** Kind 0 ends the options, kind 1 is one byte; all others have a length, RFC 9293 §3.1. */
function maxSegmentOf(options: Buffer): number | undefined {
  for (let at = 0; at + 1 < options.length && options[at] !== 0; ) {
    const length = options[at] === 1 ? 1 : (options[at + 1] as number);
    if (options[at] === OPTION_MAX_SEGMENT && length === 4 && at + 4 <= options.length)
      return options.readUInt16BE(at + 2);
    at += Math.max(length, 1);
  }
  return undefined;
}

/** 32-bit sequence numbers, RFC 9293 §3.4. */
export const after = (sequence: number, count: number): number => (sequence + count) % 2 ** 32;

/** What a segment from the address and port that was asked says to a SYN of ours, RFC 9293 §3.10.7.3.
 *  `stale`: it answers an older connection of the same ports, and is to be told that there is none. */
export function answerTo(syn: Segment, answer: Segment): "open" | "refused" | "stale" | undefined {
  const isOurs = answer.from === syn.to && answer.fromPort === syn.toPort && answer.to === syn.from;
  if (!isOurs || answer.toPort !== syn.fromPort || !(answer.flags & ACK)) return undefined;
  const acknowledges = answer.acknowledgment === after(syn.sequence, 1);
  if (answer.flags & RST) return acknowledges ? "refused" : undefined;
  if (!acknowledges) return "stale";
  return answer.flags & SYN ? "open" : undefined;
}

/** Ends the connection that a segment of the other side belongs to, RFC 9293 §3.5.2. */
export const resetOf = (answer: Segment): Segment => ({
  from: answer.to,
  fromPort: answer.toPort,
  to: answer.from,
  toPort: answer.fromPort,
  sequence: answer.acknowledgment,
  acknowledgment: 0,
  flags: RST,
});

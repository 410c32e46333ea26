import { familyOf } from "../core/ip.ts";
import { type Between, checksumBetween, decodeIp, encodeIp, PROTOCOL } from "./via-ip.ts";

/** A packet of TCP (RFC 9293 §3.1), without options but the largest segment. */
export type Segment = Between & {
  readonly fromPort: number;
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

const TCP_BYTES = 20;
/** What is taken at once: no scaling, since nobody reads a large page through it. */
const WINDOW = 64_240;
const OPTION_MAX_SEGMENT = 2;
/** What an Ethernet carries. */
const MAX_SEGMENT = { 4: 1460, 6: 1440 } as const;

/** The packet of a segment, as a client's that the director has forwarded: to an address that its receiver has to own. */
export function encodeSegment(s: Segment): Buffer {
  const room = MAX_SEGMENT[familyOf(s.to)];
  const options = s.flags & SYN ? [OPTION_MAX_SEGMENT, 4, room >> 8, room & 0xff] : [];
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
  tcp.writeUInt16BE(checksumBetween(s, PROTOCOL.tcp, tcp), 16);
  return encodeIp(s, PROTOCOL.tcp, tcp);
}

/** What a packet from the network holds of a segment, with a view of its data; undefined: none, or it is cut. Never throws. */
export function decodeSegment(packet: Buffer): Segment | undefined {
  const ip = decodeIp(packet);
  if (!ip || ip.protocol !== PROTOCOL.tcp || ip.payload.length < TCP_BYTES) return undefined;
  const { from, to, payload: tcp } = ip;
  const dataStart = (tcp.readUInt8(12) >> 4) * 4;
  const maxSegment = maxSegmentOf(tcp.subarray(TCP_BYTES, dataStart));
  const hasData = dataStart >= TCP_BYTES && ip.payloadBytes > dataStart && ip.payloadBytes === tcp.length;
  return {
    from,
    to,
    fromPort: tcp.readUInt16BE(0),
    toPort: tcp.readUInt16BE(2),
    sequence: tcp.readUInt32BE(4),
    acknowledgment: tcp.readUInt32BE(8),
    flags: tcp.readUInt8(13),
    window: tcp.readUInt16BE(14),
    ...(maxSegment !== undefined && { maxSegment }),
    ...(hasData && { data: tcp.subarray(dataStart) }),
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

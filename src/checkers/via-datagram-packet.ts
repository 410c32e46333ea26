import { internetChecksum } from "../core/checksum.ts";
import { type Family, familyOf } from "../core/ip.ts";
import { encodeFilter, type Instruction, type Look, load, loadBehindIpv4, passingAny } from "../core/socket-filter.ts";
import { type Between, checksumBetween, decodeIp, encodeIp, PROTOCOL, protocolOfIcmp } from "./via-ip.ts";

/** The ends of a question. To an echo request `fromPort` is its id, and `toPort` 0. */
export type DatagramEnds = Between & { readonly fromPort: number; readonly toPort: number };

/** What came for a question of ours: an answer, with the message behind the header of UDP, or the whole of ICMP; or word
 *  that it did not arrive. `bytes` is how long it was sent, of which `data` may have the beginning. */
export type Heard =
  | { readonly kind: "udp" | "echo"; readonly ends: DatagramEnds; readonly data: Buffer; readonly bytes: number }
  | { readonly kind: "error"; readonly about: DatagramEnds; readonly by: string; readonly why: Failure };

/** `closed`: nobody listens there. `passed on`: the address is none of the machine's. */
export type Failure = "closed" | "passed on" | "unreachable";

const UDP_BYTES = 8;
const ICMP_BYTES = 8;

/** RFC 768. Without a checksum where the field is 0. */
export function udpMessage(ends: DatagramEnds, data: Uint8Array, withChecksum = true): Buffer {
  const message = Buffer.concat([Buffer.alloc(UDP_BYTES), data]);
  message.writeUInt16BE(ends.fromPort, 0);
  message.writeUInt16BE(ends.toPort, 2);
  message.writeUInt16BE(message.length, 4);
  if (withChecksum) message.writeUInt16BE(checksumBetween(ends, PROTOCOL.udp, message) || 0xffff, 6);
  return message;
}

export const encodeUdp = (ends: DatagramEnds, data: Uint8Array): Buffer =>
  encodeIp(ends, PROTOCOL.udp, udpMessage(ends, data));

/** An echo request as echoRequest() makes it, with the id of these ends. */
export function encodeEcho(ends: DatagramEnds, request: Uint8Array): Buffer {
  const family = familyOf(ends.to);
  const message = Buffer.from(request);
  message.writeUInt16BE(0, 2);
  message.writeUInt16BE(ends.fromPort, 4);
  const protocol = protocolOfIcmp(family);
  message.writeUInt16BE(family === 4 ? internetChecksum(message) : checksumBetween(ends, protocol, message), 2);
  return encodeIp(ends, protocol, message);
}

/** Types of RFC 792 and RFC 4443, and the codes that say that nobody listens. */
const ICMP = {
  4: { echoReply: 0, echo: 8, unreachable: 3, closedCode: 3, exceeded: 11 },
  6: { echoReply: 129, echo: 128, unreachable: 1, closedCode: 4, exceeded: 3 },
} as const;

/** What a packet from the network is to a question of ours, with a view of its data; undefined: nothing, or it is cut.
 *  Never throws. */
export function decodeDatagram(packet: Buffer): Heard | undefined {
  const ip = decodeIp(packet);
  if (!ip) return undefined;
  const { protocol, payload, payloadBytes } = ip;
  const family = familyOf(ip.from);
  if (protocol === PROTOCOL.udp) {
    if (payload.length < UDP_BYTES) return undefined;
    const bytes = Math.max(0, payload.readUInt16BE(4) - UDP_BYTES);
    const data = payload.subarray(UDP_BYTES, UDP_BYTES + bytes);
    return { kind: "udp", ends: endsOf(ip, payload.readUInt16BE(0), payload.readUInt16BE(2)), data, bytes };
  }
  if (protocol !== protocolOfIcmp(family) || payload.length < ICMP_BYTES) return undefined;
  const type = payload.readUInt8(0);
  if (type === ICMP[family].echoReply)
    return { kind: "echo", ends: endsOf(ip, 0, payload.readUInt16BE(4)), data: payload, bytes: payloadBytes };
  return decodeFailure(payload, ip.from, family);
}

const endsOf = ({ from, to }: Between, fromPort: number, toPort: number): DatagramEnds => ({
  from,
  to,
  fromPort,
  toPort,
});

/** An error holds the beginning of the packet that it is about, RFC 792 and RFC 4443 §2.4. */
function decodeFailure(message: Buffer, by: string, family: Family): Heard | undefined {
  const types = ICMP[family];
  const [type, code] = [message.readUInt8(0), message.readUInt8(1)];
  if (type !== types.unreachable && type !== types.exceeded) return undefined;
  const why = type === types.exceeded ? "passed on" : code === types.closedCode ? "closed" : "unreachable";
  const asked = message.subarray(ICMP_BYTES);
  // What a router sends back may be cut: its length is none that matters here.
  const ip = decodeIp(asked);
  if (!ip || ip.payload.length < ICMP_BYTES) return undefined;
  const { payload } = ip;
  if (ip.protocol === PROTOCOL.udp) {
    return { kind: "error", about: endsOf(ip, payload.readUInt16BE(0), payload.readUInt16BE(2)), by, why };
  }
  if (ip.protocol !== protocolOfIcmp(family) || payload.readUInt8(0) !== types.echo) return undefined;
  return { kind: "error", about: endsOf(ip, payload.readUInt16BE(4), 0), by, why };
}

/** Ports and ids of a block, which begins at a multiple of its size: those of the questions of one tap. */
export const BLOCK_PORTS = 2048;
/** The whole of the largest packet. */
const ALL = 0xffff;
const BLOCK_MASK = 0xffff & ~(BLOCK_PORTS - 1);

/** Lets through what decodeDatagram() makes something of that is for a port or an id of the block. */
export function datagramFilter(family: Family, block: number): Buffer {
  const { echoReply, echo, unreachable, exceeded } = ICMP[family];
  const at = family === 4 ? ipv4At : ipv6At;
  const is = (look: readonly Instruction[], equals: number): Look => ({ load: look, equals });
  const inBlock = (look: readonly Instruction[]): Look => ({ load: look, mask: BLOCK_MASK, equals: block });
  const firstOf = (protocol: number): Look[] => [is(at.protocol, protocol), ...at.isFirst];
  const icmp = (type: number): Look[] => [...firstOf(protocolOfIcmp(family)), is(at.behind(1, 0), type)];
  const about = [unreachable, exceeded].flatMap((type) => [
    [...icmp(type), is(at.about(1, "protocol"), PROTOCOL.udp), inBlock(at.about(2, 0))],
    [
      ...icmp(type),
      is(at.about(1, "protocol"), protocolOfIcmp(family)),
      is(at.about(1, 0), echo),
      inBlock(at.about(2, 4)),
    ],
  ]);
  return encodeFilter(
    passingAny(
      [[...firstOf(PROTOCOL.udp), inBlock(at.behind(2, 2))], [...icmp(echoReply), inBlock(at.behind(2, 4))], ...about],
      ALL,
    ),
  );
}

/** Lets through TCP to a port. */
export function segmentFilter(family: Family, port: number): Buffer {
  const at = family === 4 ? ipv4At : ipv6At;
  const isTcp: Look = { load: at.protocol, equals: PROTOCOL.tcp };
  return encodeFilter(passingAny([[isTcp, ...at.isFirst, { load: at.behind(2, 2), equals: port }]], ALL));
}

/** Where things stand in a packet: `behind` the header, and within ICMP behind the header of the packet `about` which it is.
 *  That one was ours, and has no options. */
type Places = {
  readonly protocol: readonly Instruction[];
  readonly isFirst: readonly Look[];
  readonly behind: (bytes: 1 | 2, at: number) => readonly Instruction[];
  readonly about: (bytes: 1 | 2, at: number | "protocol") => readonly Instruction[];
};
const ipv4At: Places = {
  protocol: [load(1, 9)],
  isFirst: [{ load: [load(2, 6)], mask: 0x1fff, equals: 0 }],
  behind: loadBehindIpv4,
  about: (bytes, at) => loadBehindIpv4(bytes, ICMP_BYTES + (at === "protocol" ? 9 : 20 + at)),
};
const ipv6At: Places = {
  protocol: [load(1, 6)],
  isFirst: [],
  behind: (bytes, at) => [load(bytes, 40 + at)],
  about: (bytes, at) => [load(bytes, 40 + ICMP_BYTES + (at === "protocol" ? 6 : 40 + at))],
};

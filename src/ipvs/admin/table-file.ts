import { fourBytesWord } from "../../core/ip.ts";
import { mergeSorted } from "../listing.ts";
import type { ServiceId } from "../model.ts";

/** The kernel's table as text, /proc/net/ip_vs: all of it in one go, where generic netlink has to be asked for the
 *  destinations of each service by themselves. It says too little of a service (no flags of its scheduler, no engine) and
 *  nothing of thresholds, tunnels and counters, but of a destination all that `ipvsadm -Ln` shows, in the same columns:
 *
 *  TCP  0A000001:0050 wlc
 *    -> 0A000002:0050      Route   1      0          0
 *
 *  It is drawn from bytes to bytes, in one pass: where this listing is measured, each page of memory that is touched for the
 *  first time costs as much as twenty lines. */
export const TABLE_FILE = "/proc/net/ip_vs";

/** Where the lines of each IPv4 service's destinations begin and end. In front of the file's text, `bytes` has room to draw
 *  in: what is the same in both is moved by the engine, in one piece. */
export type TableFile = { readonly bytes: Uint8Array; readonly places: ReadonlyMap<number, Place> };
export type Place = { readonly from: number; readonly end: number };

const [NEWLINE, SPACE, DASH, DOT, COLON, GREATER] = [0x0a, 0x20, 0x2d, 0x2e, 0x3a, 0x3e];

/** "  -> 0A000002:0050      " stands before what is the same in ipvsadm's columns: method, weight, connections. */
const ADDRESS_AT = 5;
const PORT_AT = 14;
const REST_AT = 24;
/** Where the rest stands there. A line becomes longer by the difference. */
const DRAWN_REST_AT = 34;
/** No line of a destination is shorter, and one of IPv4 is longer only by numbers that fill their column. */
const LEAST_LINE = 61;

/** What a digit of a hexadecimal number in capital letters is worth, by its code; 0 of everything else. */
const worth = new Uint8Array(256);
for (let value = 0; value < 16; value++) worth["0123456789ABCDEF".charCodeAt(value)] = value;

/** The digits of 0 to 255, first one lowest, and their number above them: three stores instead of a loop. */
const octets = new Int32Array(256);
for (let value = 0; value < 256; value++) {
  const text = String(value);
  const [first, second, third] = [0, 1, 2].map((i) => text.charCodeAt(i) || 0) as [number, number, number];
  octets[value] = first | (second << 8) | (third << 16) | (text.length << 24);
}

/** The file's text begins at `start`. */
export function readTableFile(bytes: Uint8Array, start: number): TableFile {
  const places = new Map<number, Place>();
  const twice = new Set<number>();
  let name = NO_NAME;
  let from = 0;
  const finish = (end: number): void => {
    if (name === NO_NAME) return;
    if (places.has(name)) twice.add(name);
    places.set(name, { from, end });
  };
  for (let at = start; at < bytes.length; ) {
    const end = lineEnd(bytes, at);
    if (bytes[at] !== SPACE) {
      finish(at);
      name = nameAt(bytes, at, end);
      from = end;
    }
    at = end;
  }
  finish(bytes.length);
  for (const known of twice) places.delete(known); // the table changed under the reading
  return { bytes, places };
}

/** Behind the newline, or the end of what there is. */
function lineEnd(bytes: Uint8Array, at: number): number {
  if (bytes[at] === SPACE && bytes[at + LEAST_LINE - 1] === NEWLINE) return at + LEAST_LINE;
  return bytes.indexOf(NEWLINE, at) + 1 || bytes.length;
}

const protocolBytes = { tcp: 0x54, udp: 0x55, sctp: 0x53 } as const;
const NO_NAME = -1;

/** Protocol, address and port as one number. */
const nameOf = (protocol: number, address: number, port: number): number =>
  ((protocol & 3) * 2 ** 32 + address) * 2 ** 16 + port;

/** Of "TCP  0A000001:0050 …"; that of a mark or of IPv6 is never asked for. */
function nameAt(bytes: Uint8Array, at: number, end: number): number {
  const protocol = bytes[at] as number;
  const known = protocol === protocolBytes.tcp || protocol === protocolBytes.udp || protocol === protocolBytes.sctp;
  const start = at + (protocol === protocolBytes.sctp ? 6 : 5);
  if (!known || start + 13 >= end || bytes[start + 8] !== COLON) return NO_NAME;
  return nameOf(protocol, wordAt(bytes, start) >>> 0, hexAt(bytes, start + 9));
}

/** Undefined where the file tells of this service less than its listing needs. */
export function placeOf({ places }: TableFile, id: ServiceId): Place | undefined {
  if (id.kind === "fwmark" || id.address.includes(":")) return undefined;
  return places.get(nameOf(protocolBytes[id.protocol], fourBytesWord(id.address) >>> 0, id.port));
}

/** So many bytes do the lines of a place become at most. */
export const drawnLimit = ({ from, end }: Place): number =>
  end - from + Math.ceil((end - from) / LEAST_LINE) * (DRAWN_REST_AT - REST_AT);

/** The lines of the service that is drawn: where they begin and end, their addresses as numbers with sign, their ports. Kept
 *  from one to the next. */
const starts: number[] = [];
const stops: number[] = [];
const addresses: number[] = [];
const ports: number[] = [];

/** A service's destinations as `ipvsadm -Ln` 1.31 draws them, put at `start` of the front: their end, or undefined where
 *  that takes more than the file says. */
export function drawFromFile({ bytes }: TableFile, place: Place, sorted: boolean, start: number): number | undefined {
  let count = 0;
  let least = 255;
  let most = 0;
  let ascending = true;
  let descending = true;
  let addressBefore = 0;
  let portBefore = 0;
  for (let at = place.from; at < place.end; count++) {
    const end = lineEnd(bytes, at);
    if (!isPlain(bytes, at, end)) return undefined;
    const address = wordAt(bytes, at + ADDRESS_AT);
    const port = hexAt(bytes, at + PORT_AT);
    if (count > 0) {
      const difference = (address - addressBefore) | 0 || port - portBefore; // as compare()
      if (difference < 0) ascending = false;
      else descending = false;
    }
    starts[count] = at;
    stops[count] = end;
    addresses[count] = addressBefore = address;
    ports[count] = portBefore = port;
    const first = address >>> 24;
    if (first < least) least = first;
    if (first > most) most = first;
    at = end;
  }
  // Where addresses are half of all apart, the differences that ipvsadm sorts by wrap, and neighbours prove nothing.
  const isOrder = most - least < 128;
  bytes.fill(SPACE, start, start + drawnLimit(place));
  let to = start;
  if (!sorted || (isOrder && ascending)) for (let i = 0; i < count; i++) to = drawLine(bytes, i, to);
  else if (isOrder && descending) for (let i = count - 1; i >= 0; i--) to = drawLine(bytes, i, to);
  else {
    const all = Array.from({ length: count }, (_, i) => i);
    for (const i of mergeSorted(all, (a, b) => compare(addresses[a] as number, ports[a] as number, b)))
      to = drawLine(bytes, i, to);
  }
  return to;
}

/** With line `other`, as the destinations' order of every listing: by differences that wrap. */
const compare = (address: number, port: number, other: number): number =>
  (address - (addresses[other] as number)) | 0 || port - (ports[other] as number);

/** A whole line of an IPv4 address, and one of the methods that the kernel calls as ipvsadm does: Route, Masq, Tunnel,
 *  Local. */
function isPlain(bytes: Uint8Array, at: number, end: number): boolean {
  const method = bytes[at + REST_AT];
  return (
    end - at >= LEAST_LINE &&
    bytes[end - 1] === NEWLINE &&
    bytes[at + PORT_AT - 1] === COLON &&
    (method === 0x52 || method === 0x4d || method === 0x54 || method === 0x4c)
  );
}

/** Of four digits. */
const hexAt = (bytes: Uint8Array, at: number): number =>
  ((worth[bytes[at] as number] as number) << 12) |
  ((worth[bytes[at + 1] as number] as number) << 8) |
  ((worth[bytes[at + 2] as number] as number) << 4) |
  (worth[bytes[at + 3] as number] as number);

/** Of eight digits, as a number with sign. */
const wordAt = (bytes: Uint8Array, at: number): number =>
  ((worth[bytes[at] as number] as number) << 28) |
  ((worth[bytes[at + 1] as number] as number) << 24) |
  ((worth[bytes[at + 2] as number] as number) << 20) |
  ((worth[bytes[at + 3] as number] as number) << 16) |
  ((worth[bytes[at + 4] as number] as number) << 12) |
  ((worth[bytes[at + 5] as number] as number) << 8) |
  ((worth[bytes[at + 6] as number] as number) << 4) |
  (worth[bytes[at + 7] as number] as number);

/** Line number `i`, on spaces. */
function drawLine(bytes: Uint8Array, i: number, from: number): number {
  const at = starts[i] as number;
  const address = addresses[i] as number;
  bytes[from + 2] = DASH;
  bytes[from + 3] = GREATER;
  let to = drawOctet(bytes, (address >>> 24) & 255, DOT, from + ADDRESS_AT);
  to = drawOctet(bytes, (address >>> 16) & 255, DOT, to);
  to = drawOctet(bytes, (address >>> 8) & 255, DOT, to);
  to = drawOctet(bytes, address & 255, COLON, to);
  drawNumber(bytes, ports[i] as number, to);
  const end = stops[i] as number;
  bytes.copyWithin(from + DRAWN_REST_AT, at + REST_AT, end);
  return from + DRAWN_REST_AT + end - at - REST_AT;
}

/** The byte behind a number of one or two digits is that of what follows, or is drawn again. */
function drawOctet(bytes: Uint8Array, value: number, behind: number, at: number): number {
  const digits = octets[value] as number;
  const end = at + (digits >> 24);
  bytes[at] = digits;
  bytes[at + 1] = digits >> 8;
  bytes[at + 2] = digits >> 16;
  bytes[end] = behind;
  return end + 1;
}

function drawNumber(bytes: Uint8Array, value: number, at: number): void {
  let last = at + (value < 10 ? 0 : value < 100 ? 1 : value < 1000 ? 2 : value < 10_000 ? 3 : 4);
  for (let rest = value; last >= at; rest = (rest / 10) | 0) bytes[last--] = 0x30 + (rest % 10);
}

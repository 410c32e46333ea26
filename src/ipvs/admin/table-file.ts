import { addressBytes } from "../../core/ip.ts";
import { mergeSorted } from "../listing.ts";
import type { ServiceId } from "../model.ts";

/** The kernel's table as text, /proc/net/ip_vs: all of it in a few reads, where generic netlink has to be asked for the
 *  destinations of each service by themselves. It says too little of a service (no flags of its scheduler, no engine) and
 *  nothing of thresholds, tunnels and counters, but of a destination all that `ipvsadm -Ln` shows, in the same columns:
 *
 *  TCP  0A000001:0050 wlc
 *    -> 0A000002:0050      Route   1      0          0
 *
 *  It is drawn from bytes to bytes: tens of thousands of short texts would cost more than all the rest. */
export const TABLE_FILE = "/proc/net/ip_vs";

/** Where the lines of each IPv4 service's destinations begin and end, by the words that its own line begins with. */
export type TableFile = {
  readonly bytes: Buffer;
  readonly places: ReadonlyMap<string, { readonly from: number; readonly end: number }>;
};

const [NEWLINE, SPACE, DOT, ZERO, NINE, COLON, UPPER_A] = [0x0a, 0x20, 0x2e, 0x30, 0x39, 0x3a, 0x41];
const NAME_BYTES = 20;

export function readTableFile(bytes: Buffer): TableFile {
  const places = new Map<string, { readonly from: number; readonly end: number }>();
  const twice = new Set<string>();
  let [name, from] = ["", 0];
  const finish = (end: number): void => {
    if (places.has(name)) twice.add(name);
    places.set(name, { from, end });
  };
  for (let at = 0; at < bytes.length; ) {
    const end = bytes.indexOf(NEWLINE, at) + 1 || bytes.length;
    if (bytes[at] !== SPACE) {
      finish(at);
      name = nameOf(bytes.toString("latin1", at, Math.min(at + NAME_BYTES, end)));
      from = end;
    }
    at = end;
  }
  finish(bytes.length);
  for (const known of twice) places.delete(known); // the table changed under the reading
  return { bytes, places };
}

/** "TCP  0A000001:0050" of a service's line; that of a mark or of IPv6 is never asked for. */
const nameOf = (line: string): string => /^\w+ +[0-9A-F]{8}:[0-9A-F]{4}/.exec(line)?.[0] ?? "";

function nameInFile(id: ServiceId): string | undefined {
  if (id.kind === "fwmark" || id.address.includes(":")) return undefined;
  const address = Buffer.from(addressBytes(id.address)).toString("hex").toUpperCase();
  return `${id.protocol.toUpperCase()}  ${address}:${id.port.toString(16).toUpperCase().padStart(4, "0")}`;
}

/** "  -> 0A000002:0050      " stands before what is the same in ipvsadm's columns: method, weight, connections. */
const ADDRESS_AT = 5;
const PORT_AT = 14;
const REST_AT = 24;
/** Where the rest stands there. A line becomes longer by the difference. */
const DRAWN_REST_AT = 34;

type Line = { readonly at: number; readonly end: number; readonly address: number; readonly port: number };

/** Where lines are drawn, one service after the other. */
let scratch = Buffer.allocUnsafe(0x4000);

/** A service's destinations as `ipvsadm -Ln` 1.31 draws them; undefined where that takes more than the file says. */
export function drawnFromFile({ bytes, places }: TableFile, id: ServiceId, sorted: boolean): string | undefined {
  const place = places.get(nameInFile(id) ?? "");
  if (!place) return undefined;
  const lines: Line[] = [];
  for (let at = place.from; at < place.end; ) {
    const end = bytes.indexOf(NEWLINE, at) + 1;
    if (!isPlain(bytes, at, end)) return undefined;
    lines.push({ at, end, address: hexAt(bytes, at + ADDRESS_AT, 8) | 0, port: hexAt(bytes, at + PORT_AT, 4) });
    at = end;
  }
  const size = place.end - place.from + lines.length * (DRAWN_REST_AT - REST_AT);
  if (scratch.length < size) scratch = Buffer.allocUnsafe(2 * size);
  let to = 0;
  for (const line of sorted ? mergeSorted(lines, compareLines) : lines) to = drawLine(bytes, line, scratch, to);
  return scratch.toString("latin1", 0, to);
}

/** As the destinations' order of every listing: by differences that wrap. */
const compareLines = (a: Line, b: Line): number => (a.address - b.address) | 0 || a.port - b.port;

/** An IPv4 address, and one of the methods that the kernel calls as ipvsadm does: Route, Masq, Tunnel, Local. */
function isPlain(bytes: Buffer, at: number, end: number): boolean {
  const [colon, method] = [bytes[at + PORT_AT - 1], bytes[at + REST_AT] as number];
  return (
    end - at > REST_AT && colon === COLON && (method === 0x52 || method === 0x4d || method === 0x54 || method === 0x4c)
  );
}

function hexAt(bytes: Buffer, at: number, digits: number): number {
  let value = 0;
  for (let i = at; i < at + digits; i++) {
    const code = bytes[i] as number;
    value = (value << 4) | (code <= NINE ? code - ZERO : code - UPPER_A + 10);
  }
  return value;
}

function drawLine(bytes: Buffer, { at, end, address, port }: Line, into: Buffer, from: number): number {
  for (let i = 0; i < ADDRESS_AT; i++) into[from + i] = bytes[at + i] as number;
  let to = from + ADDRESS_AT;
  for (let shift = 24; shift >= 0; shift -= 8) {
    to = drawNumber((address >>> shift) & 255, into, to);
    into[to++] = shift === 0 ? COLON : DOT;
  }
  to = drawNumber(port, into, to);
  while (to < from + DRAWN_REST_AT) into[to++] = SPACE;
  for (let i = at + REST_AT; i < end; i++) into[to++] = bytes[i] as number;
  return to;
}

function drawNumber(value: number, into: Buffer, at: number): number {
  const digits = value < 10 ? 1 : value < 100 ? 2 : value < 1000 ? 3 : value < 10_000 ? 4 : 5;
  for (let i = at + digits - 1, rest = value; i >= at; i--, rest = (rest / 10) | 0) into[i] = ZERO + (rest % 10);
  return at + digits;
}

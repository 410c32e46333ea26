import { internetChecksum } from "../../core/checksum.ts";
import { addressBytes, addressFromBytes, type Family, familyOf } from "../../core/ip.ts";
import { err, ok, type Result } from "../../core/result.ts";

// VRRP ADVERTISEMENT after its IP header: RFC 3768 §5.1 (v2) and RFC 5798 / RFC 9568 §5.1 (v3).
//   0 version<<4|type · 1 vrid · 2 priority · 3 count · 4-5 interval · 6-7 checksum · 8… addresses · v2: 8 auth bytes
//   4-5 in v2: authentication type, interval in whole seconds; in v3: 4 reserved bits, interval in 12-bit centiseconds.

const HEADER_BYTES = 8;
const ADDRESS_BYTES = { 4: 4, 6: 16 } as const;
/** Length of the v2 authentication field, and so the longest PASS password (RFC 2338 §5.3.10). */
const AUTH_BYTES = 8;
export const ADVERTISEMENT = 1;
const MOST_ADDRESSES = 255;
const MOST_V2_INTERVAL_S = 255;
const MOST_V3_INTERVAL_CS = 0x0fff;

export const AUTH_NONE = 0;
export const AUTH_PASS = 1;
export const AUTH_AH = 2;

/** The authentication field of v2: type 0 none, 1 simple text password, 2 AH (RFC 2338 §5.3.6); always 8 bytes of data. */
export type AdvertAuth = { readonly type: number; readonly data: Uint8Array };

/** `intervalMs` is ms; seconds (v2) or centiseconds (v3) on the wire, and converted in this file only. `auth` is there
 *  exactly in v2. */
export type Advert = {
  readonly version: 2 | 3;
  readonly vrid: number;
  readonly priority: number;
  readonly intervalMs: number;
  readonly addresses: readonly string[];
  readonly auth?: AdvertAuth;
};

/** Why bytes are no advert; each code names the counter to bump. `want`: the length that the fields call for. */
export type AdvertError =
  | { readonly code: "short" | "version" | "type" | "checksum" }
  | { readonly code: "length"; readonly want: number };

/** The fixed fields, read without judging them beyond the room they need. */
export type AdvertHeader = {
  readonly version: number;
  readonly type: number;
  readonly vrid: number;
  readonly priority: number;
  readonly count: number;
  readonly intervalMs: number;
  readonly auth?: AdvertAuth;
  /** The length that version and address count call for. */
  readonly lengthBytes: number;
};

/** The fields of what may be an advert, over IPv4 or IPv6. Never throws; `auth.data` is a view into `b`. `short`: less than the fixed header,
 *  or less than the address count calls for. More bytes than that are not this function's business. */
export function readAdvertHeader(b: Uint8Array, family: Family = 4): Result<AdvertHeader, AdvertError> {
  if (b.length < HEADER_BYTES) return err({ code: "short" });
  const view = new DataView(b.buffer, b.byteOffset, b.byteLength);
  const version = view.getUint8(0) >> 4;
  const count = view.getUint8(3);
  const authAt = HEADER_BYTES + count * ADDRESS_BYTES[family];
  const lengthBytes = authAt + (version === 2 ? AUTH_BYTES : 0);
  if (b.length < lengthBytes) return err({ code: "short" });
  return ok({
    version,
    type: view.getUint8(0) & 0x0f,
    vrid: view.getUint8(1),
    priority: view.getUint8(2),
    count,
    intervalMs: version === 2 ? view.getUint8(5) * 1000 : (view.getUint16(4) & MOST_V3_INTERVAL_CS) * 10,
    lengthBytes,
    ...(version === 2 && { auth: { type: view.getUint8(4), data: b.subarray(authAt, lengthBytes) } }),
  });
}

/** A whole advert, `trailerBytes` before the end of `b`. Never throws: a bad packet is an expected value. `pseudo` is the pseudo-header of its IP packet; a v3
 *  checksum over IPv4 holds with it (as keepalived and FRR send) or without it (RFC 9568 §5.2.8), over IPv6 only with, a v2
 *  checksum only without. A trailer counts in the checksum of IPv6, which is the kernel's business, and in no other. */
export function decodeAdvert(
  b: Uint8Array,
  pseudo: Uint8Array,
  family: Family = 4,
  trailerBytes = 0,
): Result<Advert, AdvertError> {
  const read = readAdvertHeader(b, family);
  if (!read.ok) return read;
  const { version, vrid, priority, count, intervalMs, lengthBytes, auth } = read.value;
  if (version !== 2 && version !== 3) return err({ code: "version" });
  if (read.value.type !== ADVERTISEMENT) return err({ code: "type" });
  if (b.length !== lengthBytes + trailerBytes) return err({ code: "length", want: lengthBytes + trailerBytes });
  const summed = family === 6 ? b : b.subarray(0, lengthBytes);
  const plain = family === 4 && internetChecksum(summed) === 0;
  if (!plain && (version === 2 || internetChecksum(pseudo, summed) !== 0)) return err({ code: "checksum" });
  const addresses = Array.from({ length: count }, (_, i) => {
    const at = HEADER_BYTES + i * ADDRESS_BYTES[family];
    return addressFromBytes(b.subarray(at, at + ADDRESS_BYTES[family]));
  });
  return ok({ version, vrid, priority, intervalMs, addresses, ...(auth && { auth }) });
}

/** Bytes that `emitAdvert` writes. */
export const advertLength = (a: Pick<Advert, "version" | "addresses">): number =>
  HEADER_BYTES + a.addresses.length * addressSize(a.addresses) + (a.version === 2 ? AUTH_BYTES : 0);

/** All addresses of an advert are of one family. */
const addressSize = ([first]: readonly string[]): number => ADDRESS_BYTES[first === undefined ? 4 : familyOf(first)];

/** Writes an advert to the start of `into`. The checksum covers `pseudo` first: the pseudo-header for v3 (over IPv4 as
 *  keepalived sends it), empty for v2 and for `v3_checksum_as_v2`. RangeError on a value that its field cannot carry. */
export function emitAdvert(into: Uint8Array, a: Advert, pseudo: Uint8Array): void {
  const lengthBytes = advertLength(a);
  const interval = a.version === 2 ? a.intervalMs / 1000 : a.intervalMs / 10;
  const most = a.version === 2 ? MOST_V2_INTERVAL_S : MOST_V3_INTERVAL_CS;
  if (!Number.isInteger(interval) || interval < 0 || interval > most)
    throw new RangeError(`VRRP version ${a.version} cannot carry an interval of ${a.intervalMs} ms`);
  if (a.addresses.length > MOST_ADDRESSES) throw new RangeError(`an advert of ${a.addresses.length} addresses`);
  if (into.length < lengthBytes) throw new RangeError(`${into.length} bytes for an advert of ${lengthBytes}`);
  const view = new DataView(into.buffer, into.byteOffset, into.byteLength);
  view.setUint8(0, (a.version << 4) | ADVERTISEMENT);
  view.setUint8(1, a.vrid);
  view.setUint8(2, a.priority);
  view.setUint8(3, a.addresses.length);
  view.setUint16(4, a.version === 2 ? ((a.auth?.type ?? AUTH_NONE) << 8) | interval : interval);
  view.setUint16(6, 0);
  const size = addressSize(a.addresses);
  a.addresses.forEach((address, i) => {
    into.set(addressBytes(address), HEADER_BYTES + i * size);
  });
  if (a.version === 2) {
    const auth = into.subarray(lengthBytes - AUTH_BYTES, lengthBytes);
    auth.fill(0);
    auth.set((a.auth?.data ?? new Uint8Array()).subarray(0, AUTH_BYTES));
  }
  view.setUint16(6, internetChecksum(pseudo, into.subarray(0, lengthBytes)));
}

/** Writes the checksum of an advert over IPv6 anew, over all that is in `b`. */
export function resumIpv6(b: Uint8Array, pseudo: Uint8Array): void {
  const view = new DataView(b.buffer, b.byteOffset, b.byteLength);
  view.setUint16(6, 0);
  view.setUint16(6, internetChecksum(pseudo, b));
}

/** The 8 bytes of a PASS password: UTF-8, cut at 8, padded with zeros. */
export function passwordBytes(password: string): Uint8Array {
  const bytes = new Uint8Array(AUTH_BYTES);
  bytes.set(new TextEncoder().encode(password).subarray(0, AUTH_BYTES));
  return bytes;
}

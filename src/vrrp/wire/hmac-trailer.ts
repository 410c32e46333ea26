import { createHmac, timingSafeEqual } from "node:crypto";
import { addressBytes, type Family } from "../../core/ip.ts";

// Trailer of keepalived 2.4 behind an advert, its addresses and the authentication field of v2; in network byte order:
//   0 type 1 · 1 key · 2-3 reserved, 0 · 4-7 seconds since 1970 · 8-9 binary fraction of a second · 10-11 counter · 12-27 HMAC
// The HMAC is HMAC-SHA256 (RFC 2104), its first 16 bytes, over what the advert is bound to (20 bytes: family, version, VRID, 0,
// the sender's address with zeros behind it) and over advert and trailer, with zeros for the checksum and for the HMAC.

export const TRAILER_BYTES = 28;
const TYPE_HMAC_SHA256 = 1;
const HMAC_AT = 12;
const HMAC_BYTES = TRAILER_BYTES - HMAC_AT;
const BINDING_BYTES = 20;
const CHECKSUM_AT = 6;
const CHECKSUM_BYTES = 2;

/** What the HMAC binds an advert to beside its own bytes. */
export type Binding = {
  readonly family: Family;
  readonly version: 2 | 3;
  readonly vrid: number;
  readonly source: string;
};

/** `sequence`: seconds, fraction and counter as one number of 64 bits; later adverts have a higher one. `hmac` is a view. */
export type Trailer = { readonly keyId: number; readonly sequence: bigint; readonly hmac: Uint8Array };

/** An advert with its trailer. The checksum in it stays as it is. */
export function withTrailer(
  advert: Uint8Array,
  binding: Binding,
  key: { readonly id: number; readonly bytes: Uint8Array },
  sequence: bigint,
): Uint8Array {
  const signed = new Uint8Array(advert.length + TRAILER_BYTES);
  signed.set(advert);
  const view = new DataView(signed.buffer, advert.length);
  view.setUint8(0, TYPE_HMAC_SHA256);
  view.setUint8(1, key.id);
  view.setBigUint64(4, BigInt.asUintN(64, sequence));
  signed.set(hmacOf(signed, binding, key.bytes), advert.length + HMAC_AT);
  return signed;
}

/** The trailer at the end of a packet; undefined for one of another type. Nothing of it is proved yet. */
export function readTrailer(signed: Uint8Array): Trailer | undefined {
  const at = signed.length - TRAILER_BYTES;
  const view = new DataView(signed.buffer, signed.byteOffset + at, TRAILER_BYTES);
  if (view.getUint8(0) !== TYPE_HMAC_SHA256 || view.getUint16(2) !== 0) return undefined;
  return { keyId: view.getUint8(1), sequence: view.getBigUint64(4), hmac: signed.subarray(at + HMAC_AT) };
}

/** Whether a packet was signed with this key. */
export const isSigned = (signed: Uint8Array, binding: Binding, key: Uint8Array): boolean =>
  timingSafeEqual(signed.subarray(signed.length - HMAC_BYTES), hmacOf(signed, binding, key));

function hmacOf(signed: Uint8Array, { family, version, vrid, source }: Binding, key: Uint8Array): Uint8Array {
  const bound = new Uint8Array(BINDING_BYTES);
  bound.set([family, version, vrid]);
  bound.set(addressBytes(source), 4);
  const hmac = createHmac("sha256", key).update(bound);
  hmac.update(signed.subarray(0, CHECKSUM_AT)).update(new Uint8Array(CHECKSUM_BYTES));
  hmac.update(signed.subarray(CHECKSUM_AT + CHECKSUM_BYTES, signed.length - HMAC_BYTES));
  return hmac.update(new Uint8Array(HMAC_BYTES)).digest().subarray(0, HMAC_BYTES);
}

import { createHmac, timingSafeEqual } from "node:crypto";
import { addressBytes } from "../../core/ip.ts";
import { err, ok, type Result } from "../../core/result.ts";
import { type IpPacket, VRRP_PROTOCOL } from "./ip.ts";

// IP Authentication Header of VRRP version 2 (RFC 2402 §2, RFC 2403: HMAC-MD5-96), between IPv4 header and advert:
//   0 next header · 1 length in words less 2 · 2-3 reserved · 4-7 SPI · 8-11 sequence number · 12-23 check value
// As keepalived sends it: the SPI is the sender's address, and the TTL is in the check value as it is, always 255.

/** IP protocol number of the authentication header. */
export const AH_PROTOCOL = 51;
/** Bytes of the header with its check value. */
export const AH_BYTES = 24;
const CHECK_AT = 12;
const CHECK_BYTES = AH_BYTES - CHECK_AT;
const LENGTH_FIELD = AH_BYTES / 4 - 2;

/** Puts an authentication header before an advert. The check value is filled in by `sealAh` when the packet is whole. */
export function withAh(advert: Uint8Array, source: string, sequence: number): Uint8Array {
  const payload = new Uint8Array(AH_BYTES + advert.length);
  const view = new DataView(payload.buffer);
  view.setUint8(0, VRRP_PROTOCOL);
  view.setUint8(1, LENGTH_FIELD);
  payload.set(addressBytes(source), 4);
  view.setUint32(8, sequence);
  payload.set(advert, AH_BYTES);
  return payload;
}

/** Fills in the check value of an IPv4 packet whose payload `withAh` has made; `headerBytes` is the length of its IP header. */
export function sealAh(packet: Uint8Array, headerBytes: number, key: string): void {
  packet.set(checkValue(packet.subarray(0, headerBytes), packet.subarray(headerBytes), key), headerBytes + CHECK_AT);
}

export type Opened = { readonly sequence: number; readonly advert: Uint8Array };
/** short: no room for the header; header: not one of VRRP; spi: not the sender's address; check: another key, or a changed packet. */
export type AhError = { readonly code: "short" | "header" | "spi" | "check" };

/** The advert behind an authentication header whose check value is right. Never throws. */
export function openAh({ source, header, payload }: IpPacket, key: string): Result<Opened, AhError> {
  if (payload.length < AH_BYTES || !header) return err({ code: "short" });
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
  if (view.getUint8(0) !== VRRP_PROTOCOL || view.getUint8(1) !== LENGTH_FIELD) return err({ code: "header" });
  if (!addressBytes(source).every((byte, i) => byte === payload[4 + i])) return err({ code: "spi" });
  const given = payload.subarray(CHECK_AT, AH_BYTES);
  if (!timingSafeEqual(given, checkValue(header, payload, key))) return err({ code: "check" });
  return ok({ sequence: view.getUint32(8), advert: payload.subarray(AH_BYTES) });
}

/** HMAC-MD5 over the packet, with zeros for what may change on the way (type of service, flags and offset, checksum) and
 *  for the check value itself; its first 12 bytes. */
function checkValue(header: Uint8Array, payload: Uint8Array, key: string): Uint8Array {
  const fixed = Uint8Array.from(header);
  for (const at of [1, 6, 7, 10, 11]) fixed[at] = 0;
  const hmac = createHmac("md5", key);
  hmac.update(fixed).update(payload.subarray(0, CHECK_AT)).update(new Uint8Array(CHECK_BYTES));
  return hmac.update(payload.subarray(AH_BYTES)).digest().subarray(0, CHECK_BYTES);
}

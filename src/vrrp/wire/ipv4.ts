import { internetChecksum } from "../../core/checksum.ts";
import { addressBytes, addressFromBytes } from "../../core/ip.ts";
import { err, ok, type Result } from "../../core/result.ts";
import { INTERNETWORK_CONTROL, type IpPacket, VRRP_PROTOCOL, type VrrpPacket } from "./ip.ts";

const HEADER_BYTES = 20;
const MOST_BYTES = 0xffff;
const VERSION_4_NO_OPTIONS = 0x45;
const FRAGMENT_BITS = 0x3fff; // more-fragments flag and offset

/** short: less than a header; version: not IPv4; length: header or total length contradicts the bytes at hand;
 *  fragment: a part of a packet (the kernel reassembles before a raw socket, so this is a forgery). */
export type Ipv4Error = { readonly code: "short" | "version" | "length" | "fragment" };

/** A packet as a raw socket delivers it. Never throws. Bytes past the total length (Ethernet padding) are left out; the
 *  header's checksum is the kernel's business and not looked at again. */
export function decodeIpv4(b: Uint8Array): Result<IpPacket, Ipv4Error> {
  if (b.length < HEADER_BYTES) return err({ code: "short" });
  const view = new DataView(b.buffer, b.byteOffset, b.byteLength);
  const first = view.getUint8(0);
  if (first >> 4 !== 4) return err({ code: "version" });
  const headerBytes = (first & 0x0f) * 4;
  const totalBytes = view.getUint16(2);
  if (headerBytes < HEADER_BYTES || totalBytes < headerBytes || totalBytes > b.length) return err({ code: "length" });
  if ((view.getUint16(6) & FRAGMENT_BITS) !== 0) return err({ code: "fragment" });
  return ok({
    source: addressFromBytes(b.subarray(12, 16)),
    destination: addressFromBytes(b.subarray(16, 20)),
    ttl: view.getUint8(8),
    protocol: view.getUint8(9),
    payload: b.subarray(headerBytes, totalBytes),
    header: b.subarray(0, headerBytes),
    whole: b.subarray(0, totalBytes),
  });
}

/** Bytes that `emitVrrpIpv4` writes for a payload of this length. */
export const vrrpIpv4Length = (payloadBytes: number): number => HEADER_BYTES + payloadBytes;

/** Writes an IPv4 packet around a VRRP payload to the start of `into`: TOS 0xc0 (internetwork control), don't-fragment
 *  clear, protocol 112 unless another is given, no options. `id` is taken modulo 2^16; 0 would let the kernel choose one.
 *  RangeError when `into` is too small, or the packet larger than IPv4 carries. */
export function emitVrrpIpv4(into: Uint8Array, packet: VrrpPacket & { readonly id: number }): void {
  const totalBytes = vrrpIpv4Length(packet.payload.length);
  if (totalBytes > MOST_BYTES || into.length < totalBytes)
    throw new RangeError(`an IPv4 packet of ${totalBytes} bytes`);
  const view = new DataView(into.buffer, into.byteOffset, into.byteLength);
  view.setUint8(0, VERSION_4_NO_OPTIONS);
  view.setUint8(1, INTERNETWORK_CONTROL);
  view.setUint16(2, totalBytes);
  view.setUint16(4, packet.id & 0xffff);
  view.setUint16(6, 0);
  view.setUint8(8, packet.ttl);
  view.setUint8(9, packet.protocol ?? VRRP_PROTOCOL);
  view.setUint16(10, 0);
  into.set(addressBytes(packet.source), 12);
  into.set(addressBytes(packet.destination), 16);
  view.setUint16(10, internetChecksum(into.subarray(0, HEADER_BYTES)));
  into.set(packet.payload, HEADER_BYTES);
}

/** The pseudo-header that a checksum over IPv4 starts with (RFC 793 §3.1): addresses, zero, protocol, payload length. */
export function ipv4PseudoHeader(source: string, destination: string, payloadBytes: number): Uint8Array {
  const pseudo = new Uint8Array(12);
  pseudo.set(addressBytes(source), 0);
  pseudo.set(addressBytes(destination), 4);
  pseudo[9] = VRRP_PROTOCOL;
  pseudo[10] = payloadBytes >> 8;
  pseudo[11] = payloadBytes & 0xff;
  return pseudo;
}

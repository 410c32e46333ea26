import { addressBytes, addressFromBytes } from "../../core/ip.ts";
import { err, ok, type Result } from "../../core/result.ts";
import { INTERNETWORK_CONTROL, type IpPacket, VRRP_PROTOCOL, type VrrpPacket } from "./ip.ts";

const HEADER_BYTES = 40;
const MOST_PAYLOAD_BYTES = 0xffff;

/** short: less than a header; version: not IPv6; length: the payload length contradicts the bytes at hand. */
export type Ipv6Error = { readonly code: "short" | "version" | "length" };

/** A packet (RFC 8200 §3) as native/ hands it over, without extension headers: the kernel has taken them off. Never throws. */
export function decodeIpv6(b: Uint8Array): Result<IpPacket, Ipv6Error> {
  if (b.length < HEADER_BYTES) return err({ code: "short" });
  const view = new DataView(b.buffer, b.byteOffset, b.byteLength);
  if (view.getUint8(0) >> 4 !== 6) return err({ code: "version" });
  const payloadBytes = view.getUint16(4);
  if (HEADER_BYTES + payloadBytes > b.length) return err({ code: "length" });
  return ok({
    source: addressFromBytes(b.subarray(8, 24)),
    destination: addressFromBytes(b.subarray(24, 40)),
    ttl: view.getUint8(7),
    protocol: view.getUint8(6),
    payload: b.subarray(HEADER_BYTES, HEADER_BYTES + payloadBytes),
    whole: b.subarray(0, HEADER_BYTES + payloadBytes),
  });
}

/** Bytes that `emitVrrpIpv6` writes for a payload of this length. */
export const vrrpIpv6Length = (payloadBytes: number): number => HEADER_BYTES + payloadBytes;

/** Writes an IPv6 packet around a VRRP payload to the start of `into`: traffic class 0xc0, flow label 0, next header 112.
 *  RangeError when `into` is too small, or the payload larger than IPv6 carries. */
export function emitVrrpIpv6(into: Uint8Array, packet: VrrpPacket): void {
  const payloadBytes = packet.payload.length;
  if (payloadBytes > MOST_PAYLOAD_BYTES || into.length < vrrpIpv6Length(payloadBytes))
    throw new RangeError(`an IPv6 packet with ${payloadBytes} bytes of payload`);
  const view = new DataView(into.buffer, into.byteOffset, into.byteLength);
  view.setUint32(0, (6 << 28) | (INTERNETWORK_CONTROL << 20));
  view.setUint16(4, payloadBytes);
  view.setUint8(6, VRRP_PROTOCOL);
  view.setUint8(7, packet.ttl);
  into.set(addressBytes(packet.source), 8);
  into.set(addressBytes(packet.destination), 24);
  into.set(packet.payload, HEADER_BYTES);
}

/** The pseudo-header that a checksum over IPv6 starts with (RFC 8200 §8.1): addresses, payload length, zeros, protocol. */
export function ipv6PseudoHeader(
  source: string,
  destination: string,
  payloadBytes: number,
  protocol = VRRP_PROTOCOL,
): Uint8Array {
  const pseudo = new Uint8Array(40);
  pseudo.set(addressBytes(source), 0);
  pseudo.set(addressBytes(destination), 16);
  new DataView(pseudo.buffer).setUint32(32, payloadBytes);
  pseudo[39] = protocol;
  return pseudo;
}

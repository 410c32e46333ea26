import { addressBytes } from "../../core/ip.ts";

const FRAME_BYTES = 42;
const ETHERTYPE_ARP = 0x0806;
const HARDWARE_ETHERNET = 1;
const PROTOCOL_IPV4 = 0x0800;
const REQUEST = 1;
const BROADCAST = new Uint8Array(6).fill(0xff);

/** Bytes of the frames that are written here (without the padding that a driver adds). */
export const gratuitousArpLength = FRAME_BYTES;

/** Writes an Ethernet frame with a gratuitous ARP request (RFC 5227 §3: an announcement) to the start of `into`: broadcast,
 *  sender and target protocol address both the announced one, target hardware address all ones as keepalived sends it.
 *  The request form is understood by every neighbour; replies that nobody asked for are ignored by some.
 *  `hardwareAddress` is the six bytes of the interface; RangeError when it is not, or `into` too small. */
export function emitGratuitousArp(into: Uint8Array, address: string, hardwareAddress: Uint8Array): void {
  const protocolAddress = emitRequest(into, address, hardwareAddress);
  into.set(protocolAddress, 28);
  into.set(BROADCAST, 32);
}

/** The same with an ARP probe (RFC 5227 §1.1): without a sender's address, so that it changes nobody's table. Whoever has the
 *  address answers to `hardwareAddress`. */
export function emitArpProbe(into: Uint8Array, address: string, hardwareAddress: Uint8Array): void {
  emitRequest(into, address, hardwareAddress);
  into.fill(0, 28, 38);
}

/** All but the sender's address and the target's hardware address; the bytes of the target's. */
function emitRequest(into: Uint8Array, address: string, hardwareAddress: Uint8Array): Uint8Array {
  if (hardwareAddress.length !== 6) throw new RangeError(`a hardware address of ${hardwareAddress.length} bytes`);
  if (into.length < FRAME_BYTES) throw new RangeError(`${into.length} bytes for an ARP frame of ${FRAME_BYTES}`);
  const protocolAddress = addressBytes(address);
  if (protocolAddress.length !== 4) throw new RangeError(`ARP does not carry ${address}`);
  const view = new DataView(into.buffer, into.byteOffset, into.byteLength);
  into.set(BROADCAST, 0);
  into.set(hardwareAddress, 6);
  view.setUint16(12, ETHERTYPE_ARP);
  view.setUint16(14, HARDWARE_ETHERNET);
  view.setUint16(16, PROTOCOL_IPV4);
  view.setUint8(18, hardwareAddress.length);
  view.setUint8(19, protocolAddress.length);
  view.setUint16(20, REQUEST);
  into.set(hardwareAddress, 22);
  into.set(protocolAddress, 38);
  return protocolAddress;
}

import { internetChecksum } from "../../core/checksum.ts";
import { addressBytes } from "../../core/ip.ts";
import { ipv6PseudoHeader } from "./ipv6.ts";

// Ethernet 14, IPv6 40, ICMPv6 neighbour advertisement 24 (RFC 4861 §4.4), target link-layer address option 8 (§4.6.1).
const ETHERNET_BYTES = 14;
const IPV6_BYTES = 40;
const ICMP_BYTES = 32;
const ICMP_AT = ETHERNET_BYTES + IPV6_BYTES;
/** A solicitation without options. */
const PROBE_ICMP_BYTES = 24;
const ETHERTYPE_IPV6 = 0x86dd;
const ICMPV6 = 58;
const NEIGHBOUR_SOLICITATION = 135;
const NEIGHBOUR_ADVERTISEMENT = 136;
const TARGET_LINK_LAYER_ADDRESS = 2;
const ROUTER_FLAG = 0x80;
const OVERRIDE_FLAG = 0x20;
const ALL_NODES = "ff02::1";
const HOPS = 255;

/** Bytes of the frame that `emitNeighbourAdvert` writes. */
export const neighbourAdvertLength = ETHERNET_BYTES + IPV6_BYTES + ICMP_BYTES;
/** Bytes of the frame that `emitNeighbourProbe` writes. */
export const neighbourProbeLength = ETHERNET_BYTES + IPV6_BYTES + PROBE_ICMP_BYTES;

/** Writes an Ethernet frame with an unsolicited neighbour advertisement (RFC 4861 §7.2.6, RFC 9568 §6.4.2) to the start of
 *  `into`: from the address itself to all nodes, override set, `router` as this host forwards packets or not.
 *  `hardwareAddress` is the six bytes of the interface; RangeError when it is not, or `into` too small. */
export function emitNeighbourAdvert(
  into: Uint8Array,
  address: string,
  hardwareAddress: Uint8Array,
  router: boolean,
): void {
  const target = emitHeaders(into, { hardwareAddress, address, source: address, bytes: ICMP_BYTES, to: ALL_NODES });
  const view = new DataView(into.buffer, into.byteOffset, into.byteLength);
  view.setUint16(ICMP_AT, NEIGHBOUR_ADVERTISEMENT << 8);
  view.setUint32(ICMP_AT + 4, ((router ? ROUTER_FLAG : 0) | OVERRIDE_FLAG) << 24);
  into.set(target, ICMP_AT + 8);
  view.setUint8(ICMP_AT + 24, TARGET_LINK_LAYER_ADDRESS);
  view.setUint8(ICMP_AT + 25, 1);
  into.set(hardwareAddress, ICMP_AT + 26);
  emitChecksum(into, address, ALL_NODES, ICMP_BYTES);
}

/** The same with the question of duplicate address detection (RFC 4862 §5.4.2): a neighbour solicitation without a source
 *  address, so that it changes nobody's table. Whoever has the address answers to all nodes. */
export function emitNeighbourProbe(into: Uint8Array, address: string, hardwareAddress: Uint8Array): void {
  const [high, low] = addressBytes(address).subarray(14);
  const middle = addressBytes(address)[13] as number;
  const group = `ff02::1:ff${hex(middle)}:${hex(high as number)}${hex(low as number)}`;
  const target = emitHeaders(into, { hardwareAddress, address, source: "::", bytes: PROBE_ICMP_BYTES, to: group });
  const view = new DataView(into.buffer, into.byteOffset, into.byteLength);
  view.setUint16(ICMP_AT, NEIGHBOUR_SOLICITATION << 8);
  view.setUint32(ICMP_AT + 4, 0);
  into.set(target, ICMP_AT + 8);
  emitChecksum(into, "::", group, PROBE_ICMP_BYTES);
}

const hex = (byte: number): string => byte.toString(16).padStart(2, "0");

type Headers = {
  readonly hardwareAddress: Uint8Array;
  readonly address: string;
  readonly source: string;
  /** A group: frames for it go to the last four bytes of it behind 33:33 (RFC 2464 §7). */
  readonly to: string;
  readonly bytes: number;
};

/** Ethernet and IPv6 before `bytes` of ICMPv6, whose checksum is 0 so far; the bytes of the address. */
function emitHeaders(into: Uint8Array, { hardwareAddress, address, source, to, bytes }: Headers): Uint8Array {
  if (hardwareAddress.length !== 6) throw new RangeError(`a hardware address of ${hardwareAddress.length} bytes`);
  if (into.length < ICMP_AT + bytes) throw new RangeError(`${into.length} bytes for a neighbour discovery packet`);
  const target = addressBytes(address);
  if (target.length !== 16) throw new RangeError(`neighbour discovery does not carry ${address}`);
  const group = addressBytes(to);
  const view = new DataView(into.buffer, into.byteOffset, into.byteLength);
  into.set([0x33, 0x33, ...group.subarray(12)], 0);
  into.set(hardwareAddress, 6);
  view.setUint16(12, ETHERTYPE_IPV6);
  view.setUint32(14, 6 << 28);
  view.setUint16(18, bytes);
  view.setUint8(20, ICMPV6);
  view.setUint8(21, HOPS);
  into.set(addressBytes(source), 22);
  into.set(group, 38);
  view.setUint16(ICMP_AT + 2, 0);
  return target;
}

function emitChecksum(into: Uint8Array, source: string, to: string, bytes: number): void {
  const sum = internetChecksum(ipv6PseudoHeader(source, to, bytes, ICMPV6), into.subarray(ICMP_AT, ICMP_AT + bytes));
  new DataView(into.buffer, into.byteOffset, into.byteLength).setUint16(ICMP_AT + 2, sum);
}

import { internetChecksum } from "../../core/checksum.ts";
import { addressBytes } from "../../core/ip.ts";
import { ipv6PseudoHeader } from "./ipv6.ts";

// Ethernet 14, IPv6 40, ICMPv6 neighbour advertisement 24 (RFC 4861 §4.4), target link-layer address option 8 (§4.6.1).
const ETHERNET_BYTES = 14;
const IPV6_BYTES = 40;
const ICMP_BYTES = 32;
const ETHERTYPE_IPV6 = 0x86dd;
const ICMPV6 = 58;
const NEIGHBOUR_ADVERTISEMENT = 136;
const TARGET_LINK_LAYER_ADDRESS = 2;
const ROUTER_FLAG = 0x80;
const OVERRIDE_FLAG = 0x20;
const ALL_NODES = "ff02::1";
const ALL_NODES_MAC = new Uint8Array([0x33, 0x33, 0, 0, 0, 1]);
const HOPS = 255;

/** Bytes of the frame that `emitNeighbourAdvert` writes. */
export const neighbourAdvertLength = ETHERNET_BYTES + IPV6_BYTES + ICMP_BYTES;

/** Writes an Ethernet frame with an unsolicited neighbour advertisement (RFC 4861 §7.2.6, RFC 9568 §6.4.2) to the start of
 *  `into`: from the address itself to all nodes, override set, `router` as this host forwards packets or not.
 *  `hardwareAddress` is the six bytes of the interface; RangeError when it is not, or `into` too small. */
export function emitNeighbourAdvert(
  into: Uint8Array,
  address: string,
  hardwareAddress: Uint8Array,
  router: boolean,
): void {
  if (hardwareAddress.length !== 6) throw new RangeError(`a hardware address of ${hardwareAddress.length} bytes`);
  if (into.length < neighbourAdvertLength) throw new RangeError(`${into.length} bytes for a neighbour advertisement`);
  const target = addressBytes(address);
  if (target.length !== 16) throw new RangeError(`a neighbour advertisement does not carry ${address}`);
  const view = new DataView(into.buffer, into.byteOffset, into.byteLength);
  into.set(ALL_NODES_MAC, 0);
  into.set(hardwareAddress, 6);
  view.setUint16(12, ETHERTYPE_IPV6);
  view.setUint32(14, 6 << 28);
  view.setUint16(18, ICMP_BYTES);
  view.setUint8(20, ICMPV6);
  view.setUint8(21, HOPS);
  into.set(target, 22);
  into.set(addressBytes(ALL_NODES), 38);
  const at = ETHERNET_BYTES + IPV6_BYTES;
  view.setUint16(at, NEIGHBOUR_ADVERTISEMENT << 8);
  view.setUint16(at + 2, 0);
  view.setUint32(at + 4, ((router ? ROUTER_FLAG : 0) | OVERRIDE_FLAG) << 24);
  into.set(target, at + 8);
  view.setUint8(at + 24, TARGET_LINK_LAYER_ADDRESS);
  view.setUint8(at + 25, 1);
  into.set(hardwareAddress, at + 26);
  const pseudo = ipv6PseudoHeader(address, ALL_NODES, ICMP_BYTES, ICMPV6);
  view.setUint16(at + 2, internetChecksum(pseudo, into.subarray(at, at + ICMP_BYTES)));
}

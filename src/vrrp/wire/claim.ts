import { addressFromBytes } from "../../core/ip.ts";
import { macText } from "./mac.ts";

/** What a host says of an address by ARP or neighbour discovery: that it is its own, or ("probe") that it asks whether it is
 *  anybody's. `hardwareAddress` is "52:54:00:12:34:56". */
export type AddressWord = {
  readonly kind: "claim" | "probe";
  readonly address: string;
  readonly hardwareAddress: string;
};

const ETHERTYPE_ARP = 0x0806;
const ETHERTYPE_IPV6 = 0x86dd;
const ARP_FRAME_BYTES = 42;
/** Hardware type Ethernet, protocol type IPv4, lengths 6 and 4. */
const ARP_OF_IPV4 = [0, 1, 8, 0, 6, 4];
const REQUEST = 1;
const REPLY = 2;

/** An ARP packet behind its Ethernet header, RFC 826. Whoever names an address as its own says that it has it, in a request as
 *  in a reply; one that names none asks (RFC 5227 §1.1). Undefined for anything else.
 *  14 hardware type · 16 protocol type · 18 lengths · 20 operation · 22 sender MAC · 28 sender · 32 target MAC · 38 target */
export function decodeArp(frame: Buffer): AddressWord | undefined {
  if (frame.length < ARP_FRAME_BYTES || frame.readUInt16BE(12) !== ETHERTYPE_ARP) return undefined;
  if (!ARP_OF_IPV4.every((byte, i) => frame[14 + i] === byte)) return undefined;
  const operation = frame.readUInt16BE(20);
  if (operation !== REQUEST && operation !== REPLY) return undefined;
  const isProbe = frame.readUInt32BE(28) === 0;
  if (isProbe && operation !== REQUEST) return undefined;
  const at = isProbe ? 38 : 28;
  return word(isProbe ? "probe" : "claim", frame.subarray(at, at + 4), frame.subarray(22, 28));
}

const IPV6_AT = 14;
const ICMP_AT = IPV6_AT + 40;
const TARGET_AT = ICMP_AT + 8;
const OPTIONS_AT = TARGET_AT + 16;
const ICMPV6 = 58;
const SOLICITATION = 135;
const ADVERTISEMENT = 136;
const TARGET_LINK_LAYER_ADDRESS = 2;

/** A neighbour advertisement claims its target; a solicitation without a source address asks, as duplicate address detection
 *  does (RFC 4861 §7.1, RFC 4862 §5.4.2). Undefined for anything else, and for what a router may have let through. The
 *  checksum is not looked at. */
export function decodeNeighbour(frame: Buffer): AddressWord | undefined {
  if (frame.length < OPTIONS_AT || frame.readUInt16BE(12) !== ETHERTYPE_IPV6) return undefined;
  const isOnLink = frame[IPV6_AT + 6] === ICMPV6 && frame[IPV6_AT + 7] === 255;
  if (!isOnLink || frame[ICMP_AT + 1] !== 0) return undefined;
  const target = frame.subarray(TARGET_AT, OPTIONS_AT);
  const sender = frame.subarray(6, 12);
  if (frame[ICMP_AT] === ADVERTISEMENT) return word("claim", target, linkLayerOption(frame) ?? sender);
  const anonymous = frame.subarray(IPV6_AT + 8, IPV6_AT + 24).every((byte) => byte === 0);
  return frame[ICMP_AT] === SOLICITATION && anonymous ? word("probe", target, sender) : undefined;
}

/** The target link-layer address, where the options up to it are whole (RFC 4861 §4.6: no option has length 0). */
function linkLayerOption(frame: Buffer): Buffer | undefined {
  const end = Math.min(frame.length, ICMP_AT + frame.readUInt16BE(IPV6_AT + 4));
  for (let at = OPTIONS_AT; at + 8 <= end; ) {
    const bytes = (frame[at + 1] as number) * 8;
    if (bytes === 0) return undefined;
    if (frame[at] === TARGET_LINK_LAYER_ADDRESS) return frame.subarray(at + 2, at + 8);
    at += bytes;
  }
  return undefined;
}

/** A group's address is no host's. */
const word = (kind: AddressWord["kind"], address: Buffer, hardware: Buffer): AddressWord | undefined =>
  (hardware[0] as number) & 1
    ? undefined
    : { kind, address: addressFromBytes(address), hardwareAddress: macText(hardware) };

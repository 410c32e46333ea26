import { addressBytes, fourBytesWord } from "../core/ip.ts";
import { bytes, type Codec, nested, text, u8, u16, u16be, u32, u64 } from "../netlink/attrs.ts";
import { readU32, writeU32 } from "../netlink/host-order.ts";

/** IPVS_* of uapi/linux/ip_vs.h, one row an attribute; encoder and decoder are both read off these tables. Host byte
 *  order but for codecs named `be`. */

export { commands, ipvsFamily } from "./commands.ts";

/** struct ip_vs_flags: a value and the mask of the bits it speaks of, which is always all of them. */
const flagsAllBits: Codec<number> = {
  write: (value, into, at) => writeU32(into, 0xffffffff, writeU32(into, value, at)),
  read: (from, at, end) => (end - at < 4 ? undefined : readU32(from, at)),
};

/** IPVS_STATS_ATTR_*, 32-bit as in IPVS_*_ATTR_STATS but for the byte counters. */
export const stats32Attrs = {
  connections: [1, u32],
  packetsIn: [2, u32],
  packetsOut: [3, u32],
  bytesIn: [4, u64],
  bytesOut: [5, u64],
  connectionsPerS: [6, u32],
  packetsInPerS: [7, u32],
  packetsOutPerS: [8, u32],
  bytesInPerS: [9, u32],
  bytesOutPerS: [10, u32],
} as const;

/** The same, all of 64 bits, as in IPVS_*_ATTR_STATS64 (Linux 4.1). */
export const stats64Attrs = {
  connections: [1, u64],
  packetsIn: [2, u64],
  packetsOut: [3, u64],
  bytesIn: [4, u64],
  bytesOut: [5, u64],
  connectionsPerS: [6, u64],
  packetsInPerS: [7, u64],
  packetsOutPerS: [8, u64],
  bytesInPerS: [9, u64],
  bytesOutPerS: [10, u64],
} as const;

/** `netmask` is 4 network-order bytes (IPv4) or a host u32 prefix length (IPv6); `address` 4 or 16 bytes, always 16 in
 *  what the kernel says, of which IPv4 uses the first 4. The counters, of which every answer has two sorts, stay bytes
 *  until one is chosen. */
export const serviceAttrs = {
  family: [1, u16],
  protocol: [2, u16],
  address: [3, bytes],
  port: [4, u16be],
  fwmark: [5, u32],
  scheduler: [6, text(16)],
  flags: [7, flagsAllBits],
  timeoutS: [8, u32],
  netmask: [9, bytes],
  stats32: [10, bytes],
  engine: [11, text(16)],
  stats64: [12, bytes],
} as const;

export const destinationAttrs = {
  address: [1, bytes],
  port: [2, u16be],
  method: [3, u32],
  weight: [4, u32],
  upperThreshold: [5, u32],
  lowerThreshold: [6, u32],
  activeConnections: [7, u32],
  inactiveConnections: [8, u32],
  persistentConnections: [9, u32],
  stats32: [10, bytes],
  family: [11, u16],
  stats64: [12, bytes],
  tunnelType: [13, u8],
  tunnelPort: [14, u16be],
  tunnelFlags: [15, u16],
} as const;

/** `group` is 4 network-order bytes, `group6` 16. */
export const daemonAttrs = {
  state: [1, u32],
  interface: [2, text(16)],
  syncId: [3, u32],
  maxLength: [4, u16],
  group: [5, bytes],
  group6: [6, bytes],
  port: [7, u16],
  ttl: [8, u8],
} as const;
export const infoAttrs = { version: [1, u32], connectionTableSize: [2, u32] } as const;

/** IPVS_CMD_ATTR_*: the outermost level of every command. */
export const commandAttrs = {
  service: [1, nested(serviceAttrs)],
  destination: [2, nested(destinationAttrs)],
  daemon: [3, nested(daemonAttrs)],
  tcpS: [4, u32],
  tcpFinS: [5, u32],
  udpS: [6, u32],
} as const;

/** An address by its text, always 16 bytes, as the kernel's union nf_inet_addr; IPv4 has the first 4. Written where it goes: a
 *  large table has tens of thousands, and a buffer for each takes as long as all the rest of a command. */
const addressText: Codec<string> = {
  write: (value, into, at) => {
    if (value.includes(":")) return bytes.write(addressBytes(value), into, at);
    into.writeInt32BE(fourBytesWord(value), at);
    return writeU32(into, 0, writeU32(into, 0, writeU32(into, 0, at + 4)));
  },
  read: () => undefined, // only written
};

/** What is asked of the kernel, as `commandAttrs` but for addresses, which are texts. */
export const askedAttrs = {
  service: [1, nested({ ...serviceAttrs, address: [serviceAttrs.address[0], addressText] })],
  destination: [2, nested({ ...destinationAttrs, address: [destinationAttrs.address[0], addressText] })],
} as const;

const { stats32: _service32, stats64: _service64, ...plainServiceAttrs } = serviceAttrs;
const { stats32: _destination32, stats64: _destination64, ...plainDestinationAttrs } = destinationAttrs;
/** Those that a dump answers with, but for the counters. */
export const plainCommandAttrs = {
  service: [1, nested(plainServiceAttrs)],
  destination: [2, nested(plainDestinationAttrs)],
} as const;

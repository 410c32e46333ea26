import { addressBytes, addressFromBytes, type Family } from "../core/ip.ts";
import { readU32, writeU32 } from "../netlink/host-order.ts";
import type { Forwarding, Protocol, Stats, SyncDaemon, Tunnel } from "./model.ts";

/** Single values as uapi/linux/ip_vs.h has them, for both transports. */

export const AF_INET = 2;
export const AF_INET6 = 10;
export const kernelFamily = (family: Family): number => (family === 6 ? AF_INET6 : AF_INET);

const protocolNumbers = { tcp: 6, udp: 17, sctp: 132 } as const satisfies Record<Protocol, number>;
export const protocolNumber = (protocol: Protocol): number => protocolNumbers[protocol];
const protocolNames: Readonly<Record<number, Protocol>> = { 6: "tcp", 17: "udp", 132: "sctp" };
export const protocolName = (number: number): Protocol | undefined => protocolNames[number];

/** IP_VS_SVC_F_*. */
export const serviceFlags = {
  persistent: 0x1,
  hashed: 0x2,
  onePacket: 0x4,
  scheduler1: 0x8,
  scheduler2: 0x10,
  scheduler3: 0x20,
} as const;

/** IP_VS_CONN_F_FWD_MASK and the methods below it. */
const METHOD_MASK = 0x7;
const methodNumbers = { nat: 0, local: 1, tun: 2, dr: 3, bypass: 4 } as const;
const methodNames = ["nat", "local", "tun", "dr", "bypass"] as const;

/** IP_VS_CONN_F_TUNNEL_TYPE_* and IP_VS_TUNNEL_ENCAP_FLAG_*. */
const tunnelTypes = ["ipip", "gue", "gre"] as const;
const tunnelChecksums = { none: 0, csum: 1, remcsum: 2 } as const;

export type KernelForwarding = {
  readonly method: number;
  readonly tunnelType: number;
  readonly tunnelPort: number;
  readonly tunnelFlags: number;
};

export function forwardingToKernel(forwarding: Forwarding): KernelForwarding {
  const method = methodNumbers[forwarding.method];
  if (forwarding.method !== "tun") return { method, tunnelType: 0, tunnelPort: 0, tunnelFlags: 0 };
  const { tunnel } = forwarding;
  return {
    method,
    tunnelType: tunnelTypes.indexOf(tunnel.type),
    tunnelPort: tunnel.type === "gue" ? tunnel.port : 0,
    tunnelFlags: tunnel.type === "ipip" ? 0 : tunnelChecksums[tunnel.checksum],
  };
}

/** What we have no name for (a later kernel's tunnel type) is shown as what it is nearest to. */
export function forwardingFromKernel(kernel: KernelForwarding): Forwarding {
  const method = methodNames[kernel.method & METHOD_MASK] ?? "bypass";
  return method === "tun" ? { method, tunnel: tunnelFromKernel(kernel) } : { method };
}

function tunnelFromKernel({ tunnelType, tunnelPort, tunnelFlags }: KernelForwarding): Tunnel {
  const checksum = (tunnelFlags & tunnelChecksums.csum) !== 0 ? "csum" : "none";
  switch (tunnelTypes[tunnelType]) {
    case "gue": {
      const remote = (tunnelFlags & tunnelChecksums.remcsum) !== 0;
      return { type: "gue", port: tunnelPort, checksum: remote ? "remcsum" : checksum };
    }
    case "gre":
      return { type: "gre", checksum };
    default:
      return { type: "ipip" };
  }
}

/** The address in the kernel's field, of which IPv4 uses the first 4 bytes; undefined when it is too short. */
export function addressFromKernel(field: Uint8Array, family: Family): string | undefined {
  if (family === 4) return field.length < 4 ? undefined : `${field[0]}.${field[1]}.${field[2]}.${field[3]}`;
  return field.length < 16 ? undefined : addressFromBytes(field.subarray(0, 16));
}

/** Always 16 bytes, as the kernel's union nf_inet_addr. */
export function addressToKernel(address: string): Uint8Array {
  const field = Buffer.alloc(16);
  field.set(addressBytes(address));
  return field;
}

/** Persistence granularity: 4 network-order bytes of a mask for IPv4, a host-order prefix length for IPv6. A text is an
 *  IPv4 mask that is no prefix. */
export function netmaskToKernel(bits: number | string, family: Family): Buffer {
  if (typeof bits === "string") return Buffer.from(addressBytes(bits));
  const field = Buffer.alloc(4);
  if (family === 6) writeU32(field, bits, 0);
  else field.writeUInt32BE(bits === 0 ? 0 : (0xffffffff << (32 - bits)) >>> 0);
  return field;
}

/** `odd` is the text of an IPv4 mask that is no prefix ("0.0.0.24"); its `bits` is -1, equal to no wanted one. */
export function netmaskFromKernel(field: Buffer, family: Family): { readonly bits: number; readonly odd?: string } {
  if (field.length < 4) return { bits: family === 6 ? 128 : 32 };
  if (family === 6) return { bits: readU32(field, 0) };
  const mask = field.readUInt32BE(0);
  const bits = Math.clz32(~mask);
  if (netmaskToKernel(bits, 4).readUInt32BE(0) === mask) return { bits };
  return { bits: -1, odd: [...field.subarray(0, 4)].join(".") };
}

/** IP_VS_STATE_*. */
export const daemonState = { master: 1, backup: 2 } as const satisfies Record<SyncDaemon["role"], number>;
export function daemonRole(state: number): SyncDaemon["role"] | undefined {
  return state === daemonState.master ? "master" : state === daemonState.backup ? "backup" : undefined;
}

/** "1.2.1" of 0x010201. */
export const versionText = (code: number): string => `${(code >> 16) & 0xff}.${(code >> 8) & 0xff}.${code & 0xff}`;

export const noStats: Stats = {
  connections: 0n,
  packetsIn: 0n,
  packetsOut: 0n,
  bytesIn: 0n,
  bytesOut: 0n,
  connectionsPerS: 0n,
  packetsInPerS: 0n,
  packetsOutPerS: 0n,
  bytesInPerS: 0n,
  bytesOutPerS: 0n,
};

import { addressBytes, addressFromBytes } from "../core/ip.ts";
import { readS32, readU16, readU32, readU64, writeS32, writeU16, writeU32 } from "../netlink/host-order.ts";
import * as kernel from "./kernel-values.ts";
import type { Destination, DestinationReading, Service, ServiceId, Stats, SyncDaemon, Timeouts } from "./model.ts";

/** The structs of uapi/linux/ip_vs.h that the socket options take, as 64-bit machines lay them out. IPv4 only: their
 *  addresses have 4 bytes. Decoders expect buffers of the sizes given here, which the kernel always fills. */

/** IP_VS_SO_SET_* and IP_VS_SO_GET_*. */
const BASE = 64 + 1024 + 64;
export const setOptions = {
  addService: BASE + 2,
  setService: BASE + 3,
  delService: BASE + 4,
  flush: BASE + 5,
  addDest: BASE + 7,
  delDest: BASE + 8,
  setDest: BASE + 9,
  setTimeouts: BASE + 10,
  startDaemon: BASE + 11,
  stopDaemon: BASE + 12,
  zero: BASE + 15,
} as const;
export const getOptions = {
  info: BASE + 1,
  services: BASE + 2,
  service: BASE + 3,
  dests: BASE + 4,
  timeouts: BASE + 6,
  daemons: BASE + 7,
} as const;

const SERVICE_USER_BYTES = 44;
const DEST_USER_BYTES = 24;
const SERVICE_ENTRY = { bytes: 104, destinations: 44, stats: 48 } as const;
const DEST_ENTRY = { bytes: 96, stats: 40 } as const;
const GET_SERVICES_HEADER = 8;
const GET_DESTS_HEADER = 24;
const NAME_BYTES = 16;

/** Whether these structs can carry the service and destination, or why not. */
export function unsupported(service: Service, destination?: Destination): string | undefined {
  const { id } = service;
  if (id.kind === "fwmark" ? id.family === 6 : id.address.includes(":")) return "IPv6 needs";
  if (service.engine !== undefined) return "a persistence engine needs";
  if (!destination) return undefined;
  if (destination.address.includes(":")) return "IPv6 needs";
  const { forwarding } = destination;
  return forwarding.method === "tun" && forwarding.tunnel.type !== "ipip"
    ? `a ${forwarding.tunnel.type} tunnel needs`
    : undefined;
}

/** struct ip_vs_service_user: the identity in its first 16 bytes, which other structs share. */
export function encodeService(service: Service): Buffer {
  const b = Buffer.alloc(SERVICE_USER_BYTES);
  writeIdentity(b, service.id);
  writeName(b, service.scheduler, 16);
  writeU32(b, service.flags & ~kernel.serviceFlags.hashed, 32);
  writeU32(b, service.timeoutS, 36);
  kernel.netmaskToKernel(service.oddNetmask ?? Math.max(service.netmaskBits, 0), 4).copy(b, 40);
  return b;
}

/** struct ip_vs_service_user followed by struct ip_vs_dest_user. */
export function encodeDestination(service: Service, destination: Destination): Buffer {
  const b = Buffer.alloc(DEST_USER_BYTES);
  b.set(addressBytes(destination.address), 0);
  b.writeUInt16BE(destination.port, 4);
  writeU32(b, kernel.forwardingToKernel(destination.forwarding).method, 8);
  writeS32(b, destination.weight, 12);
  writeU32(b, destination.upperThreshold, 16);
  writeU32(b, destination.lowerThreshold, 20);
  return Buffer.concat([encodeService(service), b]);
}

/** The same struct with an identity alone, or empty: all services. */
export function encodeIdentity(id?: ServiceId): Buffer {
  const b = Buffer.alloc(SERVICE_USER_BYTES);
  if (id) writeIdentity(b, id);
  return b;
}

function writeIdentity(b: Buffer, id: ServiceId): void {
  // The kernel insists on a protocol it knows, for a firewall mark too.
  writeU16(b, kernel.protocolNumber(id.kind === "address" ? id.protocol : "tcp"), 0);
  if (id.kind === "fwmark") {
    writeU32(b, id.fwmark, 12);
    return;
  }
  b.set(addressBytes(id.address), 4);
  b.writeUInt16BE(id.port, 8);
}

function readIdentity(b: Buffer): ServiceId | undefined {
  const fwmark = readU32(b, 12);
  if (fwmark !== 0) return { kind: "fwmark", family: 4, fwmark };
  const protocol = kernel.protocolName(readU16(b, 0));
  if (!protocol) return undefined;
  return { kind: "address", protocol, address: addressFromBytes(b.subarray(4, 8)), port: b.readUInt16BE(8) };
}

/** struct ip_vs_getinfo. */
export const INFO_BYTES = 12;
export const decodeInfo = (b: Buffer): { version: number; tableSize: number; services: number } => ({
  version: readU32(b, 0),
  tableSize: readU32(b, 4),
  services: readU32(b, 8),
});

export type ServiceEntry = {
  readonly service: Service;
  readonly stats: Stats;
  readonly destinations: number;
};

/** struct ip_vs_get_services for `count` services, before the kernel has filled it. */
export function servicesBuffer(count: number): Buffer {
  const b = Buffer.alloc(GET_SERVICES_HEADER + count * SERVICE_ENTRY.bytes);
  writeU32(b, count, 0);
  return b;
}

/** Entries that the kernel left empty are passed over: the table had become shorter. */
export function decodeServices(b: Buffer): ServiceEntry[] {
  return slices(b, GET_SERVICES_HEADER, SERVICE_ENTRY.bytes).flatMap((entry) => {
    const id = readIdentity(entry);
    if (!id) return [];
    const { bits, odd } = kernel.netmaskFromKernel(entry.subarray(40, 44), 4);
    return {
      service: {
        id,
        scheduler: readName(entry, 16),
        flags: readU32(entry, 32) & ~kernel.serviceFlags.hashed,
        timeoutS: readU32(entry, 36),
        netmaskBits: bits,
        ...(odd !== undefined && { oddNetmask: odd }),
      },
      stats: readStats(entry, SERVICE_ENTRY.stats),
      destinations: readU32(entry, SERVICE_ENTRY.destinations),
    };
  });
}

/** struct ip_vs_service_entry of one service, before the kernel has filled it; undefined for one of IPv6. */
export function serviceBuffer(id: ServiceId): Buffer | undefined {
  if (id.kind === "fwmark" ? id.family === 6 : id.address.includes(":")) return undefined;
  const b = Buffer.alloc(SERVICE_ENTRY.bytes);
  writeIdentity(b, id);
  return b;
}

/** How many destinations it has, by its filled ip_vs_service_entry. */
export const destinationsIn = (entry: Buffer): number => readU32(entry, SERVICE_ENTRY.destinations);

/** struct ip_vs_get_dests for a service of `count` destinations, before the kernel has filled it. */
export function destinationsBuffer(id: ServiceId, count: number): Buffer {
  const b = Buffer.alloc(GET_DESTS_HEADER + count * DEST_ENTRY.bytes);
  writeIdentity(b, id);
  writeU32(b, count, 16);
  return b;
}

/** Entries that the kernel left empty are passed over: destinations that went meanwhile, and those with IPv6 addresses. */
export function decodeDestinations(b: Buffer): DestinationReading[] {
  const filled = slices(b, GET_DESTS_HEADER, DEST_ENTRY.bytes).filter((entry) => readU32(entry, 0) !== 0);
  return filled.map((entry) => ({
    destination: {
      address: addressFromBytes(entry.subarray(0, 4)),
      port: entry.readUInt16BE(4),
      forwarding: kernel.forwardingFromKernel({
        method: readU32(entry, 8),
        tunnelType: 0,
        tunnelPort: 0,
        tunnelFlags: 0,
      }),
      weight: readS32(entry, 12),
      upperThreshold: readU32(entry, 16),
      lowerThreshold: readU32(entry, 20),
    },
    activeConnections: readU32(entry, 24),
    inactiveConnections: readU32(entry, 28),
    persistentConnections: readU32(entry, 32),
    stats: readStats(entry, DEST_ENTRY.stats),
  }));
}

/** struct ip_vs_stats_user at `at`. */
function readStats(b: Buffer, at: number): Stats {
  const count = (offset: number): bigint => BigInt(readU32(b, at + offset));
  return {
    connections: count(0),
    packetsIn: count(4),
    packetsOut: count(8),
    bytesIn: readU64(b, at + 16),
    bytesOut: readU64(b, at + 24),
    connectionsPerS: count(32),
    packetsInPerS: count(36),
    packetsOutPerS: count(40),
    bytesInPerS: count(44),
    bytesOutPerS: count(48),
  };
}

/** struct ip_vs_daemon_user; the kernel always says two, the master's and the backup's. */
const DAEMON_BYTES = 24;
export const daemonsBuffer = (): Buffer => Buffer.alloc(2 * DAEMON_BYTES);

export function encodeDaemon(daemon: SyncDaemon): Buffer {
  const b = Buffer.alloc(DAEMON_BYTES);
  writeU32(b, kernel.daemonState[daemon.role], 0);
  writeName(b, daemon.interface, 4);
  writeU32(b, daemon.syncId, 20);
  return b;
}

export function decodeDaemons(b: Buffer): SyncDaemon[] {
  return slices(b, 0, DAEMON_BYTES).flatMap((entry) => {
    const role = kernel.daemonRole(readU32(entry, 0));
    return role ? [{ role, interface: readName(entry, 4), syncId: readU32(entry, 20) }] : [];
  });
}

/** Whether struct ip_vs_daemon_user can carry what is asked of a daemon, or why not. */
export function unsupportedDaemon({ maxLength, port, ttl, group }: SyncDaemon): string | undefined {
  const given = Object.entries({ maxlen: maxLength, port, ttl, group }).filter(([, value]) => value !== undefined);
  return given.length === 0 ? undefined : `${given.map(([name]) => `\`${name}\``).join(", ")} needs`;
}

/** struct ip_vs_timeout_user, three ints; 0 leaves one as it is. */
export function timeoutsBuffer({ tcpS = 0, tcpFinS = 0, udpS = 0 }: Partial<Timeouts>): Buffer {
  const b = Buffer.alloc(12);
  writeS32(b, tcpS, 0);
  writeS32(b, tcpFinS, 4);
  writeS32(b, udpS, 8);
  return b;
}

export const decodeTimeouts = (b: Buffer): Timeouts => ({
  tcpS: readS32(b, 0),
  tcpFinS: readS32(b, 4),
  udpS: readS32(b, 8),
});

function slices(b: Buffer, from: number, size: number): Buffer[] {
  const count = Math.floor((b.length - from) / size);
  return Array.from({ length: count }, (_, i) => b.subarray(from + i * size, from + (i + 1) * size));
}

/** Names of up to 15 bytes; RangeError for a longer one. */
function writeName(b: Buffer, name: string, at: number): void {
  const bytes = Buffer.from(name, "utf8");
  if (bytes.length >= NAME_BYTES) throw new RangeError(`\`${name}\` is longer than ${NAME_BYTES - 1} bytes`);
  b.set(bytes, at);
}

function readName(b: Buffer, at: number): string {
  const end = b.indexOf(0, at);
  return b.toString("utf8", at, end < 0 || end > at + NAME_BYTES ? at + NAME_BYTES : end);
}

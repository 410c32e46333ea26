import { addressBytes, addressFromBytes, type Family } from "../core/ip.ts";
import { type AttrValues, decodeAttrs, encodeAttrs } from "../netlink/attrs.ts";
import type { GenlRequest } from "../netlink/genl.ts";
import {
  askedAttrs,
  commandAttrs,
  commands,
  type daemonAttrs,
  type destinationAttrs,
  plainCommandAttrs,
  type serviceAttrs,
  stats32Attrs,
  stats64Attrs,
} from "./attrs.ts";
import * as kernel from "./kernel-values.ts";
import type { Command, Destination, DestinationReading, Service, ServiceEntry, ServiceId } from "./model.ts";
import { type Stats, type SyncDaemon, serviceFamily, type Timeouts } from "./model.ts";
import { decodePlainService } from "./plain-service.ts";

/** IPVS commands and answers as generic netlink attributes. Decoders never throw: what lacks an identity is left out. */

type ServiceAttrs = AttrValues<typeof serviceAttrs>;
type DestinationAttrs = AttrValues<typeof destinationAttrs>;
type Asked = AttrValues<typeof askedAttrs>;
type AskedService = NonNullable<Asked["service"]>;
type AskedDestination = NonNullable<Asked["destination"]>;

/** Kept for the next command: a table names each service once for itself and once for each destination. */
const identities = new WeakMap<ServiceId, AskedService>();

function identity(id: ServiceId): AskedService {
  const known = identities.get(id);
  if (known) return known;
  const family = kernel.kernelFamily(serviceFamily(id));
  const made =
    id.kind === "fwmark"
      ? { family, fwmark: id.fwmark }
      : {
          family,
          protocol: kernel.protocolNumber(id.protocol),
          address: id.address,
          port: id.port,
        };
  identities.set(id, made);
  return made;
}

function wholeService(service: Service): AskedService {
  return {
    ...identity(service.id),
    scheduler: service.scheduler,
    flags: service.flags & ~kernel.serviceFlags.hashed,
    timeoutS: service.timeoutS,
    netmask: kernel.netmaskToKernel(service.oddNetmask ?? service.netmaskBits, serviceFamily(service.id)),
    ...(service.engine !== undefined && { engine: service.engine }),
  };
}

function destinationIdentity({ address, port }: Destination): AskedDestination {
  const family = kernel.kernelFamily(address.includes(":") ? 6 : 4);
  return { address, port, family };
}

function wholeDestination(destination: Destination): AskedDestination {
  const { address, port, weight, upperThreshold, lowerThreshold } = destination;
  const { method, tunnelType, tunnelPort, tunnelFlags } = kernel.forwardingToKernel(destination.forwarding);
  const plain = {
    address,
    port,
    family: kernel.kernelFamily(address.includes(":") ? 6 : 4),
    method,
    weight,
    upperThreshold,
    lowerThreshold,
  };
  return tunnelType === 0 ? plain : { ...plain, tunnelType, tunnelPort, tunnelFlags };
}

const numbers = {
  addService: commands.newService,
  setService: commands.setService,
  delService: commands.delService,
  addDest: commands.newDest,
  setDest: commands.setDest,
  delDest: commands.delDest,
} as const satisfies Record<Command["op"], number>;

/** RangeError for a value that no attribute can hold (a scheduler name of 16 bytes). */
export function encodeCommand(command: Command): GenlRequest {
  const { op, service } = command;
  const whole = op === "addService" || op === "setService";
  const values: { service: AskedService; destination?: AskedDestination } = {
    service: whole ? wholeService(service) : identity(service.id),
  };
  if ("destination" in command) {
    const { destination } = command;
    values.destination = op === "delDest" ? destinationIdentity(destination) : wholeDestination(destination);
  }
  return { command: numbers[op], attributes: encodeAttrs(askedAttrs, values) };
}

export function encodeDestinationsOf(id: ServiceId): GenlRequest {
  return { command: commands.getDest, attributes: encodeAttrs(askedAttrs, { service: identity(id) }) };
}

export const encodeZero = (id?: ServiceId): GenlRequest => ({
  command: commands.zero,
  attributes: id ? encodeAttrs(askedAttrs, { service: identity(id) }) : Buffer.alloc(0),
});

export function encodeDaemon(command: number, daemon: Partial<SyncDaemon> & Pick<SyncDaemon, "role">): GenlRequest {
  const values: AttrValues<typeof daemonAttrs> = {
    state: kernel.daemonState[daemon.role],
    ...(daemon.interface !== undefined && { interface: daemon.interface }),
    ...(daemon.syncId !== undefined && { syncId: daemon.syncId }),
    ...(daemon.maxLength !== undefined && { maxLength: daemon.maxLength }),
    ...(daemon.group !== undefined && {
      [daemon.group.includes(":") ? "group6" : "group"]: addressBytes(daemon.group),
    }),
    ...(daemon.port !== undefined && { port: daemon.port }),
    ...(daemon.ttl !== undefined && { ttl: daemon.ttl }),
  };
  return { command, attributes: encodeAttrs(commandAttrs, { daemon: values }) };
}

export const encodeTimeouts = (timeouts: Partial<Timeouts>): GenlRequest => ({
  command: commands.setConfig,
  attributes: encodeAttrs(commandAttrs, timeouts),
});

export function decodeTimeouts(attributes: Buffer): Timeouts {
  const { tcpS = 0, tcpFinS = 0, udpS = 0 } = decodeAttrs(commandAttrs, attributes);
  return { tcpS, tcpFinS, udpS };
}

/** Without `counters` the kernel's are passed over, and `stats` says 0: they are most of an answer. */
export function decodeService(attributes: Buffer, counters = true): ServiceEntry | undefined {
  if (!counters) return decodePlainService(attributes);
  const attrs = decodeAttrs(commandAttrs, attributes).service;
  const family = attrs && familyFromKernel(attrs.family);
  const id = family && decodeIdentity(attrs, family);
  if (!id) return undefined;
  const { bits, odd } = kernel.netmaskFromKernel(viewOf(attrs.netmask ?? Buffer.alloc(0)), family);
  return {
    service: {
      id,
      scheduler: attrs.scheduler ?? "none",
      flags: (attrs.flags ?? 0) & ~kernel.serviceFlags.hashed,
      timeoutS: attrs.timeoutS ?? 0,
      netmaskBits: bits,
      ...(attrs.engine !== undefined && attrs.engine !== "" && { engine: attrs.engine }),
      ...(odd !== undefined && { oddNetmask: odd }),
    },
    stats: statsOf(attrs),
  };
}

function decodeIdentity(attrs: ServiceAttrs, family: Family): ServiceId | undefined {
  if (attrs.fwmark !== undefined && attrs.fwmark !== 0) return { kind: "fwmark", family, fwmark: attrs.fwmark };
  const protocol = kernel.protocolName(attrs.protocol ?? 0);
  const address = attrs.address && kernel.addressFromKernel(attrs.address, family);
  if (!protocol || address === undefined || attrs.port === undefined) return undefined;
  return { kind: "address", protocol, address, port: attrs.port };
}

/** `serviceId` names the family of kernels before 3.18, which have none per destination. `counters` as of a service. */
export function decodeDestination(
  attributes: Buffer,
  serviceId: ServiceId,
  counters = true,
): DestinationReading | undefined {
  const attrs = decodeAttrs(counters ? commandAttrs : plainCommandAttrs, attributes).destination;
  const family = attrs && (familyFromKernel(attrs.family) ?? serviceFamily(serviceId));
  const address = family && attrs.address && kernel.addressFromKernel(attrs.address, family);
  if (address === undefined || attrs?.port === undefined) return undefined;
  const { method = 0, tunnelType = 0, tunnelPort = 0, tunnelFlags = 0 } = attrs;
  return {
    destination: {
      address,
      port: attrs.port,
      forwarding: kernel.forwardingFromKernel({ method, tunnelType, tunnelPort, tunnelFlags }),
      weight: attrs.weight ?? 0,
      upperThreshold: attrs.upperThreshold ?? 0,
      lowerThreshold: attrs.lowerThreshold ?? 0,
    },
    activeConnections: attrs.activeConnections ?? 0,
    inactiveConnections: attrs.inactiveConnections ?? 0,
    persistentConnections: attrs.persistentConnections ?? 0,
    stats: statsOf(attrs),
  };
}

function familyFromKernel(value: number | undefined): Family | undefined {
  return value === kernel.AF_INET ? 4 : value === kernel.AF_INET6 ? 6 : undefined;
}

const viewOf = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);

function statsOf({ stats32, stats64 }: ServiceAttrs | DestinationAttrs): Stats {
  if (stats64) return { ...kernel.noStats, ...decodeAttrs(stats64Attrs, viewOf(stats64)) };
  if (!stats32) return kernel.noStats;
  const narrow = decodeAttrs(stats32Attrs, viewOf(stats32));
  const wide = Object.entries(narrow).map(([name, value]) => [name, BigInt(value)]);
  return { ...kernel.noStats, ...Object.fromEntries(wide) };
}

export function decodeDaemon(attributes: Buffer): SyncDaemon | undefined {
  const attrs = decodeAttrs(commandAttrs, attributes).daemon;
  const role = kernel.daemonRole(attrs?.state ?? 0);
  if (!role || attrs?.interface === undefined) return undefined;
  const { maxLength, port, ttl } = attrs;
  const group = attrs.group6 ?? attrs.group;
  return {
    role,
    interface: attrs.interface,
    syncId: attrs.syncId ?? 0,
    ...(maxLength !== undefined && { maxLength }),
    ...(port !== undefined && { port }),
    ...(ttl !== undefined && { ttl }),
    ...((group?.length === 4 || group?.length === 16) && { group: addressFromBytes(group) }),
  };
}

import { addressBytes, endpointText, fourBytesWord } from "../core/ip.ts";
import type { Columns } from "./admin/request.ts";
import { heading, padded, widths } from "./heading.ts";
import { netmaskToKernel, protocolNumber, serviceFlags } from "./kernel-values.ts";
import type {
  Destination,
  DestinationReading,
  Protocol,
  ServiceEntry,
  ServiceId,
  ServiceReading,
  Stats,
  Tunnel,
} from "./model.ts";
import { serviceFamily } from "./model.ts";

/** The IPVS table in ipvsadm's words, byte for byte those of `ipvsadm -L` 1.31. */

export type ListingOptions = {
  readonly columns: Columns;
  /** Counters in full instead of in thousands, millions and so on. */
  readonly exact: boolean;
  /** Services by mark, family, protocol, address and port, destinations by address and port; otherwise as the kernel has them. */
  readonly sorted: boolean;
  /** Names instead of numbers; the protocol is that of the service, which a mark has not. */
  readonly endpoint?: Endpoint;
};

export type Endpoint = (address: string, port: number, protocol: Protocol | undefined) => string;

export type Info = { readonly version: string; readonly connectionTableSize: number };

/** The listing with a newline at the end of each line. */
export function listing(info: Info, readings: readonly ServiceReading[], options: ListingOptions): string {
  const services = options.sorted ? sortedServices(readings) : readings;
  return heading(info, options.columns) + services.map((reading) => serviceListing(reading, options)).join("");
}

/** A service whose destinations' lines are there already. */
export const listingWith = (entry: ServiceEntry, lines: string, options: ListingOptions): string =>
  `${serviceLine(entry, options)}\n${lines}`;

/** One service and its destinations. */
export function serviceListing(reading: ServiceReading, options: ListingOptions): string {
  const { id } = reading.service;
  const protocol = id.kind === "fwmark" ? undefined : id.protocol;
  const destinations = options.sorted ? sortedDestinations(reading.destinations) : reading.destinations;
  let text = `${serviceLine(reading, options)}\n`;
  for (const destination of destinations) text += `${destinationLine(destination, protocol, options)}\n`;
  return text;
}

function serviceLine({ service, stats }: ServiceEntry, options: ListingOptions): string {
  const name = serviceName(service.id, options.endpoint ?? endpointText);
  if (options.columns === "stats" || options.columns === "rate") return name.padEnd(33) + counters(stats, options);
  const parts = [name, service.scheduler];
  const flags = schedulerFlags(service.scheduler, service.flags);
  if (flags !== undefined) parts.push(`(${flags})`);
  if ((service.flags & serviceFlags.persistent) !== 0) {
    parts.push("persistent", String(service.timeoutS));
    const mask = service.oddNetmask ?? maskText(service.netmaskBits, serviceFamily(service.id));
    if (mask !== undefined) parts.push("mask", mask);
    if (service.engine !== undefined) parts.push("pe", service.engine);
  }
  if ((service.flags & serviceFlags.onePacket) !== 0) parts.push("ops");
  return parts.join(" ");
}

/** A mark is printed as the signed number that ipvsadm takes it for. */
function serviceName(id: ServiceId, endpoint: Endpoint): string {
  if (id.kind === "fwmark") return `FWM  ${id.fwmark | 0}${id.family === 6 ? " IPv6" : ""}`;
  return `${id.protocol.toUpperCase().padEnd(4)} ${endpoint(id.address, id.port, id.protocol)}`;
}

/** The names of IP_VS_SVC_F_SCHED1 to 3, of which sh and mh have names of their own for two and none for the third.
 *  Undefined when none is set. */
export function schedulerFlags(scheduler: string, flags: number): string | undefined {
  const own = scheduler === "sh" || scheduler === "mh";
  const names = own ? [`${scheduler}-fallback`, `${scheduler}-port`] : ["flag-1", "flag-2", "flag-3"];
  const bits = [serviceFlags.scheduler1, serviceFlags.scheduler2, serviceFlags.scheduler3];
  if (!bits.some((bit) => (flags & bit) !== 0)) return undefined;
  return names.filter((_, i) => (flags & (bits[i] as number)) !== 0).join(",");
}

/** Undefined for the mask of a single client, which is not shown. */
export function maskText(bits: number, family: 4 | 6): string | undefined {
  if (family === 6) return bits === 128 ? undefined : String(bits);
  return bits === 32 ? undefined : [...netmaskToKernel(bits, 4)].join(".");
}

/** `(null)` is what ipvsadm makes of a method that it has no name for. */
const methodNames = { nat: "Masq", local: "Local", tun: "Tunnel", dr: "Route", bypass: "(null)" } as const;

function destinationLine(reading: DestinationReading, protocol: Protocol | undefined, options: ListingOptions): string {
  const { address, port, weight, forwarding, upperThreshold, lowerThreshold } = reading.destination;
  const name = (options.endpoint ?? endpointText)(address, port, protocol);
  // Long names are cut to the column, IPv6 addresses are not.
  const start = `  -> ${(address.includes(":") ? name : name.slice(0, 28)).padEnd(28)}`;
  const { columns } = options;
  if (columns === "stats" || columns === "rate")
    return start + counters(reading.stats, options, columns === "rate" ? 3 : 0);
  if (columns === "thresholds" || columns === "persistent") {
    const connections = [reading.activeConnections, reading.inactiveConnections];
    const own = columns === "thresholds" ? [upperThreshold, lowerThreshold] : [weight, reading.persistentConnections];
    return [start, ...padded([...own, ...connections].map(String), widths[columns])].join(" ");
  }
  const method = methodNames[forwarding.method].padEnd(7);
  const tunnel =
    columns === "tunnels" ? ` ${tunnelText(forwarding.method === "tun" ? forwarding.tunnel : undefined)}` : "";
  const [active, inactive] = [String(reading.activeConnections), String(reading.inactiveConnections)];
  return `${start} ${method}${tunnel} ${String(weight).padEnd(6)} ${active.padEnd(10)} ${inactive.padEnd(10)}`;
}

const checksumTexts = { none: "-c", csum: "+c", remcsum: "r+c" } as const;

function tunnelText(tunnel: Tunnel | undefined): string {
  const parts = !tunnel
    ? ["n/a"]
    : tunnel.type === "ipip"
      ? ["ipip"]
      : [tunnel.type, ...(tunnel.type === "gue" ? [tunnel.port] : []), checksumTexts[tunnel.checksum]];
  return parts.join(":").padEnd(13);
}

/** `inFull`: how many of the columns are never shortened; ipvsadm shortens no packets per second of a real server. */
function counters(stats: Stats, { columns, exact }: ListingOptions, inFull = 0): string {
  const values =
    columns === "stats"
      ? [stats.connections, stats.packetsIn, stats.packetsOut, stats.bytesIn, stats.bytesOut]
      : [stats.connectionsPerS, stats.packetsInPerS, stats.packetsOutPerS, stats.bytesInPerS, stats.bytesOutPerS];
  return values.map((value, i) => (exact || i < inFull ? exactCount(value) : shortCount(value))).join("");
}

/** A column of 9, one wider than the number where that is longer. */
function exactCount(value: bigint): string {
  const text = String(value);
  return text.padStart(text.length <= 8 ? 9 : text.length + 1);
}

/** At most 8 digits, then thousands up to 9 digits, millions up to 11, 10⁹ up to 14, and 10¹². */
function shortCount(value: bigint): string {
  if (value < 100_000_000n) return String(value).padStart(9);
  const [divisor, unit] =
    value < 1_000_000_000n
      ? [1_000n, "K"]
      : value < 100_000_000_000n
        ? [1_000_000n, "M"]
        : value < 100_000_000_000_000n
          ? [1_000_000_000n, "G"]
          : [1_000_000_000_000n, "T"];
  return String(value / (divisor as bigint)).padStart(8) + unit;
}

/** An address as four words of 32 bits, of which IPv4 uses the first, and a port. */
type Key = readonly [number, number, number, number, port: number];
const NO_KEY: Key = [0, 0, 0, 0, 0];

function keyOf({ address, port }: Pick<Destination, "address" | "port">): Key {
  if (!address.includes(":")) return [fourBytesWord(address), 0, 0, 0, port];
  const bytes = addressBytes(address);
  const word = (at: number): number =>
    ((bytes[at] as number) << 24) |
    ((bytes[at + 1] as number) << 16) |
    ((bytes[at + 2] as number) << 8) |
    (bytes[at + 3] as number);
  return [word(0), word(4), word(8), word(12), port];
}

/** Addresses of either family by words of 32 bits, each by its difference as a signed number: ipvsadm puts 192.168.0.1
 *  before 10.0.0.1. */
function compareKeys(a: Key, b: Key): number {
  for (let i = 0; i < 4; i++) {
    const difference = ((a[i] as number) - (b[i] as number)) | 0;
    if (difference !== 0) return difference;
  }
  return a[4] - b[4];
}

/** Services by mark, family, protocol, address and port, as ipvsadm has them. */
export function sortedServices<T extends ServiceEntry>(entries: readonly T[]): T[] {
  const keyed = entries.map((entry) => {
    const { id } = entry.service;
    return id.kind === "fwmark"
      ? { entry, mark: id.fwmark, family: id.family, protocol: 0, key: NO_KEY }
      : { entry, mark: 0, family: serviceFamily(id), protocol: protocolNumber(id.protocol), key: keyOf(id) };
  });
  const compare = (a: (typeof keyed)[number], b: (typeof keyed)[number]): number =>
    (a.mark - b.mark) | 0 || a.family - b.family || a.protocol - b.protocol || compareKeys(a.key, b.key);
  return mergeSorted(keyed, compare).map(({ entry }) => entry);
}

export const sortedDestinations = (readings: readonly DestinationReading[]): DestinationReading[] =>
  mergeSorted(
    readings.map((reading) => ({ reading, key: keyOf(reading.destination) })),
    (a, b) => compareKeys(a.key, b.key),
  ).map(({ reading }) => reading);

/** Differences that wrap are no order: what comes of them hangs on the algorithm, which is the C library's merge sort. */
export function mergeSorted<T>(items: readonly T[], compare: (a: T, b: T) => number): readonly T[] {
  const sorted = [...items];
  mergeRange(sorted, 0, items.length, [...items], compare);
  return sorted;
}

function mergeRange<T>(items: T[], from: number, end: number, spare: T[], compare: (a: T, b: T) => number): void {
  if (end - from < 2) return;
  const middle = from + ((end - from) >> 1);
  mergeRange(items, from, middle, spare, compare);
  mergeRange(items, middle, end, spare, compare);
  let left = from;
  let right = middle;
  for (let to = from; to < end; to++) {
    const takeLeft = right === end || (left < middle && compare(items[left] as T, items[right] as T) <= 0);
    spare[to] = (takeLeft ? items[left++] : items[right++]) as T;
  }
  for (let i = from; i < end; i++) items[i] = spare[i] as T;
}

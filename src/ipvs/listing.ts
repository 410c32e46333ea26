import { addressBytes, endpointText } from "../core/ip.ts";
import { netmaskToKernel, protocolNumber, serviceFlags } from "./kernel-values.ts";
import type { Destination, DestinationReading, ServiceId, ServiceReading, Stats } from "./model.ts";
import { serviceFamily } from "./model.ts";

/** The IPVS table in ipvsadm's words, byte for byte those of `ipvsadm -Ln` 1.31. */

export type ListingOptions = {
  readonly columns: "connections" | "stats" | "rate";
  /** Counters in full instead of in thousands, millions and so on. */
  readonly exact: boolean;
  /** Services by mark, family, protocol, address and port, destinations by address and port; otherwise as the kernel has them. */
  readonly sorted: boolean;
};

type Info = { readonly version: string; readonly connectionTableSize: number };

/** The listing with a newline at the end of each line. */
export function listing(info: Info, readings: readonly ServiceReading[], options: ListingOptions): string {
  const lines = [
    `IP Virtual Server version ${info.version} (size=${info.connectionTableSize})`,
    ...header(options.columns),
  ];
  const services = options.sorted ? sortedBy(readings, serviceSortKey) : readings;
  for (const reading of services) {
    lines.push(serviceLine(reading, options));
    const destinations = options.sorted
      ? sortedBy(reading.destinations, ({ destination }) => endpointSortKey(destination))
      : reading.destinations;
    for (const destination of destinations) lines.push(destinationLine(destination, options));
  }
  return `${lines.join("\n")}\n`;
}

function header(columns: ListingOptions["columns"]): string[] {
  switch (columns) {
    case "connections":
      return [
        "Prot LocalAddress:Port Scheduler Flags",
        "  -> RemoteAddress:Port           Forward Weight ActiveConn InActConn",
      ];
    case "stats":
      return [countersHeader(["Conns", "InPkts", "OutPkts", "InBytes", "OutBytes"]), "  -> RemoteAddress:Port"];
    case "rate":
      return [countersHeader(["CPS", "InPPS", "OutPPS", "InBPS", "OutBPS"]), "  -> RemoteAddress:Port"];
  }
}

const countersHeader = (names: readonly string[]): string =>
  ["Prot LocalAddress:Port".padEnd(33), ...names.map((name) => name.padStart(8))].join(" ");

function serviceLine({ service, stats }: ServiceReading, options: ListingOptions): string {
  const name = serviceName(service.id);
  if (options.columns !== "connections") return name.padEnd(33) + counters(stats, options);
  const parts = [name, service.scheduler];
  const flags = schedulerFlags(service.scheduler, service.flags);
  if (flags.length > 0) parts.push(`(${flags.join(",")})`);
  if ((service.flags & serviceFlags.persistent) !== 0) {
    parts.push("persistent", String(service.timeoutS));
    const mask = service.oddNetmask ?? maskText(service.netmaskBits, serviceFamily(service.id));
    if (mask !== undefined) parts.push("mask", mask);
  }
  if (service.engine !== undefined) parts.push("pe", service.engine);
  if ((service.flags & serviceFlags.onePacket) !== 0) parts.push("ops");
  return parts.join(" ");
}

/** A mark is printed as the signed number that ipvsadm takes it for. */
function serviceName(id: ServiceId): string {
  if (id.kind === "fwmark") return `FWM  ${id.fwmark | 0}${id.family === 6 ? " IPv6" : ""}`;
  return `${id.protocol.toUpperCase().padEnd(4)} ${endpointText(id.address, id.port)}`;
}

/** The names of IP_VS_SVC_F_SCHED1 to 3, of which two mean something to sh and mh. */
function schedulerFlags(scheduler: string, flags: number): string[] {
  const own = scheduler === "sh" || scheduler === "mh";
  const names = own ? [`${scheduler}-fallback`, `${scheduler}-port`, "flag-3"] : ["flag-1", "flag-2", "flag-3"];
  const bits = [serviceFlags.scheduler1, serviceFlags.scheduler2, serviceFlags.scheduler3];
  return names.filter((_, i) => (flags & (bits[i] as number)) !== 0);
}

/** Undefined for the mask of a single client, which is not shown. */
function maskText(bits: number, family: 4 | 6): string | undefined {
  if (family === 6) return bits === 128 ? undefined : String(bits);
  return bits === 32 ? undefined : [...netmaskToKernel(bits, 4)].join(".");
}

const methodNames = { nat: "Masq", local: "Local", tun: "Tunnel", dr: "Route", bypass: "Bypass" } as const;

function destinationLine(reading: DestinationReading, options: ListingOptions): string {
  const { address, port, weight, forwarding } = reading.destination;
  const start = `  -> ${endpointText(address, port).padEnd(28)}`;
  if (options.columns !== "connections") return start + counters(reading.stats, options);
  const { activeConnections, inactiveConnections } = reading;
  const columns: [string, number][] = [
    [methodNames[forwarding.method], 7],
    [String(weight), 6],
    [String(activeConnections), 10],
    [String(inactiveConnections), 10],
  ];
  return [start, ...columns.map(([text, width]) => text.padEnd(width))].join(" ");
}

function counters(stats: Stats, { columns, exact }: ListingOptions): string {
  const values =
    columns === "stats"
      ? [stats.connections, stats.packetsIn, stats.packetsOut, stats.bytesIn, stats.bytesOut]
      : [stats.connectionsPerS, stats.packetsInPerS, stats.packetsOutPerS, stats.bytesInPerS, stats.bytesOutPerS];
  return values.map(exact ? exactCount : shortCount).join("");
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

/** Sorts by keys that are made once an item: tables have tens of thousands of them. */
function sortedBy<T>(items: readonly T[], keyOf: (item: T) => string): T[] {
  const keyed = items.map((item) => ({ item, key: keyOf(item) }));
  return keyed.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0)).map(({ item }) => item);
}

const digits = (value: number, width: number): string => value.toString(16).padStart(width, "0");

/** Texts that sort as the numbers in them: marks as signed numbers, 0 being none, then family, protocol, address, port. */
function serviceSortKey({ service: { id } }: ServiceReading): string {
  const mark = digits((id.kind === "fwmark" ? id.fwmark | 0 : 0) + 0x80000000, 8);
  if (id.kind === "fwmark") return mark + id.family;
  return `${mark}${serviceFamily(id)}${digits(protocolNumber(id.protocol), 2)}${endpointSortKey(id)}`;
}

/** IPv4 before IPv6. */
function endpointSortKey({ address, port }: Pick<Destination, "address" | "port">): string {
  const bytes = Buffer.from(addressBytes(address));
  return `${digits(bytes.length, 2)}${bytes.toString("hex")}${digits(port, 4)}`;
}

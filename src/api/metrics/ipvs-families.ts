import type { ServiceId, ServiceReading, Stats } from "../../ipvs/model.ts";
import type { MetricsInput } from "../../process/metrics-input.ts";
import type { Family, Reading, Sample } from "./family.ts";

const family = <F extends Family>(given: F): F => given;
const service = ["service"] as const;
const destination = ["service", "destination"] as const;

/** The kernel's table, whoever made its services: counters since a service or destination was made. */
export const ipvsFamilies = {
  connections: family({
    name: "lvskeeper_ipvs_service_connections",
    type: "counter",
    help: "Connections of the service.",
    labels: service,
  }),
  packets: family({
    name: "lvskeeper_ipvs_service_packets",
    type: "counter",
    help: "Packets of the service, by direction: in or out (which the director only sees with NAT).",
    labels: [...service, "direction"],
  }),
  bytes: family({
    name: "lvskeeper_ipvs_service_bytes",
    type: "counter",
    unit: "bytes",
    help: "Bytes of the service, by direction.",
    labels: [...service, "direction"],
  }),
  destinations: family({
    name: "lvskeeper_ipvs_service_destinations",
    type: "gauge",
    help: "Destinations of the service.",
    labels: service,
  }),
  destinationWeight: family({
    name: "lvskeeper_ipvs_destination_weight",
    type: "gauge",
    help: "Weight of the destination; 0 takes no new connections.",
    labels: destination,
  }),
  active: family({
    name: "lvskeeper_ipvs_destination_active_connections",
    type: "gauge",
    help: "Connections of the destination that are open.",
    labels: destination,
  }),
  inactive: family({
    name: "lvskeeper_ipvs_destination_inactive_connections",
    type: "gauge",
    help: "Connections of the destination that are remembered and not open.",
    labels: destination,
  }),
  persistent: family({
    name: "lvskeeper_ipvs_destination_persistent_connections",
    type: "gauge",
    help: "Templates of persistence that lead to the destination.",
    labels: destination,
  }),
  destinationConnections: family({
    name: "lvskeeper_ipvs_destination_connections",
    type: "counter",
    help: "Connections of the destination.",
    labels: destination,
  }),
  destinationPackets: family({
    name: "lvskeeper_ipvs_destination_packets",
    type: "counter",
    help: "Packets of the destination, by direction.",
    labels: [...destination, "direction"],
  }),
  destinationBytes: family({
    name: "lvskeeper_ipvs_destination_bytes",
    type: "counter",
    unit: "bytes",
    help: "Bytes of the destination, by direction.",
    labels: [...destination, "direction"],
  }),
} as const;

type DestinationReading = ServiceReading["destinations"][number];

export function ipvsReadings({ ipvs = [] }: MetricsInput): Reading[] {
  const f = ipvsFamilies;
  const named = ipvs.map((reading) => [serviceName(reading.service.id), reading] as const);
  const ofServices = (family: Family, of: (one: ServiceReading) => Value[]): Reading => ({
    family,
    samples: named.flatMap(([service, one]) => samplesOf({ service }, of(one))),
  });
  const ofDestinations = (family: Family, of: (one: DestinationReading) => Value[]): Reading => ({
    family,
    samples: named.flatMap(([service, { destinations }]) =>
      destinations.flatMap((one) =>
        samplesOf({ service, destination: endpoint(one.destination.address, one.destination.port) }, of(one)),
      ),
    ),
  });
  return [
    ofServices(f.connections, ({ stats }) => [[{}, Number(stats.connections)]]),
    ofServices(f.packets, ({ stats }) => packets(stats)),
    ofServices(f.bytes, ({ stats }) => bytes(stats)),
    ofServices(f.destinations, ({ destinations }) => [[{}, destinations.length]]),
    ofDestinations(f.destinationWeight, (one) => [[{}, one.destination.weight]]),
    ofDestinations(f.active, (one) => [[{}, one.activeConnections]]),
    ofDestinations(f.inactive, (one) => [[{}, one.inactiveConnections]]),
    ofDestinations(f.persistent, (one) => [[{}, one.persistentConnections]]),
    ofDestinations(f.destinationConnections, ({ stats }) => [[{}, Number(stats.connections)]]),
    ofDestinations(f.destinationPackets, ({ stats }) => packets(stats)),
    ofDestinations(f.destinationBytes, ({ stats }) => bytes(stats)),
  ];
}

type Value = readonly [labels: Readonly<Record<string, string>>, value: number];

const samplesOf = (labels: Readonly<Record<string, string>>, values: readonly Value[]): Sample[] =>
  values.map(([more, value]) => ({ labels: { ...labels, ...more }, value }));

const packets = ({ packetsIn, packetsOut }: Stats): Value[] => [
  [{ direction: "in" }, Number(packetsIn)],
  [{ direction: "out" }, Number(packetsOut)],
];
const bytes = ({ bytesIn, bytesOut }: Stats): Value[] => [
  [{ direction: "in" }, Number(bytesIn)],
  [{ direction: "out" }, Number(bytesOut)],
];

const endpoint = (address: string, port: number): string =>
  address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;

/** "tcp 10.0.0.1:80", "fwmark 7", "fwmark6 7". */
const serviceName = (id: ServiceId): string =>
  id.kind === "fwmark"
    ? `fwmark${id.family === 6 ? "6" : ""} ${id.fwmark}`
    : `${id.protocol} ${endpoint(id.address, id.port)}`;

import { type Destination, destinationKey, type ServiceId, type ServiceReading, serviceKey } from "../ipvs/model.ts";
import { allServices, portIn } from "./group.ts";
import type { RealServerPlan, Traffic, VirtualServerPlan } from "./model.ts";

/** What the kernel counts, by service and by destination. */
export type KernelCounts = ReadonlyMap<string, Traffic>;

export function kernelCounts(readings: readonly ServiceReading[]): KernelCounts {
  const counts = new Map<string, Traffic>();
  for (const { service, stats, destinations } of readings) {
    let [active, inactive] = [0, 0];
    for (const { destination, stats, activeConnections, inactiveConnections } of destinations) {
      active += activeConnections;
      inactive += inactiveConnections;
      counts.set(keyOf(service.id, destination), trafficOf(activeConnections, inactiveConnections, stats));
    }
    counts.set(serviceKey(service.id), trafficOf(active, inactive, stats));
  }
  return counts;
}

/** Of all services of a virtual server together; undefined where the kernel has none of them. */
export const serviceTraffic = (plan: VirtualServerPlan, counts: KernelCounts): Traffic | undefined =>
  sumOf(allServices(plan).map((id) => counts.get(serviceKey(id))));

/** Of a real server in all services of its virtual server; undefined where the kernel has it in none of them. */
export const serverTraffic = (plan: VirtualServerPlan, rs: RealServerPlan, counts: KernelCounts): Traffic | undefined =>
  sumOf(allServices(plan).map((id) => counts.get(keyOf(id, { address: rs.address, port: portIn(plan, rs, id) }))));

const keyOf = (id: ServiceId, destination: Pick<Destination, "address" | "port">): string =>
  `${serviceKey(id)} ${destinationKey(destination)}`;

const trafficOf = (
  activeConnections: number,
  inactiveConnections: number,
  { connectionsPerS, bytesInPerS, bytesOutPerS }: ServiceReading["stats"],
): Traffic => ({
  activeConnections,
  inactiveConnections,
  connectionsPerS: Number(connectionsPerS),
  bytesInPerS: Number(bytesInPerS),
  bytesOutPerS: Number(bytesOutPerS),
});

function sumOf(parts: readonly (Traffic | undefined)[]): Traffic | undefined {
  const [first, ...others] = parts.filter((one) => one !== undefined);
  return others.reduce<Traffic | undefined>(
    (sum, one) =>
      sum && {
        activeConnections: sum.activeConnections + one.activeConnections,
        inactiveConnections: sum.inactiveConnections + one.inactiveConnections,
        connectionsPerS: sum.connectionsPerS + one.connectionsPerS,
        bytesInPerS: sum.bytesInPerS + one.bytesInPerS,
        bytesOutPerS: sum.bytesOutPerS + one.bytesOutPerS,
      },
    first,
  );
}

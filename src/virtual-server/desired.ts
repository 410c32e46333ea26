import { serviceFlags } from "../ipvs/kernel-values.ts";
import {
  type Destination,
  destinationKey,
  type Service,
  type ServiceId,
  serviceFamily,
  type Table,
  type TableEntry,
} from "../ipvs/model.ts";
import { portIn } from "./group.ts";
import type { RealServerPlan, VirtualServerPlan } from "./model.ts";
import { realServerKey } from "./names.ts";
import type { VirtualServerState } from "./state.ts";

/** The sorry server stands in while the quorum is down. */
export const sorryActive = (plan: VirtualServerPlan, state: VirtualServerState): boolean =>
  plan.sorryServer !== undefined && !state.quorumUp;

/** `id` is one of its services: of a group there are several. */
function desiredService(plan: VirtualServerPlan, id: ServiceId = plan.id): Service {
  const persistent = plan.persistenceTimeoutS > 0;
  const clients = serviceFamily(id) === 6 ? 128 : 32;
  return {
    id,
    scheduler: plan.scheduler,
    flags: persistent ? plan.flags | serviceFlags.persistent : plan.flags & ~serviceFlags.persistent,
    timeoutS: persistent ? plan.persistenceTimeoutS : 0,
    netmaskBits: persistent && serviceFamily(id) === serviceFamily(plan.id) ? plan.persistenceMaskBits : clients,
    ...(persistent && plan.persistenceEngine !== undefined && { engine: plan.persistenceEngine }),
  };
}

/** The destinations a virtual server should have. A server that is down, or that makes way for the sorry server, is left
 *  out, or with inhibit_on_failure stays at weight 0; a sorry server with inhibit waits at weight 0. One that drains keeps
 *  its connections beside a sorry server too. */
export function desiredDestinations(
  plan: VirtualServerPlan,
  state: VirtualServerState,
  id: ServiceId = plan.id,
): Map<string, Destination> {
  const destinations = new Map<string, Destination>();
  const sorry = sorryActive(plan, state);
  for (const rs of plan.realServers) {
    const key = realServerKey(rs);
    const serves = state.realServers.get(key);
    const place = rs.override?.place;
    if (place === "out") continue;
    const there = serves?.alive && (!sorry || place === "kept");
    if (!there && !rs.inhibitOnFailure) continue;
    const port = portIn(plan, rs, id);
    const destination = destinationOf(rs, port, there ? (serves.served ?? serves.weight) : 0);
    destinations.set(port === rs.port ? key : destinationKey(destination), destination);
  }
  const stand = plan.sorryServer;
  if (!stand) return destinations;
  const { address } = stand;
  const port = portIn(plan, stand, id);
  const key = destinationKey({ address, port });
  if (!sorry && !(stand.inhibit && !destinations.has(key))) return destinations;
  return destinations.set(key, {
    address,
    port,
    forwarding: stand.forwarding,
    weight: sorry ? 1 : 0,
    upperThreshold: 0,
    lowerThreshold: 0,
  });
}

export const desiredEntry = (
  plan: VirtualServerPlan,
  state: VirtualServerState,
  id: ServiceId = plan.id,
): TableEntry => ({
  service: desiredService(plan, id),
  destinations: desiredDestinations(plan, state, id),
});

/** `desired`, but where nobody knows better yet with what the kernel holds: a destination that `isUnsure` stays, or stays
 *  away, as it is. Where that would leave a service without anybody, who was alive when last heard of is better. */
export function holdUnsure(
  desired: Table,
  actual: Table,
  isUnsure: (serviceKey: string, destinationKey: string) => boolean,
): Map<string, TableEntry> {
  const held = new Map<string, TableEntry>();
  for (const [key, entry] of desired) {
    const have = actual.get(key);
    const unsure = [...entry.destinations.keys(), ...(have?.destinations.keys() ?? [])].filter((d) => isUnsure(key, d));
    if (unsure.length === 0) {
      held.set(key, entry);
      continue;
    }
    const destinations = new Map(entry.destinations);
    for (const d of unsure) {
      const present = have?.destinations.get(d);
      if (present) destinations.set(d, present);
      else destinations.delete(d);
    }
    const isEmptied = !serves(destinations) && serves(entry.destinations);
    held.set(key, isEmptied ? entry : { service: entry.service, destinations });
  }
  return held;
}

function serves(destinations: TableEntry["destinations"]): boolean {
  for (const { weight } of destinations.values()) if (weight > 0) return true;
  return false;
}

function destinationOf(rs: RealServerPlan, port: number, weight: number): Destination {
  return {
    address: rs.address,
    port,
    forwarding: rs.forwarding,
    weight,
    upperThreshold: rs.upperThreshold,
    lowerThreshold: rs.lowerThreshold,
  };
}

import {
  type Destination,
  destinationKey,
  type Service,
  serviceFamily,
  type Table,
  type TableEntry,
} from "../ipvs/model.ts";
import type { RealServerPlan, VirtualServerPlan } from "./model.ts";
import { realServerKey, virtualServerKey } from "./names.ts";
import type { VirtualServerState } from "./state.ts";

/** IP_VS_SVC_F_PERSISTENT */
const persistentFlag = 1;

/** The sorry server stands in while the quorum is down. */
export const sorryActive = (plan: VirtualServerPlan, state: VirtualServerState): boolean =>
  plan.sorryServer !== undefined && !state.quorumUp;

export function desiredService(plan: VirtualServerPlan): Service {
  const persistent = plan.persistenceTimeoutS > 0;
  return {
    id: plan.id,
    scheduler: plan.scheduler,
    flags: persistent ? plan.flags | persistentFlag : plan.flags & ~persistentFlag,
    timeoutS: persistent ? plan.persistenceTimeoutS : 0,
    netmaskBits: persistent ? plan.persistenceMaskBits : serviceFamily(plan.id) === 6 ? 128 : 32,
    ...(plan.persistenceEngine !== undefined && { engine: plan.persistenceEngine }),
  };
}

/** The destinations a virtual server should have. A server that is down, or that makes way for the sorry server, is left
 *  out, or with inhibit_on_failure stays at weight 0; a sorry server with inhibit waits at weight 0. */
export function desiredDestinations(plan: VirtualServerPlan, state: VirtualServerState): Map<string, Destination> {
  const destinations = new Map<string, Destination>();
  const sorry = sorryActive(plan, state);
  for (const rs of plan.realServers) {
    const serves = state.realServers.get(realServerKey(rs));
    if (serves?.alive && !sorry) destinations.set(realServerKey(rs), destinationOf(rs, serves.weight));
    else if (rs.inhibitOnFailure) destinations.set(realServerKey(rs), destinationOf(rs, 0));
  }
  const stand = plan.sorryServer;
  if (!stand || !(sorry || (stand.inhibit && !destinations.has(destinationKey(stand))))) return destinations;
  return destinations.set(destinationKey(stand), {
    address: stand.address,
    port: stand.port,
    forwarding: stand.forwarding,
    weight: sorry ? 1 : 0,
    upperThreshold: 0,
    lowerThreshold: 0,
  });
}

export const desiredEntry = (plan: VirtualServerPlan, state: VirtualServerState): TableEntry => ({
  service: desiredService(plan),
  destinations: desiredDestinations(plan, state),
});

/** The whole table the kernel should hold, in the order of the configuration. */
export function desiredTable(
  plans: readonly VirtualServerPlan[],
  states: ReadonlyMap<string, VirtualServerState>,
): Map<string, TableEntry> {
  const table = new Map<string, TableEntry>();
  for (const plan of plans) {
    const state = states.get(virtualServerKey(plan));
    if (state) table.set(virtualServerKey(plan), desiredEntry(plan, state));
  }
  return table;
}

/** `desired`, but where nobody knows better yet with what the kernel holds: a destination that `isUnsure` stays, or stays
 *  away, as it is; a service that is not there waits for its first destination that is sure. */
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
    if (have || destinations.size > 0) held.set(key, { service: entry.service, destinations });
  }
  return held;
}

function destinationOf(rs: RealServerPlan, weight: number): Destination {
  return {
    address: rs.address,
    port: rs.port,
    forwarding: rs.forwarding,
    weight,
    upperThreshold: rs.upperThreshold,
    lowerThreshold: rs.lowerThreshold,
  };
}

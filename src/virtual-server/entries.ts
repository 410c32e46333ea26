import { serviceKey, type Table, type TableEntry } from "../ipvs/model.ts";
import { desiredEntry } from "./desired.ts";
import type { Fleet } from "./fleet.ts";
import { allServices } from "./group.ts";
import type { VirtualServerPlan } from "./model.ts";
import { virtualServerKey } from "./names.ts";

/** What the table should hold, with the plans and states it comes from. */
export type Entries = {
  readonly plans: ReadonlyMap<string, VirtualServerPlan>;
  readonly fleet: Fleet;
  readonly table: Table;
  /** Services of several virtual servers (of one group), whose real servers all stand behind them. */
  readonly shared: ReadonlySet<string>;
};

export const noEntries: Entries = { plans: new Map(), fleet: new Map(), table: new Map(), shared: new Set() };

/** The entries of these virtual servers, by their keys and in their order. Those whose plan and state are the same values as
 *  `before` are the same values, so that nobody compares them again. */
export function nextEntries(
  plans: ReadonlyMap<string, VirtualServerPlan>,
  fleet: Fleet,
  before: Entries = noEntries,
): Entries {
  const table = new Map<string, TableEntry>();
  const shared = new Set<string>();
  for (const [key, plan] of plans) {
    const state = fleet.get(key);
    if (!state) continue;
    const isSame = before.fleet.get(key) === state && before.plans.get(key) === plan;
    for (const id of allServices(plan)) {
      const service = serviceKey(id);
      const was = before.shared.has(service) ? undefined : before.table.get(service);
      const entry = isSame && was?.service.id === id ? was : desiredEntry(plan, state, id);
      const other = table.get(service);
      if (other) shared.add(service);
      table.set(service, other ? joined(other, entry) : entry);
    }
  }
  return { plans, fleet, table, shared };
}

/** The whole table the kernel should hold, in the order of the configuration. */
export const desiredTable = (plans: readonly VirtualServerPlan[], fleet: Fleet): Table =>
  nextEntries(new Map(plans.map((plan) => [virtualServerKey(plan), plan])), fleet).table;

/** The scheduler and the like are those of the first; a real server of both is there where either has it serving. */
function joined(first: TableEntry, second: TableEntry): TableEntry {
  const destinations = new Map(first.destinations);
  for (const [key, destination] of second.destinations)
    if ((destinations.get(key)?.weight ?? 0) === 0) destinations.set(key, destination);
  return { service: first.service, destinations };
}

import { type Family, familyOf } from "../core/ip.ts";
import type { GarpPlan } from "./model.ts";
import type { GarpGroupPlan } from "./tracked-model.ts";

/** How fast announcements may follow each other: `intervalMs` (0: at once) on all interfaces of one `lane`. */
export type Pace = { readonly lane: string; readonly intervalMs: number };

/** The pace on an interface: its garp_group's, which all interfaces of the group share, or else its instance's. */
export function paceOf(
  address: string,
  interfaceName: string,
  garp: Pick<GarpPlan, "intervalMs" | "neighbourIntervalMs">,
  groups: readonly GarpGroupPlan[],
): Pace {
  const family: Family = familyOf(address);
  const index = groups.findIndex(({ interfaces }) => interfaces.includes(interfaceName));
  const group = groups[index];
  if (group) return { lane: `group ${index}`, intervalMs: family === 6 ? group.gnaIntervalMs : group.garpIntervalMs };
  return { lane: interfaceName, intervalMs: family === 6 ? (garp.neighbourIntervalMs ?? 0) : garp.intervalMs };
}

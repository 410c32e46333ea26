import { allServices } from "./group.ts";
import type { VirtualServerPlan } from "./model.ts";

/** With ha_suspend a virtual server is only checked while one of its addresses is on this host. One of firewall marks has
 *  no address, and is checked all the time. */
export function isSuspended(plan: VirtualServerPlan, isLocal: (address: string) => boolean): boolean {
  if (!plan.haSuspend) return false;
  let hasAddress = false;
  for (const id of allServices(plan)) {
    if (id.kind !== "address") continue;
    if (isLocal(id.address)) return false;
    hasAddress = true;
  }
  return hasAddress;
}

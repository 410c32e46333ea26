import { allServices } from "./group.ts";
import type { VirtualServerPlan } from "./model.ts";

/** With ha_suspend a virtual server is only checked while one of its addresses is on this host. One with firewall marks is
 *  checked all the time: nobody knows which addresses they are for. */
export function isSuspended(plan: VirtualServerPlan, isLocal: (address: string) => boolean): boolean {
  if (!plan.haSuspend) return false;
  return allServices(plan).every((id) => id.kind === "address" && !isLocal(id.address));
}

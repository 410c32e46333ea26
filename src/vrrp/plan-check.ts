import { DirectorError } from "../core/errors.ts";
import { instanceId } from "./instance-id.ts";
import type { VrrpProcessPlan } from "./model.ts";
import { whyUnsendable } from "./packet.ts";

/** What a plan must hold so that this room can run it, whatever the configuration's own checks let through. Throws
 *  DirectorError for two instances that could not be told apart on the wire, and for one that no advert can be made of. */
export function checkPlan(plan: VrrpProcessPlan): void {
  const seen = new Map<string, string>();
  for (const p of plan.instances) {
    const unsendable = whyUnsendable(p);
    if (unsendable) throw new DirectorError("vrrp/advert", `vrrp_instance ${p.name}: ${unsendable}`);
    const other = seen.get(instanceId(p));
    seen.set(instanceId(p), p.name);
    if (other === undefined) continue;
    throw new DirectorError(
      "vrrp/duplicate-vrid",
      `vrrp_instance ${p.name} and ${other} both use virtual_router_id ${p.vrid} on ${p.interface || (p.vrf ?? "any interface")}`,
      { hint: "give each instance on an interface its own virtual_router_id" },
    );
  }
}

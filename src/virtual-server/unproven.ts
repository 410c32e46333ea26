import { destinationKey, serviceKey } from "../ipvs/model.ts";
import type { Fleet } from "./fleet.ts";
import { allServices, portIn } from "./group.ts";
import type { VirtualServerPlan } from "./model.ts";
import { realServerKey, savedKey, virtualServerKey } from "./names.ts";

/** What a restarted process does not know yet: the verdicts it inherited are as old as its predecessor, and the kernel may
 *  know better. A checker is proven by its first success or by going down; a real server when all its checkers are, or
 *  when its own state has changed. */
export type Proof = {
  /** Checkers that nothing was found out about since the restart. */
  readonly checkers: ReadonlySet<string>;
  /** savedKey()s of real servers, and keys of virtual servers, whose state changed since the restart. */
  readonly changed: ReadonlySet<string>;
};

/** For `Proof.changed`: what was decided between two states. */
export function changedServers(before: Fleet, after: Fleet): readonly string[] {
  const changed: string[] = [];
  for (const [key, state] of after) {
    const was = before.get(key);
    if (was === state) continue;
    if (was?.quorumUp !== state.quorumUp) changed.push(key);
    for (const [rsKey, rs] of state.realServers) {
      const rsWas = was?.realServers.get(rsKey);
      if (rsWas?.alive !== rs.alive || rsWas.weight !== rs.weight) changed.push(savedKey(key, rsKey));
    }
  }
  return changed;
}

/** Which destinations to leave as the kernel has them; undefined when there is none. Besides the unproven real servers
 *  these are the other destinations of their service (a sorry server, leftovers), until its quorum has changed. */
export function unsureDestinations(
  plans: readonly VirtualServerPlan[],
  proof: Proof,
): ((serviceKey: string, destinationKey: string) => boolean) | undefined {
  if (proof.checkers.size === 0) return undefined;
  const unsure = new Set<string>();
  const known = new Set<string>();
  const unsureServices = new Set<string>();
  for (const plan of plans) {
    const vsKey = virtualServerKey(plan);
    for (const rs of plan.realServers) {
      const isChanged = proof.changed.has(savedKey(vsKey, realServerKey(rs)));
      const isUnsure = !isChanged && rs.checkers.some(({ id }) => proof.checkers.has(id));
      for (const id of allServices(plan)) {
        const port = portIn(plan, rs, id);
        const key = savedKey(serviceKey(id), destinationKey({ address: rs.address, port }));
        known.add(key);
        if (!isUnsure) continue;
        unsure.add(key);
        if (!proof.changed.has(vsKey)) unsureServices.add(serviceKey(id));
      }
    }
  }
  return (vsKey, rsKey) => {
    const key = savedKey(vsKey, rsKey);
    return known.has(key) ? unsure.has(key) : unsureServices.has(vsKey);
  };
}

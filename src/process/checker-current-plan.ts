import type { CheckerProcessPlan, VirtualServerPlan } from "../virtual-server/model.ts";
import { virtualServerKey } from "../virtual-server/names.ts";
import { type Overrides, withOverrides } from "../virtual-server/overrides.ts";
import { trackedBy } from "./checker-tracked.ts";
import { type CheckerUses, checkerUses } from "./checker-uses.ts";

/** The plan that is in force, and what is looked up in it. */
export type CurrentPlan = {
  /** As the configuration has it. */
  readonly configured: CheckerProcessPlan;
  /** The same with what was said of real servers at run time. */
  readonly plan: CheckerProcessPlan;
  /** The virtual servers of `plan` by their keys, in its order. */
  readonly virtualServers: ReadonlyMap<string, VirtualServerPlan>;
  readonly uses: CheckerUses;
};

/** `uses`: of `configured`, where they are known already: overrides change no checker. */
export function currentPlan(
  configured: CheckerProcessPlan,
  overrides: Overrides,
  uses: CheckerUses = checkerUses(configured),
): CurrentPlan {
  const isAny = Object.keys(overrides).length > 0;
  const virtualServers = isAny
    ? configured.virtualServers.map((vs) => withOverrides(vs, overrides))
    : configured.virtualServers;
  return {
    configured,
    plan: { ...configured, virtualServers },
    virtualServers: new Map(virtualServers.map((vs) => [virtualServerKey(vs), vs])),
    uses,
  };
}

/** A checker that several virtual servers use rests when all of them do (ha_suspend). */
export function isCheckerSuspended(
  { uses, virtualServers }: Pick<CurrentPlan, "uses" | "virtualServers">,
  id: string,
  isSuspended: (plan: VirtualServerPlan) => boolean,
): boolean {
  const plans = [...uses.virtualServersOf(id)].map((key) => virtualServers.get(key));
  return plans.every((plan) => plan?.haSuspend === true && isSuspended(plan));
}

/** Keys of the virtual servers with real servers that follow a file or a BFD session; with `ids` one of these checks. */
export const trackingServers = (
  { virtualServers }: Pick<CurrentPlan, "virtualServers">,
  ids?: ReadonlySet<string>,
): string[] =>
  [...virtualServers].flatMap(([key, vs]) => (trackedBy(vs).some(({ id }) => ids?.has(id) ?? true) ? [key] : []));

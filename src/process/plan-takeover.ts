import { blockPlace } from "../config/place.ts";
import type { VrrpInstancePlan } from "../vrrp/model.ts";
import type { VrrpInstance } from "../vrrp/options.ts";
import type { PlanContext } from "./plan-context.ts";

/** takeover_check of an instance. */
export function planTakeover(
  block: VrrpInstance,
  { priority, addresses }: Pick<VrrpInstancePlan, "priority" | "addresses">,
  { problems }: PlanContext,
): Pick<VrrpInstancePlan, "takeoverCheck"> {
  const [check] = block.takeover_check;
  if (!check) return {};
  if (priority === 255) {
    problems.warning(
      "vrrp/takeover-of-owner",
      "`takeover_check` has no effect: priority 255 takes its addresses without waiting",
      blockPlace(check),
      { hint: "set a priority below 255, or remove it" },
    );
    return {};
  }
  for (const { address, at } of check.witness)
    if (addresses.some((virtual) => virtual.address === address))
      problems.warning(
        "vrrp/witness-of-itself",
        `the witness ${address} is a virtual address of the instance: it answers while the master has it, and never when it is gone`,
        at,
        { hint: "name the gateway, or another host that is always there" },
      );
  return {
    takeoverCheck: {
      timeoutMs: check.timeout,
      onConflict: check.on_conflict,
      noWitness: check.no_witness,
      witnesses: check.witness.map(({ at: _, ...witness }) => witness),
    },
  };
}

import { isGiven } from "../config/place.ts";
import type { GarpPlan } from "../vrrp/model.ts";
import type { VrrpInstance } from "../vrrp/options.ts";
import type { PlanContext } from "./plan-context.ts";

/** How an instance announces its addresses: its own values before the global ones. */
export function planGarp(block: VrrpInstance, strict: boolean, { global }: PlanContext): GarpPlan {
  const least = global.vrrp_min_garp;
  const inherited = (keyword: "vrrp_garp_master_delay" | "vrrp_garp_master_repeat", minimum: number): number =>
    least && !isGiven(global, keyword) ? minimum : global[keyword];
  const delayMs = inherited("vrrp_garp_master_delay", 0);
  const repeat = inherited("vrrp_garp_master_repeat", 1);
  const own = strict ? 0 : block.garp_lower_prio_repeat;
  const extra = block.garp_extra_if ?? global.vrrp_garp_extra_if;
  return {
    masterDelayMs: block.garp_master_delay ?? delayMs,
    masterRepeat: Math.max(1, block.garp_master_repeat ?? repeat),
    masterRefreshMs: block.garp_master_refresh ?? global.vrrp_garp_master_refresh,
    masterRefreshRepeat: Math.max(1, block.garp_master_refresh_repeat ?? global.vrrp_garp_master_refresh_repeat),
    lowerPrioDelayMs: strict ? 0 : (block.garp_lower_prio_delay ?? global.vrrp_garp_lower_prio_delay ?? delayMs),
    lowerPrioRepeat: own ?? global.vrrp_garp_lower_prio_repeat ?? repeat,
    intervalMs: global.vrrp_garp_interval,
    neighbourIntervalMs: global.vrrp_gna_interval,
    ...(extra && extra.intervalMs > 0 && { extra }),
  };
}

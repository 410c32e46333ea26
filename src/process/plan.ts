import type { CheckerProcessPlan } from "../virtual-server/model.ts";
import type { VrrpProcessPlan } from "../vrrp/model.ts";
import type { BfdInstancePlan } from "../vrrp/tracked-model.ts";
import type { GlobalPlan } from "./plan-global-model.ts";

/** Counts up when a field changes its meaning or goes away; new fields leave it as it is. */
export const PLAN_VERSION = 1;

/** A whole configuration, typed, defaults filled in: what `check --dump json` prints, and what the parent hands to its
 *  children. Plain JSON. */
export type Plan = {
  readonly version: typeof PLAN_VERSION;
  readonly global: GlobalPlan;
  readonly vrrp: VrrpProcessPlan;
  readonly checker: CheckerProcessPlan;
  /** BFD sessions. Absent: there are none. */
  readonly bfd?: readonly BfdInstancePlan[];
};

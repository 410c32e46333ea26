import type { CheckerProcessPlan } from "../virtual-server/model.ts";
import type { VrrpProcessPlan } from "../vrrp/model.ts";
import type { BfdInstancePlan } from "../vrrp/tracked-model.ts";
import type { GlobalPlan } from "./plan-global-model.ts";

/** A whole configuration, typed, defaults filled in: what `check --dump json` prints, and what the parent hands to its
 *  children. Plain JSON. */
export type Plan = {
  /** Counts up when a field changes its meaning or goes away; new fields leave it as it is. */
  readonly version: 1;
  readonly global: GlobalPlan;
  readonly vrrp: VrrpProcessPlan;
  readonly checker: CheckerProcessPlan;
  /** BFD sessions. Absent: there are none. */
  readonly bfd?: readonly BfdInstancePlan[];
};

import type { Problems } from "../config/diagnostic.ts";
import type { GlobalDefs } from "./global-options.ts";
import type { Scripts } from "./plan-scripts.ts";

/** What every part of a plan is made with. */
export type PlanContext = {
  readonly problems: Problems;
  readonly scripts: Scripts;
  readonly global: GlobalDefs;
};

import type { TlsPlan } from "../checkers/model.ts";
import type { Problems } from "../config/diagnostic.ts";
import type { Observed } from "../core/observed.ts";
import type { GlobalDefs } from "./global-options.ts";
import type { Groups } from "./plan-group.ts";
import type { Scripts } from "./plan-scripts.ts";
import type { TrackedChecks } from "./plan-tracked-checks.ts";

/** What every part of a plan is made with. */
export type PlanContext = {
  readonly problems: Problems;
  readonly scripts: Scripts;
  readonly global: GlobalDefs;
  /** Whom everything asks that looks beyond the text: at accounts, programs and other files. */
  readonly observed: Observed;
};

/** What virtual servers name that stands elsewhere in the file. */
export type ServerContext = PlanContext & {
  /** The client's side of TLS in all SSL_GET. */
  readonly tls?: TlsPlan;
  readonly groups: Groups;
  readonly tracked: TrackedChecks;
};

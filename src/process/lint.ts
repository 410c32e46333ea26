import type { Placed, Problems, Related } from "../config/diagnostic.ts";
import type { GlobalDefs } from "./global-options.ts";
import { addressLints } from "./lint-addresses.ts";
import { checkLints } from "./lint-checks.ts";
import { scriptLints } from "./lint-scripts.ts";
import { serverLints } from "./lint-servers.ts";
import { sysctlLints } from "./lint-sysctl.ts";
import { groupLints, vrrpLints } from "./lint-vrrp.ts";
import type { Root } from "./options.ts";
import type { Plan } from "./plan.ts";

/** What lints look at: the values of the file with their places, and what they came to. */
export type LintInput = { readonly root: Root; readonly global: GlobalDefs; readonly plan: Plan };

/** Something that is right as a configuration, and hardly what its author wants. */
export type Finding = {
  readonly code: `lint/${string}`;
  readonly message: string;
  readonly at: Placed;
  readonly hint: string;
  readonly related?: readonly Related[];
};

/** Pure, and silent where it is not sure: a warning that is wrong costs more than one that is missing. */
export type Lint = (input: LintInput) => Iterable<Finding>;

const LINTS: readonly Lint[] = [
  ...vrrpLints,
  ...groupLints,
  ...scriptLints,
  ...addressLints,
  ...serverLints,
  ...checkLints,
  ...sysctlLints,
];

/** Those that miss something: it may be there, with an error. */
const MISSING: ReadonlySet<Lint> = new Set([...addressLints, ...groupLints]);

/** Codes of findings that follow from all virtual servers together, of which they look at the services, where their real
 *  servers are and how these are checked. */
export const ACROSS: ReadonlySet<string> = new Set(["lint/no-vip", "lint/no-virtual-server", "lint/probe-rate"]);

/** `whole`: every value of the file could be read. */
export function lint(input: LintInput, problems: Problems, whole: boolean): void {
  for (const look of LINTS.filter((one) => whole || !MISSING.has(one)))
    for (const { code, message, at, hint, related } of look(input))
      problems.warning(code, message, at, { hint, related });
}

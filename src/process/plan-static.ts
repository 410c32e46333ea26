import { type Placed, quote } from "../config/diagnostic.ts";
import { blockPlace, itemPlace } from "../config/place.ts";
import { ORIGIN } from "../config/row.ts";
import type { Statement } from "../config/tree.ts";
import type { StaticAddress, VrrpInstancePlan, VrrpProcessPlan } from "../vrrp/model.ts";
import type { VrrpInstance } from "../vrrp/options.ts";
import type { RoutePlan, RulePlan } from "../vrrp/route-model.ts";
import type { RuleLine } from "../vrrp/rule-options.ts";
import type { TrackGroup } from "../vrrp/static-options.ts";
import type { Root } from "./options.ts";
import { planAddress } from "./plan-address.ts";
import type { PlanContext } from "./plan-context.ts";
import { definedLater, reportDoubles, undefinedName } from "./plan-names.ts";
import { RouteNames } from "./plan-route-values.ts";
import { RoutePlanner } from "./plan-routes.ts";
import { RulePlanner } from "./plan-rules.ts";

type Static = Pick<VrrpProcessPlan, "staticAddresses" | "staticRoutes" | "staticRules" | "trackGroups">;
type Virtual = Pick<VrrpInstancePlan, "routes" | "rules">;

/** Routes and rules of the file: those of instances, and those that stand as long as the director runs. */
export class NetworkPlanner {
  readonly #root: Root;
  readonly #context: PlanContext;
  readonly #routes: RoutePlanner;
  readonly #rules: ReadonlyMap<RuleLine, RulePlan>;
  readonly #groups: ReadonlyMap<string, TrackGroup>;

  constructor(root: Root, context: PlanContext) {
    const names = new RouteNames(context);
    this.#root = root;
    this.#context = context;
    this.#routes = new RoutePlanner(context, names);
    this.#rules = planAllRules(root, new RulePlanner(context, names));
    this.#groups = new Map(root.track_group.map((block) => [block.argument, block]));
  }

  /** The routes and rules of one instance. */
  virtual(instance: VrrpInstance): Virtual {
    const routes = (instance.virtual_routes ?? []).flatMap((line) => this.#routes.plan(line) ?? []);
    const rules = (instance.virtual_rules ?? []).flatMap((line) => this.#rules.get(line) ?? []);
    return { ...(routes.length > 0 && { routes }), ...(rules.length > 0 && { rules }) };
  }

  static(): Static {
    const root = this.#root;
    const addresses = (root.static_ipaddress ?? []).map((line): StaticAddress => {
      const group = this.#group(line.trackGroup, line.at);
      return { interface: this.#context.global.default_interface, ...planAddress(line), ...group };
    });
    const routes = (root.static_routes ?? []).flatMap((line): RoutePlan[] => {
      const route = this.#routes.plan(line);
      const group = this.#group(line.track_group, line.at);
      if (group.trackGroup !== undefined && line.dev === undefined) this.#groupNeedsDevice(line.at);
      return route ? [{ ...route, ...(line.dev !== undefined && group) }] : [];
    });
    const rules = (root.static_rules ?? []).flatMap((line): RulePlan[] => {
      const rule = this.#rules.get(line);
      return rule ? [{ ...rule, ...this.#group(line.track_group, line.at) }] : [];
    });
    const trackGroups = this.#trackGroups();
    return {
      ...(addresses.length > 0 && { staticAddresses: addresses }),
      ...(routes.length > 0 && { staticRoutes: routes }),
      ...(rules.length > 0 && { staticRules: rules }),
      ...(trackGroups.length > 0 && { trackGroups }),
    };
  }

  #group(name: string | undefined, at: Placed): { readonly trackGroup?: string } {
    if (name === undefined) return {};
    const group = this.#groups.get(name);
    if (!group) {
      undefinedName("track_group", name, this.#groups.keys(), at, this.#context);
      return {};
    }
    const { source, start } = blockPlace(group);
    if (source === at.source && start > at.start) definedLater("track_group", group, at, this.#context);
    return { trackGroup: name };
  }

  #groupNeedsDevice(at: Placed): void {
    this.#context.problems.warning("route/track-group", "`track_group` is ignored: the route has no `dev`", at, {
      hint: "add `dev IFNAME`",
    });
  }

  #trackGroups(): NonNullable<VrrpProcessPlan["trackGroups"]> {
    const { track_group: blocks, vrrp_instance: instances } = this.#root;
    reportDoubles(blocks, "track_group", this.#context);
    const names = instances.map(({ argument }) => argument);
    return blocks.flatMap((block) => {
      const members = [...new Set(block.group ?? [])].filter((member) => {
        if (names.includes(member)) return true;
        undefinedName("vrrp_instance", member, names, itemPlace(block, "group", member), this.#context);
        return false;
      });
      if (members.length > 0) return [{ name: block.argument, members }];
      this.#context.problems.warning(
        "vrrp/empty-group",
        `the track_group ${quote(block.argument)} has no member: ignored`,
        blockPlace(block),
        { hint: "add `group { INSTANCE }`, or remove it" },
      );
      return [];
    });
  }
}

/** All rules in the order of the text, through included files. */
function planAllRules(root: Root, planner: RulePlanner): ReadonlyMap<RuleLine, RulePlan> {
  const instances = new Map(root.vrrp_instance.map((block) => [block[ORIGIN].statement, block]));
  const plans = new Map<RuleLine, RulePlan>();
  const statics = [...(root.static_rules ?? [])];
  const add = (lines: readonly RuleLine[]): void => {
    for (const line of lines) {
      const plan = planner.plan(line);
      if (plan) plans.set(line, plan);
    }
  };
  for (const statement of root[ORIGIN].statements) {
    if (statement.words[0].text === "static_rules") add(statics.splice(0, linesOf(statement, statics)));
    else add(instances.get(statement)?.virtual_rules ?? []);
  }
  return plans;
}

/** How many of the lines that follow stand in this statement: those of its lines that have no error. */
function linesOf(statement: Statement, lines: readonly RuleLine[]): number {
  const own = new Set(statement.block?.statements);
  const first = lines.findIndex((line) => !own.has(line.statement));
  return first < 0 ? lines.length : first;
}

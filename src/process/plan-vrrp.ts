import { type Placed, quote, relatedAt } from "../config/diagnostic.ts";
import { blockPlace, itemPlace, placeOf } from "../config/place.ts";
import { closest } from "../config/suggest.ts";
import type { VrrpSyncGroup } from "../vrrp/group-options.ts";
import type { TrackPlan, VrrpInstancePlan, VrrpProcessPlan, VrrpScriptPlan } from "../vrrp/model.ts";
import type { VrrpInstance } from "../vrrp/options.ts";
import type { VrrpScript } from "../vrrp/tracking-options.ts";
import type { Root } from "./options.ts";
import type { PlanContext } from "./plan-context.ts";
import { planInstance } from "./plan-instance.ts";
import { planEvents } from "./plan-vrrp-events.ts";
import { VmacNames } from "./vmac-names.ts";

/** The part of the vrrp process. Instances that miss something required are left out; the error has been reported. */
export function planVrrp(root: Root, context: PlanContext): VrrpProcessPlan {
  reportDoubles(root.vrrp_script, "vrrp_script", context);
  reportDoubles(root.vrrp_instance, "vrrp_instance", context);
  reportDoubles(root.vrrp_sync_group, "vrrp_sync_group", context);
  const grouped = groupedInstances(root.vrrp_sync_group, context);
  const weights = new Map(root.vrrp_script.map((script) => [script.argument, script.weight]));
  const names = ownInterfaces(root, context);
  const instances = root.vrrp_instance.flatMap((instance) => {
    const plan = planInstance(instance, names, context);
    if (!plan) return [];
    const group = grouped.get(instance.argument);
    const trackers = planTrackers(instance, plan, weights, group, context);
    return [{ ...plan, ...trackers, ...planEvents(instance, context, group) }];
  });
  reportSameVrid(root, instances, context);
  const scripts = planScripts(root.vrrp_script, instances, context);
  return { instances: trackingOnly(scripts, instances), groups: planGroups(root, context), scripts };
}

/** A script that cannot be run is not waited for. */
function trackingOnly(
  scripts: readonly VrrpScriptPlan[],
  instances: readonly VrrpInstancePlan[],
): readonly VrrpInstancePlan[] {
  const names = new Set(scripts.map(({ name }) => name));
  return instances.map((plan) => ({ ...plan, trackScripts: plan.trackScripts.filter(({ name }) => names.has(name)) }));
}

type Named = VrrpScript | VrrpInstance | VrrpSyncGroup;

function reportDoubles(blocks: readonly Named[], keyword: string, { problems }: PlanContext): void {
  const first = new Map<string, Named>();
  for (const block of blocks) {
    const earlier = first.get(block.argument);
    if (earlier)
      problems.error("conf/duplicate", `there is another ${keyword} ${quote(block.argument)}`, blockPlace(block), {
        hint: "give it another name",
        related: [relatedAt("the other one", blockPlace(earlier))],
      });
    else first.set(block.argument, block);
  }
}

/** Instance → the group it is in. An instance in two groups is an error, one that does not exist a warning. */
function groupedInstances(
  groups: readonly VrrpSyncGroup[],
  { problems }: PlanContext,
): ReadonlyMap<string, VrrpSyncGroup> {
  const grouped = new Map<string, VrrpSyncGroup>();
  for (const group of groups)
    for (const member of group.group ?? []) {
      const other = grouped.get(member);
      if (other && other !== group)
        problems.error(
          "vrrp/two-groups",
          `${quote(member)} is in another group already`,
          itemPlace(group, "group", member),
          {
            hint: "an instance can be in one group only",
            related: [relatedAt("the other group", blockPlace(other))],
          },
        );
      else grouped.set(member, group);
    }
  return grouped;
}

function planGroups(root: Root, context: PlanContext): VrrpProcessPlan["groups"] {
  const names = root.vrrp_instance.map((instance) => instance.argument);
  return root.vrrp_sync_group.flatMap((group) => {
    const members = [...new Set(group.group ?? [])].filter((member) => {
      if (names.includes(member)) return true;
      undefinedName("vrrp_instance", member, names, itemPlace(group, "group", member), context);
      return false;
    });
    if (members.length === 0) {
      context.problems.warning(
        "vrrp/empty-group",
        `the group ${quote(group.argument)} has no member: ignored`,
        blockPlace(group),
      );
      return [];
    }
    return [{ name: group.argument, members, ...planEvents(group, context) }];
  });
}

function undefinedName(
  kind: string,
  name: string,
  known: readonly string[],
  at: Placed,
  { problems }: PlanContext,
): void {
  const near = closest(name, known);
  problems.warning("vrrp/undefined-name", `there is no ${kind} ${quote(name)}: ignored`, at, {
    hint: near ? `did you mean ${quote(near)}?` : `add \`${kind} ${name} { … }\`, or remove this line`,
  });
}

type Weights = ReadonlyMap<string, VrrpScript["weight"]>;
/** What a weight acts on. */
type Electable = Pick<VrrpInstancePlan, "priority" | "preempt">;

type Trackers = Pick<VrrpInstancePlan, "trackScripts" | "trackInterfaces">;

/** Within a group that does not ask for them, a member's weighted trackers act otherwise: scripts are left out, and
 *  interfaces put the group into FAULT. */
function planTrackers(
  instance: VrrpInstance,
  plan: Electable,
  weights: Weights,
  group: VrrpSyncGroup | undefined,
  context: PlanContext,
): Trackers {
  const unweighted = group !== undefined && !group.sync_group_tracking_weight;
  const scripts: TrackPlan[] = [];
  for (const line of instance.track_script ?? []) {
    const at = itemPlace(instance, "track_script", line.name);
    const own = weights.get(line.name);
    if (!own) undefinedName("vrrp_script", line.name, [...weights.keys()], at, context);
    else if (!scripts.some(({ name }) => name === line.name)) {
      const track = line.weight === undefined ? { name: line.name, ...own } : { ...line, weight: line.weight };
      if (unweighted && track.weight !== 0) reportUnweighted(line.name, "is left out", at, context);
      else scripts.push(track);
      reportUselessWeight(track, plan, at, context);
    }
  }
  const interfaces: TrackPlan[] = [];
  for (const line of instance.track_interface ?? []) {
    if (interfaces.some(({ name }) => name === line.name) || line.name === instance.interface) continue;
    const weight = line.weight ?? 0;
    if (unweighted && weight !== 0)
      reportUnweighted(line.name, "counts without weight", itemPlace(instance, "track_interface", line.name), context);
    interfaces.push({ name: line.name, weight: unweighted ? 0 : weight, reverse: line.reverse });
  }
  return { trackScripts: scripts, trackInterfaces: interfaces };
}

function reportUnweighted(name: string, what: string, at: Placed, { problems }: PlanContext): void {
  problems.warning("vrrp/group-weight", `${quote(name)} has a weight, and its instance is in a group: it ${what}`, at, {
    hint: "add `sync_group_tracking_weight` to the group, or set weight 0",
  });
}

function reportUselessWeight(
  { name, weight }: TrackPlan,
  { priority, preempt }: Electable,
  at: Placed,
  { problems }: PlanContext,
): void {
  if (weight === 0) return;
  if (priority === 255)
    problems.warning(
      "vrrp/weight-of-owner",
      `the weight of ${quote(name)} changes nothing: priority 255 never changes`,
      at,
      {
        hint: "set a priority below 255, or weight 0",
      },
    );
  else if (weight > 0 && priority + weight > 254)
    problems.warning("vrrp/weight-cut", `priority ${priority} with weight ${weight} is cut to 254`, at, {
      hint: `a failure takes ${254 - priority} only: lower the priority, or use weight -${weight}`,
    });
  else if (!preempt)
    problems.warning(
      "vrrp/weight-nopreempt",
      `with \`nopreempt\` this router does not take over from a master whose priority ${quote(name)} lowers`,
      at,
      {
        hint: "use weight 0 on all routers of the group, so that a failure is a FAULT, or remove `nopreempt`",
      },
    );
}

function planScripts(
  blocks: readonly VrrpScript[],
  instances: readonly VrrpInstancePlan[],
  context: PlanContext,
): readonly VrrpScriptPlan[] {
  const used = new Set(instances.flatMap(({ trackScripts }) => trackScripts.map(({ name }) => name)));
  return blocks.flatMap((block) => {
    if (!block.script) {
      context.problems.error(
        "conf/missing-keyword",
        `vrrp_script ${quote(block.argument)} has no \`script\``,
        blockPlace(block),
        {
          hint: 'add `script "/path/command"`',
        },
      );
      return [];
    }
    const leftOut = "it is not tracked until a reload finds it";
    const script = context.scripts.resolve(block.script, placeOf(block, "script"), { user: block.user, leftOut });
    if (!used.has(block.argument))
      context.problems.warning(
        "vrrp/unused-script",
        `no instance tracks ${quote(block.argument)}: it is not run`,
        blockPlace(block),
        {
          hint: `add \`track_script { ${block.argument} }\` to a vrrp_instance`,
        },
      );
    if (!script || !used.has(block.argument)) return [];
    const intervalMs = block.interval || 1000;
    return [
      {
        name: block.argument,
        script,
        intervalMs,
        timeoutMs: block.timeout === undefined ? intervalMs : block.timeout || 1000,
        weight: block.weight.weight,
        reverse: block.weight.reverse,
        rise: block.rise,
        fall: block.fall,
        initFail: block.init_fail,
      },
    ];
  });
}

/** Two instances that a receiver could not tell apart. Those with an error of theirs are in here too. */
function reportSameVrid(root: Root, plans: readonly VrrpInstancePlan[], { problems }: PlanContext): void {
  const first = new Map<string, VrrpInstance>();
  const blocks = new Map(root.vrrp_instance.map((block) => [block.argument, block]));
  for (const plan of plans) {
    const block = blocks.get(plan.name);
    const where = plan.interface === "" ? (plan.vrf ?? plan.sourceAddress ?? "") : plan.interface;
    const key = `${where} IPv${plan.family} ${plan.unicast ? "unicast" : plan.multicastGroup} ${plan.vrid}`;
    const other = first.get(key);
    if (!block) continue;
    if (other && other !== block)
      problems.error(
        "vrrp/duplicate-vrid",
        `${quote(other.argument)} has virtual_router_id ${plan.vrid} on ${where} already`,
        placeOf(block, "virtual_router_id"),
        {
          hint: "give each instance on an interface its own",
          related: [relatedAt("the other one", placeOf(other, "virtual_router_id"))],
        },
      );
    else first.set(key, block);
  }
}

/** The interfaces that instances have of their own: one name twice is an error, and no name is made that is given. */
function ownInterfaces(root: Root, { problems }: PlanContext): VmacNames {
  const first = new Map<string, VrrpInstance>();
  for (const block of root.vrrp_instance) {
    const name = (block.use_vmac ?? block.use_ipvlan)?.interface;
    const other = name === undefined ? undefined : first.get(name);
    if (other)
      problems.error(
        "vrrp/vmac-name",
        `${quote(other.argument)} has the interface ${quote(name ?? "")} already`,
        placeOf(block, "use_vmac", "use_ipvlan"),
        {
          hint: "leave the name out, or give each instance another",
          related: [relatedAt("the other one", placeOf(other, "use_vmac", "use_ipvlan"))],
        },
      );
    else if (name !== undefined) first.set(name, block);
  }
  return new VmacNames([...first.keys(), ...root.vrrp_instance.flatMap((block) => block.interface ?? [])]);
}

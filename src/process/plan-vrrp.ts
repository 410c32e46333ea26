import { quote, relatedAt } from "../config/diagnostic.ts";
import { blockPlace, itemPlace, placeOf } from "../config/place.ts";
import type { VrrpSyncGroup } from "../vrrp/group-options.ts";
import type { VrrpInstancePlan, VrrpProcessPlan, VrrpScriptPlan } from "../vrrp/model.ts";
import type { VrrpInstance } from "../vrrp/options.ts";
import type { Root } from "./options.ts";
import type { PlanContext } from "./plan-context.ts";
import { planInstance } from "./plan-instance.ts";
import { planInterfaces } from "./plan-interfaces.ts";
import { reportDoubles, undefinedName } from "./plan-names.ts";
import { NetworkPlanner } from "./plan-static.ts";
import { planTakeover } from "./plan-takeover.ts";
import { planTrackFiles } from "./plan-track-files.ts";
import { planTrackProcesses } from "./plan-track-processes.ts";
import { planScripts } from "./plan-track-scripts.ts";
import { planTrackServices } from "./plan-track-services.ts";
import { TrackerPlanner } from "./plan-trackers.ts";
import { planEvents } from "./plan-vrrp-events.ts";
import { VmacNames } from "./vmac-names.ts";

/** The part of the vrrp process. Instances that miss something required are left out; the error has been reported. */
export function planVrrp(root: Root, context: PlanContext): VrrpProcessPlan {
  reportDoubles(root.vrrp_script, "vrrp_script", context);
  reportDoubles(root.vrrp_instance, "vrrp_instance", context);
  reportDoubles(root.vrrp_sync_group, "vrrp_sync_group", context);
  const grouped = groupedInstances(root.vrrp_sync_group, context);
  const trackers = new TrackerPlanner(root, context);
  const network = new NetworkPlanner(root, context);
  const names = ownInterfaces(root, context);
  const instances = root.vrrp_instance.flatMap((instance) => {
    const plan = planInstance(instance, names, context);
    if (!plan) return [];
    const group = grouped.get(instance.argument);
    const tracked = trackers.plan(instance, plan, group);
    const check = planTakeover(instance, plan, context);
    return [{ ...plan, ...tracked, ...check, ...network.virtual(instance), ...planEvents(instance, context, group) }];
  });
  reportSameVrid(root, instances, context);
  const scripts = planScripts(root.vrrp_script, instances, context);
  const trackFiles = planTrackFiles(root, context);
  const trackProcesses = planTrackProcesses(root.vrrp_track_process, context);
  const trackServices = planTrackServices(root, instances, context);
  return {
    instances: trackingOnly(scripts, instances),
    groups: planGroups(root, context),
    scripts,
    ...(trackFiles.length > 0 && { trackFiles }),
    ...(trackProcesses.length > 0 && { trackProcesses }),
    ...(trackServices.length > 0 && { trackServices }),
    ...network.static(),
    ...planInterfaces(root, instances, context),
  };
}

/** A script that cannot be run is not waited for. */
function trackingOnly(
  scripts: readonly VrrpScriptPlan[],
  instances: readonly VrrpInstancePlan[],
): readonly VrrpInstancePlan[] {
  const names = new Set(scripts.map(({ name }) => name));
  return instances.map((plan) => ({ ...plan, trackScripts: plan.trackScripts.filter(({ name }) => names.has(name)) }));
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
        { hint: "list instances in `group`, or remove it" },
      );
      return [];
    }
    return [{ name: group.argument, members, ...planEvents(group, context) }];
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

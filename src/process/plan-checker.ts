import { quote, relatedAt } from "../config/diagnostic.ts";
import { blockPlace, placeOf } from "../config/place.ts";
import { closest } from "../config/suggest.ts";
import { serviceKey } from "../ipvs/model.ts";
import type { CheckerProcessPlan, VirtualServerPlan } from "../virtual-server/model.ts";
import type { VirtualServer } from "../virtual-server/options.ts";
import type { VrrpProcessPlan } from "../vrrp/model.ts";
import type { Root } from "./options.ts";
import type { PlanContext } from "./plan-context.ts";
import { planVirtualServer } from "./plan-virtual-server.ts";

/** The part of the checker process. `vrrp` is the plan's other part, whose instances the sync daemons follow. */
export function planChecker(root: Root, vrrp: VrrpProcessPlan, context: PlanContext): CheckerProcessPlan {
  const { global } = context;
  const sync = global.lvs_sync_daemon;
  const syncId = sync?.syncId;
  return {
    virtualServers: planVirtualServers(root.virtual_server, context),
    flushAtStart: global.lvs_flush,
    flushAtStop: global.lvs_flush_on_stop ?? "no",
    resyncMs: global.ipvs_resync,
    syncInstances: planSyncInstances(root, vrrp, context),
    ...(sync && sync.instance === undefined && { syncAlways: { interface: sync.interface, syncId: syncId ?? 0 } }),
  };
}

function planVirtualServers(blocks: readonly VirtualServer[], context: PlanContext): readonly VirtualServerPlan[] {
  const first = new Map<string, VirtualServer>();
  return blocks.flatMap((block) => {
    const plan = planVirtualServer(block, context);
    if (!plan) return [];
    const key = serviceKey(plan.id);
    const other = first.get(key);
    if (!other) {
      first.set(key, block);
      return [plan];
    }
    context.problems.error("vs/duplicate", `there is another virtual server ${plan.name}`, blockPlace(block), {
      hint: "put the real servers of both into one",
      related: [relatedAt("the other one", blockPlace(other))],
    });
    return [];
  });
}

function planSyncInstances(
  root: Root,
  vrrp: VrrpProcessPlan,
  context: PlanContext,
): CheckerProcessPlan["syncInstances"] {
  const vrids = new Map(vrrp.instances.map(({ name, vrid }) => [name, vrid]));
  const own = root.vrrp_instance.flatMap((block) => {
    const vrid = vrids.get(block.argument);
    if (block.lvs_sync_daemon_interface === undefined || vrid === undefined) return [];
    return [{ instance: block.argument, interface: block.lvs_sync_daemon_interface, syncId: vrid }];
  });
  const line = context.global.lvs_sync_daemon;
  if (line?.instance === undefined) return own;
  const vrid = vrids.get(line.instance);
  if (vrid !== undefined)
    return [...own, { instance: line.instance, interface: line.interface, syncId: line.syncId ?? vrid }];
  const near = closest(line.instance, vrids.keys());
  context.problems.error(
    "vs/sync-instance",
    `there is no vrrp_instance ${quote(line.instance)}`,
    placeOf(context.global, "lvs_sync_daemon"),
    {
      hint: near ? `did you mean ${quote(near)}?` : "name one of this file",
    },
  );
  return own;
}

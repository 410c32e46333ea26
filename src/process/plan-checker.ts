import type { TlsPlan } from "../checkers/model.ts";
import type { SslBlock } from "../checkers/tls-options.ts";
import { quote, relatedAt } from "../config/diagnostic.ts";
import { blockPlace, placeOf } from "../config/place.ts";
import { type ServiceId, type SyncOptions, serviceKey } from "../ipvs/model.ts";
import { servicesOf } from "../virtual-server/group.ts";
import type { CheckerProcessPlan, VirtualServerPlan } from "../virtual-server/model.ts";
import type { VirtualServer } from "../virtual-server/options.ts";
import type { VrrpProcessPlan } from "../vrrp/model.ts";
import { CHECKER_NAME } from "../vrrp/tracking-options.ts";
import type { SyncDaemonLine } from "./global-lvs-values.ts";
import { planSysctl } from "./global-sysctl-options.ts";
import type { Root } from "./options.ts";
import type { PlanContext, ServerContext } from "./plan-context.ts";
import { Groups } from "./plan-group.ts";
import { nearName } from "./plan-names.ts";
import { TrackedChecks } from "./plan-tracked-checks.ts";
import { planVirtualServer } from "./plan-virtual-server.ts";

/** The part of the checker process. `vrrp` is the plan's other part, whose instances the sync daemons follow. */
export function planChecker(root: Root, vrrp: VrrpProcessPlan, base: PlanContext): CheckerProcessPlan {
  const { global } = base;
  const sync = global.lvs_sync_daemon;
  const tls = root.SSL[0] && planTls(root.SSL[0], base);
  const context: ServerContext = {
    ...base,
    ...(tls && { tls }),
    groups: new Groups(root.virtual_server_group, base),
    tracked: new TrackedChecks(root, base),
  };
  const virtualServers = planVirtualServers(root.virtual_server, context);
  context.groups.finish();
  const trackFiles = context.tracked.files(vrrp.trackFiles ?? []);
  const sysctl = planSysctl(global.ipvs_sysctl);
  const { net_namespace_ipvs: ipvsNamespace } = root;
  return {
    virtualServers,
    ...(ipvsNamespace !== undefined && { ipvsNamespace }),
    flushAtStart: global.lvs_flush,
    flushAtStop: global.lvs_flush_on_stop ?? "no",
    resyncMs: global.ipvs_resync,
    ...(global.ipvs_drift === "report" && { reportDrift: true as const }),
    syncInstances: planSyncInstances(root, vrrp, context),
    ...(sync &&
      sync.instance === undefined && {
        syncAlways: { interface: sync.interface, syncId: sync.syncId ?? 0, ...syncOptions(sync) },
      }),
    ...(global.lvs_timeouts && { timeouts: global.lvs_timeouts }),
    ...(sysctl && { sysctl }),
    ...(trackFiles.length > 0 && { trackFiles }),
    ...toldTo(vrrp),
    ...(global.rs_init_notifies && { initNotifies: true }),
    ...(!global.share_checks && { shareChecks: false as const }),
  };
}

/** What instances track of the checker. */
function toldTo({ instances }: VrrpProcessPlan): Pick<CheckerProcessPlan, "told"> {
  const names = new Set(instances.flatMap(({ trackBalancing = [] }) => trackBalancing.map(({ name }) => name)));
  if (names.size === 0) return {};
  names.delete(CHECKER_NAME);
  return { told: [...names] };
}

function planTls(block: SslBlock, { problems }: PlanContext): TlsPlan {
  const { ca, certificate, key, password, verify } = block;
  if (ca !== undefined && !verify)
    problems.warning("check/ca-not-used", "`ca` has no effect without `verify`", placeOf(block, "ca"), {
      hint: "add `verify` to have certificates of real servers verified; keepalived never does",
    });
  return {
    ...(verify && { verify }),
    ...(ca !== undefined && { ca }),
    ...(certificate !== undefined && { certificate }),
    ...(key !== undefined && { key }),
    ...(password !== undefined && { password }),
  };
}

function planVirtualServers(blocks: readonly VirtualServer[], context: ServerContext): readonly VirtualServerPlan[] {
  const first = new Map<string, VirtualServer>();
  const plans: VirtualServerPlan[] = [];
  const planned = new Map<VirtualServerPlan, VirtualServer>();
  for (const block of blocks) {
    const plan = planVirtualServer(block, context);
    const taken = plan && claim(plan, block, first, context);
    const other = taken && plans.find((one) => planned.get(one) === taken.by);
    if (plan) planned.set(plan, block);
    if (plan && other && isShared(plan, other)) checkShared(plan, other, block, taken.by, context);
    if (plan && (!taken || isShared(plan, other))) plans.push(plan);
    else if (taken)
      context.problems.error("vs/duplicate", `there is another virtual server ${nameOf(taken.id)}`, blockPlace(block), {
        hint: "put the real servers of both into one",
        related: [relatedAt("the other one", blockPlace(taken.by))],
      });
  }
  return plans;
}

/** Enters all services of a virtual server; gives the first that another has already. */
function claim(
  plan: VirtualServerPlan,
  block: VirtualServer,
  first: Map<string, VirtualServer>,
  { groups, problems }: ServerContext,
): { readonly id: ServiceId; readonly by: VirtualServer } | undefined {
  const ranges = groups.tooLarge ? undefined : plan.group?.ranges;
  let twice: ServiceId | undefined;
  for (const id of ranges ? ranges.flatMap((range) => [...servicesOf(range)]) : [plan.id]) {
    const key = serviceKey(id);
    const by = first.get(key);
    if (by && by !== block) return { id, by };
    if (by) twice ??= id;
    first.set(key, block);
  }
  if (twice)
    problems.warning("vs/duplicate-member", `${nameOf(twice)} is in the group twice`, blockPlace(block), {
      hint: "it is one service all the same; let the lines of the group not overlap",
    });
  return undefined;
}

/** Virtual servers of one group may have the same services: the real servers of all stand behind each. */
function isShared(plan: VirtualServerPlan, first: VirtualServerPlan | undefined): boolean {
  return plan.group !== undefined && first?.group?.name === plan.group.name;
}

/** What the kernel has once for a service that several virtual servers share. */
function checkShared(
  plan: VirtualServerPlan,
  first: VirtualServerPlan,
  block: VirtualServer,
  by: VirtualServer,
  { problems }: ServerContext,
): void {
  const facts = ["scheduler", "flags", "persistenceTimeoutS", "persistenceMaskBits", "persistenceEngine"] as const;
  if (facts.every((fact) => plan[fact] === first[fact])) return;
  problems.warning(
    "vs/shared-service",
    "its services are those of another virtual server of the group: scheduler and persistence of the first count",
    blockPlace(block),
    { hint: "write the same in both", related: [relatedAt("the first one", blockPlace(by))] },
  );
}

const nameOf = (id: ServiceId): string =>
  id.kind === "fwmark" ? `FWM ${id.fwmark}` : `[${id.address}]:${id.protocol}:${id.port}`;

function syncOptions({ maxLength, port, ttl, group }: SyncDaemonLine): SyncOptions {
  return {
    ...(maxLength !== undefined && { maxLength }),
    ...(port !== undefined && { port }),
    ...(ttl !== undefined && { ttl }),
    ...(group !== undefined && { group }),
  };
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
    return [
      ...own,
      { instance: line.instance, interface: line.interface, syncId: line.syncId ?? vrid, ...syncOptions(line) },
    ];
  const near = nearName(line.instance, vrids.keys(), context.problems);
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

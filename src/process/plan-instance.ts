import { quote, relatedAt } from "../config/diagnostic.ts";
import { blockPlace, isGiven, lastGiven, placeOf, wordsGiven } from "../config/place.ts";
import { type Family, familyOf, isLinkLocal, isMulticast } from "../core/ip.ts";
import type { InstanceExtras, VrrpInstancePlan } from "../vrrp/model.ts";
import type { VrrpInstance } from "../vrrp/options.ts";
import { advertBytes, type ReceiveBuffer } from "../vrrp/receive-buffer.ts";
import type { PlanContext } from "./plan-context.ts";
import { planAddresses } from "./plan-instance-addresses.ts";
import { planHmac, planPassword } from "./plan-instance-auth.ts";
import { planFamily } from "./plan-instance-family.ts";
import { planGarp } from "./plan-instance-garp.ts";
import { reportStrict } from "./plan-instance-strict.ts";
import { isUnicast, planUnicast, sourceOf } from "./plan-instance-unicast.ts";
import { addressVmacs, planVmac } from "./plan-instance-vmac.ts";
import type { VmacNames } from "./vmac-names.ts";

type Outside = "trackScripts" | "trackInterfaces" | "notify" | "smtpAlert" | "notifyPriorityChanges";
export type InstanceCore = Omit<VrrpInstancePlan & InstanceExtras, Outside>;

/** One vrrp_instance without its trackers and scripts. Undefined when it misses what it cannot be without; the rest of it
 *  has been looked at all the same. */
export function planInstance(block: VrrpInstance, names: VmacNames, context: PlanContext): InstanceCore | undefined {
  const device = planInterface(block, context);
  const vrid = required(block, "virtual_router_id", "a number 1 to 255, the same on all routers of the group", context);
  for (const keyword of ["state", "version"] as const) reportContradiction(block, keyword, context);
  const plan = planRouter(block, { device: device ?? UNKNOWN_DEVICE, vrid: vrid ?? 0 }, names, context);
  return device === undefined || vrid === undefined ? undefined : plan;
}

const UNKNOWN_DEVICE = "?";

/** keepalived keeps the first of two versions, and MASTER whatever state follows it: nobody means that. */
function reportContradiction(block: VrrpInstance, keyword: "state" | "version", { problems }: PlanContext): void {
  const [first, ...others] = wordsGiven(block, keyword);
  const other = others.find(({ text }) => text !== first?.text);
  if (first && other)
    problems.error("vrrp/contradiction", `\`${keyword}\` is ${first.text} and ${other.text}`, other, {
      hint: "remove one of both",
      related: [relatedAt("the other one", first)],
    });
}

function planRouter(
  block: VrrpInstance,
  { device, vrid }: { readonly device: string; readonly vrid: number },
  names: VmacNames,
  context: PlanContext,
): InstanceCore {
  const { global } = context;
  const family = planFamily(block, context);
  const version = planVersion(block, family, context);
  const strict = block.strict_mode ?? global.vrrp_strict;
  const priority = planPriority(block, context);
  if (strict) reportStrict(block, { family, version, priority }, context);
  const advertIntervalMs = planInterval(block, version, context);
  const unicast = isUnicast(block);
  const vmac = planVmac(block, { vrid, family, unicast, strict }, names, context);
  const vmacOf = addressVmacs(block, { vrid, family }, vmac, names, context);
  const hmac = planHmac(block, { intervalMs: advertIntervalMs, strict }, context);
  const password = planPassword(block, { version, strict, priority }, context);
  const source = sourceOf(block)?.address ?? vmac?.address?.address;
  const hint = block.state === "MASTER" && priority < 255 && password.ahKey === undefined;
  const plan: InstanceCore = {
    name: block.argument,
    interface: device,
    vrid,
    version,
    family,
    priority,
    advertIntervalMs,
    downTimerAdverts: strict ? RFC_DOWN_ADVERTS : (block.down_timer_adverts ?? global.vrrp_down_timer_adverts),
    ...planPreemption(block, { strict, priority }, context),
    ...password,
    ...(hmac && { hmac }),
    ...(source !== undefined && { sourceAddress: source }),
    ...planUnicast(block, family, context),
    multicastGroup: planGroup(block, family, context),
    v3ChecksumAsV2: block.v3_checksum_as_v2 ?? global.v3_checksum_as_v2,
    ...(vmac && { vmac }),
    ...planAddresses(block, { device, family, version, strict, hmac: hmac !== undefined, vmacOf }, context),
    garp: planGarp(block, strict, context),
    lowerPrioNoAdvert: strict || (block.lower_prio_no_advert ?? global.vrrp_lower_prio_no_advert),
    higherPrioSendAdvert: !strict && (block.higher_prio_send_advert ?? global.vrrp_higher_prio_send_advert),
    skipCheckAdvAddr: block.skip_check_adv_addr ?? global.vrrp_skip_check_adv_addr,
    trackPrimary: !block.dont_track_primary,
    ...(hint && { startHint: "master" as const }),
    ...planExtras(block, { strict, version, priority }, context),
  };
  const receiveBuffer = planReceiveBuffer(block, plan, context);
  return { ...plan, ...(receiveBuffer && { receiveBuffer }) };
}

/** Room in the socket: what the instance asks for, else as many packets of a size as all are to have. */
function planReceiveBuffer(
  block: VrrpInstance,
  plan: InstanceCore,
  { global }: PlanContext,
): ReceiveBuffer | undefined {
  const { vrrp_rx_bufs_policy: policy, vrrp_rx_bufs_multiplier: packets } = global;
  if (block.kernel_rx_buf_size !== undefined) return { bytes: block.kernel_rx_buf_size };
  if (policy === undefined) return undefined;
  if (policy === "mtu") return { packets, of: "mtu" };
  return { bytes: policy === "advert" ? packets * advertBytes(plan) : policy };
}

/** Adverts of silence in the RFC's Active_Down_Interval. RFC 9568 §6.1 */
const RFC_DOWN_ADVERTS = 3;

type Extras = Omit<
  InstanceExtras,
  "vmac" | "vrf" | "ahKey" | "hmac" | "oldUnicastChecksum" | "notifyPriorityChanges" | "receiveBuffer"
>;

function planExtras(
  block: VrrpInstance,
  { strict, version, priority }: { readonly strict: boolean; readonly version: 2 | 3; readonly priority: number },
  context: PlanContext,
): Extras {
  const { global } = context;
  const owner = priority === 255;
  const accept = lastGiven(block, "accept", "no_accept");
  const expired = planTimerExpired(block, context);
  return {
    strict,
    accept: owner || (strict && (version === 2 || accept === undefined) ? false : accept !== "no_accept"),
    trackSource: planTrackSource(block, context),
    promoteSecondaries: block.promote_secondaries,
    pollLink: block.linkbeat_use_polling,
    ownerIgnoresAdverts: owner && (block.owner_ignore_adverts ?? (strict || global.vrrp_owner_ignore_adverts)),
    ...(expired !== undefined && { timerExpiredBackupPriority: expired }),
  };
}

/** Undefined when it is missing; empty for unicast with a source address, which needs none. */
function planInterface(block: VrrpInstance, context: PlanContext): string | undefined {
  const { problems } = context;
  const sent = isUnicast(block) && sourceOf(block) !== undefined;
  if (block.interface === undefined && sent && !isGiven(block, "interface")) {
    reportWithoutInterface(block, context);
    return "";
  }
  const device = required(block, "interface", "e.g. `interface eth0`", context);
  if (device === "lo")
    problems.error("vrrp/loopback", "VRRP cannot run on the loopback interface", placeOf(block, "interface"), {
      hint: "name the interface of the network that the other routers are on",
    });
  return device;
}

/** What an instance cannot have that is on no interface. */
function reportWithoutInterface(block: VrrpInstance, { problems }: PlanContext): void {
  const source = sourceOf(block);
  if (block.use_vmac ?? block.use_ipvlan)
    problems.error(
      "vrrp/no-device",
      "the instance has no interface to make its own on",
      placeOf(block, "use_vmac", "use_ipvlan"),
      {
        hint: "add `interface IFNAME`",
      },
    );
  if (source && isLinkLocal(source.address))
    problems.error(
      "vrrp/no-device",
      `${quote(source.address)} is of one link, and the instance has no interface`,
      placeOf(block, source.keyword),
      {
        hint: "add `interface IFNAME`, or give an address that is known beyond the link",
      },
    );
}

function required<K extends "interface" | "virtual_router_id">(
  block: VrrpInstance,
  keyword: K,
  remedy: string,
  { problems }: PlanContext,
): VrrpInstance[K] {
  const value = block[keyword];
  if (value === undefined && !isGiven(block, keyword))
    problems.error(
      "conf/missing-keyword",
      `vrrp_instance ${quote(block.argument)} has no \`${keyword}\``,
      blockPlace(block),
      { hint: remedy },
    );
  return value;
}

function planVersion(block: VrrpInstance, family: Family, { problems, global }: PlanContext): 2 | 3 {
  if (family === 6 && block.version === "2")
    problems.error("vrrp/version", "version 2 has no IPv6: version 3 is needed", placeOf(block, "version"), {
      hint: "write `version 3`, or remove it: IPv6 instances have version 3",
    });
  return family === 6 || (block.version ?? global.vrrp_version) === "3" ? 3 : 2;
}

function planPriority(block: VrrpInstance, { problems }: PlanContext): number {
  if (block.priority !== undefined) return block.priority;
  if (block.state !== "MASTER" || isGiven(block, "priority")) return 100;
  problems.warning(
    "vrrp/owner-by-default",
    "`state MASTER` without `priority` means priority 255, the owner of the addresses",
    placeOf(block, "state"),
    {
      hint: "add `priority 100`, or what this router shall have",
    },
  );
  return 255;
}

function planInterval(block: VrrpInstance, version: 2 | 3, { problems }: PlanContext): number {
  const wanted = block.advert_int;
  const stepMs = version === 2 ? 1000 : 10;
  const [least, most] = version === 2 ? [1000, 255_000] : [10, 40_950];
  const carried = Math.min(most, Math.max(least, Math.round(wanted / stepMs) * stepMs));
  if (carried !== wanted)
    problems.warning(
      "vrrp/interval",
      `version ${version} cannot carry ${wanted / 1000} s: ${carried / 1000} s is used`,
      placeOf(block, "advert_int"),
      { hint: version === 2 ? "use whole seconds, or `version 3`" : "use hundredths of a second, 40.95 at most" },
    );
  return carried;
}

function planPreemption(
  block: VrrpInstance,
  { strict, priority }: { readonly strict: boolean; readonly priority: number },
  { problems }: PlanContext,
): { preempt: boolean; preemptDelayMs: number } {
  const nopreempt = isNonPreemptive(block);
  const always = block.state === "MASTER" ? "`state MASTER`" : priority === 255 ? "priority 255" : undefined;
  if (always === undefined)
    return { preempt: !nopreempt, preemptDelayMs: strict || nopreempt ? 0 : block.preempt_delay };
  const cleared = nopreempt ? "nopreempt" : block.preempt_delay > 0 && !strict ? "preempt_delay" : undefined;
  if (cleared)
    problems.warning(
      "vrrp/master-preempts",
      `\`${cleared}\` has no effect beside ${always}: it will preempt`,
      placeOf(block, cleared),
      {
        hint: block.state === "MASTER" ? "write `state BACKUP` on both directors" : "give it a priority below 255",
      },
    );
  return { preempt: true, preemptDelayMs: 0 };
}

const isNonPreemptive = (block: VrrpInstance): boolean => lastGiven(block, "preempt", "nopreempt") === "nopreempt";

function planTimerExpired(block: VrrpInstance, { problems }: PlanContext): number | undefined {
  const priority = block.timer_expired_backup;
  if (priority === undefined || (isNonPreemptive(block) && block.state !== "MASTER")) return priority;
  problems.warning(
    "vrrp/needs-nopreempt",
    "`timer_expired_backup` has no effect without `nopreempt` and `state BACKUP`",
    placeOf(block, "timer_expired_backup"),
    { hint: "add them, or remove it" },
  );
  return undefined;
}

function planTrackSource(block: VrrpInstance, { problems }: PlanContext): boolean {
  if (!block.track_src_ip || sourceOf(block)) return block.track_src_ip;
  if (!isGiven(block, "mcast_src_ip") && !isGiven(block, "unicast_src_ip"))
    problems.warning(
      "vrrp/no-source",
      "`track_src_ip` has no effect: no source address is given",
      placeOf(block, "track_src_ip"),
      { hint: "add `mcast_src_ip`, or `unicast_src_ip` for unicast" },
    );
  return false;
}

function planGroup(block: VrrpInstance, family: Family, { problems, global }: PlanContext): string {
  const globalGroup = family === 6 ? global.vrrp_mcast_group6 : global.vrrp_mcast_group4;
  const group = block.mcast_dst_ip;
  if (group === undefined) return globalGroup;
  const at = placeOf(block, "mcast_dst_ip");
  if (!isMulticast(group) || familyOf(group) !== family)
    problems.error("conf/bad-value", `${quote(group)} is not an IPv${family} multicast address`, at, {
      hint: `e.g. ${globalGroup}`,
    });
  else if (family === 6 && !/^ff.2:/.test(group))
    problems.error("vrrp/group-scope", `${quote(group)} is not of link-local scope`, at, {
      hint: "write one that begins with `ff02:`",
    });
  else if (isUnicast(block))
    problems.warning("vrrp/no-multicast", "`mcast_dst_ip` is not used: the instance has peers", at, {
      hint: "remove it, or `unicast_peer`",
    });
  return group;
}

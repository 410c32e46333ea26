import { quote } from "../config/diagnostic.ts";
import { blockPlace, isGiven, itemPlace, placeOf } from "../config/place.ts";
import { type Family, familyOf, isMulticast } from "../core/ip.ts";
import type { GarpPlan, VirtualAddress, VrrpInstancePlan } from "../vrrp/model.ts";
import type { VrrpInstance } from "../vrrp/options.ts";
import type { PlanContext } from "./plan-context.ts";

type InstanceCore = Omit<VrrpInstancePlan, "trackScripts" | "trackInterfaces" | "notify" | "smtpAlert">;

/** One vrrp_instance without its trackers and scripts. Undefined when it misses what it cannot be without. */
export function planInstance(block: VrrpInstance, context: PlanContext): InstanceCore | undefined {
  const { problems, global } = context;
  const device = required(block, "interface", "e.g. `interface eth0`", context);
  const vrid = required(block, "virtual_router_id", "a number 1 to 255, the same on all routers of the group", context);
  if (device === "lo")
    problems.error("vrrp/loopback", "VRRP cannot run on the loopback interface", placeOf(block, "interface"));
  if (device === undefined || vrid === undefined) return undefined;
  const family = planFamily(block, context);
  const version = family === 6 ? 3 : Number(block.version ?? global.vrrp_version) === 3 ? 3 : 2;
  const strict = block.strict_mode ?? global.vrrp_strict;
  const priority = planPriority(block, context);
  const addresses = planAddresses(block, family, version, strict, context);
  const password = planPassword(block, version, strict, context);
  const master = block.state === "MASTER" && priority < 255;
  return {
    name: block.argument,
    interface: device,
    vrid,
    version,
    family,
    priority,
    advertIntervalMs: planInterval(block, version, context),
    downTimerAdverts: block.down_timer_adverts ?? global.vrrp_down_timer_adverts,
    ...planPreemption(block, context),
    ...(password !== undefined && { authPass: password }),
    ...(block.mcast_src_ip !== undefined && { sourceAddress: block.mcast_src_ip }),
    multicastGroup: planGroup(block, family, context),
    v3ChecksumAsV2: block.v3_checksum_as_v2 ?? global.v3_checksum_as_v2,
    ...addresses,
    garp: planGarp(block, strict, context),
    lowerPrioNoAdvert: block.lower_prio_no_advert ?? (strict || global.vrrp_lower_prio_no_advert),
    higherPrioSendAdvert: block.higher_prio_send_advert ?? (!strict && global.vrrp_higher_prio_send_advert),
    skipCheckAdvAddr: block.skip_check_adv_addr ?? global.vrrp_skip_check_adv_addr,
    trackPrimary: !block.dont_track_primary,
    ...(master && { startHint: "master" as const }),
  };
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

function planFamily(block: VrrpInstance, { problems }: PlanContext): Family {
  const first = block.virtual_ipaddress?.[0]?.address ?? block.mcast_src_ip;
  if (first === undefined || familyOf(first) === 4) return 4;
  problems.error(
    "conf/not-supported",
    "VRRP over IPv6 is not supported by this version",
    itemPlace(block, "virtual_ipaddress", first),
    {
      hint: "put IPv6 addresses into `virtual_ipaddress_excluded` of an IPv4 instance",
    },
  );
  return 6;
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

function planPreemption(block: VrrpInstance, { problems }: PlanContext): { preempt: boolean; preemptDelayMs: number } {
  const taken = isGiven(block, "preempt") && placeOf(block, "preempt").start > placeOf(block, "nopreempt").start;
  const nopreempt = block.nopreempt && !taken;
  if (block.state !== "MASTER") return { preempt: !nopreempt, preemptDelayMs: block.preempt_delay };
  const cleared = nopreempt ? "nopreempt" : block.preempt_delay > 0 ? "preempt_delay" : undefined;
  if (cleared)
    problems.warning(
      "vrrp/master-preempts",
      `\`${cleared}\` has no effect beside \`state MASTER\`: it will preempt`,
      placeOf(block, cleared),
      {
        hint: "write `state BACKUP` on both directors",
      },
    );
  return { preempt: true, preemptDelayMs: 0 };
}

function planPassword(
  block: VrrpInstance,
  version: 2 | 3,
  strict: boolean,
  { problems }: PlanContext,
): string | undefined {
  const [authentication] = block.authentication;
  if (!authentication) return undefined;
  const at = placeOf(authentication, "auth_pass", "auth_type");
  const { auth_type: type, auth_pass: password } = authentication;
  if (type === "AH") {
    problems.error("conf/not-supported", "`auth_type AH` is not supported", placeOf(authentication, "auth_type"), {
      hint: "use `auth_type PASS` on all routers of the group",
    });
    return undefined;
  }
  if (version === 3 || strict) {
    const why = version === 3 ? "version 3 has none" : "strict mode allows none";
    problems.warning("vrrp/no-authentication", `the password is not used: ${why}`, blockPlace(authentication), {
      hint: "remove `authentication`",
    });
    return undefined;
  }
  if (password === undefined || type === undefined) {
    problems.warning(
      "vrrp/no-authentication",
      `no password is used: \`${type ? "auth_pass" : "auth_type"}\` is not given`,
      blockPlace(authentication),
    );
    return undefined;
  }
  if (Buffer.byteLength(password) <= 8) return password;
  problems.warning("vrrp/password-cut", "only the first 8 bytes of the password count", at, {
    hint: "every router of the group has to use the same 8",
  });
  return cutBytes(password, 8);
}

function cutBytes(text: string, bytes: number): string {
  let cut = "";
  for (const c of text) {
    if (Buffer.byteLength(cut + c) > bytes) break;
    cut += c;
  }
  return cut;
}

function planGroup(block: VrrpInstance, family: Family, { problems, global }: PlanContext): string {
  const globalGroup = family === 6 ? global.vrrp_mcast_group6 : global.vrrp_mcast_group4;
  const group = block.mcast_dst_ip ?? globalGroup;
  if (isMulticast(group) && familyOf(group) === family) return group;
  const at =
    block.mcast_dst_ip === undefined
      ? placeOf(global, family === 6 ? "vrrp_mcast_group6" : "vrrp_mcast_group4")
      : placeOf(block, "mcast_dst_ip");
  problems.error("conf/bad-value", `${quote(group)} is not an IPv${family} multicast address`, at, {
    hint: "e.g. 224.0.0.18",
  });
  return group;
}

type Addresses = Pick<VrrpInstancePlan, "addresses" | "excludedAddresses">;

/** More than this many addresses do not fit into the count of an advertisement. */
const MAX_ADVERTISED = 255;

function planAddresses(
  block: VrrpInstance,
  family: Family,
  version: 2 | 3,
  strict: boolean,
  context: PlanContext,
): Addresses {
  const { problems } = context;
  const seen = new Set<string>();
  const carried = usable(block, "virtual_ipaddress", seen, context);
  for (const { address } of carried)
    if (familyOf(address) !== family)
      problems.error(
        "vrrp/mixed-families",
        `${quote(address)} is not IPv${family} as the first address of the instance`,
        itemPlace(block, "virtual_ipaddress", address),
        {
          hint: "put it into `virtual_ipaddress_excluded`",
        },
      );
  const excluded = usable(block, "virtual_ipaddress_excluded", seen, context);
  if (carried.length === 0 && !block.no_virtual_ipaddress && !isGiven(block, "virtual_ipaddress")) {
    const message = `vrrp_instance ${quote(block.argument)} has no addresses`;
    const hint = "add `virtual_ipaddress { ADDRESS }`, or `no_virtual_ipaddress` if it is meant so";
    if (version === 3 || strict) problems.error("vrrp/no-addresses", message, blockPlace(block), { hint });
    else problems.warning("vrrp/no-addresses", message, blockPlace(block), { hint });
  }
  if (carried.length > MAX_ADVERTISED)
    problems.warning(
      "vrrp/many-addresses",
      `only ${MAX_ADVERTISED} addresses fit into an advertisement: the others are held without it`,
      placeOf(block, "virtual_ipaddress"),
    );
  return {
    addresses: carried.slice(0, MAX_ADVERTISED),
    excludedAddresses: [...carried.slice(MAX_ADVERTISED), ...excluded],
  };
}

function usable(
  block: VrrpInstance,
  keyword: "virtual_ipaddress" | "virtual_ipaddress_excluded",
  seen: Set<string>,
  { problems }: PlanContext,
): readonly VirtualAddress[] {
  return (block[keyword] ?? []).flatMap((line): VirtualAddress[] => {
    const key = `${line.address} ${line.interface ?? ""}`;
    if (seen.has(key)) {
      const at = itemPlace(block, keyword, line.address);
      problems.warning("vrrp/address-twice", `${quote(line.address)} is given twice: once counts`, at);
      return [];
    }
    seen.add(key);
    if (line.peer === undefined) return [line];
    return [{ ...line, prefixLength: familyOf(line.address) === 6 ? 128 : 32 }];
  });
}

function planGarp(block: VrrpInstance, strict: boolean, { global }: PlanContext): GarpPlan {
  const least = global.vrrp_min_garp;
  const inherited = (keyword: "vrrp_garp_master_delay" | "vrrp_garp_master_repeat", minimum: number): number =>
    least && !isGiven(global, keyword) ? minimum : global[keyword];
  const delayMs = inherited("vrrp_garp_master_delay", 0);
  const repeat = inherited("vrrp_garp_master_repeat", 1);
  return {
    masterDelayMs: block.garp_master_delay ?? delayMs,
    masterRepeat: Math.max(1, block.garp_master_repeat ?? repeat),
    masterRefreshMs: block.garp_master_refresh ?? global.vrrp_garp_master_refresh,
    masterRefreshRepeat: Math.max(1, block.garp_master_refresh_repeat ?? global.vrrp_garp_master_refresh_repeat),
    lowerPrioDelayMs: block.garp_lower_prio_delay ?? global.vrrp_garp_lower_prio_delay ?? delayMs,
    lowerPrioRepeat: block.garp_lower_prio_repeat ?? (strict ? 0 : (global.vrrp_garp_lower_prio_repeat ?? repeat)),
    intervalMs: global.vrrp_garp_interval,
  };
}

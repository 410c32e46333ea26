import { familyOf } from "../../core/ip.ts";
import type { VirtualAddress, VrrpInstancePlan } from "../../vrrp/model.ts";
import { addressDevice } from "../../vrrp/own-links.ts";
import type { Prefix, RouteGateway, RoutePlan, RulePlan } from "../../vrrp/route-model.ts";

const SCOPES: Readonly<Record<number, string>> = { 0: "global", 200: "site", 253: "link", 254: "host", 255: "nowhere" };
/** RTN_* of linux/rtnetlink.h that are told; 1, unicast, is not. */
const ROUTE_TYPES: Readonly<Record<number, string>> = {
  2: "local",
  3: "broadcast",
  4: "anycast",
  5: "multicast",
  6: "blackhole",
  7: "unreachable",
  8: "prohibit",
  9: "throw",
};
const MAIN_TABLE = 254;

type Placement = Pick<VrrpInstancePlan, "interface" | "vmac" | "family" | "accept">;

const hostLength = (address: string): number => (familyOf(address) === 6 ? 128 : 32);

/** An address of an instance as dumps list it: "10.9.0.100/24 dev eth0 scope global set"; `set`: the interface has it. */
export function addressText(plan: Placement, a: VirtualAddress, set: boolean): string {
  const device = addressDevice(plan, a);
  const below = plan.vmac?.interface === device ? `@${plan.interface}` : "";
  return [
    a.prefixLength === hostLength(a.address) ? a.address : `${a.address}/${a.prefixLength}`,
    a.peer !== undefined && `peer ${a.peer}`,
    a.broadcast !== undefined && `brd ${a.broadcast}`,
    `dev ${device}${below}`,
    `scope ${SCOPES[a.scope ?? 0] ?? a.scope}`,
    a.label !== undefined && `label ${a.label}`,
    a.home && "home",
    a.manageTemporary && "mngtmpaddr",
    a.noPrefixRoute && "noprefixroute",
    a.autojoin && "autojoin",
    lifetimeText(a),
    a.noTrack && "no_track",
    set && "set",
    set && plan.accept === false && "nftable_set", // a rule keeps traffic away
  ]
    .filter((part) => typeof part === "string")
    .join(" ");
}

/** Of IPv6 addresses, which have it, and of IPv4 ones where it is configured. */
function lifetimeText({ address, preferredLifetimeS: lifetimeS }: VirtualAddress): string | false {
  if (lifetimeS === 0) return "deprecated";
  if (lifetimeS !== undefined) return `preferred_lft ${lifetimeS}`;
  return familyOf(address) === 6 && "preferred_lft forever";
}

const prefixText = ({ address, prefixLength }: Prefix): string => `${address}/${prefixLength}`;
const gatewayText = ({ family, address }: RouteGateway): string => `via inet${family === 6 ? "6" : ""} ${address}`;

/** "prepend 192.168.77.0/24 via inet 10.9.0.9 dev eth0 proto 18" */
export function routeText(route: RoutePlan): string {
  const hops = (route.nexthops ?? []).map((hop) =>
    [
      "nexthop",
      hop.gateway && gatewayText(hop.gateway),
      hop.interface !== undefined && `dev ${hop.interface}`,
      `weight ${hop.weight}`,
      hop.onlink && "onlink",
    ]
      .filter((part) => typeof part === "string")
      .join(" "),
  );
  return [
    route.place,
    ROUTE_TYPES[route.type],
    prefixText(route.destination),
    route.source && `from ${prefixText(route.source)}`,
    route.gateway && gatewayText(route.gateway),
    route.preferredSource !== undefined && `src ${route.preferredSource}`,
    route.interface !== undefined && `dev ${route.interface}`,
    route.table !== MAIN_TABLE && `table ${route.table}`,
    route.tos !== 0 && `tos 0x${route.tos.toString(16)}`,
    `proto ${route.protocol}`,
    route.scope !== 0 && `scope ${route.scope}`,
    route.metric !== 0 && `metric ${route.metric}`,
    route.onlink && "onlink",
    !route.track && "no_track",
    ...hops,
  ]
    .filter((part) => typeof part === "string")
    .join(" ");
}

/** "from 10.9.1.0/24 priority 77 tos 0x0 protocol 18 lookup 9"; a single address has no length. */
export function ruleText(rule: RulePlan): string {
  const side = (prefix: Prefix): string =>
    prefix.prefixLength === hostLength(prefix.address) ? prefix.address : prefixText(prefix);
  const mask = rule.mark && rule.mark.mask !== 0xffffffff ? `/0x${rule.mark.mask.toString(16)}` : "";
  return [
    rule.invert && "not",
    `from ${rule.from ? side(rule.from) : "all"}`,
    rule.to && `to ${side(rule.to)}`,
    `priority ${rule.preference}`,
    `tos 0x${rule.tos.toString(16)}`,
    rule.mark && `fwmark 0x${rule.mark.mark.toString(16)}${mask}`,
    rule.inputInterface !== undefined && `iif ${rule.inputInterface}`,
    rule.outputInterface !== undefined && `oif ${rule.outputInterface}`,
    `protocol ${rule.protocol}`,
    actionText(rule),
    !rule.track && "no_track",
  ]
    .filter((part) => typeof part === "string")
    .join(" ");
}

function actionText({ action }: RulePlan): string {
  if (action.do === "table") return `lookup ${action.table}`;
  return action.do === "goto" ? `goto ${action.target}` : action.do;
}

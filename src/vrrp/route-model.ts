import type { Family } from "../core/ip.ts";
import type { Encapsulation as RouteEncap, RouteMetrics } from "../netlink/fib-messages.ts";
import type { RuleRequest } from "../netlink/rule-messages.ts";

export type { RouteEncap, RouteMetrics };

export type RuleAction = RuleRequest["action"];

/** An address with its prefix length. */
export type Prefix = { readonly address: string; readonly prefixLength: number };

export type RouteRealms = { readonly from?: number; readonly to: number };

export type RouteGateway = { readonly family: Family; readonly address: string };

export type NexthopPlan = {
  readonly gateway?: RouteGateway;
  readonly interface?: string;
  /** 1..256; the kernel holds one less. */
  readonly weight: number;
  readonly onlink: boolean;
  readonly encap?: RouteEncap;
  readonly realms?: RouteRealms;
};

/** A route, as rtnetlink(7) has it; names are resolved to their numbers. */
export type RoutePlan = {
  readonly family: Family;
  /** RTN_*: 1 unicast, 6 blackhole, … */
  readonly type: number;
  /** The default route is 0.0.0.0 or :: with prefix length 0. */
  readonly destination: Prefix;
  /** IPv6 only: the sources that the route is for. */
  readonly source?: Prefix;
  readonly preferredSource?: string;
  readonly gateway?: RouteGateway;
  readonly interface?: string;
  readonly table: number;
  /** The device whose table it goes into instead, which is known when it is there. */
  readonly vrf?: string;
  readonly metric: number;
  /** RT_SCOPE_*: 0 global, 253 link, 254 host. */
  readonly scope: number;
  /** RTPROT_*: 18 is keepalived's. */
  readonly protocol: number;
  readonly tos: number;
  readonly onlink: boolean;
  readonly encap?: RouteEncap;
  readonly realms?: RouteRealms;
  readonly expiresS?: number;
  /** ICMPV6_ROUTER_PREF_*: 0 medium, 1 high, 3 low. */
  readonly preference?: number;
  readonly ttlPropagate?: boolean;
  readonly metrics?: RouteMetrics;
  /** Where it goes among equal routes; `add` fails where there is one. */
  readonly place: "prepend" | "append" | "add";
  readonly nexthops?: readonly NexthopPlan[];
  /** Its removal by somebody else matters: to the instance, or to the instances of `trackGroup`. */
  readonly track: boolean;
  readonly trackGroup?: string;
};

export type IntRange = { readonly from: number; readonly to: number };

/** A policy rule, as linux/fib_rules.h has it; names are resolved to their numbers. */
export type RulePlan = RuleRequest & {
  readonly track: boolean;
  readonly trackGroup?: string;
};

import { quote } from "../config/diagnostic.ts";
import { type Family, familyOf } from "../core/ip.ts";
import type { NexthopLine } from "../vrrp/nexthop-options.ts";
import type { NexthopPlan, Prefix, RouteMetrics, RoutePlan } from "../vrrp/route-model.ts";
import type { RouteLine } from "../vrrp/route-options.ts";
import { type Metric, ROUTE_TYPES } from "../vrrp/route-value-options.ts";
import type { PlanContext } from "./plan-context.ts";
import { familyOfPrefix, networkOf, PROTOCOL, prefixOf, type RouteNames } from "./plan-route-values.ts";

/** RT_TABLE_MAIN and RT_SCOPE_* of linux/rtnetlink.h. */
const MAIN = 254;
const SCOPE = { global: 0, link: 253, host: 254 } as const;

/** Routes with their names resolved; one with an error is left out, and the error has been told. */
export class RoutePlanner {
  readonly #context: PlanContext;
  readonly #names: RouteNames;

  constructor(context: PlanContext, names: RouteNames) {
    this.#context = context;
    this.#names = names;
  }

  plan(line: RouteLine): RoutePlan | undefined {
    const family = this.#family(line);
    if (family === undefined) return undefined;
    const names = this.#names;
    const table = names.numberOr("table", line.table, MAIN);
    const scope = names.numberOr("scope", line.scope, defaultScope(line, family));
    const protocol = names.numberOr("protocol", line.protocol, PROTOCOL);
    const tos = names.numberOr("dsfield", line.tos, 0);
    const realms = line.realms && names.realms(line.realms);
    const preference = line.pref && this.#routerPreference(line.pref);
    const nexthops = this.#nexthops(line);
    const missing = [table, scope, protocol, tos, nexthops].includes(undefined);
    if (missing || (line.realms && !realms) || (line.pref && preference === undefined)) return undefined;
    if (table === 0) this.#error(line, "route/table", "there is no routing table 0", "use a number from 1 on");
    const metrics = metricsOf(line);
    this.#reportPlace(line);
    return {
      family,
      type: line.to.type,
      destination: this.#network(line, family),
      ...(line.from && { source: prefixOf(line.from, family) }),
      ...(line.src !== undefined && { preferredSource: line.src }),
      ...(line.via && line.or === undefined && { gateway: line.via }),
      ...(line.dev !== undefined && { interface: line.dev }),
      table: table as number,
      ...(line.vrf !== undefined && { vrf: line.vrf }),
      metric: line.metric,
      scope: scope as number,
      ...this.#tracking(line, protocol as number),
      tos: tos as number,
      onlink: line.onlink,
      ...(line.encap && { encap: line.encap }),
      ...(realms && { realms }),
      ...(line.expires !== undefined && { expiresS: line.expires }),
      ...(preference !== undefined && { preference }),
      ...(line["ttl-propagate"] !== undefined && { ttlPropagate: line["ttl-propagate"] === "enabled" }),
      ...(Object.keys(metrics).length > 0 && { metrics }),
      place: line.add ? "add" : line.append ? "append" : "prepend",
      ...(nexthops && nexthops.length > 0 && { nexthops }),
    };
  }

  #error(line: RouteLine, code: string, message: string, hint: string): void {
    this.#context.problems.error(code, message, line.at, { hint });
  }

  /** The family that all addresses of the line have; IPv4 where there are none. An IPv4 route may have an IPv6 gateway. */
  #family(line: RouteLine): Family | undefined {
    const wanted = line.inet ? 4 : line.inet6 ? 6 : line.to.family;
    const given = [
      familyOfPrefix(line.to.prefix),
      familyOfPrefix(line.from),
      line.src === undefined ? undefined : familyOf(line.src),
    ].filter((family) => family !== undefined);
    const gateways = [line.via?.family, ...line.nexthop.map(({ gateway }) => gateway?.family)];
    const family = wanted ?? given[0] ?? gateways.find((one) => one !== undefined) ?? 4;
    if (
      (line.inet && line.inet6) ||
      given.some((other) => other !== family) ||
      (family === 6 && gateways.includes(4))
    ) {
      this.#error(line, "route/mixed-families", "IPv4 and IPv6 are mixed in this route", "write a route for each");
      return undefined;
    }
    const only = family === 4 ? ONLY_IPV6 : ONLY_IPV4;
    const wrong = only.find((option) => line[option] !== undefined);
    if (wrong === undefined) return family;
    const message = `\`${wrong}\` is no option of an IPv${family} route`;
    this.#error(line, "route/family-option", message, "remove it");
    return undefined;
  }

  /** Bits behind the prefix length are for hosts: the kernel refuses a route with some. */
  #network(line: RouteLine, family: Family): Prefix {
    const found = prefixOf(line.to.prefix, family);
    const address = networkOf(found);
    if (address === found.address) return found;
    const shown = `${found.address}/${found.prefixLength}`;
    const network = { address, prefixLength: found.prefixLength };
    this.#context.problems.warning(
      "route/host-bits",
      `${shown} is no network: it is read as ${address}/${found.prefixLength}`,
      line.at,
      {
        hint: `write ${address}/${found.prefixLength}, or ${found.address}/${family === 6 ? 128 : 32} for one address`,
      },
    );
    return network;
  }

  #tracking(line: RouteLine, protocol: number): Pick<RoutePlan, "protocol" | "track"> {
    const { problems } = this.#context;
    if (line.no_track) return { protocol, track: false };
    if (protocol !== PROTOCOL)
      problems.warning("route/protocol", "a route that is tracked has protocol keepalived (18)", line.at, {
        hint: "add `no_track`, or remove `protocol`",
      });
    if (line.dev !== undefined) return { protocol: PROTOCOL, track: true };
    problems.warning("route/untracked", "without `dev` the loss of the route is not noticed", line.at, {
      hint: "add `dev IFNAME`, or `no_track` when it is meant so",
    });
    return { protocol: PROTOCOL, track: false };
  }

  #reportPlace(line: RouteLine): void {
    if (line.add && line.append)
      this.#context.problems.warning("route/place", "`add` and `append` exclude each other: `add` counts", line.at, {
        hint: "remove one of them",
      });
    if (line.via && line.or === undefined && line.nexthop.length > 0)
      this.#error(
        line,
        "route/gateways",
        "`via` stands beside `nexthop`",
        "write all gateways as `nexthop via GATEWAY`",
      );
  }

  #routerPreference(value: NonNullable<RouteLine["pref"]>): number | undefined {
    const found = ROUTER_PREFERENCES[value.text] ?? (/^\d{1,3}$/.test(value.text) ? Number(value.text) : undefined);
    if (found !== undefined && found <= 255) return found;
    this.#context.problems.error("conf/bad-value", `${quote(value.text)} is no preference of a router`, value.at, {
      hint: "low, medium or high",
    });
    return undefined;
  }

  /** `via A or B` is the old form of two ways of the same weight. */
  #nexthops(line: RouteLine): readonly NexthopPlan[] | undefined {
    if (line.or !== undefined) {
      if (!line.via) {
        this.#error(line, "route/gateways", "`or` stands without a first gateway", "write `via` and the first gateway");
        return undefined;
      }
      const device = line.dev === undefined ? {} : { interface: line.dev };
      const second = { family: familyOf(line.or), address: line.or };
      return [line.via, second].map((gateway) => ({ gateway, ...device, weight: 1, onlink: line.onlink }));
    }
    const hops = line.nexthop.map((hop) => this.#nexthop(hop));
    return hops.every((hop) => hop !== undefined) ? hops : undefined;
  }

  #nexthop({ realms: given, ...hop }: NexthopLine): NexthopPlan | undefined {
    const realms = given && this.#names.realms(given);
    return given && !realms ? undefined : { ...hop, ...(realms && { realms }) };
  }
}

const ONLY_IPV6 = ["from", "expires", "pref"] as const;
const ONLY_IPV4 = ["realms"] as const;

/** ICMPV6_ROUTER_PREF_* of linux/icmpv6.h. */
const ROUTER_PREFERENCES: Readonly<Record<string, number | undefined>> = { low: 3, medium: 0, high: 1 };

/** As `ip route` has it; the kernel knows scopes of IPv4 only. */
function defaultScope(line: RouteLine, family: Family): number {
  const { local, nat, broadcast, multicast, anycast, unicast } = ROUTE_TYPES;
  const { type } = line.to;
  if (family === 6) return SCOPE.global;
  if (type === local || type === nat) return SCOPE.host;
  if (type === broadcast || type === multicast || type === anycast) return SCOPE.link;
  const gateway = line.via !== undefined || line.nexthop.some((hop) => hop.gateway !== undefined);
  return type === unicast && !gateway ? SCOPE.link : SCOPE.global;
}

type Held = number | string | Metric<number> | Metric<string> | undefined;

function metricsOf(line: RouteLine): RouteMetrics {
  const given: Readonly<Record<Exclude<keyof RouteMetrics, "locked">, Held>> = {
    mtu: line.mtu,
    window: line.window,
    rtt: line.rtt,
    rttVariance: line.rttvar,
    slowStartThreshold: line.ssthresh,
    congestionWindow: line.cwnd,
    advertisedMss: line.advmss,
    reordering: line.reordering,
    hopLimit: line.hoplimit,
    initialCongestionWindow: line.initcwnd,
    initialReceiveWindow: line.initrwnd,
    minRto: line.rto_min,
    quickAck: line.quickack === undefined ? undefined : Number(line.quickack),
    fastOpenNoCookie: line.fastopen_no_cookie === undefined ? undefined : Number(line.fastopen_no_cookie),
    features: line.features === undefined ? undefined : 1,
    congestionControl: line.congctl,
  };
  const values: Record<string, number | string> = {};
  const locked: string[] = [];
  for (const [name, held] of Object.entries(given)) {
    if (held === undefined) continue;
    values[name] = typeof held === "object" ? held.value : held;
    if (typeof held === "object" && held.lock) locked.push(name);
  }
  return { ...values, ...(locked.length > 0 && { locked }) };
}

import { address } from "../config/addresses.ts";
import type { Placed } from "../config/diagnostic.ts";
import { type LineOf, optionLine } from "../config/option-line.ts";
import { alias, row, type ValueType } from "../config/row.ts";
import { flag, int, interfaceName, MAX_UINT32, mapped, oneOf, word } from "../config/types.ts";
import { encap, nexthop } from "./nexthop-options.ts";
import { metricRows } from "./route-metric-options.ts";
import { destination, gateway, nameOrNumber, prefix, realms } from "./route-value-options.ts";

export type RouteList = "virtual_routes" | "static_routes";

const kernel = { rfc: "linux/rtnetlink.h" } as const;

/** The options of a route, which `ip route` has too; each list has its own rows, since a row names its list. */
function routeRows<const L extends RouteList>(list: L) {
  const line = { in: `${list}[]`, process: "vrrp" } as const;
  const to = row({
    ...line,
    name: "to",
    type: destination(),
    defaultText: "required",
    doc: "What the route is for; `to` may be left out. `default`, `any` and `all` mean all addresses, of the family that the rest of the line has. TYPE is one of unicast, local, broadcast, anycast, multicast, blackhole, unreachable, prohibit, throw, nat, xresolve or a number.",
    example: "to blackhole 192.168.114.0/24",
  });
  const via = row({
    ...line,
    name: "via",
    type: gateway(),
    doc: "The gateway.",
    example: "192.168.110.0/24 via 192.168.200.254",
  });
  const tos = row({
    ...line,
    name: "tos",
    type: nameOrNumber("0..255"),
    defaultText: "0",
    doc: "Type of service of the packets that the route is for, by a name of rt_dsfield or a number.",
    example: "192.168.110.0/24 dev eth1 tos 0x10",
    ...kernel,
  });
  const metric = row({
    ...line,
    name: "metric",
    type: int({ min: 0, max: MAX_UINT32 }),
    default: 0,
    doc: "Of several routes to one destination the one with the least counts.",
    example: "192.168.110.0/24 dev eth1 metric 100",
    ...kernel,
  });
  const dev = row({
    ...line,
    name: "dev",
    type: interfaceName(),
    doc: "The interface that packets leave by. Without it the loss of the route is not noticed.",
    example: "192.168.111.0/24 dev eth2",
  });
  return [
    to,
    row({
      ...line,
      name: "inet",
      type: flag(),
      default: false,
      defaultText: "from the addresses; inet",
      doc: "The route is one of IPv4.",
      example: "inet default via 192.168.200.254",
    }),
    row({
      ...line,
      name: "inet6",
      type: flag(),
      default: false,
      defaultText: "from the addresses; inet",
      doc: "The route is one of IPv6.",
      example: "inet6 default dev eth1",
    }),
    row({
      ...line,
      name: "from",
      type: prefix(),
      doc: "Only packets of these sources; IPv6.",
      example: "2001:db8:2::/64 from 2001:db8:1::/64 dev eth1",
      ...kernel,
    }),
    row({
      ...line,
      name: "src",
      type: address(),
      doc: "Source address of what this host itself sends by the route.",
      example: "src 192.168.100.1 to 192.168.109.0/24 via 192.168.200.254",
      ...kernel,
    }),
    via,
    alias({
      ...line,
      name: "gw",
      of: via,
      deprecated: "write `via`",
      example: "192.168.110.0/24 gw 192.168.200.254",
    }),
    row({
      ...line,
      name: "or",
      type: address(),
      doc: "A second gateway.",
      example: "192.168.113.0/24 via 192.168.200.254 or 192.168.100.254",
      deprecated: "write `nexthop via GATEWAY` for each gateway",
    }),
    dev,
    alias({ ...line, name: "oif", of: dev }),
    row({
      ...line,
      name: "table",
      type: nameOrNumber(`1..${MAX_UINT32}`),
      defaultText: "main",
      doc: "The routing table, by a name of rt_tables or a number.",
      example: "192.168.110.0/24 dev eth1 table 100",
      ...kernel,
    }),
    row({
      ...line,
      name: "vrf",
      type: interfaceName(),
      doc: "Into the table of this VRF device.",
      example: "192.168.110.0/24 dev eth1 vrf blue",
    }),
    metric,
    alias({ ...line, name: "priority", of: metric }),
    alias({ ...line, name: "preference", of: metric }),
    row({
      ...line,
      name: "scope",
      type: nameOrNumber("0..255"),
      defaultText:
        "host for types local and nat; link for broadcast, multicast, anycast and without a gateway; else global",
      doc: "How far the destination is, by a name of rt_scopes or a number; for IPv4.",
      example: "192.168.111.0/24 dev eth2 scope link",
      ...kernel,
    }),
    row({
      ...line,
      name: "protocol",
      type: nameOrNumber("0..255"),
      defaultText: "18 (keepalived)",
      doc: "Who has made the route, by a name of rt_protos or a number. Only with `no_track`: by the default a route is known again when it is removed.",
      example: "192.168.110.0/24 dev eth1 no_track protocol static",
      ...kernel,
    }),
    tos,
    alias({ ...line, name: "dsfield", of: tos }),
    row({
      ...line,
      name: "onlink",
      type: flag(),
      default: false,
      doc: "The gateway is on the link, although no other route says so.",
      example: "default via 192.168.200.254 dev eth1 onlink",
      ...kernel,
    }),
    row({
      ...line,
      name: "encap",
      type: encap(),
      doc: "The tunnel that packets go into: ip and ip6 have id, dst, src, tos, ttl and flags, mpls has labels and ttl, ila a locator.",
      example: "192.168.110.0/24 encap mpls 100/200 via 192.168.200.254",
      rfc: "linux/lwtunnel.h",
    }),
    row({
      ...line,
      name: "expires",
      type: int({ min: 0, max: MAX_UINT32, unit: "s" }),
      doc: "The route goes after so long; IPv6.",
      example: "2001:db8:2::/64 dev eth1 expires 3600",
      ...kernel,
    }),
    row({
      ...line,
      name: "realms",
      type: realms(),
      doc: "Realms for traffic control, by names of rt_realms or numbers; IPv4.",
      example: "192.168.110.0/24 dev eth1 realms 5/10",
      ...kernel,
    }),
    ...metricRows(list),
    row({
      ...line,
      name: "pref",
      type: nameOrNumber("0..255"),
      defaultText: "medium",
      doc: "How much the router is preferred: low, medium or high; IPv6.",
      example: "2001:db8:2::/64 dev eth1 pref high",
      rfc: "RFC 4191",
    }),
    row({
      ...line,
      name: "ttl-propagate",
      type: oneOf(["enabled", "disabled"]),
      doc: "Whether MPLS copies the time to live out of the packet.",
      example: "192.168.110.0/24 dev eth1 ttl-propagate disabled",
      rfc: "RFC 3443",
    }),
    row({
      ...line,
      name: "add",
      type: flag(),
      default: false,
      doc: "Add the route only where there is no equal one.",
      example: "192.168.110.0/24 dev eth1 add",
    }),
    row({
      ...line,
      name: "prepend",
      type: flag(),
      default: true,
      doc: "Put the route before equal ones.",
      example: "192.168.110.0/24 dev eth1 prepend",
    }),
    row({
      ...line,
      name: "append",
      type: flag(),
      default: false,
      doc: "Put the route behind equal ones.",
      example: "192.168.110.0/24 dev eth1 append",
    }),
    row({
      ...line,
      name: "no_track",
      type: flag(),
      default: false,
      doc: "It does not matter when somebody else removes the route.",
      example: "192.168.111.0/24 dev eth2 no_track",
    }),
    row({
      ...line,
      name: "nexthop",
      type: nexthop(),
      repeat: "all",
      doc: "One of several ways, taken in the ratio of their weights (1 to 256); last on the line.",
      example:
        "192.168.100.0/24 nexthop via 192.168.101.1 dev eth1 weight 1 nexthop via 192.168.102.1 dev eth2 weight 2",
      ...kernel,
    }),
  ] as const;
}

const SYNTAX =
  "[inet|inet6] [TYPE] [to] ADDRESS[/PREFIX]|default|any|all [via [inet|inet6] ADDRESS] [dev IFNAME] [OPTION [VALUE]]... [nexthop ...]...";

/** A destination may stand without `to` before it. */
const bare = (_word: string, given: ReadonlySet<string>): string | undefined => (given.has("to") ? undefined : "to");

const virtualLine = optionLine({ options: routeRows("virtual_routes"), bare, syntax: SYNTAX });

const trackGroup = row({
  in: "static_routes[]",
  process: "vrrp",
  name: "track_group",
  type: word("GROUP"),
  doc: "Instances of this track_group go to FAULT when somebody removes the route; it needs `dev`.",
  example: "192.168.2.0/24 via 192.168.1.100 dev eth0 track_group G1",
});
const staticLine = optionLine({ options: [...routeRows("static_routes"), trackGroup], bare, syntax: SYNTAX });

type Given = LineOf<typeof virtualLine>;

/** A line of virtual_routes or static_routes as it stands there. */
export type RouteLine = Omit<Given, "to"> & {
  readonly to: NonNullable<Given["to"]>;
  readonly track_group?: string | undefined;
  readonly at: Placed;
};

export function routeLine(list: RouteList): ValueType<RouteLine> {
  const line = list === "virtual_routes" ? virtualLine : staticLine;
  return mapped(line as ValueType<Given>, (found, words) => {
    if (found.to) return Object.assign(Object.create(found) as RouteLine, { at: words.all() });
    words.problems.error("conf/missing-value", "a route needs a destination", words.all(), {
      hint: "e.g. `192.168.2.0/24`, or `default`",
    });
    return undefined;
  });
}

import { type BlockOf, block, row } from "../config/row.ts";
import { lineList, word, wordList } from "../config/types.ts";
import { addressLine } from "./address-line-options.ts";
import { routeLine } from "./route-options.ts";
import { ruleLine } from "./rule-options.ts";

const since = "2.0.3";

export const trackGroup = block({
  name: "track_group",
  in: "root",
  argument: word("NAME", 255),
  process: "vrrp",
  since,
  doc: "VRRP instances that go to FAULT when a static address, route or rule of the group is removed by somebody else and cannot be put back.",
  example: "track_group G1 {\n    group {\n        VI_1\n        VI_2\n    }\n}",
  rows: [
    row({
      in: "track_group",
      process: "vrrp",
      name: "group",
      type: wordList("INSTANCE"),
      defaultText: "required",
      doc: "Names of the instances.",
      example: "group {\n    VI_1\n    VI_2\n}",
      since,
    }),
  ],
});

export type TrackGroup = BlockOf<typeof trackGroup>;

const list = { in: "root", process: "vrrp" } as const;

/** Addresses, routes and rules that stand as long as the director runs. */
export const staticRows = [
  trackGroup,
  row({
    ...list,
    name: "static_ipaddress",
    type: lineList(addressLine("static_ipaddress")),
    doc: "Addresses that are set when the director starts, put back when somebody removes them, and removed when it stops.",
    example: "static_ipaddress {\n    192.168.1.60/24 dev eth0\n}",
    since: "<=1.1.0",
  }),
  row({
    ...list,
    name: "static_routes",
    type: lineList(routeLine("static_routes")),
    doc: "Routes that are set when the director starts, and removed when it stops.",
    example: "static_routes {\n    192.168.2.0/24 via 192.168.1.100 dev eth0\n}",
    since: "<=1.1.0",
  }),
  row({
    ...list,
    name: "static_rules",
    type: lineList(ruleLine("static_rules")),
    doc: "Policy rules that are set when the director starts, and removed when it stops.",
    example: "static_rules {\n    from 192.168.2.0/24 table 100 preference 1000\n}",
    since: "1.2.20",
  }),
] as const;

const instance = { in: "vrrp_instance", process: "vrrp" } as const;

/** Routes and rules that come and go with the addresses of an instance. */
export const virtualRouteRows = [
  row({
    ...instance,
    name: "virtual_routes",
    type: lineList(routeLine("virtual_routes")),
    doc: "Routes that only the MASTER has.",
    example: "virtual_routes {\n    192.168.110.0/24 via 192.168.200.254 dev eth1\n}",
    since: "<=1.1.0",
  }),
  row({
    ...instance,
    name: "virtual_rules",
    type: lineList(ruleLine("virtual_rules")),
    doc: "Policy rules that only the MASTER has.",
    example: "virtual_rules {\n    from 192.168.2.0/24 table 100 preference 1000\n}",
    since: "1.2.20",
  }),
] as const;

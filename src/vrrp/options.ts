import { type BlockOf, block, row } from "../config/row.ts";
import { anyBlock, lineList, word } from "../config/types.ts";
import { addressListRows } from "./address-options.ts";
import { authentication, authHmac } from "./auth-options.ts";
import { electionRows } from "./election-options.ts";
import { garpRows } from "./garp-options.ts";
import { instanceNotifyRows, notifyRows } from "./notify-options.ts";
import { otherInstanceRows } from "./other-options.ts";
import { routerRows } from "./router-options.ts";
import { trackLine } from "./tracking-options.ts";
import { unicastRows } from "./unicast-options.ts";
import { vmacRows } from "./vmac-options.ts";

const instance = { in: "vrrp_instance", process: "vrrp" } as const;

export const vrrpInstance = block({
  name: "vrrp_instance",
  in: "root",
  argument: word("NAME"),
  process: "vrrp",
  since: "<=1.1.0",
  doc: "One virtual router: the addresses that this director and its peers share on an interface.",
  example:
    "vrrp_instance VI_1 {\n    interface eth0\n    virtual_router_id 51\n    priority 100\n    virtual_ipaddress {\n        192.168.1.50\n    }\n}",
  rfc: "RFC 9568",
  rows: [
    ...routerRows,
    ...addressListRows,
    ...electionRows,
    row({
      ...instance,
      name: "track_interface",
      type: lineList(trackLine()),
      doc: "Interfaces that have to be up: without weight the instance is in FAULT while one is down.",
    }),
    row({
      ...instance,
      name: "track_script",
      type: lineList(trackLine()),
      doc: "The vrrp_scripts that move the priority.",
      example: "track_script {\n    chk_nginx weight -20\n}",
    }),
    ...garpRows,
    authentication,
    authHmac,
    ...unicastRows,
    ...vmacRows,
    ...notifyRows("vrrp_instance"),
    ...instanceNotifyRows,
    ...otherInstanceRows,
  ],
});

export type VrrpInstance = BlockOf<typeof vrrpInstance>;

/** Addresses, routes and trackers outside instances, which this version leaves to the system's network configuration. */
export const staticRows = (
  [
    ["static_ipaddress", "put the addresses into the system's network configuration"],
    ["static_routes", "put the routes into the system's network configuration"],
    ["static_rules", "put the rules into the system's network configuration"],
  ] as const
).map(([name, remedy]) =>
  row({
    in: "root",
    process: "vrrp",
    name,
    type: anyBlock(),
    doc: "Set while the director runs.",
    notSupported: remedy,
  }),
);

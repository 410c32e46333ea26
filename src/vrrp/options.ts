import { type BlockOf, block } from "../config/row.ts";
import { word } from "../config/types.ts";
import { addressListRows } from "./address-options.ts";
import { authentication, authHmac } from "./auth-options.ts";
import { electionRows } from "./election-options.ts";
import { garpRows } from "./garp-options.ts";
import { instanceNotifyRows, notifyRows } from "./notify-options.ts";
import { routerRows } from "./router-options.ts";
import { virtualRouteRows } from "./static-options.ts";
import { takeoverCheck } from "./takeover-options.ts";
import { trackerListRows } from "./tracker-list-options.ts";
import { unicastRows } from "./unicast-options.ts";
import { vmacRows } from "./vmac-options.ts";

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
    ...trackerListRows("vrrp_instance"),
    takeoverCheck,
    ...garpRows,
    authentication,
    authHmac,
    ...unicastRows,
    ...vmacRows,
    ...notifyRows("vrrp_instance"),
    ...instanceNotifyRows,
    ...virtualRouteRows,
  ],
});

export type VrrpInstance = BlockOf<typeof vrrpInstance>;

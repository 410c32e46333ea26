import { row } from "../config/row.ts";
import { flag, lineList } from "../config/types.ts";
import { addressLine } from "./address-line-options.ts";

const instance = { in: "vrrp_instance", process: "vrrp" } as const;

/** The addresses of an instance, and what traffic to them may do. */
export const addressListRows = [
  row({
    ...instance,
    name: "virtual_ipaddress",
    type: lineList(addressLine("virtual_ipaddress")),
    doc: "The addresses the MASTER holds, one a line. The first decides whether the instance speaks IPv4 or IPv6. Those that do not fit into an advertisement are held without being in it.",
    example: "virtual_ipaddress {\n    192.168.1.50/24 dev eth0 label eth0:1\n}",
    since: "<=1.1.0",
  }),
  row({
    ...instance,
    name: "virtual_ipaddress_excluded",
    type: lineList(addressLine("virtual_ipaddress_excluded")),
    doc: "More addresses the MASTER holds, of either family, which advertisements do not carry.",
    example: "virtual_ipaddress_excluded {\n    192.168.2.50/24 dev eth1\n}",
    since: "<=1.1.0",
  }),
  row({
    ...instance,
    name: "no_virtual_ipaddress",
    type: flag(),
    default: false,
    doc: "The instance has no addresses, and means it.",
    example: "no_virtual_ipaddress",
    since: "2.2.8",
  }),
  row({
    ...instance,
    name: "promote_secondaries",
    type: flag(),
    default: false,
    doc: "Other addresses of a network stay when the first one goes: sets the kernel's promote_secondaries for the interface.",
    example: "promote_secondaries",
    since: "1.3.0",
  }),
  row({
    ...instance,
    name: "accept",
    type: flag(),
    default: false,
    defaultText: "on, except in strict mode",
    doc: "Let traffic to the addresses through.",
    example: "accept",
    since: "1.2.17",
    rfc: "RFC 9568 §6.1 (Accept_Mode)",
  }),
  row({
    ...instance,
    name: "no_accept",
    type: flag(),
    default: false,
    defaultText: "off, except in strict mode",
    doc: "Drop traffic to and from the addresses while MASTER, by rules of nftables; not for priority 255, whose addresses they are.",
    example: "no_accept",
    since: "1.3.0",
    rfc: "RFC 9568 §6.1 (Accept_Mode)",
  }),
] as const;

import { alias, row } from "../config/row.ts";
import { flag, seconds, word } from "../config/types.ts";

const all = { in: "global_defs", process: "all" } as const;
const vrrp = { in: "global_defs", process: "vrrp" } as const;
const checker = { in: "global_defs", process: "checker" } as const;

const NO_SNMP = "there is no SNMP agent; use `status --json`";
const NO_DBUS = "there is no D-Bus service; use `status --json`";

const snmpVrrp = row({
  ...vrrp,
  name: "enable_snmp_vrrp",
  type: flag(),
  default: false,
  doc: "Answer SNMP about instances, with keepalived's own MIB.",
  example: "enable_snmp_vrrp",
  since: "2.0.0",
  noEffect: NO_SNMP,
});

const age = () => seconds({ minS: 0.001, maxS: 30 });

/** SNMP by AgentX (RFC 2741), and D-Bus. */
export const managementRows = [
  row({
    ...all,
    name: "snmp_socket",
    type: word("ADDRESS of AgentX"),
    default: "unix:/var/agentx/master",
    doc: "Where the SNMP master agent listens.",
    example: "snmp_socket udp:127.0.0.1:705",
    since: "1.2.20",
    rfc: "RFC 2741",
    noEffect: NO_SNMP,
  }),
  row({
    ...all,
    name: "enable_traps",
    type: flag(),
    default: false,
    doc: "Send SNMP traps at changes of state.",
    example: "enable_traps",
    since: "1.2.5",
    noEffect: NO_SNMP,
  }),
  snmpVrrp,
  alias({
    ...vrrp,
    name: "enable_snmp_keepalived",
    of: snmpVrrp,
    deprecated: "write `enable_snmp_vrrp`",
    example: "enable_snmp_keepalived",
    since: "1.2.20",
  }),
  row({
    ...vrrp,
    name: "enable_snmp_rfc",
    type: flag(),
    default: false,
    doc: "Answer SNMP about instances with the MIBs of both versions of VRRP.",
    example: "enable_snmp_rfc",
    since: "1.2.20",
    rfc: "RFC 2787, RFC 6527",
    noEffect: NO_SNMP,
  }),
  row({
    ...vrrp,
    name: "enable_snmp_rfcv2",
    type: flag(),
    default: false,
    doc: "Answer SNMP about instances of version 2 with its MIB.",
    example: "enable_snmp_rfcv2",
    since: "1.2.20",
    rfc: "RFC 2787",
    noEffect: NO_SNMP,
  }),
  row({
    ...vrrp,
    name: "enable_snmp_rfcv3",
    type: flag(),
    default: false,
    doc: "Answer SNMP about instances of version 3 with its MIB.",
    example: "enable_snmp_rfcv3",
    since: "1.2.20",
    rfc: "RFC 6527",
    noEffect: NO_SNMP,
  }),
  row({
    ...checker,
    name: "enable_snmp_checker",
    type: flag(),
    default: false,
    doc: "Answer SNMP about virtual and real servers, with keepalived's own MIB.",
    example: "enable_snmp_checker",
    since: "1.2.20",
    noEffect: NO_SNMP,
  }),
  row({
    ...checker,
    name: "snmp_vs_stats_update_interval",
    type: age(),
    default: 5000,
    doc: "How old figures of a virtual server in an answer may be.",
    example: "snmp_vs_stats_update_interval 10",
    since: "2.3.0",
    noEffect: NO_SNMP,
  }),
  row({
    ...checker,
    name: "snmp_rs_stats_update_interval",
    type: age(),
    defaultText: "`snmp_vs_stats_update_interval`",
    doc: "How old figures of a real server in an answer may be.",
    example: "snmp_rs_stats_update_interval 10",
    since: "2.3.0",
    noEffect: NO_SNMP,
  }),
  row({
    ...vrrp,
    name: "enable_dbus",
    type: flag(),
    default: false,
    doc: "Offer the instances on the system's D-Bus.",
    example: "enable_dbus",
    since: "1.3.0",
    noEffect: NO_DBUS,
  }),
  row({
    ...vrrp,
    name: "dbus_service_name",
    type: word("NAME"),
    default: "org.keepalived.Vrrp1",
    doc: "Name of that service.",
    example: "dbus_service_name org.example.Vrrp1",
    since: "1.3.7",
    noEffect: NO_DBUS,
  }),
  row({
    ...vrrp,
    name: "dbus_no_interface_name",
    type: word("NAME"),
    defaultText: "none",
    doc: "What stands in the object path of an instance without an interface.",
    example: "dbus_no_interface_name none",
    since: "2.3.0",
    noEffect: NO_DBUS,
  }),
] as const;

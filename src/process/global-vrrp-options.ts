import { quote } from "../config/diagnostic.ts";
import { row, type ValueType } from "../config/row.ts";
import { flag, int, interfaceName, oneOf, optional, optionalBool, seconds, word } from "../config/types.ts";
import { multicastAddress } from "./global-values.ts";

const vrrp = { in: "global_defs", process: "vrrp" } as const;

/** Room for the dot and three digits of the VRID in an interface name of 15 characters. */
const MAX_VMAC_PREFIX = 11;

/** The keyword alone counts: whoever writes `off` after it has it on all the same, and may not know. */
const switchedOn = (): ValueType<boolean> => ({
  ...flag(),
  read: (words) => {
    const word = words.peek();
    if (!word || !["off", "no", "false"].includes(word.text)) return true;
    words.take();
    words.problems.warning("conf/corrected", `${quote(word.text)} is read as \`on\`: the keyword alone counts`, word, {
      hint: "remove the line",
    });
    return true;
  },
});

/** What instances inherit, and how the vrrp process as a whole starts and listens. */
export const vrrpRows = [
  row({
    ...vrrp,
    name: "vrrp_version",
    type: oneOf(["2", "3"]),
    default: "2",
    doc: "VRRP version of IPv4 instances that do not give their own. IPv6 is always version 3.",
    example: "vrrp_version 3",
    since: "1.2.20",
    rfc: "RFC 9568",
  }),
  row({
    ...vrrp,
    name: "vrrp_mcast_group4",
    type: multicastAddress(4),
    default: "224.0.0.18",
    doc: "Destination of IPv4 advertisements.",
    example: "vrrp_mcast_group4 224.0.0.18",
    since: "1.2.10",
    rfc: "RFC 9568 §5.1.1.2",
  }),
  row({
    ...vrrp,
    name: "vrrp_mcast_group6",
    type: multicastAddress(6),
    default: "ff02::12",
    doc: "Destination of IPv6 advertisements.",
    example: "vrrp_mcast_group6 ff02::12",
    since: "1.2.10",
    rfc: "RFC 9568 §5.1.2.2",
  }),
  row({
    ...vrrp,
    name: "v3_checksum_as_v2",
    type: switchedOn(),
    default: false,
    doc: "Version 3 over IPv4 without the pseudo-header in the checksum. What follows the keyword does not count: it is on.",
    example: "v3_checksum_as_v2",
    since: "2.2.8",
    rfc: "RFC 9568 §5.2.8",
  }),
  row({
    ...vrrp,
    name: "vrrp_down_timer_adverts",
    type: int({ min: 1, max: 100 }),
    default: 3,
    doc: "Advertisement intervals of silence before a backup takes over; the RFC has 3.",
    example: "vrrp_down_timer_adverts 3",
    since: "2.2.3",
    rfc: "RFC 9568 §6.1",
  }),
  row({
    ...vrrp,
    name: "vrrp_lower_prio_no_advert",
    type: optionalBool(),
    default: false,
    doc: "A master does not answer an advertisement of lower priority at once.",
    example: "vrrp_lower_prio_no_advert",
    since: "1.2.20",
  }),
  row({
    ...vrrp,
    name: "vrrp_higher_prio_send_advert",
    type: optionalBool(),
    default: false,
    doc: "A master that yields sends one more advertisement of its own first.",
    example: "vrrp_higher_prio_send_advert",
    since: "1.3.5",
  }),
  row({
    ...vrrp,
    name: "vrrp_owner_ignore_adverts",
    type: optionalBool(),
    default: false,
    doc: "The owner of the addresses (priority 255) yields to no advertisement.",
    example: "vrrp_owner_ignore_adverts",
    since: "2.3.3",
  }),
  row({
    ...vrrp,
    name: "vrrp_skip_check_adv_addr",
    type: optionalBool(),
    default: false,
    doc: "Do not compare the addresses of later advertisements of the same master.",
    example: "vrrp_skip_check_adv_addr",
    since: "1.2.20",
  }),
  row({
    ...vrrp,
    name: "vrrp_check_unicast_src",
    type: flag(),
    default: false,
    doc: "Drop advertisements by unicast whose source is none of the peers.",
    example: "vrrp_check_unicast_src",
    since: "1.2.20",
  }),
  row({
    ...vrrp,
    name: "vrrp_strict",
    type: optionalBool(),
    default: false,
    doc: "Default of `strict_mode`.",
    example: "vrrp_strict",
    since: "1.2.20",
  }),
  row({
    ...vrrp,
    name: "vrrp_startup_delay",
    type: seconds({ minS: 0.001, maxS: 4294.967295 }),
    default: 0,
    doc: "Wait this long after the start, and not after a reload, before any instance leaves INIT.",
    example: "vrrp_startup_delay 5.5",
    since: "2.0.14",
  }),
  row({
    ...vrrp,
    name: "vrrp_delay_after_boot",
    type: seconds({ minS: 0.001, maxS: 4294.967295 }),
    default: 0,
    doc: "As `vrrp_startup_delay`, counted from the boot of the machine.",
    example: "vrrp_delay_after_boot 60",
    since: "2.4.0",
  }),
  row({
    ...vrrp,
    name: "log_unknown_vrids",
    type: flag(),
    default: false,
    doc: "Log once of each VRID that is heard and not configured.",
    example: "log_unknown_vrids",
    since: "2.0.16",
    noEffect: "advertisements of other virtual routers are dropped without a word",
  }),
  row({
    ...vrrp,
    name: "dynamic_interfaces",
    type: optional(oneOf(["allow_if_changes"]), "allow"),
    defaultText: "off in keepalived",
    doc: "Interfaces may be missing at start and come later; with `allow_if_changes` also as another type. Always so here.",
    example: "dynamic_interfaces allow_if_changes",
    since: "2.0.0",
  }),
  row({
    ...vrrp,
    name: "default_interface",
    type: interfaceName(),
    default: "eth0",
    doc: "Interface of `static_ipaddress` lines without `dev`.",
    example: "default_interface eth1",
    since: "1.2.24",
  }),
  row({
    ...vrrp,
    name: "disable_local_igmp",
    type: flag(),
    default: false,
    doc: "Send no IGMP reports for link-local groups (net.ipv4.igmp_link_local_mcast_reports 0), as long as the director runs.",
    example: "disable_local_igmp",
    since: "2.2.0",
    noEffect: "set net.ipv4.igmp_link_local_mcast_reports by sysctl",
  }),
  row({
    ...vrrp,
    name: "vmac_prefix",
    type: word("STRING", MAX_VMAC_PREFIX),
    default: "vrrp",
    doc: "First part of the names of VMAC interfaces; a dot and the VRID follow.",
    example: "vmac_prefix vmac",
    since: "2.2.0",
    noEffect: "it concerns `use_vmac` only",
  }),
  row({
    ...vrrp,
    name: "vmac_addr_prefix",
    type: word("STRING", MAX_VMAC_PREFIX),
    defaultText: "`vmac_prefix`",
    doc: "The same for interfaces made for `use_vmac_addr` and for addresses with `use_vmac`.",
    example: "vmac_addr_prefix vip",
    since: "2.2.0",
    noEffect: "it concerns `use_vmac` only",
  }),
] as const;

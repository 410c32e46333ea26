import { address, addressLine } from "../config/addresses.ts";
import { alias, type BlockOf, block, row } from "../config/row.ts";
import {
  anyBlock,
  flag,
  int,
  interfaceName,
  lineList,
  MANY_SECONDS,
  oneOf,
  optionalBool,
  seconds,
  word,
  wordList,
} from "../config/types.ts";
import { notifyRows } from "./notify-options.ts";
import { otherInstanceRows } from "./other-options.ts";
import { trackLine } from "./tracking-options.ts";

const MAX_INT32 = 2_147_483_647;

const instance = { in: "vrrp_instance", process: "vrrp" } as const;

const authentication = block({
  name: "authentication",
  in: "vrrp_instance",
  repeat: "merge",
  process: "vrrp",
  doc: "Password of version 2 advertisements.",
  rows: [
    row({
      in: "authentication",
      name: "auth_type",
      type: oneOf(["PASS", "AH"], { anyCase: true }),
      doc: "PASS: a plain password. AH is not supported.",
      rfc: "RFC 2338 §5.3.6",
    }),
    row({
      in: "authentication",
      name: "auth_pass",
      type: word("PASSWORD"),
      doc: "The password; only its first 8 bytes count.",
      example: "auth_pass 1111",
    }),
  ],
});

const nopreempt = row({
  ...instance,
  name: "nopreempt",
  type: flag(),
  default: false,
  doc: "A backup does not take over from a master of lower priority. Needs `state BACKUP` on both directors.",
  since: "1.1.8",
});

export const vrrpInstance = block({
  name: "vrrp_instance",
  in: "root",
  argument: word("NAME"),
  process: "vrrp",
  doc: "One virtual router: the addresses that this director and its peers share on an interface.",
  example:
    "vrrp_instance VI_1 {\n    interface eth0\n    virtual_router_id 51\n    priority 100\n    virtual_ipaddress {\n        192.168.1.50\n    }\n}",
  rfc: "RFC 9568",
  rows: [
    row({
      ...instance,
      name: "state",
      type: oneOf(["MASTER", "BACKUP"]),
      doc: "A hint only: every instance below priority 255 starts as BACKUP. MASTER also switches `nopreempt` and `preempt_delay` off.",
      example: "state BACKUP",
    }),
    row({
      ...instance,
      name: "interface",
      type: interfaceName(),
      doc: "Where advertisements are sent and addresses are put. Required.",
      example: "interface eth0",
    }),
    row({
      ...instance,
      name: "virtual_router_id",
      type: int({ min: 1, max: 255 }),
      doc: "Number of the virtual router, the same on all its routers, and no other's on that link. Required.",
      example: "virtual_router_id 51",
      rfc: "RFC 9568 §5.2.3",
    }),
    row({
      ...instance,
      name: "priority",
      type: int({ min: 1, max: 255 }),
      defaultText: "100; 255 with `state MASTER`",
      doc: "The highest is MASTER. 255 is for the owner of the addresses.",
      example: "priority 150",
      rfc: "RFC 9568 §5.2.4",
    }),
    row({
      ...instance,
      name: "advert_int",
      type: seconds({ minS: 0.01, maxS: 255 }),
      default: 1000,
      doc: "Time between advertisements, the same on every router of the group. Version 2 has whole seconds, version 3 hundredths up to 40.95.",
      example: "advert_int 1",
      rfc: "RFC 9568 §5.2.7",
    }),
    row({
      ...instance,
      name: "version",
      type: oneOf(["2", "3"]),
      defaultText: "`vrrp_version`; 3 for IPv6",
      doc: "Version of the protocol.",
    }),
    row({
      ...instance,
      name: "mcast_src_ip",
      type: address(),
      defaultText: "the first address of the interface",
      doc: "Source address of advertisements.",
    }),
    row({
      ...instance,
      name: "mcast_dst_ip",
      type: address(),
      defaultText: "`vrrp_mcast_group4`",
      doc: "Destination of advertisements, a multicast address.",
    }),
    row({
      ...instance,
      name: "virtual_ipaddress",
      type: lineList(addressLine()),
      doc: "The addresses the MASTER holds, one a line.",
      example: "virtual_ipaddress {\n    192.168.1.50/24 dev eth0 label eth0:1\n}",
    }),
    row({
      ...instance,
      name: "virtual_ipaddress_excluded",
      type: lineList(addressLine()),
      doc: "More addresses the MASTER holds, which advertisements do not carry.",
    }),
    row({
      ...instance,
      name: "no_virtual_ipaddress",
      type: flag(),
      default: false,
      doc: "The instance has no addresses, and means it.",
    }),
    row({ ...instance, name: "preempt", type: flag(), default: false, doc: "Takes an earlier `nopreempt` back." }),
    nopreempt,
    row({
      ...instance,
      name: "preempt_delay",
      type: seconds({ minS: 0, maxS: 1000 }),
      default: 0,
      doc: "Wait this long before taking over from a master of lower priority.",
    }),
    row({
      ...instance,
      name: "dont_track_primary",
      type: flag(),
      default: false,
      doc: "Do not mind whether the instance's own interface is up.",
    }),
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
    row({
      ...instance,
      name: "lvs_sync_daemon_interface",
      type: interfaceName(),
      doc: "Run the kernel's connection-sync daemon on this interface: master while the instance is MASTER, backup otherwise.",
      example: "lvs_sync_daemon_interface eth0",
    }),
    row({
      ...instance,
      name: "garp_master_delay",
      type: seconds({ minS: 0, maxS: 4294, places: 0 }),
      defaultText: "`vrrp_garp_master_delay`",
      doc: "After this the second batch of gratuitous ARPs.",
    }),
    row({
      ...instance,
      name: "garp_master_repeat",
      type: int({ min: 0, max: MAX_INT32 }),
      defaultText: "`vrrp_garp_master_repeat`",
      doc: "Gratuitous ARPs in a batch.",
    }),
    row({
      ...instance,
      name: "garp_master_refresh",
      type: seconds({ minS: 0, maxS: MANY_SECONDS, places: 0 }),
      defaultText: "`vrrp_garp_master_refresh`",
      doc: "Repeat gratuitous ARPs this often while MASTER.",
    }),
    row({
      ...instance,
      name: "garp_master_refresh_repeat",
      type: int({ min: 0, max: MAX_INT32 }),
      defaultText: "`vrrp_garp_master_refresh_repeat`",
      doc: "Gratuitous ARPs in a refresh.",
    }),
    row({
      ...instance,
      name: "garp_lower_prio_delay",
      type: seconds({ minS: 0, maxS: 4294, places: 0 }),
      defaultText: "`vrrp_garp_lower_prio_delay`",
      doc: "Delay of the second batch after an advertisement of lower priority.",
    }),
    row({
      ...instance,
      name: "garp_lower_prio_repeat",
      type: int({ min: 0, max: MAX_INT32 }),
      defaultText: "`vrrp_garp_lower_prio_repeat`",
      doc: "Gratuitous ARPs after an advertisement of lower priority.",
    }),
    row({
      ...instance,
      name: "lower_prio_no_advert",
      type: optionalBool(),
      defaultText: "`vrrp_lower_prio_no_advert`",
      doc: "Do not answer an advertisement of lower priority at once.",
    }),
    row({
      ...instance,
      name: "higher_prio_send_advert",
      type: optionalBool(),
      defaultText: "`vrrp_higher_prio_send_advert`",
      doc: "Send one more advertisement before yielding.",
    }),
    row({
      ...instance,
      name: "skip_check_adv_addr",
      type: optionalBool(),
      defaultText: "`vrrp_skip_check_adv_addr`",
      doc: "Do not compare the addresses of later advertisements of the same master.",
    }),
    row({
      ...instance,
      name: "down_timer_adverts",
      type: int({ min: 1, max: 100 }),
      defaultText: "`vrrp_down_timer_adverts`",
      doc: "Advertisement intervals of silence before a backup takes over.",
    }),
    row({
      ...instance,
      name: "v3_checksum_as_v2",
      type: optionalBool(),
      defaultText: "the global one",
      doc: "Version 3 over IPv4 without the pseudo-header in the checksum.",
    }),
    row({
      ...instance,
      name: "strict_mode",
      type: optionalBool(),
      defaultText: "`vrrp_strict`",
      doc: "Keep to the letter of the RFC: no password, no answer to lower priorities. Traffic to the addresses is not dropped here.",
    }),
    row({
      ...instance,
      name: "accept",
      type: flag(),
      default: false,
      doc: "Traffic to the addresses is let through, which is always so here.",
    }),
    authentication,
    ...notifyRows("vrrp_instance"),
    ...otherInstanceRows,
  ],
});

const group = { in: "vrrp_sync_group", process: "vrrp" } as const;

const trackingWeight = row({
  ...group,
  name: "sync_group_tracking_weight",
  type: flag(),
  default: false,
  doc: "Members keep their weighted trackers; otherwise a weighted script of a member is left out, and a weighted interface puts it into FAULT.",
});

export const vrrpSyncGroup = block({
  name: "vrrp_sync_group",
  in: "root",
  argument: word("NAME"),
  process: "vrrp",
  doc: "Instances that change state together.",
  example: "vrrp_sync_group G1 {\n    group {\n        VI_1\n        VI_2\n    }\n}",
  rows: [
    row({ ...group, name: "group", type: wordList("INSTANCE"), doc: "Names of the instances." }),
    ...notifyRows("vrrp_sync_group"),
    row({
      ...group,
      name: "track_interface",
      type: anyBlock(),
      doc: "Interfaces tracked for all members.",
      notSupported: "give it in each instance",
    }),
    row({
      ...group,
      name: "track_script",
      type: anyBlock(),
      doc: "Scripts tracked for all members.",
      notSupported: "give it in each instance",
    }),
    trackingWeight,
    alias({ ...group, name: "global_tracking", of: trackingWeight, deprecated: "write `sync_group_tracking_weight`" }),
  ],
});

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

export type VrrpInstance = BlockOf<typeof vrrpInstance>;
export type VrrpSyncGroup = BlockOf<typeof vrrpSyncGroup>;

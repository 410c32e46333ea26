import { address, addressLine } from "../config/addresses.ts";
import type { Arguments } from "../config/arguments.ts";
import { command } from "../config/command.ts";
import { alias, type BlockOf, block, row, type ValueType } from "../config/row.ts";
import {
  anyBlock,
  anyWords,
  flag,
  int,
  interfaceName,
  lineList,
  MANY_SECONDS,
  oneOf,
  optionalBool,
  readChoice,
  readInt,
  seconds,
  word,
  wordList,
} from "../config/types.ts";

const MAX_INT32 = 2_147_483_647;

/** One line of a tracker list. No weight: that of the tracked thing itself. */
export type TrackLine = { readonly name: string; readonly weight?: number; readonly reverse: boolean };

export type Weight = { readonly weight: number; readonly reverse: boolean };

/** `-253..253 [reverse]`. */
function weight(): ValueType<Weight> {
  return {
    syntax: "INT -253..253 [reverse|noreverse]",
    body: "none",
    read: (words) => {
      const number = words.need("a number -253 to 253");
      const value = number && readInt(words, number, -253, 253);
      const reverse = readReverse(words);
      return value === undefined || reverse === undefined ? undefined : { weight: value, reverse };
    },
  };
}

function readReverse(words: Arguments): boolean | undefined {
  const option = words.take();
  if (!option) return false;
  const choice = readChoice(words, option, ["reverse", "noreverse"], false);
  return choice && choice === "reverse";
}

/** `NAME [weight N [reverse]]`. */
function trackLine(): ValueType<TrackLine> {
  return {
    syntax: "NAME [weight -253..253 [reverse]]",
    body: "none",
    read: (words) => {
      const name = words.need("a name");
      const option = words.take();
      if (!name) return undefined;
      if (!option) return { name: name.text, reverse: false };
      if (readChoice(words, option, ["weight"], false) === undefined) return undefined;
      const value = weight().read(words);
      return value && { name: name.text, ...value };
    },
  };
}

const script = { in: "vrrp_script", process: "vrrp" } as const;

export const vrrpScript = block({
  name: "vrrp_script",
  in: "root",
  argument: word("NAME"),
  process: "vrrp",
  doc: "A program that is run again and again, and whose exit status moves the priority of the instances that track it.",
  example: 'vrrp_script chk_nginx {\n    script "/usr/bin/pgrep nginx"\n    interval 2\n    weight -20\n}',
  since: "1.1.13",
  rows: [
    row({
      ...script,
      name: "script",
      type: command({ account: false }),
      repeat: "first",
      doc: "The program and its arguments, between quotes when there are any. Exit status 0 is good. `</path` instead asks whether the file can be read.",
      example: 'script "/etc/keepalived/check_nginx.sh"',
    }),
    row({
      ...script,
      name: "interval",
      type: seconds({ minS: 0, maxS: 4294, places: 3 }),
      default: 1000,
      doc: "Time between two starts; 0 is read as 1.",
      example: "interval 2",
    }),
    row({
      ...script,
      name: "timeout",
      type: seconds({ minS: 0, maxS: 4294, places: 3 }),
      defaultText: "`interval`",
      doc: "After this the program is ended, which counts as a failure.",
    }),
    row({
      ...script,
      name: "weight",
      type: weight(),
      default: { weight: 0, reverse: false },
      defaultText: "0",
      doc: "0: a failure puts the instance into FAULT. Above 0: added to the priority while good. Below 0: taken from it while failed.",
      example: "weight -20",
    }),
    row({
      ...script,
      name: "rise",
      type: int({ min: 1, max: MAX_INT32 }),
      default: 1,
      doc: "Successes in a row before it counts as good.",
    }),
    row({
      ...script,
      name: "fall",
      type: int({ min: 1, max: MAX_INT32 }),
      default: 1,
      doc: "Failures in a row before it counts as failed.",
    }),
    row({
      ...script,
      name: "user",
      type: word("USER", 64),
      defaultText: "`script_user`",
      doc: "Account the program runs as.",
      ...{ example: "user nobody" },
    }),
    row({
      ...script,
      name: "init_fail",
      type: flag(),
      default: false,
      doc: "Counts as failed until the first result.",
    }),
  ],
});

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

/** Keywords of an instance that stand in a group as well, with the same meaning. */
const notifyRows = <const B extends "vrrp_instance" | "vrrp_sync_group">(inBlock: B) =>
  [
    row({
      in: inBlock,
      process: "vrrp",
      name: "notify_master",
      type: command({ account: true }),
      repeat: "first",
      doc: "Run on becoming MASTER.",
      example: 'notify_master "/etc/keepalived/notify.sh master"',
    }),
    row({
      in: inBlock,
      process: "vrrp",
      name: "notify_backup",
      type: command({ account: true }),
      repeat: "first",
      doc: "Run on becoming BACKUP, at start too.",
    }),
    row({
      in: inBlock,
      process: "vrrp",
      name: "notify_fault",
      type: command({ account: true }),
      repeat: "first",
      doc: "Run on entering FAULT.",
    }),
    row({
      in: inBlock,
      process: "vrrp",
      name: "notify_stop",
      type: command({ account: true }),
      repeat: "first",
      doc: "Run when the director stops.",
    }),
    row({
      in: inBlock,
      process: "vrrp",
      name: "notify",
      type: command({ account: true }),
      repeat: "first",
      doc: "Run on each change, with INSTANCE or GROUP, name, state and priority as further arguments.",
    }),
    row({
      in: inBlock,
      process: "vrrp",
      name: "smtp_alert",
      type: optionalBool(),
      defaultText: "`smtp_alert_vrrp`",
      doc: "Mail on state changes.",
    }),
    row({
      in: inBlock,
      process: "vrrp",
      name: "notify_priority_changes",
      type: optionalBool(),
      doc: "Report priority changes on the FIFO.",
      noEffect: "this version writes no FIFOs",
    }),
    row({
      in: inBlock,
      process: "vrrp",
      name: "track_file",
      type: anyBlock(),
      doc: "Files whose content moves the priority.",
      notSupported: "use a vrrp_script that reads the file",
    }),
    row({
      in: inBlock,
      process: "vrrp",
      name: "track_process",
      type: anyBlock(),
      doc: "Processes that have to run.",
      notSupported: 'use a vrrp_script, e.g. script "/usr/bin/pgrep NAME"',
    }),
    row({
      in: inBlock,
      process: "vrrp",
      name: "track_bfd",
      type: anyBlock(),
      doc: "BFD sessions that have to be up.",
      notSupported: "remove it: there is no BFD process",
    }),
  ] as const;

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
      doc: "vrrp_scripts that move the priority.",
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
    row({
      ...instance,
      name: "notify_deleted",
      type: command({ account: true }),
      doc: "Run when a reload removes the instance.",
      noEffect: "notify_fault or notify_stop runs instead",
    }),
    row({
      ...instance,
      name: "notify_master_rx_lower_pri",
      type: command({ account: true }),
      doc: "Run when a master hears a lower priority.",
      noEffect: "this event has no script in this version",
    }),
    row({
      ...instance,
      name: "no_accept",
      type: flag(),
      doc: "Drop traffic to the addresses.",
      noEffect: "no firewall rules are made: the addresses answer",
    }),
    row({
      ...instance,
      name: "debug",
      type: int({ min: 0, max: 4 }),
      doc: "Has no useful effect in keepalived either.",
      noEffect: "use -D",
    }),
    row({
      ...instance,
      name: "promote_secondaries",
      type: flag(),
      doc: "Keep secondary addresses when the primary goes.",
      noEffect: "set net.ipv4.conf.IFNAME.promote_secondaries with sysctl",
    }),
    row({
      ...instance,
      name: "kernel_rx_buf_size",
      type: int({ min: 0, max: 4_294_967_295 }),
      doc: "Size of the receive buffer.",
      noEffect: "the kernel's default is used",
    }),
    row({
      ...instance,
      name: "linkbeat_use_polling",
      type: flag(),
      doc: "Poll the state of the link.",
      noEffect: "link changes come from the kernel",
    }),
    ...(
      [
        "track_src_ip",
        "native_ipv6",
        "owner_ignore_adverts",
        "old_unicast_checksum",
        "check_unicast_src",
        "unicast_fault_no_peer",
        "timer_expired_backup",
        "thread_timer_expired",
        "garp_extra_if",
        "vmac_garp_intvl",
        "unicast_ttl",
      ] as const
    ).map((name) =>
      row({
        ...instance,
        name,
        type: anyWords(),
        doc: "Accepted from keepalived's configurations.",
        noEffect: "this version has multicast over IPv4 only",
      }),
    ),
    row({
      ...instance,
      name: "unicast_peer",
      type: anyBlock(),
      doc: "Routers to send advertisements to instead of multicast.",
      notSupported: "this version speaks multicast only: remove unicast_peer on all routers of the group",
    }),
    row({
      ...instance,
      name: "unicast_src_ip",
      type: address(),
      doc: "Source address of unicast advertisements.",
      notSupported: "this version speaks multicast only: use `mcast_src_ip`",
    }),
    ...(["use_vmac", "use_vmac_addr", "vmac_xmit_base", "use_ipvlan", "vrf"] as const).map((name) =>
      row({
        ...instance,
        name,
        type: anyWords(),
        doc: "Addresses on an interface of their own.",
        notSupported: "addresses stand on the interface itself: remove it on all routers of the group",
      }),
    ),
    row({
      ...instance,
      name: "virtual_routes",
      type: anyBlock(),
      doc: "Routes only the MASTER has.",
      notSupported: "set them in a notify_master script",
    }),
    row({
      ...instance,
      name: "virtual_rules",
      type: anyBlock(),
      doc: "Policy rules only the MASTER has.",
      notSupported: "set them in a notify_master script",
    }),
    row({
      ...instance,
      name: "auth_hmac",
      type: anyBlock(),
      doc: "HMAC trailer of advertisements.",
      notSupported: "remove it on all routers of the group",
    }),
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

export type VrrpScript = BlockOf<typeof vrrpScript>;
export type VrrpInstance = BlockOf<typeof vrrpInstance>;
export type VrrpSyncGroup = BlockOf<typeof vrrpSyncGroup>;

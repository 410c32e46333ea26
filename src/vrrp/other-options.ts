import { row } from "../config/row.ts";
import { anyBlock, anyWords } from "../config/types.ts";

const instance = { in: "vrrp_instance", process: "vrrp" } as const;

/** Keywords of an instance that are known, and have no effect or are refused. */
export const otherInstanceRows = [
  row({
    ...instance,
    name: "notify_deleted",
    type: anyWords(),
    doc: "Run when a reload removes the instance.",
    noEffect: "notify_fault or notify_stop runs instead",
  }),
  row({
    ...instance,
    name: "notify_master_rx_lower_pri",
    type: anyWords(),
    doc: "Run when a master hears a lower priority.",
    noEffect: "this event has no script in this version",
  }),
  row({
    ...instance,
    name: "no_accept",
    type: anyWords(),
    doc: "Drop traffic to the addresses.",
    noEffect: "no firewall rules are made: the addresses answer",
  }),
  row({
    ...instance,
    name: "debug",
    type: anyWords(),
    doc: "Has no useful effect in keepalived either.",
    noEffect: "use -D",
  }),
  row({
    ...instance,
    name: "promote_secondaries",
    type: anyWords(),
    doc: "Keep secondary addresses when the primary goes.",
    noEffect: "set net.ipv4.conf.IFNAME.promote_secondaries with sysctl",
  }),
  row({
    ...instance,
    name: "kernel_rx_buf_size",
    type: anyWords(),
    doc: "Size of the receive buffer.",
    noEffect: "the kernel's default is used",
  }),
  row({
    ...instance,
    name: "linkbeat_use_polling",
    type: anyWords(),
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
    type: anyWords(),
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
];

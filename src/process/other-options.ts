import { row } from "../config/row.ts";
import { anyBlock, anyWords } from "../config/types.ts";

/** Keywords of keepalived's that this version knows and does nothing with: [reason, what they are, names]. */
const IDLE_GLOBALS = [
  [
    "processes keep their default scheduling",
    "Scheduling, affinity and memory locking of a process.",
    [
      ...["vrrp_priority", "checker_priority", "bfd_priority", "vrrp_no_swap", "checker_no_swap", "bfd_no_swap"],
      ...["vrrp_rt_priority", "checker_rt_priority", "bfd_rt_priority", "max_auto_priority", "min_auto_priority_delay"],
      ...["vrrp_cpu_affinity", "checker_cpu_affinity", "bfd_cpu_affinity"],
      ...["vrrp_rlimit_rttime", "checker_rlimit_rttime", "bfd_rlimit_rttime"],
      ...["vrrp_rlimit_rtime", "checker_rlimit_rtime", "bfd_rlimit_rtime"],
    ],
  ],
  [
    "processes show their role in `ps` already",
    "Names of the processes.",
    [
      ...["process_names", "process_name", "vrrp_process_name", "checker_process_name", "lvs_process_name"],
      "bfd_process_name",
    ],
  ],
  [
    "an overrun socket is read again instead",
    "Sizes of socket buffers.",
    [
      ...["vrrp_netlink_cmd_rcv_bufs", "vrrp_netlink_cmd_rcv_bufs_force", "vrrp_netlink_monitor_rcv_bufs"],
      ...["vrrp_netlink_monitor_rcv_bufs_force", "lvs_netlink_cmd_rcv_bufs", "lvs_netlink_cmd_rcv_bufs_force"],
      ...["lvs_netlink_monitor_rcv_bufs", "lvs_netlink_monitor_rcv_bufs_force", "process_monitor_rcv_bufs"],
      ...["process_monitor_rcv_bufs_force", "vrrp_rx_bufs_policy", "vrrp_rx_bufs_multiplier"],
    ],
  ],
  [
    "there is no SNMP agent and no D-Bus service; use `status --json`",
    "SNMP and D-Bus.",
    [
      ...["enable_traps", "enable_snmp_vrrp", "enable_snmp_keepalived", "enable_snmp_rfc", "enable_snmp_rfcv2"],
      ...["enable_snmp_rfcv3", "enable_snmp_checker", "snmp_socket", "snmp_vs_stats_update_interval"],
      ...["snmp_rs_stats_update_interval", "enable_dbus", "dbus_service_name", "dbus_no_interface_name"],
    ],
  ],
  [
    "this version writes no FIFOs; use the notify scripts",
    "FIFOs that get state changes.",
    [
      ...["notify_fifo", "notify_fifo_script", "vrrp_notify_fifo", "vrrp_notify_fifo_script", "lvs_notify_fifo"],
      ...["lvs_notify_fifo_script", "vrrp_notify_priority_changes", "fifo_write_vrrp_states_on_reload"],
    ],
  ],
  [
    "a reload always checks the file first, and keeps the old configuration when there is an error",
    "How a reload goes.",
    [
      ...["reload_check_config", "reload_file", "reload_time_file", "reload_repeat", "config_save_dir"],
      "tmp_config_directory",
    ],
  ],
  [
    "no firewall rules are made",
    "Firewall rules for the virtual addresses.",
    [
      ...["nftables", "nftables_priority", "nftables_ifindex", "nftables_counters", "vrrp_iptables", "vrrp_ipsets"],
      ...["nftables_ipvs", "nftables_ipvs_priority", "nftables_ipvs_start_fwmark"],
    ],
  ],
  [
    "every director starts at once, and waits for adverts as long as its timers say",
    "Delay before instances leave INIT.",
    ["vrrp_startup_delay", "vrrp_delay_after_boot"],
  ],
  [
    "nothing in this version depends on it",
    "Accepted from keepalived's configurations.",
    [
      ...["no_email_faults", "no_checker_emails", "use_symlink_paths", "set_supplementary_groups", "random_seed"],
      ...["umask", "log_unknown_vrids", "json_version", "data_use_instance", "include_check", "iproute_usr_dir"],
      ...["iproute_etc_dir", "state_dump_file", "stats_dump_file", "json_dump_file", "rs_init_notifies"],
      ...["default_interface", "vmac_prefix", "vmac_addr_prefix", "startup_script_timeout", "shutdown_script_timeout"],
      ...["disable_local_igmp", "vrrp_check_unicast_src", "vrrp_gna_interval", "vrrp_garp_extra_if"],
      ...["vrrp_vmac_garp_intvl", "vrrp_owner_ignore_adverts"],
    ],
  ],
] as const;

export const idleGlobals = IDLE_GLOBALS.flatMap(([noEffect, doc, names]) =>
  names.map((name) => row({ in: "global_defs", name: name as string, type: anyWords(), doc, noEffect })),
);

const idle = (name: string, isBlock: boolean, doc: string, noEffect: string) =>
  row({ in: "root", name, type: isBlock ? anyBlock() : anyWords(), doc, noEffect });

const refused = (name: string, isBlock: boolean, doc: string, notSupported: string) =>
  row({ in: "root", name, type: isBlock ? anyBlock() : anyWords(), doc, notSupported });

const NO_FILES = "use a vrrp_script that reads the file";

/** Keywords of the top level that are known, and have no effect or are refused. */
export const otherRoots = [
  idle(
    "instance",
    false,
    "Name of one of several directors on a host.",
    "several directors are told apart by their pid files (-p)",
  ),
  idle("use_pid_dir", false, "Pid files in a directory of their own.", "name the pid files with -p, -c and -r"),
  idle("linkbeat_use_polling", false, "Poll the state of links.", "link changes come from the kernel"),
  idle("linkbeat_interfaces", true, "Interfaces whose link is polled.", "link changes come from the kernel"),
  idle("namespace_with_ipsets", false, "Allow ipsets in a namespace.", "no ipsets are used"),
  idle("interface_up_down_delays", true, "Wait before a link change counts.", "link changes count at once"),
  idle("garp_group", true, "Least gap between gratuitous ARPs on some interfaces.", "use `vrrp_garp_interval`"),
  refused("net_namespace", false, "Network namespace to run in.", "start it with `ip netns exec NAME lvskeeper run`"),
  refused(
    "net_namespace_ipvs",
    false,
    "Network namespace of the IPVS table.",
    "run the whole director in that namespace",
  ),
  refused("SSL", true, "Client certificate of SSL_GET.", "SSL_GET presents no client certificate: remove the block"),
  refused("bfd_instance", true, "BFD session.", "remove it: there is no BFD process"),
  refused("track_group", true, "Instances that depend on static addresses.", "put the addresses into the instances"),
  refused("track_file", true, "File whose content moves priorities.", NO_FILES),
  refused("vrrp_track_file", true, "File whose content moves priorities.", NO_FILES),
  refused(
    "vrrp_track_process",
    true,
    "Process that has to run.",
    'use a vrrp_script, e.g. script "/usr/bin/pgrep NAME"',
  ),
];

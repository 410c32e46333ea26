import type { GlobalDefs } from "./global-options.ts";
import type { BufferPlan, ProcessesPlan, ProcessPlan, SocketsPlan } from "./plan-global-model.ts";

type Scheduled = "vrrp" | "checker" | "bfd";

/** Names that `process_names` gives, keepalived's: its checker is "lvs". */
const ROLE_NAMES = { vrrp: "keepalived_vrrp", checker: "keepalived_lvs", bfd: "keepalived_bfd" } as const;

export function planProcesses(global: GlobalDefs): ProcessesPlan {
  return {
    ...(global.process_name !== undefined && { parentName: global.process_name }),
    vrrp: planProcess(global, "vrrp"),
    checker: planProcess(global, "checker"),
    bfd: planProcess(global, "bfd"),
    autoPriority: { highest: Math.max(0, global.max_auto_priority), afterUs: global.min_auto_priority_delay },
  };
}

function planProcess(global: GlobalDefs, role: Scheduled): ProcessPlan {
  const name =
    global[`${role}_process_name`] ?? (global.process_names ? ROLE_NAMES[role] : undefined) ?? global.process_name;
  const realtimePriority = global[`${role}_rt_priority`];
  const cpus = global[`${role}_cpu_affinity`];
  return {
    ...(name !== undefined && { name }),
    nice: global[`${role}_priority`],
    lockMemory: global[`${role}_no_swap`],
    ...(realtimePriority !== undefined && { realtimePriority }),
    runTimeLimitUs: global[`${role}_rlimit_rttime`],
    ...(cpus && { cpus }),
  };
}

export function planSockets(global: GlobalDefs): SocketsPlan {
  const buffer = (size: number | undefined, force: boolean): BufferPlan => ({
    ...(size !== undefined && { bytes: size }),
    force,
  });
  const policy = global.vrrp_rx_bufs_policy;
  return {
    vrrpCommands: buffer(global.vrrp_netlink_cmd_rcv_bufs, global.vrrp_netlink_cmd_rcv_bufs_force),
    vrrpMonitor: buffer(global.vrrp_netlink_monitor_rcv_bufs, global.vrrp_netlink_monitor_rcv_bufs_force),
    checkerCommands: buffer(global.lvs_netlink_cmd_rcv_bufs, global.lvs_netlink_cmd_rcv_bufs_force),
    checkerMonitor: buffer(global.lvs_netlink_monitor_rcv_bufs, global.lvs_netlink_monitor_rcv_bufs_force),
    processMonitor: buffer(global.process_monitor_rcv_bufs, global.process_monitor_rcv_bufs_force),
    adverts: { ...(policy !== undefined && { size: policy }), packets: global.vrrp_rx_bufs_multiplier },
  };
}

import type { BufferPlan, SocketsPlan } from "../plan-global-model.ts";

/** Receive buffers, in the section `Global definitions`, by the keywords that set them; 0: the kernel's. */
export const socketBufferLines = (sockets: SocketsPlan): readonly string[] => [
  ...linesOf("vrrp_netlink_cmd", sockets.vrrpCommands),
  ...linesOf("vrrp_netlink_monitor", sockets.vrrpMonitor),
  ...linesOf("process_monitor", sockets.processMonitor),
  ...linesOf("lvs_netlink_cmd", sockets.checkerCommands),
  ...linesOf("lvs_netlink_monitor", sockets.checkerMonitor),
];

const linesOf = (name: string, { bytes, force }: BufferPlan): readonly string[] => [
  `${name}_rcv_bufs = ${bytes ?? 0}`,
  `${name}_rcv_bufs_force = ${force ? 1 : 0}`,
];

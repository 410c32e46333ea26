import { row } from "../config/row.ts";
import { bytes, int, MAX_UINT32, optionalBool } from "../config/types.ts";
import { bufferPolicy } from "./global-values.ts";

const vrrp = { in: "global_defs", process: "vrrp" } as const;
const checker = { in: "global_defs", process: "checker" } as const;

const READ_AGAIN = "an overrun socket is read again instead";

const SIZE = {
  type: bytes(),
  defaultText: "the kernel's, net.core.rmem_default",
  since: "2.0.0",
  rfc: "SO_RCVBUF of socket(7)",
  noEffect: READ_AGAIN,
} as const;
const FORCE = {
  type: optionalBool(),
  default: false,
  since: "2.0.0",
  rfc: "SO_RCVBUFFORCE of socket(7)",
  noEffect: READ_AGAIN,
} as const;

/** Sizes of the receive buffers of netlink and raw sockets. */
export const socketRows = [
  row({
    ...vrrp,
    ...SIZE,
    name: "vrrp_netlink_cmd_rcv_bufs",
    doc: "Receive buffer of the vrrp process's netlink socket for commands.",
    example: "vrrp_netlink_cmd_rcv_bufs 1048576",
  }),
  row({
    ...vrrp,
    ...FORCE,
    name: "vrrp_netlink_cmd_rcv_bufs_force",
    doc: "That size even above net.core.rmem_max.",
    example: "vrrp_netlink_cmd_rcv_bufs_force",
  }),
  row({
    ...vrrp,
    ...SIZE,
    name: "vrrp_netlink_monitor_rcv_bufs",
    doc: "Receive buffer of the vrrp process's netlink socket for changes of links and addresses.",
    example: "vrrp_netlink_monitor_rcv_bufs 1048576",
  }),
  row({
    ...vrrp,
    ...FORCE,
    name: "vrrp_netlink_monitor_rcv_bufs_force",
    doc: "That size even above net.core.rmem_max.",
    example: "vrrp_netlink_monitor_rcv_bufs_force",
  }),
  row({
    ...vrrp,
    ...SIZE,
    name: "process_monitor_rcv_bufs",
    doc: "Receive buffer of the socket that tells of starting and ending processes, for `vrrp_track_process`.",
    example: "process_monitor_rcv_bufs 1048576",
    since: "2.0.11",
  }),
  row({
    ...vrrp,
    ...FORCE,
    name: "process_monitor_rcv_bufs_force",
    doc: "That size even above net.core.rmem_max.",
    example: "process_monitor_rcv_bufs_force",
    since: "2.0.11",
  }),
  row({
    ...checker,
    ...SIZE,
    name: "lvs_netlink_cmd_rcv_bufs",
    doc: "Receive buffer of the checker process's netlink socket for commands.",
    example: "lvs_netlink_cmd_rcv_bufs 1048576",
  }),
  row({
    ...checker,
    ...FORCE,
    name: "lvs_netlink_cmd_rcv_bufs_force",
    doc: "That size even above net.core.rmem_max.",
    example: "lvs_netlink_cmd_rcv_bufs_force",
  }),
  row({
    ...checker,
    ...SIZE,
    name: "lvs_netlink_monitor_rcv_bufs",
    doc: "Receive buffer of the checker process's netlink socket for changes of addresses.",
    example: "lvs_netlink_monitor_rcv_bufs 1048576",
  }),
  row({
    ...checker,
    ...FORCE,
    name: "lvs_netlink_monitor_rcv_bufs_force",
    doc: "That size even above net.core.rmem_max.",
    example: "lvs_netlink_monitor_rcv_bufs_force",
  }),
  row({
    ...vrrp,
    name: "vrrp_rx_bufs_policy",
    type: bufferPolicy(),
    defaultText: "256 KiB",
    doc: "Receive buffer of the sockets for advertisements, for each instance on them: room for packets as long as the MTU, or as the advertisements; or that many bytes. It is never smaller than 256 KiB.",
    example: "vrrp_rx_bufs_policy ADVERT",
    since: "2.0.3",
    rfc: "SO_RCVBUF of socket(7)",
  }),
  row({
    ...vrrp,
    name: "vrrp_rx_bufs_multiplier",
    type: int({ min: 1, max: MAX_UINT32 }),
    default: 3,
    doc: "For how many packets `vrrp_rx_bufs_policy` makes room.",
    example: "vrrp_rx_bufs_multiplier 3",
    since: "2.0.3",
  }),
] as const;

import { command } from "../config/command.ts";
import { row } from "../config/row.ts";
import { flag, optionalBool } from "../config/types.ts";
import { fifo } from "./global-values.ts";

const all = { in: "global_defs", process: "all" } as const;
const vrrp = { in: "global_defs", process: "vrrp" } as const;
const checker = { in: "global_defs", process: "checker" } as const;

/** FIFOs that get a line for each change of state, in the order of the changes, and the programs that read them. */
export const fifoRows = [
  row({
    ...all,
    name: "notify_fifo",
    type: fifo(),
    repeat: "first",
    defaultText: "none",
    doc: "FIFO that gets the changes of instances, groups, virtual and real servers. It is made where it is missing, and then removed at the end.",
    example: "notify_fifo /run/lvs.fifo",
    since: "1.3.6",
  }),
  row({
    ...all,
    name: "notify_fifo_script",
    type: command({ account: true }),
    repeat: "first",
    defaultText: "none",
    doc: "Program that reads `notify_fifo`; it is started with the path of the FIFO as its last argument, and runs on.",
    example: "notify_fifo_script /usr/local/bin/lvs-events nobody",
    since: "1.3.6",
  }),
  row({
    ...vrrp,
    name: "vrrp_notify_fifo",
    type: fifo(),
    repeat: "first",
    defaultText: "none",
    doc: "FIFO that gets the changes of instances and groups only.",
    example: "vrrp_notify_fifo /run/vrrp.fifo nobody nogroup",
    since: "1.3.6",
  }),
  row({
    ...vrrp,
    name: "vrrp_notify_fifo_script",
    type: command({ account: true }),
    repeat: "first",
    defaultText: "none",
    doc: "Program that reads `vrrp_notify_fifo`.",
    example: "vrrp_notify_fifo_script /usr/local/bin/vrrp-events",
    since: "1.3.6",
  }),
  row({
    ...vrrp,
    name: "vrrp_notify_priority_changes",
    type: optionalBool(),
    default: false,
    doc: "The FIFO gets changes of priority too, as MASTER_PRIORITY and BACKUP_PRIORITY.",
    example: "vrrp_notify_priority_changes",
    since: "2.0.16",
  }),
  row({
    ...vrrp,
    name: "fifo_write_vrrp_states_on_reload",
    type: flag(),
    default: false,
    doc: "After a reload the FIFO gets the states of all instances and groups, changed or not.",
    example: "fifo_write_vrrp_states_on_reload",
    since: "2.2.5",
  }),
  row({
    ...checker,
    name: "lvs_notify_fifo",
    type: fifo(),
    repeat: "first",
    defaultText: "none",
    doc: "FIFO that gets the changes of virtual and real servers only.",
    example: "lvs_notify_fifo /run/lvs.fifo",
    since: "1.3.6",
  }),
  row({
    ...checker,
    name: "lvs_notify_fifo_script",
    type: command({ account: true }),
    repeat: "first",
    defaultText: "none",
    doc: "Program that reads `lvs_notify_fifo`.",
    example: "lvs_notify_fifo_script /usr/local/bin/lvs-events",
    since: "1.3.6",
  }),
] as const;

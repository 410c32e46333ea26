import { type CommandLine, command } from "../config/command.ts";
import { row, type ValueType } from "../config/row.ts";
import { optionalBool } from "../config/types.ts";

const SCRIPT = '"/etc/keepalived/notify.sh';

/** Keywords of an instance that stand in a group as well, with the same meaning. */
export const notifyRows = <const B extends "vrrp_instance" | "vrrp_sync_group">(inBlock: B) =>
  [
    row({
      in: inBlock,
      process: "vrrp",
      name: "notify_master",
      type: command({ account: true }),
      repeat: "first",
      doc: "Run on becoming MASTER. Arguments of the program need the quotes: words after them are the account it runs as.",
      example: `notify_master ${SCRIPT} master"`,
      since: "<=1.1.0",
    }),
    row({
      in: inBlock,
      process: "vrrp",
      name: "notify_backup",
      type: command({ account: true }),
      repeat: "first",
      doc: "Run on becoming BACKUP, at start too.",
      example: `notify_backup ${SCRIPT} backup"`,
      since: "<=1.1.0",
    }),
    row({
      in: inBlock,
      process: "vrrp",
      name: "notify_fault",
      type: command({ account: true }),
      repeat: "first",
      doc: "Run on entering FAULT, at start too.",
      example: `notify_fault ${SCRIPT} fault"`,
      since: "<=1.1.0",
    }),
    row({
      in: inBlock,
      process: "vrrp",
      name: "notify_stop",
      type: command({ account: true }),
      repeat: "first",
      doc: "Run when the director stops; it has about a second.",
      example: `notify_stop ${SCRIPT} stop"`,
      since: inBlock === "vrrp_instance" ? "1.1.13" : "2.0.0",
    }),
    row({
      in: inBlock,
      process: "vrrp",
      name: "notify",
      type: command({ account: true }),
      repeat: "first",
      doc: "Run on each change after the other script, with INSTANCE or GROUP, name, state and priority as further arguments.",
      example: 'notify "/etc/keepalived/notify.sh"',
      since: "1.1.2",
    }),
    row({
      in: inBlock,
      process: "vrrp",
      name: "smtp_alert",
      type: optionalBool(),
      defaultText: "`smtp_alert_vrrp`",
      doc: "Mail on state changes.",
      example: "smtp_alert",
      since: "<=1.1.0",
    }),
    row({
      in: inBlock,
      process: "vrrp",
      name: "notify_priority_changes",
      type: optionalBool(),
      defaultText:
        inBlock === "vrrp_instance"
          ? "that of its group, else `vrrp_notify_priority_changes`"
          : "`vrrp_notify_priority_changes`",
      doc: "Report changes of the priority on the FIFO; no script is run.",
      example: "notify_priority_changes",
      since: inBlock === "vrrp_instance" ? "2.0.16" : "2.2.0",
    }),
  ] as const;

/** A command, or nothing: the keyword alone says something as well. */
const optionalCommand: ValueType<{ readonly script?: CommandLine }> = {
  syntax: `[${command({ account: true }).syntax}]`,
  body: "none",
  read: (words) => {
    if (!words.peek()) return {};
    const script = command({ account: true }).read(words);
    return script && { script };
  },
};

const instance = { in: "vrrp_instance", process: "vrrp" } as const;

/** Scripts that only an instance has. */
export const instanceNotifyRows = [
  row({
    ...instance,
    name: "notify_deleted",
    type: optionalCommand,
    repeat: "first",
    defaultText: "`notify_fault` runs instead",
    doc: "A reload that removes the instance reports DELETED instead of FAULT, and runs this script if one is named.",
    example: `notify_deleted ${SCRIPT} deleted"`,
    since: "2.1.0",
  }),
  row({
    ...instance,
    name: "notify_master_rx_lower_pri",
    type: command({ account: true }),
    repeat: "first",
    doc: "Run when a master hears an advertisement of lower priority.",
    example: `notify_master_rx_lower_pri ${SCRIPT} lower"`,
    since: "2.0.6",
  }),
] as const;

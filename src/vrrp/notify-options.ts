import { command } from "../config/command.ts";
import { row } from "../config/row.ts";
import { anyBlock, optionalBool } from "../config/types.ts";

/** Keywords of an instance that stand in a group as well, with the same meaning. */
export const notifyRows = <const B extends "vrrp_instance" | "vrrp_sync_group">(inBlock: B) =>
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

import { address } from "../config/addresses.ts";
import type { Arguments } from "../config/arguments.ts";
import { command } from "../config/command.ts";
import { alias, type BlockOf, block, row, type ValueType } from "../config/row.ts";
import {
  anyWords,
  flag,
  int,
  MANY_SECONDS,
  oneOf,
  optionalBool,
  readChoice,
  readInt,
  readInterface,
  seconds,
  text,
  word,
  wordList,
} from "../config/types.ts";
import { virtualServer, virtualServerGroup } from "../virtual-server/options.ts";
import { staticRows, vrrpInstance, vrrpScript, vrrpSyncGroup } from "../vrrp/options.ts";
import { idleGlobals, otherRoots } from "./other-options.ts";

const global = { in: "global_defs" } as const;
const MAX_INT32 = 2_147_483_647;

export type SyncDaemonLine = { readonly interface: string; readonly instance?: string; readonly syncId?: number };

/** `IFNAME [inst VRRP] [id 0..255] …`: the kernel's connection-sync daemons. */
function syncDaemon(): ValueType<SyncDaemonLine> {
  return {
    syntax: "IFNAME [inst INSTANCE] [id 0..255]",
    body: "none",
    read: (words) => {
      const name = words.need("the name of an interface");
      const device = name && readInterface(words, name);
      if (device === undefined) return undefined;
      const line: { interface: string; instance?: string; syncId?: number } = { interface: device };
      for (let option = words.take(); option; option = words.take()) {
        if (!readSyncOption(words, option.text, line)) {
          words.problems.warning("conf/no-effect", "this option of `lvs_sync_daemon` has no effect", option);
          words.take();
        }
      }
      return line;
    },
  };
}

function readSyncOption(words: Arguments, option: string, line: { instance?: string; syncId?: number }): boolean {
  if (option === "inst") {
    const instance = words.need("the name of a vrrp_instance");
    if (instance) line.instance = instance.text;
    return true;
  }
  if (option !== "id") return false;
  const id = words.need("a number 0 to 255");
  const syncId = id && readInt(words, id, 0, 255);
  if (syncId !== undefined) line.syncId = syncId;
  return true;
}

export type MailServer = { readonly host: string; readonly port: number };

/** `ADDRESS-or-HOST [PORT]`. */
function mailServer(): ValueType<MailServer> {
  return {
    syntax: "ADDRESS or HOST [PORT 1..65535]",
    body: "none",
    read: (words) => {
      const host = words.need("an address or a host name");
      const port = words.take();
      const number = port ? readInt(words, port, 1, 65_535) : 25;
      return host && number !== undefined ? { host: host.text, port: number } : undefined;
    },
  };
}

/** `USER [[:]GROUP]`. */
function account(): ValueType<{ readonly user: string; readonly group?: string }> {
  return {
    syntax: "USER [GROUP]",
    body: "none",
    read: (words) => {
      const user = words.need("the name of an account");
      const group = words.take()?.text.replace(/^:/, "");
      return user && { user: user.text, ...(group !== undefined && { group }) };
    },
  };
}

const routerId = row({
  ...global,
  name: "router_id",
  type: text("STRING"),
  defaultText: "the host's name",
  doc: "Name of this director in the subjects of mails. Free text without effect on the protocol.",
  example: "router_id lvs-1",
  since: "1.1.8",
});

const flushOnStop = row({
  ...global,
  name: "lvs_flush_on_stop",
  type: {
    syntax: "[VS]",
    body: "none",
    read: (words: Arguments): "all" | "own" | undefined => {
      const scope = words.take();
      if (!scope) return "all";
      return readChoice(words, scope, ["VS"], false) && "own";
    },
  },
  defaultText: "off: services are removed one by one",
  doc: "At stop flush the whole IPVS table, other services included; with `VS` only the services of this file.",
  since: "2.2.0",
  process: "checker",
});

export const globalDefs = block({
  name: "global_defs",
  in: "root",
  repeat: "merge",
  doc: "Settings of the director as a whole. May be given several times; later values win.",
  process: "all",
  rows: [
    routerId,
    alias({ ...global, name: "lvs_id", of: routerId, deprecated: "write `router_id`" }),
    row({
      ...global,
      name: "notification_email",
      type: wordList("EMAIL"),
      doc: "Who gets mails about state changes.",
      example: "notification_email { ops@example.org }",
    }),
    row({
      ...global,
      name: "notification_email_from",
      type: word("EMAIL"),
      defaultText: "keepalived@ the host's name",
      doc: "Sender of the mails.",
    }),
    row({
      ...global,
      name: "smtp_server",
      type: mailServer(),
      defaultText: "none: no mail is sent",
      doc: "Relay for the mails, port 25 unless given.",
      example: "smtp_server 127.0.0.1",
    }),
    row({
      ...global,
      name: "smtp_helo_name",
      type: word("STRING"),
      defaultText: "the host's name",
      doc: "Name given in HELO.",
    }),
    row({
      ...global,
      name: "smtp_connect_timeout",
      type: seconds({ minS: 0, maxS: 4294, places: 0 }),
      default: 30_000,
      doc: "Limit for connecting to the relay and for each of its answers; 0 is read as 1.",
    }),
    row({
      ...global,
      name: "smtp_alert",
      type: optionalBool(),
      defaultText: "real servers: on, others: off",
      doc: "Default of every `smtp_alert` that is not given itself.",
    }),
    row({
      ...global,
      name: "smtp_alert_vrrp",
      type: optionalBool(),
      defaultText: "`smtp_alert`",
      doc: "Default of `smtp_alert` in vrrp_instance and vrrp_sync_group.",
    }),
    row({
      ...global,
      name: "smtp_alert_checker",
      type: optionalBool(),
      defaultText: "`smtp_alert`",
      doc: "Default of `smtp_alert` in virtual_server and real_server.",
    }),
    row({
      ...global,
      name: "checker_log_all_failures",
      type: optionalBool(),
      default: false,
      doc: "Default of `log_all_failures`: log each failing attempt instead of changes only.",
      process: "checker",
    }),
    row({
      ...global,
      name: "script_user",
      type: account(),
      defaultText: "keepalived_script where that account exists, else the user the director runs as",
      doc: "Account that scripts run as.",
      example: "script_user nobody",
    }),
    row({
      ...global,
      name: "enable_script_security",
      type: flag(),
      default: false,
      doc: "Refuse scripts that run as root and that others than root could replace.",
    }),
    row({
      ...global,
      name: "vrrp_version",
      type: oneOf(["2", "3"]),
      default: "2",
      doc: "VRRP version of IPv4 instances that do not give their own.",
      process: "vrrp",
    }),
    row({
      ...global,
      name: "vrrp_mcast_group4",
      type: address(),
      default: "224.0.0.18",
      doc: "Destination of IPv4 advertisements.",
      process: "vrrp",
    }),
    row({
      ...global,
      name: "vrrp_mcast_group6",
      type: address(),
      default: "ff02::12",
      doc: "Destination of IPv6 advertisements.",
      process: "vrrp",
    }),
    row({
      ...global,
      name: "v3_checksum_as_v2",
      type: optionalBool(),
      default: false,
      doc: "Version 3 over IPv4 without the pseudo-header in the checksum.",
      process: "vrrp",
    }),
    row({
      ...global,
      name: "vrrp_garp_master_delay",
      type: seconds({ minS: 0, maxS: 4294, places: 0 }),
      default: 5000,
      doc: "After this the second batch of gratuitous ARPs of a new master; 0: no second batch.",
      process: "vrrp",
    }),
    row({
      ...global,
      name: "vrrp_garp_master_repeat",
      type: int({ min: 0, max: MAX_INT32 }),
      default: 5,
      doc: "Gratuitous ARPs in a batch; 0 is read as 1.",
      process: "vrrp",
    }),
    row({
      ...global,
      name: "vrrp_garp_master_refresh",
      type: seconds({ minS: 0, maxS: MANY_SECONDS, places: 0 }),
      default: 0,
      doc: "Repeat gratuitous ARPs this often while master; 0: never.",
      process: "vrrp",
    }),
    row({
      ...global,
      name: "vrrp_garp_master_refresh_repeat",
      type: int({ min: 0, max: MAX_INT32 }),
      default: 1,
      doc: "Gratuitous ARPs in a refresh; 0 is read as 1.",
      process: "vrrp",
    }),
    row({
      ...global,
      name: "vrrp_garp_lower_prio_delay",
      type: seconds({ minS: 0, maxS: 4294, places: 0 }),
      defaultText: "`vrrp_garp_master_delay`",
      doc: "Delay of the second batch after an advertisement of lower priority.",
      process: "vrrp",
    }),
    row({
      ...global,
      name: "vrrp_garp_lower_prio_repeat",
      type: int({ min: 0, max: MAX_INT32 }),
      defaultText: "`vrrp_garp_master_repeat`",
      doc: "Gratuitous ARPs after an advertisement of lower priority; 0: none.",
      process: "vrrp",
    }),
    row({
      ...global,
      name: "vrrp_garp_interval",
      type: seconds({ minS: 0, maxS: 4294.967295 }),
      default: 0,
      doc: "Least gap between gratuitous ARPs on an interface.",
      process: "vrrp",
    }),
    row({
      ...global,
      name: "vrrp_min_garp",
      type: optionalBool(),
      default: false,
      doc: "One gratuitous ARP, no second batch and no refresh, where nothing else is given.",
      process: "vrrp",
    }),
    row({
      ...global,
      name: "vrrp_down_timer_adverts",
      type: int({ min: 1, max: 100 }),
      default: 3,
      doc: "Advertisement intervals of silence before a backup takes over.",
      process: "vrrp",
    }),
    row({
      ...global,
      name: "vrrp_lower_prio_no_advert",
      type: optionalBool(),
      default: false,
      doc: "A master does not answer an advertisement of lower priority at once.",
      process: "vrrp",
    }),
    row({
      ...global,
      name: "vrrp_higher_prio_send_advert",
      type: optionalBool(),
      default: false,
      doc: "A master that yields sends one more advertisement of its own first.",
      process: "vrrp",
    }),
    row({
      ...global,
      name: "vrrp_skip_check_adv_addr",
      type: optionalBool(),
      default: false,
      doc: "Do not compare the addresses of later advertisements of the same master.",
      process: "vrrp",
    }),
    row({
      ...global,
      name: "vrrp_strict",
      type: optionalBool(),
      default: false,
      doc: "Default of `strict_mode`.",
      process: "vrrp",
    }),
    row({
      ...global,
      name: "lvs_flush",
      type: flag(),
      default: false,
      doc: "Flush the whole IPVS table at start, other services included.",
      process: "checker",
    }),
    flushOnStop,
    alias({ ...global, name: "lvs_flush_onstop", of: flushOnStop, deprecated: "write `lvs_flush_on_stop`" }),
    row({
      ...global,
      name: "lvs_sync_daemon",
      type: syncDaemon(),
      doc: "Run the kernel's connection-sync daemons: master and backup both, or with `inst` the one that the state of a VRRP instance asks for.",
      example: "lvs_sync_daemon eth0 inst VI_1 id 51",
      process: "checker",
    }),
    row({
      ...global,
      name: "ipvs_resync",
      type: seconds({ minS: 0, maxS: 86_400, places: 3 }),
      default: 60_000,
      doc: "How often the kernel's table is compared with what it has to be, and mended; 0: never. Not known to keepalived.",
      process: "checker",
    }),
    row({
      ...global,
      name: "watchdog_timeout",
      type: seconds({ minS: 0.5, maxS: 60, places: 3 }),
      default: 3000,
      doc: "A process silent for longer than this is killed and replaced. Not known to keepalived.",
      process: "parent",
    }),
    row({
      ...global,
      name: "dynamic_interfaces",
      type: oneOfOptional(["allow_if_changes"]),
      doc: "Interfaces may be missing at start and come later. Always so here.",
      process: "vrrp",
    }),
    row({
      ...global,
      name: "startup_script",
      type: command({ account: true }),
      doc: "Run before the processes are started.",
      notSupported: "run it from the service manager, e.g. ExecStartPre= in a unit of systemd",
    }),
    row({
      ...global,
      name: "shutdown_script",
      type: command({ account: true }),
      doc: "Run after all processes have gone.",
      notSupported: "run it from the service manager, e.g. ExecStopPost= in a unit of systemd",
    }),
    row({
      ...global,
      name: "lvs_timeouts",
      type: anyWords(),
      doc: "Kernel timeouts of IPVS connections.",
      notSupported: "set them with `ipvsadm --set`",
      process: "checker",
    }),
    ...idleGlobals,
  ],
});

function oneOfOptional(choices: readonly string[]): ValueType<true> {
  return {
    syntax: `[${choices.join("|")}]`,
    body: "none",
    read: (words) => {
      const choice = words.take();
      return !choice || readChoice(words, choice, choices, false) !== undefined ? true : undefined;
    },
  };
}

/** Everything a configuration may hold, at its top level and below. */
export const root = block({
  name: "root",
  in: "",
  doc: "The file as a whole.",
  rows: [
    globalDefs,
    vrrpScript,
    vrrpInstance,
    vrrpSyncGroup,
    virtualServer,
    virtualServerGroup,
    ...staticRows,
    row({
      name: "child_wait_time",
      in: "root",
      type: seconds({ minS: 0, maxS: 3600, places: 0 }),
      default: 5000,
      doc: "How long stopping processes are waited for before they are killed.",
      process: "parent",
    }),
    row({
      name: "include",
      in: "root",
      type: text("FILE or PATTERN"),
      repeat: "first",
      doc: "Reads other files at this place, relative to the directory of the file that names them; `*`, `?`, `[…]` and `{a,b}` match several. Files with an execute bit are passed over.",
      example: "include conf.d/*.conf",
    }),
    ...(["includer", "includem", "includew", "includeb", "includea"] as const).map((name) =>
      row({
        name,
        in: "root",
        type: text("FILE or PATTERN"),
        doc: "As `include`; with m, w and a at its end it is an error when no file matches.",
      }),
    ),
    ...otherRoots,
  ],
});

export type Root = BlockOf<typeof root>;
export type GlobalDefs = BlockOf<typeof globalDefs>;

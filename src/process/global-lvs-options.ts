import type { Arguments } from "../config/arguments.ts";
import { alias, row } from "../config/row.ts";
import { flag, oneOf, optionalBool, readChoice, seconds } from "../config/types.ts";
import { ipvsTimeouts, syncDaemon } from "./global-lvs-values.ts";

const checker = { in: "global_defs", process: "checker" } as const;

const flushOnStop = row({
  ...checker,
  name: "lvs_flush_on_stop",
  type: {
    syntax: "[VS]",
    body: "none",
    values: ["VS"],
    read: (words: Arguments): "all" | "own" | undefined => {
      const scope = words.take();
      if (!scope) return "all";
      return readChoice(words, scope, ["VS"], false) && "own";
    },
  },
  defaultText: "off: services are removed one by one",
  doc: "At stop flush the whole IPVS table, other services included; with `VS` only the services of this file.",
  example: "lvs_flush_on_stop VS",
  since: "2.2.0",
});

/** The kernel's IPVS as a whole, and what virtual servers inherit. */
export const lvsRows = [
  row({
    ...checker,
    name: "lvs_flush",
    type: flag(),
    default: false,
    doc: "Flush the whole IPVS table at start, other services included.",
    example: "lvs_flush",
    since: "1.2.23",
  }),
  flushOnStop,
  alias({
    ...checker,
    name: "lvs_flush_onstop",
    of: flushOnStop,
    deprecated: "write `lvs_flush_on_stop`",
    example: "lvs_flush_onstop",
    since: "2.0.15",
  }),
  row({
    ...checker,
    name: "lvs_timeouts",
    type: ipvsTimeouts(),
    defaultText: "what the kernel has",
    doc: "Idle time after which the kernel forgets a TCP connection, one that has seen FIN, and a UDP conversation; 0 leaves one as it is.",
    example: "lvs_timeouts tcp 900 tcpfin 120 udp 300",
    since: "1.2.24",
  }),
  row({
    ...checker,
    name: "lvs_sync_daemon",
    process: "vrrp",
    type: syncDaemon(),
    repeat: "first",
    defaultText: "none",
    doc: "Run the kernel's connection-sync daemons: master and backup both, or with `inst` the one that the state of a VRRP instance asks for. The id is the VRID of that instance, 0 without one.",
    example: "lvs_sync_daemon eth0 inst VI_1 id 51",
    since: "1.2.20",
  }),
  row({
    ...checker,
    name: "ipvs_resync",
    type: seconds({ minS: 0, maxS: 86_400, places: 3 }),
    default: 60_000,
    doc: "How often the kernel's table is compared with what it has to be, and mended; 0: never. Not known to keepalived.",
    example: "ipvs_resync 60",
    since: "lvskeeper 0.1",
  }),
  row({
    ...checker,
    name: "ipvs_drift",
    type: oneOf(["repair", "report"]),
    default: "repair",
    doc: "What to do about changes that somebody else made to our part of the kernel's table: put them right, or tell of them in the log and in `status` and leave them until the table is read for another reason: a restart, a new virtual server, a change of ours that they stand in the way of. Not known to keepalived.",
    example: "ipvs_drift report",
    since: "lvskeeper 0.1",
  }),
  row({
    ...checker,
    name: "share_checks",
    type: optionalBool(),
    default: true,
    doc: "Checks of several virtual servers that ask the same of the same target, as often, share one probe; each makes its own of the answers (`retry`, `delay_before_retry`, `alpha`). Not known to keepalived.",
    example: "share_checks no",
    since: "lvskeeper 0.1",
  }),
  row({
    ...checker,
    name: "checker_log_all_failures",
    type: optionalBool(),
    default: false,
    doc: "Default of `log_all_failures`: log each failing attempt instead of changes only.",
    example: "checker_log_all_failures",
    since: "2.0.11",
  }),
  row({
    ...checker,
    name: "rs_init_notifies",
    type: optionalBool(),
    default: false,
    doc: "At start run `notify_up` of real servers that are taken to be up before any check.",
    example: "rs_init_notifies",
    since: "2.0.0",
  }),
] as const;

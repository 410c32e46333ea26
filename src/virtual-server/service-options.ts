import { alias, row } from "../config/row.ts";
import { flag, oneOf, optionalInt, word } from "../config/types.ts";
import { granularity, lbKind } from "./argument-options.ts";

const vs = { in: "virtual_server", process: "checker" } as const;

const SCHEDULERS = [
  "rr",
  "wrr",
  "lc",
  "wlc",
  "lblc",
  "sh",
  "mh",
  "dh",
  "fo",
  "ovf",
  "lblcr",
  "sed",
  "nq",
  "twos",
] as const;

const lbAlgo = row({
  ...vs,
  name: "lb_algo",
  type: oneOf(SCHEDULERS),
  defaultText: "wlc",
  doc: "How the kernel chooses the server of a new connection.",
  example: "lb_algo rr",
  since: "<=1.1.0",
  rfc: "ipvsadm(8), --scheduler",
});

const kind = row({
  ...vs,
  name: "lb_kind",
  type: lbKind(),
  defaultText: "NAT",
  doc: "How packets are forwarded to the real servers.",
  example: "lb_kind DR",
  since: "<=1.1.0",
  rfc: "ipvsadm(8), --masquerading, --gatewaying, --ipip",
});

const schedulerFlag = <const N extends string>(name: N, since: string, doc: string) =>
  row({ ...vs, name, type: flag(), default: false, doc, example: name, since });

const FALLBACK = "another server when the chosen one has weight 0";

/** What the service is to the kernel: protocol, scheduling, forwarding, persistence. */
export const serviceRows = [
  row({
    ...vs,
    name: "protocol",
    type: oneOf(["TCP", "UDP", "SCTP"], { anyCase: true }),
    defaultText: "UDP",
    doc: "Protocol of the service.",
    example: "protocol TCP",
    since: "<=1.1.0",
  }),
  row({
    ...vs,
    name: "ip_family",
    type: oneOf(["inet", "inet6"]),
    defaultText: "that of the real servers",
    doc: "Family of a firewall-mark service.",
    example: "ip_family inet",
    since: "1.2.20",
  }),
  lbAlgo,
  alias({ ...vs, name: "lvs_sched", of: lbAlgo, since: "1.1.5" }),
  kind,
  alias({ ...vs, name: "lvs_method", of: kind, since: "1.1.5" }),
  row({
    ...vs,
    name: "persistence_timeout",
    type: optionalInt({ min: 1, max: 2_678_400, bare: 360 }),
    doc: "Seconds for which a client stays with its server; 360 when no number is given. Without it each connection is on its own.",
    example: "persistence_timeout 50",
    since: "<=1.1.0",
  }),
  row({
    ...vs,
    name: "persistence_granularity",
    type: granularity(),
    defaultText: "each client on its own",
    doc: "Clients of one such network stay with one server.",
    example: "persistence_granularity 255.255.255.0",
    since: "<=1.1.0",
  }),
  row({
    ...vs,
    name: "persistence_engine",
    type: word("NAME", 15),
    doc: "Persistence engine of the kernel, e.g. sip.",
    example: "persistence_engine sip",
    since: "1.2.20",
  }),
  row({
    ...vs,
    name: "ops",
    type: flag(),
    default: false,
    doc: "One-packet scheduling: each UDP packet on its own.",
    example: "ops",
    since: "1.2.8",
  }),
  row({
    ...vs,
    name: "hashed",
    type: flag(),
    default: false,
    doc: "An old flag of the kernel's own.",
    example: "hashed",
    since: "1.3.0",
    noEffect: "it has none in keepalived either",
  }),
  schedulerFlag("flag-1", "1.3.0", "First flag of the scheduler; of sh and mh it is the fallback."),
  schedulerFlag("flag-2", "1.3.0", "Second flag of the scheduler; of sh and mh it is the port."),
  schedulerFlag("flag-3", "1.3.0", "Third flag of the scheduler."),
  schedulerFlag("sh-port", "1.3.0", "Scheduler sh: the client's port counts too."),
  schedulerFlag("sh-fallback", "1.3.0", `Scheduler sh: ${FALLBACK}.`),
  schedulerFlag("mh-port", "2.0.20", "Scheduler mh: the client's port counts too."),
  schedulerFlag("mh-fallback", "2.0.20", `Scheduler mh: ${FALLBACK}.`),
] as const;

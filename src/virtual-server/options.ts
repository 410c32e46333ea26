import { httpGet, miscCheck, otherChecks, sslGet, tcpCheck, timingRows } from "../checkers/options.ts";
import { addressPort } from "../config/addresses.ts";
import { command } from "../config/command.ts";
import { alias, type BlockOf, block, row } from "../config/row.ts";
import { anyBlock, flag, int, oneOf, optionalBool, optionalInt, seconds, word } from "../config/types.ts";
import { granularity, lbKind, serviceArgument } from "./argument-options.ts";

const MAX_INT32 = 2_147_483_647;
const MAX_UINT32 = 4_294_967_295;

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

const vs = { in: "virtual_server", process: "checker" } as const;
const rs = { in: "real_server", process: "checker" } as const;

const scripts = <const B extends string, const N extends string>(inBlock: B, name: N, doc: string) =>
  row({
    in: inBlock,
    process: "checker",
    name,
    type: command({ account: true }),
    repeat: "first",
    doc,
    example: `${name} /etc/keepalived/notify.sh`,
  });

export const realServer = block({
  name: "real_server",
  in: "virtual_server",
  argument: addressPort(),
  process: "checker",
  doc: "One server that takes connections of the virtual server.",
  example: "real_server 192.168.1.10 80 {\n    weight 1\n    TCP_CHECK {\n    }\n}",
  rows: [
    row({
      ...rs,
      name: "weight",
      type: int({ min: 0, max: MAX_INT32 }),
      defaultText: "the virtual server's, 1",
      doc: "Its share of connections; 0: it gets no new ones.",
      example: "weight 3",
    }),
    row({
      ...rs,
      name: "lvs_method",
      type: lbKind(),
      defaultText: "the virtual server's `lb_kind`",
      doc: "How packets are forwarded to it.",
    }),
    row({
      ...rs,
      name: "uthreshold",
      type: int({ min: 0, max: MAX_UINT32 }),
      default: 0,
      doc: "No new connections above this many; 0: no limit.",
    }),
    row({
      ...rs,
      name: "lthreshold",
      type: int({ min: 0, max: MAX_UINT32 }),
      default: 0,
      doc: "Below this many, new connections again.",
    }),
    row({
      ...rs,
      name: "inhibit_on_failure",
      type: optionalBool(),
      defaultText: "the virtual server's",
      doc: "A failed server stays in the table with weight 0.",
    }),
    scripts("real_server", "notify_up", "Run when the server comes up."),
    scripts("real_server", "notify_down", "Run when the server goes down."),
    row({
      ...rs,
      name: "alpha",
      type: optionalBool(),
      defaultText: "the virtual server's",
      doc: "Its checks count as failed until their first success.",
    }),
    ...timingRows("real_server", 1).rows,
    row({
      ...rs,
      name: "connect_timeout",
      type: seconds({ minS: 0.000001, maxS: 4294.967295 }),
      defaultText: "the virtual server's",
      doc: "Default of its checks.",
    }),
    row({
      ...rs,
      name: "smtp_alert",
      type: optionalBool(),
      defaultText: "`smtp_alert_checker`, then on",
      doc: "Mail when it goes up or down.",
    }),
    row({
      ...rs,
      name: "virtualhost",
      type: word("HOST"),
      defaultText: "the virtual server's",
      doc: "Host header of its HTTP_GET and SSL_GET.",
    }),
    row({ ...rs, name: "snmp_name", type: word("NAME"), doc: "Name in SNMP.", noEffect: "there is no SNMP agent" }),
    tcpCheck,
    httpGet,
    sslGet,
    miscCheck,
    ...otherChecks,
  ],
});

const lbAlgo = row({
  ...vs,
  name: "lb_algo",
  type: oneOf(SCHEDULERS),
  defaultText: "wlc",
  doc: "How the kernel chooses the server of a new connection.",
  example: "lb_algo rr",
});
const kind = row({
  ...vs,
  name: "lb_kind",
  type: lbKind(),
  defaultText: "NAT",
  doc: "How packets are forwarded to the real servers.",
  example: "lb_kind DR",
});

export const virtualServer = block({
  name: "virtual_server",
  in: "root",
  argument: serviceArgument(),
  process: "checker",
  doc: "One IPVS service: an address with a port, or a firewall mark, and the servers behind it.",
  example:
    "virtual_server 192.168.1.50 80 {\n    lb_algo rr\n    lb_kind DR\n    protocol TCP\n    real_server 192.168.1.10 80 {\n        TCP_CHECK {\n        }\n    }\n}",
  rows: [
    ...timingRows("virtual_server", 1).rows,
    row({
      ...vs,
      name: "connect_timeout",
      type: seconds({ minS: 0.000001, maxS: 4294.967295 }),
      default: 5000,
      doc: "Default of its checks.",
    }),
    lbAlgo,
    alias({ ...vs, name: "lvs_sched", of: lbAlgo }),
    kind,
    alias({ ...vs, name: "lvs_method", of: kind }),
    row({
      ...vs,
      name: "protocol",
      type: oneOf(["TCP", "UDP", "SCTP"], { anyCase: true }),
      defaultText: "UDP",
      doc: "Protocol of the service.",
      example: "protocol TCP",
    }),
    row({
      ...vs,
      name: "persistence_timeout",
      type: optionalInt({ min: 1, max: 2_678_400, bare: 360 }),
      defaultText: "off; 360 when given without a number",
      doc: "Seconds for which a client stays with its server.",
      example: "persistence_timeout 50",
    }),
    row({
      ...vs,
      name: "persistence_granularity",
      type: granularity(),
      defaultText: "each client on its own",
      doc: "Clients of one such network stay with one server.",
    }),
    row({
      ...vs,
      name: "persistence_engine",
      type: word("NAME", 16),
      doc: "Persistence engine of the kernel, e.g. sip.",
    }),
    row({
      ...vs,
      name: "ip_family",
      type: oneOf(["inet", "inet6"]),
      defaultText: "that of the real servers",
      doc: "Family of a firewall-mark service.",
    }),
    row({
      ...vs,
      name: "ops",
      type: flag(),
      default: false,
      doc: "One-packet scheduling: each UDP packet on its own.",
    }),
    row({
      ...vs,
      name: "hashed",
      type: flag(),
      default: false,
      doc: "An old flag without effect.",
      noEffect: "it has none in keepalived either",
    }),
    ...(["flag-1", "flag-2", "flag-3"] as const).map((name) =>
      row({ ...vs, name, type: flag(), default: false, doc: "A flag of the scheduler." }),
    ),
    row({ ...vs, name: "sh-port", type: flag(), default: false, doc: "Scheduler sh: the client's port counts too." }),
    row({
      ...vs,
      name: "sh-fallback",
      type: flag(),
      default: false,
      doc: "Scheduler sh: another server when the chosen one has weight 0.",
    }),
    row({ ...vs, name: "mh-port", type: flag(), default: false, doc: "Scheduler mh: the client's port counts too." }),
    row({
      ...vs,
      name: "mh-fallback",
      type: flag(),
      default: false,
      doc: "Scheduler mh: another server when the chosen one has weight 0.",
    }),
    row({
      ...vs,
      name: "weight",
      type: int({ min: 1, max: MAX_INT32 }),
      default: 1,
      doc: "Default weight of its real servers.",
    }),
    row({
      ...vs,
      name: "inhibit_on_failure",
      type: flag(),
      default: false,
      doc: "Failed servers stay in the table with weight 0.",
    }),
    row({
      ...vs,
      name: "alpha",
      type: flag(),
      default: false,
      doc: "Servers join only after their first successful check.",
    }),
    row({ ...vs, name: "omega", type: flag(), default: false, doc: "Run notify_down and quorum_down at stop." }),
    row({
      ...vs,
      name: "quorum",
      type: int({ min: 1, max: MAX_UINT32 }),
      default: 1,
      doc: "Least sum of weights of live servers.",
    }),
    row({
      ...vs,
      name: "hysteresis",
      type: int({ min: 0, max: MAX_UINT32 }),
      default: 0,
      doc: "Up again at quorum plus this, down below quorum minus this.",
    }),
    scripts("virtual_server", "quorum_up", "Run when the quorum is gained, at start too."),
    scripts("virtual_server", "quorum_down", "Run when the quorum is lost."),
    row({
      ...vs,
      name: "sorry_server",
      type: addressPort(),
      repeat: "first",
      doc: "Takes connections while there is no quorum.",
      example: "sorry_server 192.168.1.99 80",
    }),
    row({
      ...vs,
      name: "sorry_server_inhibit",
      type: flag(),
      default: false,
      doc: "The sorry server stands in the table with weight 0 all the time.",
    }),
    row({
      ...vs,
      name: "sorry_server_lvs_method",
      type: lbKind(),
      defaultText: "`lb_kind`",
      doc: "How packets are forwarded to the sorry server.",
    }),
    row({ ...vs, name: "virtualhost", type: word("HOST"), doc: "Host header of its HTTP_GET and SSL_GET." }),
    row({
      ...vs,
      name: "smtp_alert",
      type: optionalBool(),
      defaultText: "`smtp_alert_checker`, then off",
      doc: "Mail when the quorum is gained or lost.",
    }),
    row({
      ...vs,
      name: "nat_mask",
      type: word("NETMASK"),
      doc: "A leftover of old examples.",
      noEffect: "NAT has no mask, nor has it in keepalived",
    }),
    row({
      ...vs,
      name: "ha_suspend",
      type: flag(),
      doc: "Check only while the address is on this host.",
      noEffect: "servers are checked all the time",
    }),
    row({ ...vs, name: "snmp_name", type: word("NAME"), doc: "Name in SNMP.", noEffect: "there is no SNMP agent" }),
    realServer,
  ],
});

export const virtualServerGroup = row({
  in: "root",
  process: "checker",
  name: "virtual_server_group",
  type: anyBlock(),
  repeat: "all",
  doc: "A list of addresses that form one virtual server.",
  notSupported: "write a virtual_server for each address of the group",
});

export type VirtualServer = BlockOf<typeof virtualServer>;
export type RealServer = BlockOf<typeof realServer>;

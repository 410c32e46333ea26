import { httpGet, miscCheck, otherChecks, sslGet, tcpCheck, timingRows } from "../checkers/options.ts";
import { addressPort, readAddress, readAddressPort } from "../config/addresses.ts";
import type { Arguments } from "../config/arguments.ts";
import { command } from "../config/command.ts";
import { alias, type BlockOf, block, row, type ValueType } from "../config/row.ts";
import {
  anyBlock,
  flag,
  int,
  oneOf,
  optionalBool,
  optionalInt,
  readChoice,
  readInt,
  seconds,
  word,
} from "../config/types.ts";

const MAX_INT32 = 2_147_483_647;
const MAX_UINT32 = 4_294_967_295;

export type ServiceArgument =
  | { readonly kind: "address"; readonly address: string; readonly port: number }
  | { readonly kind: "fwmark"; readonly fwmark: number };

/** `ADDRESS [PORT]` or `fwmark INT`. */
function serviceArgument(): ValueType<ServiceArgument> {
  return {
    syntax: "ADDRESS [PORT] or fwmark INT",
    body: "none",
    read: (words) => {
      if (words.peek()?.text === "fwmark") {
        words.take();
        const number = words.need("a firewall mark");
        const fwmark = number && readInt(words, number, 1, MAX_UINT32);
        return fwmark === undefined ? undefined : { kind: "fwmark", fwmark };
      }
      if (words.peek()?.text === "group" && words.rest > 1) return refuseGroup(words);
      const found = readAddressPort(words);
      return found && { kind: "address", ...found };
    },
  };
}

function refuseGroup(words: Arguments): undefined {
  words.takeAll();
  words.problems.error(
    "conf/not-supported",
    "groups of virtual servers are not supported by this version",
    words.all(),
    {
      hint: "write a virtual_server for each address of the group",
    },
  );
  return undefined;
}

export type LbKind = {
  readonly method: "NAT" | "DR" | "TUN";
  readonly tunnel?: {
    readonly type: "ipip" | "gue" | "gre";
    readonly port: number;
    readonly checksum: "none" | "csum" | "remcsum";
  };
};

const CHECKSUMS = { nocsum: "none", csum: "csum", remcsum: "remcsum" } as const;

/** `NAT|DR|TUN [type ipip|gue port N|gre] [nocsum|csum|remcsum]`. */
function lbKind(): ValueType<LbKind> {
  return {
    syntax: "NAT|DR|TUN [type ipip|gue port PORT|gre] [nocsum|csum|remcsum]",
    body: "none",
    read: (words) => {
      const name = words.need("NAT, DR or TUN");
      const method = name && readChoice(words, name, ["NAT", "DR", "TUN"], true);
      if (!method || method !== "TUN") return method && { method };
      return readTunnel(words);
    },
  };
}

function readTunnel(words: Arguments): LbKind | undefined {
  let type: "ipip" | "gue" | "gre" = "ipip";
  let port = 0;
  let checksum: "none" | "csum" | "remcsum" = "none";
  for (let option = words.take(); option; option = words.take()) {
    const choice = readChoice(words, option, ["type", "port", "nocsum", "csum", "remcsum"], false);
    if (choice === undefined) return undefined;
    if (choice === "type") {
      const name = words.need("ipip, gue or gre");
      const found = name && readChoice(words, name, ["ipip", "gue", "gre"], false);
      if (!found) return undefined;
      type = found;
    } else if (choice === "port") {
      const number = words.need("a port");
      const found = number && readInt(words, number, 1, 65_535);
      if (!found) return undefined;
      port = found;
    } else checksum = CHECKSUMS[choice];
  }
  return tunnelProblem(words, type, port, checksum) ?? { method: "TUN", tunnel: { type, port, checksum } };
}

/** What a tunnel cannot be, reported; the method stands then, as ipip. */
function tunnelProblem(words: Arguments, type: string, port: number, checksum: string): LbKind | undefined {
  const problem =
    type === "gue" && port === 0
      ? "a gue tunnel needs `port`"
      : type !== "gue" && port !== 0
        ? `a tunnel of type ${type} has no port`
        : type === "ipip" && checksum !== "none"
          ? "an ipip tunnel has no checksum"
          : type === "gre" && checksum === "remcsum"
            ? "a gre tunnel has no remote checksum"
            : undefined;
  if (problem === undefined) return undefined;
  words.problems.error("conf/bad-value", problem, words.all());
  return { method: "TUN" };
}

/** A dotted mask for IPv4, a prefix length for IPv6; given as the prefix length, `dotted` telling which it was. */
export type Granularity = { readonly bits: number; readonly dotted: boolean };

function granularity(): ValueType<Granularity> {
  return {
    syntax: "NETMASK (IPv4) or INT 1..128 (IPv6)",
    body: "none",
    read: (words) => {
      const mask = words.need("a netmask");
      if (!mask) return undefined;
      if (!mask.text.includes(".")) {
        const bits = readInt(words, mask, 1, 128);
        return bits === undefined ? undefined : { bits, dotted: false };
      }
      const dotted = readAddress(words, mask, "a netmask");
      if (dotted === undefined) return undefined;
      const binary = dotted
        .split(".")
        .map((part) => Number(part).toString(2).padStart(8, "0"))
        .join("");
      const bits = binary.indexOf("0") < 0 ? 32 : binary.indexOf("0");
      if (binary.lastIndexOf("1") >= bits || bits === 0)
        return words.bad(mask, "a netmask", { hint: "e.g. 255.255.255.0" });
      return { bits, dotted: true };
    },
  };
}

export const SCHEDULERS = [
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

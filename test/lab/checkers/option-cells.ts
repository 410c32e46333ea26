import type { Fault } from "../../faults/fault-servers.ts";
import { addressOf } from "../lib/lab.ts";

// Which options the matrix of kinds-options.lab.test.ts tries with which kinds, and how packets show them.

export const full = process.env.LVSKEEPER_LAB_FULL === "1";
export const FAMILIES = [4, 6] as const;
type Family = (typeof FAMILIES)[number];

export const TALKS: Readonly<Record<number, Fault>> = {
  8080: { over: "tcp", how: "fine" },
  8443: { over: "tls", how: "fine" },
  8025: { over: "tcp", how: "mail: fine" },
  8051: { over: "h2", how: "serving" },
};
export const DATAGRAMS: Readonly<Record<number, Fault>> = {
  8053: { over: "udp", how: "dns: fine" },
  8054: { over: "udp", how: "hex 0aff" },
};
const URL = "url {\npath /\nstatus_code 200\n}";
/** Port 0: none. `options` stand behind `check`, in a block of their own where there is a `host`. */
export const KINDS: readonly { kind: string; port: number; check?: string; host?: true }[] = [
  { kind: "TCP_CHECK", port: 8080 },
  { kind: "HTTP_GET", port: 8080, check: URL },
  { kind: "SSL_GET", port: 8443, check: URL },
  { kind: "SMTP_CHECK", port: 8025 },
  { kind: "SMTP_CHECK", port: 8025, host: true },
  { kind: "GRPC_CHECK", port: 8051 },
  { kind: "DNS_CHECK", port: 8053, check: "type A\nname www.example.org" },
  { kind: "UDP_CHECK", port: 8054, check: "require_reply 0aff" },
  { kind: "PING_CHECK", port: 0 },
];
const nameOf = ({ kind, host }: (typeof KINDS)[number]): string => (host ? `${kind} host` : kind);

/** A real server of its own for each kind and option. `elsewhere`: it lacks this address. */
export const target = (family: Family, kind: number, column: number): string =>
  family === 4 ? `10.77.${kind + 1}.${column}` : `2001:db8:77:${kind + 1}::${column}`;
export const ALL = { 4: "10.77.0.0/16", 6: "2001:db8:77::/48" } as const;
export const OWN = { 4: addressOf("d1"), 6: "2001:db8::30" } as const;
export const SECOND = { 4: "192.168.122.31", 6: "2001:db8::31" } as const;
export const RS = { 4: addressOf("rs1"), 6: "2001:db8::10" } as const;
export const [NOWHERE, DEAF] = [200, 8];
const bindPort = (family: Family, kind: number, column: number): number => 41_000 + 200 * family + 20 * kind + column;

/** What of a packet is not as it would be without the option. */
export type Seen = { readonly to: string; readonly port: number; readonly from: string; readonly fromPort?: number } & {
  readonly mark: number;
  readonly device: string;
};
export type Cell = { readonly family: Family; readonly kind: number; readonly column: number };
type Column = {
  readonly name: string;
  readonly lines: (cell: Cell) => string;
  /** The real server's address and port, where the check does not go there. */
  readonly server?: (cell: Cell) => string;
  readonly seen?: (cell: Cell) => Partial<Seen>;
  /** Has a port, and so this option. */
  readonly needsPort?: true;
};
export const portOf = ({ kind }: Cell): number => KINDS[kind]?.port ?? 0;
export const at = ({ family, kind, column }: Cell): string => target(family, kind, column);

export const COLUMNS: Readonly<Record<number, Column>> = {
  1: { name: "no option", lines: () => "" },
  2: {
    name: "connect_ip",
    lines: (cell) => `connect_ip ${at(cell)}`,
    server: (cell) => `${at({ ...cell, column: NOWHERE })} ${portOf(cell) || 80}`,
  },
  3: {
    name: "connect_port",
    lines: (cell) => `connect_port ${portOf(cell)}`,
    server: (cell) => `${at(cell)} 9`,
    needsPort: true,
  },
  4: {
    name: "bindto",
    lines: ({ family }) => `bindto ${SECOND[family]}`,
    seen: ({ family }) => ({ from: SECOND[family] }),
  },
  5: {
    name: "bind_port",
    lines: ({ family, kind, column }) => `bind_port ${bindPort(family, kind, column)}`,
    seen: ({ family, kind, column }) => ({ fromPort: bindPort(family, kind, column) }),
    needsPort: true,
  },
  6: {
    name: "bind_if",
    lines: () => "bind_if second",
    seen: ({ family }) => ({ from: SECOND[family], device: "second" }),
  },
  7: { name: "fwmark", lines: () => "fwmark 7", seen: () => ({ mark: 7 }) },
  9: {
    name: "all of them",
    lines: (cell) =>
      [
        ...[`connect_ip ${at(cell)}`, `bindto ${SECOND[cell.family]}`, "bind_if second", "fwmark 8"],
        ...(portOf(cell) ? [`connect_port ${portOf(cell)}`, `bind_port ${bindPort(cell.family, cell.kind, 9)}`] : []),
      ].join("\n"),
    server: (cell) => `${at({ ...cell, column: NOWHERE })} 9`,
    seen: ({ family, kind }) => ({
      ...{ from: SECOND[family], device: "second", mark: 8 },
      ...((KINDS[kind]?.port ?? 0) > 0 && { fromPort: bindPort(family, kind, 9) }),
    }),
  },
  [DEAF]: { name: "connect_timeout", lines: () => "connect_timeout 0.7" },
};

/** Those that are watched for some time, of IPv4. Attempts are half a second apart, other runs a second. */
const TIMED: Readonly<Record<number, { readonly name: string; readonly lines: string }>> = {
  20: { name: "delay_loop 1", lines: "delay_loop 1" },
  21: { name: "retry 2", lines: "delay_loop 1\nwarmup 0\nretry 2\ndelay_before_retry 0.5" },
  22: {
    name: "log_all_failures",
    lines: "delay_loop 1\nwarmup 0\nretry 2\ndelay_before_retry 0.5\nlog_all_failures",
  },
  23: { name: "alpha", lines: "delay_loop 1\nwarmup 0\nalpha" },
  24: { name: "warmup 4", lines: "delay_loop 1\nwarmup 4" },
};

export const cells: readonly Cell[] = FAMILIES.flatMap((family) =>
  KINDS.flatMap((_, kind) =>
    Object.entries(COLUMNS).flatMap(([column, { needsPort }]) =>
      needsPort && KINDS[kind]?.port === 0 ? [] : [{ family, kind, column: Number(column) }],
    ),
  ),
);
export const timedCells: readonly Cell[] = full
  ? KINDS.flatMap((_, kind) =>
      Object.keys(TIMED).map((column) => ({ family: 4 as const, kind, column: Number(column) })),
    )
  : [];
export const everyCell = [...cells, ...timedCells];
/** The port of the virtual server, by which lines of the log tell a cell. */
const numberOf = (cell: Cell): number => 1000 + everyCell.indexOf(cell);
export const serviceOf = (cell: Cell): string => `[10.0.0.1]:tcp:${numberOf(cell)}`;
export const cellName = ({ family, kind, column }: Cell): string =>
  `${nameOf(KINDS[kind] as (typeof KINDS)[number])} over IPv${family}: ${(COLUMNS[column] ?? TIMED[column])?.name}`;

export function config(cell: Cell): string {
  const { kind, check = "", host } = KINDS[cell.kind] as (typeof KINDS)[number];
  const column = COLUMNS[cell.column];
  const server = column?.server?.(cell) ?? `${at(cell)} ${portOf(cell) || 80}`;
  const lines = column ? `${column.lines(cell)}\nwarmup 0\ndelay_loop 60` : (TIMED[cell.column]?.lines ?? "");
  const whole = host ? `${kind} {\nhost {\n${lines}\n}\n}` : `${kind} {\n${check}\n${lines}\n}`;
  const head = "lb_algo rr\nlb_kind NAT\nprotocol TCP";
  return `virtual_server 10.0.0.1 ${numberOf(cell)} {\n${head}\nreal_server ${server} {\n${whole}\n}\n}\n`;
}

const DEVICES = ["eth0", "second"] as const;
/** A set for each device, family and with ports or without: nft prints no names of devices in a concatenation. */
export const SETS = DEVICES.flatMap((device) =>
  FAMILIES.flatMap((family) =>
    [true, false].map((hasPorts) => ({ device, family, hasPorts, name: `${device}-${family}-${hasPorts}` })),
  ),
);
export const NFT = `table inet seen {
${SETS.map(({ family, hasPorts, name }) => {
  const end = `ipv${family}_addr${hasPorts ? " . inet_service" : ""}`;
  return `set ${name} { type ${end} . ${end} . mark; flags dynamic; size 65535; }`;
}).join("\n")}
chain out { type filter hook output priority 0;
${SETS.map(({ device, family, hasPorts, name }) => {
  const ip = family === 4 ? "ip" : "ip6";
  // Of a connection the SYN: what answers a packet that comes late is none of the socket's.
  const echo = family === 4 ? "icmp type echo-request" : "icmpv6 type echo-request";
  const firsts = hasPorts ? ["tcp flags & (syn | ack) == syn", "meta l4proto udp"] : [echo];
  const fields = hasPorts
    ? `${ip} daddr . th dport . ${ip} saddr . th sport . meta mark`
    : `${ip} daddr . ${ip} saddr . meta mark`;
  const packet = `oifname "${device}" ${ip} daddr ${ALL[family]}`;
  return firsts.map((first) => `${packet} ${first} add @${name} { ${fields} }`).join("\n");
}).join("\n")}
}
}
`;

/** What the configurations of the differential test are made of: virtual servers and groups as data, and their text. */

/** The four real servers; each has a port that the test opens and closes. Two live on each machine. */
export const SERVERS = {
  a: { host: "rs1", last: 10, port: 7001 },
  b: { host: "rs2", last: 20, port: 7002 },
  c: { host: "rs1", last: 11, port: 7003 },
  d: { host: "rs2", last: 21, port: 7004 },
} as const;
export type Who = keyof typeof SERVERS;

/** Names of one case's own, so that many cases share one file: its addresses, marks and groups. */
export type Place = {
  readonly vip: (n: number) => string;
  readonly vip6: (n: number) => string;
  readonly mark: (n: number) => number;
  readonly group: (n: number) => string;
};

export const placeOf = (index: number): Place => ({
  vip: (n) => `10.9.${index}.${n}`,
  vip6: (n) => `2001:db8:${index}::${n}`,
  mark: (n) => index * 100 + n,
  group: (n) => `g${index}_${n}`,
});

/** Whose line of `ipvsadm -Sn` this is; undefined: no case's. */
export function caseOf(line: string): number | undefined {
  const [, v4, v6, mark] = /(?: 10\.9\.(\d+)\.| \[2001:db8:(\d+)::|-f (\d+))/.exec(line) ?? [];
  if (mark !== undefined) return Math.floor(Number(mark) / 100);
  return v4 === undefined && v6 === undefined ? undefined : Number(v4 ?? v6);
}

export type RealServer = {
  readonly who: Who;
  readonly family?: 4 | 6;
  /** 80; "none": without one. */
  readonly port?: number | "none";
  readonly options?: readonly string[];
  /** Options of its TCP_CHECK; null: it is not checked. */
  readonly check?: readonly string[] | null;
};

export type Service = {
  /** What follows `virtual_server`. */
  readonly at: string;
  readonly options: readonly string[];
  readonly servers: readonly RealServer[];
};

export const server = (who: Who, options: readonly string[] = [], more: Omit<RealServer, "who" | "options"> = {}) =>
  ({ who, options, ...more }) satisfies RealServer;

export const addressOfServer = (who: Who, family: 4 | 6 = 4): string =>
  `${family === 6 ? "2001:db8::" : "192.168.122."}${SERVERS[who].last}`;

/** Short timers: a server that fails is out, and one that returns is in, within 1.5 s. */
const TIMERS = ["delay_loop 1", "warmup 0", "connect_timeout 1", "retry 1", "delay_before_retry 0.2"];

export function serviceText({ at, options, servers }: Service): string {
  return block(`virtual_server ${at}`, [...TIMERS, ...options, ...servers.map(serverText)]);
}

function serverText({ who, family = 4, port = 80, options = [], check = [] }: RealServer): string {
  const address = addressOfServer(who, family);
  const probe = check === null ? [] : [block("TCP_CHECK", [`connect_port ${SERVERS[who].port}`, ...check])];
  return block(`real_server ${address}${port === "none" ? "" : ` ${port}`}`, [...options, ...probe]);
}

export const groupText = (name: string, members: readonly string[]): string =>
  block(`virtual_server_group ${name}`, members);

const block = (head: string, lines: readonly string[]): string =>
  `${head} {\n${lines.map((line) => line.replaceAll(/^/gm, "    ")).join("\n")}\n}`;

import { readdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { MAX_UINT32 } from "../config/types.ts";
import { Observed } from "../core/observed.ts";

/** What iproute2 gives names to, by the files that hold them. */
export type NameKind = "table" | "protocol" | "scope" | "dsfield" | "realm" | "group" | "ipProtocol";

type Spec = { readonly file: string; readonly max: number; readonly known: Readonly<Record<string, number>> };

/** Assured and expedited forwarding and class selectors: RFC 2597, RFC 3246, RFC 2474; as bytes of the IP header. */
const DSFIELDS = Object.fromEntries([
  ["default", 0],
  ["EF", 0xb8],
  ...[0, 1, 2, 3, 4, 5, 6, 7].map((n) => [`CS${n}`, n << 5]),
  ...[1, 2, 3, 4].flatMap((n) => [1, 2, 3].map((drop) => [`AF${n}${drop}`, (n << 5) | (drop << 3)])),
]) as Readonly<Record<string, number>>;

const SPECS: Readonly<Record<NameKind, Spec>> = {
  table: { file: "rt_tables", max: MAX_UINT32, known: { unspec: 0, default: 253, main: 254, local: 255 } },
  protocol: {
    file: "rt_protos",
    max: 255,
    known: {
      ...{ unspec: 0, redirect: 1, kernel: 2, boot: 3, static: 4, gated: 8, ra: 9, mrt: 10, zebra: 11, bird: 12 },
      ...{ dnrouted: 13, xorp: 14, ntk: 15, dhcp: 16, mrouted: 17, keepalived: 18, babel: 42, openr: 99 },
      ...{ bgp: 186, isis: 187, ospf: 188, rip: 189, eigrp: 192 },
    },
  },
  scope: {
    file: "rt_scopes",
    max: 255,
    known: { global: 0, universe: 0, site: 200, link: 253, host: 254, nowhere: 255 },
  },
  dsfield: { file: "rt_dsfield", max: 255, known: DSFIELDS },
  realm: { file: "rt_realms", max: 65_535, known: { cosmos: 0, unknown: 0 } },
  group: { file: "group", max: 2_147_483_647, known: { default: 0 } },
  ipProtocol: {
    file: "",
    max: 255,
    known: {
      ...{ ip: 0, icmp: 1, igmp: 2, ipencap: 4, tcp: 6, egp: 8, udp: 17, dccp: 33, ipv6: 41, rsvp: 46, gre: 47 },
      ...{ esp: 50, ah: 51, "ipv6-icmp": 58, icmpv6: 58, ospf: 89, ipip: 94, pim: 103, vrrp: 112, l2tp: 115 },
      ...{ sctp: 132, udplite: 136 },
    },
  },
};

/** A file of names is a few lines; what is larger is none. */
const MAX_BYTES = 262_144;
const MAX_FILES = 64;
const MAX_NAMES = 10_000;

/** Numbers of routing tables, protocols, scopes and the like by their names: those that everybody has, then those in
 *  iproute2's files of `etcDir`, then those of `usrDir`. The first number of a name counts, since packages add files that
 *  give the name of a well-known protocol to one of theirs. Each kind is read once, when it is first needed; files that
 *  cannot be read have no names. */
export class IprouteNames {
  readonly #folders: readonly string[];
  readonly #protocols: string;
  readonly #names = new Map<NameKind, ReadonlyMap<string, number>>();

  readonly #observed: Observed;

  constructor(
    folders: { readonly usrDir: string; readonly etcDir: string },
    observed = new Observed(),
    protocolsFile = "/etc/protocols",
  ) {
    this.#observed = observed;
    this.#folders = [folders.etcDir, folders.usrDir];
    this.#protocols = protocolsFile;
  }

  /** The number of a name, or the number itself in decimal, 0x or 0 octal; undefined when it is neither, or too large. */
  number(kind: NameKind, text: string): number | undefined {
    const { max } = SPECS[kind];
    const value = numberOf(text) ?? this.#of(kind).get(text);
    return value !== undefined && value <= max ? value : undefined;
  }

  /** All names of a kind. */
  names(kind: NameKind): readonly string[] {
    return [...this.#of(kind).keys()];
  }

  #of(kind: NameKind): ReadonlyMap<string, number> {
    const before = this.#names.get(kind);
    if (before) return before;
    const names = this.#observed.see(`names ${kind}`, () => this.#read(kind), sameNames);
    this.#names.set(kind, names);
    return names;
  }

  #read(kind: NameKind): ReadonlyMap<string, number> {
    const { file, known } = SPECS[kind];
    const names = new Map(Object.entries(known));
    if (kind === "ipProtocol") readNames(this.#protocols, names, "name first");
    else for (const folder of this.#folders) readFolder(folder, file, names);
    return names;
  }
}

const sameNames = (then: ReadonlyMap<string, number>, now: ReadonlyMap<string, number>): boolean =>
  JSON.stringify([...then]) === JSON.stringify([...now]);

function readFolder(folder: string, file: string, into: Map<string, number>): void {
  readNames(path.join(folder, file), into, "number first");
  for (const name of filesIn(path.join(folder, `${file}.d`)).slice(0, MAX_FILES))
    readNames(path.join(folder, `${file}.d`, name), into, "number first");
}

function filesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith(".conf"))
      .sort();
  } catch {
    return [];
  }
}

function readNames(file: string, into: Map<string, number>, order: "number first" | "name first"): void {
  for (const line of textOf(file).split("\n")) {
    if (into.size >= MAX_NAMES) return;
    const [first, second] = line.replace(/#.*/, "").trim().split(/\s+/);
    const [number, name] = order === "number first" ? [first, second] : [second, first];
    const value = numberOf(number ?? "");
    if (value !== undefined && name && !into.has(name)) into.set(name, value);
  }
}

/** Nothing where the file is no plain one: a device never ends. */
function textOf(file: string): string {
  try {
    const stat = statSync(file);
    return stat.isFile() && stat.size <= MAX_BYTES ? readFileSync(file, "latin1") : "";
  } catch {
    return "";
  }
}

function numberOf(text: string): number | undefined {
  if (/^0x[0-9a-fA-F]{1,8}$/.test(text)) return Number(text);
  if (/^0[0-7]{1,11}$/.test(text)) return Number.parseInt(text, 8);
  return /^\d{1,10}$/.test(text) ? Number(text) : undefined;
}

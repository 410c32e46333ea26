import { prefixedAddress, readAddress } from "../config/addresses.ts";
import type { Arguments } from "../config/arguments.ts";
import type { Placed } from "../config/diagnostic.ts";
import type { Token } from "../config/lexer.ts";
import { type LineOf, optionLine } from "../config/option-line.ts";
import { alias, row, type ValueType } from "../config/row.ts";
import { flag, interfaceName, readInt, word } from "../config/types.ts";

/** One line of a list of addresses, as it stands there. `prefixLength` is 32 or 128 where none is given, and that of the
 *  peer where there is one. */
export type AddressLine = {
  readonly address: string;
  readonly prefixLength: number;
  readonly interface?: string;
  readonly scope?: number;
  readonly label?: string;
  readonly broadcast?: string | "+" | "-";
  readonly peer?: string;
  readonly home?: true;
  /** `-nodad`: duplicate address detection is done. */
  readonly duplicateDetection?: true;
  readonly manageTemporary?: true;
  readonly noPrefixRoute?: true;
  readonly autojoin?: true;
  readonly noTrack?: true;
  readonly preferredLifetimeS?: number | "forever";
  readonly useVmac?: true;
  readonly trackGroup?: string;
  readonly at: Placed;
};

/** rt_scope values of linux/rtnetlink.h by the names of iproute2's rt_scopes. */
const SCOPES: Readonly<Record<string, number>> = {
  global: 0,
  universe: 0,
  site: 200,
  link: 253,
  host: 254,
  nowhere: 255,
};

const scope: ValueType<number> = {
  syntax: "global|site|link|host|nowhere|INT 0..255",
  body: "none",
  read: (words) => {
    const name = words.need("a scope");
    return name && (SCOPES[name.text] ?? readInt(words, name, 0, 255));
  },
};

const broadcast: ValueType<string> = {
  syntax: "ADDRESS|+|-",
  body: "none",
  read: (words) => {
    const value = words.need("an address, `+` or `-`");
    return value && (value.text === "+" || value.text === "-" ? value.text : readAddress(words, value));
  },
};

const lifetime: ValueType<number | "forever"> = {
  syntax: "SECONDS|forever",
  body: "none",
  unit: "s",
  range: "0..4294967295",
  read: (words) => {
    const value = words.need("a number of seconds, or `forever`");
    return value && (value.text === "forever" ? "forever" : readInt(words, value, 0, 4_294_967_295));
  },
};

/** IFNAMSIZ of linux/if.h, without the NUL at the end. */
const LONGEST_LABEL_BYTES = 15;

const label: ValueType<string> = {
  syntax: "LABEL",
  body: "none",
  read: (words) => {
    const value = words.need("a label");
    if (value && Buffer.byteLength(value.text) > LONGEST_LABEL_BYTES)
      return words.bad(value, `a label of at most ${LONGEST_LABEL_BYTES} characters`);
    return value?.text;
  },
};

type List = "virtual_ipaddress" | "virtual_ipaddress_excluded" | "static_ipaddress";

/** The rows of an address line; each list has its own, since a row names its list. */
function addressRows<const L extends List>(list: L) {
  const line = { in: `${list}[]`, process: "vrrp" } as const;
  const broadcastRow = row({
    ...line,
    name: "broadcast",
    type: broadcast,
    doc: "Broadcast address of IPv4: `+` sets all host bits, `-` clears them.",
    example: "192.168.1.50/24 broadcast +",
  });
  return {
    head: row({
      ...line,
      name: "ADDRESS",
      type: prefixedAddress(),
      defaultText: "/32, or /128 for IPv6",
      doc: "The address, and the prefix length it has on the interface.",
      example: "192.168.1.50/24",
    }),
    options: [
      row({
        ...line,
        name: "dev",
        type: interfaceName(),
        defaultText: list === "static_ipaddress" ? "`default_interface`" : "the instance's interface",
        doc: "The interface to put the address on.",
        example: "192.168.1.50/24 dev eth0",
      }),
      row({
        ...line,
        name: "scope",
        type: scope,
        defaultText: "global",
        doc: "How far the address is valid, by a name of iproute2's rt_scopes or by number; for IPv4.",
        example: "192.168.1.50/24 scope link",
      }),
      broadcastRow,
      alias({ ...line, name: "brd", of: broadcastRow, example: "192.168.1.50/24 brd 192.168.1.255" }),
      row({
        ...line,
        name: "label",
        type: label,
        doc: "Name that ifconfig and the like show the address under; for IPv4. By custom the interface's name, a colon and a number.",
        example: "192.168.1.50/24 dev eth0 label eth0:1",
      }),
      row({
        ...line,
        name: "peer",
        type: prefixedAddress(),
        doc: "Address of the other end of a point-to-point link. A prefix length stands with the peer; without one both are host addresses.",
        example: "10.0.0.1 peer 10.0.0.2",
      }),
      row({
        ...line,
        name: "home",
        type: flag(),
        default: false,
        doc: "The home address of a mobile node; for IPv6.",
        example: "2001:db8::50/64 home",
      }),
      row({
        ...line,
        name: "-nodad",
        type: flag(),
        default: false,
        defaultText: "none is done",
        doc: "Do duplicate address detection, which VRRP's addresses of IPv6 are otherwise spared. The minus is part of the word.",
        example: "2001:db8::50/64 -nodad",
      }),
      row({
        ...line,
        name: "mngtmpaddr",
        type: flag(),
        default: false,
        doc: "The kernel makes temporary addresses from this one; for IPv6.",
        example: "2001:db8::50/64 mngtmpaddr",
      }),
      row({
        ...line,
        name: "noprefixroute",
        type: flag(),
        default: false,
        doc: "No route to the address's network is made.",
        example: "192.168.1.50/24 noprefixroute",
      }),
      row({
        ...line,
        name: "autojoin",
        type: flag(),
        default: false,
        doc: "For a multicast address: join its group.",
        example: "239.1.1.1 autojoin",
      }),
      row({
        ...line,
        name: "no_track",
        type: flag(),
        default: false,
        doc: "Somebody else may remove the address: it is not put back.",
        example: "192.168.1.50/24 no_track",
      }),
      row({
        ...line,
        name: "preferred_lft",
        type: lifetime,
        defaultText: "0 for an IPv6 address with prefix length 128, else forever",
        doc: "For so long the address may be the source of new connections. At 0 it only answers, so that the host goes on using its own.",
        example: "2001:db8::50/64 preferred_lft 0",
      }),
    ],
  } as const;
}

const useVmac = <const L extends List>(list: L) =>
  row({
    in: `${list}[]`,
    process: "vrrp",
    name: "use_vmac",
    type: flag(),
    default: false,
    doc: "Put the address on a macvlan of its `dev` with the virtual router's MAC address.",
    example: "192.168.2.50/24 dev eth1 use_vmac",
  });

const trackGroup = row({
  in: "static_ipaddress[]",
  process: "vrrp",
  name: "track_group",
  type: word("GROUP"),
  doc: "Instances of this track_group go to FAULT when somebody removes the address.",
  example: "192.168.1.60/24 dev eth0 track_group G1",
});

const SYNTAX =
  "ADDRESS[/PREFIX] [dev IFNAME] [scope SCOPE] [brd ADDRESS|+|-] [label LABEL] [peer ADDRESS[/PREFIX]] [preferred_lft SECONDS|forever] [home] [-nodad] [mngtmpaddr] [noprefixroute] [autojoin] [no_track]";

function virtualLine<const L extends "virtual_ipaddress" | "virtual_ipaddress_excluded">(list: L) {
  const { head, options } = addressRows(list);
  return optionLine({ head, options: [...options, useVmac(list)], syntax: `${SYNTAX} [use_vmac]` });
}

function staticLine() {
  const { head, options } = addressRows("static_ipaddress");
  return optionLine({ head, options: [...options, trackGroup], syntax: `${SYNTAX} [track_group GROUP]` });
}

type Words = Partial<LineOf<ReturnType<typeof virtualLine>>> & Partial<LineOf<ReturnType<typeof staticLine>>>;

/** `ADDRESS[/PREFIX]` and its options, a line of the list `list`. */
export function addressLine(list: List): ValueType<AddressLine> {
  const line = list === "static_ipaddress" ? staticLine() : virtualLine(list);
  return {
    syntax: line.syntax,
    body: "none",
    items: line.items ?? [],
    read: (words) => {
      const found: Words | undefined = line.read(words);
      return found && lineOf(found, words);
    },
  };
}

function lineOf(found: Words, words: Arguments): AddressLine | undefined {
  const { ADDRESS: base, peer } = found;
  if (!base) return undefined;
  const six = base.address.includes(":");
  if (peer && peer.address.includes(":") !== six)
    return words.bad(optionAt(words, "peer", 1), `an IPv${six ? 6 : 4} address, as that before it is`);
  if (six && !fitsIpv6(found, words)) return undefined;
  return {
    address: base.address,
    prefixLength: peer ? peer.prefixLength : base.prefixLength,
    ...(found.dev !== undefined && { interface: found.dev }),
    ...(!six && ipv4Only(found, words)),
    ...(peer && { peer: peer.address }),
    ...(found.home && { home: true }),
    ...(found["-nodad"] && { duplicateDetection: true }),
    ...(found.mngtmpaddr && { manageTemporary: true }),
    ...(found.noprefixroute && { noPrefixRoute: true }),
    ...(found.autojoin && { autojoin: true }),
    ...(found.no_track && { noTrack: true }),
    ...(found.preferred_lft !== undefined && { preferredLifetimeS: found.preferred_lft }),
    ...(found.use_vmac && { useVmac: true }),
    ...(found.track_group !== undefined && { trackGroup: found.track_group }),
    at: words.all(),
  };
}

/** As keepalived: a broadcast address of IPv6 is refused, a scope and a label are passed over. */
function fitsIpv6(found: Words, words: Arguments): boolean {
  if (found.broadcast !== undefined) {
    const at = optionAt(words, "broadcast", 0, "brd");
    words.problems.error("conf/bad-value", "IPv6 has no broadcast addresses", at, { hint: "remove it" });
    return false;
  }
  for (const option of ["scope", "label"] as const)
    if (found[option] !== undefined)
      words.problems.warning(
        "vrrp/ipv4-option",
        `an IPv6 address has no ${option}: ignored`,
        optionAt(words, option, 0),
        { hint: "remove it" },
      );
  return true;
}

type Ipv4Options = Pick<AddressLine, "scope" | "label" | "broadcast">;

function ipv4Only(
  { scope: wanted, label, broadcast: given, peer, ADDRESS: base }: Words,
  words: Arguments,
): Ipv4Options {
  const small = (given === "+" || given === "-") && base !== undefined && base.prefixLength > 30;
  const why = peer ? "an address with a peer has none" : small ? "a network of that size has none" : undefined;
  if (given !== undefined && why !== undefined)
    words.problems.warning(
      "vrrp/no-broadcast",
      `no broadcast address is set: ${why}`,
      optionAt(words, "broadcast", 0, "brd"),
      { hint: peer ? "remove `broadcast`" : "write the prefix length of the network, e.g. /24" },
    );
  return {
    ...(wanted !== undefined && { scope: wanted }),
    ...(label !== undefined && { label }),
    ...(given !== undefined && why === undefined && { broadcast: given }),
  };
}

/** The word `after` words behind the last option of these names. */
function optionAt({ statement }: Arguments, name: string, after: number, otherName = name): Token {
  const index = statement.words.findLastIndex(({ text }) => text === name || text === otherName);
  return statement.words[index + after] ?? statement.words[0];
}

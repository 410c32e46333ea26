import type { Arguments } from "../config/arguments.ts";
import type { Placed } from "../config/diagnostic.ts";
import { type LineOf, optionLine } from "../config/option-line.ts";
import { alias, row, type ValueType } from "../config/row.ts";
import type { Statement } from "../config/tree.ts";
import {
  flag,
  int,
  interfaceName,
  intRange,
  line,
  MAX_INT32,
  MAX_UINT32,
  mapped,
  readInt,
  word,
} from "../config/types.ts";
import { bigInt, mark, nameOrNumber, prefix, realms } from "./route-value-options.ts";

export type RuleList = "virtual_rules" | "static_rules";

/** What a rule does with a packet, other than looking a table up. */
export type RuleType =
  | { readonly do: "blackhole" | "unreachable" | "prohibit" | "nop" }
  | { readonly do: "goto"; readonly target: number };

const TYPES = ["blackhole", "unreachable", "prohibit", "nop", "goto"] as const;

/** `blackhole|unreachable|prohibit|nop` or `goto PREFERENCE`. */
const ruleType: ValueType<RuleType> = line(
  "blackhole|unreachable|prohibit|nop|goto INT",
  (words: Arguments) => {
    const action = readAction(words);
    if (!action) words.takeAll(); // what follows belongs to an action that is not known
    return action;
  },
  { values: TYPES },
);

function readAction(words: Arguments): RuleType | undefined {
  const token = words.need("an action");
  const found = token && TYPES.find((type) => type === token.text);
  if (!found) return token && words.bad(token, "an action", { hint: `expected one of: ${TYPES.join(", ")}` });
  if (found !== "goto") return { do: found };
  const number = words.need("the preference of a rule");
  const target = number && readInt(words, number, 0, MAX_UINT32, true);
  return target === undefined ? undefined : { do: "goto", target };
}

const kernel = { rfc: "linux/fib_rules.h" } as const;

/** The options of a policy rule, which `ip rule` has too; each list has its own rows, since a row names its list. */
function ruleRows<const L extends RuleList>(list: L) {
  const of = { in: `${list}[]`, process: "vrrp" } as const;
  const table = row({
    ...of,
    name: "table",
    type: nameOrNumber(`1..${MAX_UINT32}`),
    doc: "Action: look the packet up in this routing table, by a name of rt_tables or a number.",
    example: "from 192.168.2.0/24 table 100 preference 1000",
    ...kernel,
  });
  const preference = row({
    ...of,
    name: "preference",
    type: int({ min: 0, max: MAX_UINT32, anyBase: true }),
    defaultText: "one that nobody has chosen, from 16384 downwards",
    doc: "Rules are tried in the order of their preferences, the least first.",
    example: "from 192.168.2.0/24 table 100 preference 1000",
    ...kernel,
  });
  const tos = row({
    ...of,
    name: "tos",
    type: nameOrNumber("0..255"),
    defaultText: "0",
    doc: "Only packets of this type of service, by a name of rt_dsfield or a number.",
    example: "tos 0x10 table 100 preference 1000",
    ...kernel,
  });
  const suppressPrefix = row({
    ...of,
    name: "suppress_prefixlength",
    type: int({ min: 0, max: MAX_INT32 }),
    doc: "Pass over what the table says where its prefix is this long or shorter: 0 passes over default routes.",
    example: "lookup main suppress_prefixlength 0 preference 1000",
    ...kernel,
  });
  const suppressGroup = row({
    ...of,
    name: "suppress_ifgroup",
    type: nameOrNumber(`0..${MAX_INT32}`),
    doc: "Pass over what the table says where it leads to an interface of this group, by a name of iproute2's group file or a number.",
    example: "lookup main suppress_ifgroup 5 preference 1000",
    ...kernel,
  });
  const dev = row({
    ...of,
    name: "dev",
    type: interfaceName(),
    doc: "Only packets that have come in by this interface.",
    example: "dev eth1 table 100 preference 1000",
    ...kernel,
  });
  return [
    row({
      ...of,
      name: "inet",
      type: flag(),
      default: false,
      defaultText: "from the addresses; inet",
      doc: "The rule is one of IPv4.",
      example: "inet dev eth1 table 100 preference 1000",
    }),
    row({
      ...of,
      name: "inet6",
      type: flag(),
      default: false,
      defaultText: "from the addresses; inet",
      doc: "The rule is one of IPv6.",
      example: "inet6 dev eth1 table 100 preference 1000",
    }),
    row({
      ...of,
      name: "not",
      type: flag(),
      default: false,
      doc: "All packets but those described.",
      example: "not from 192.168.0.0/16 table 100 preference 1000",
      ...kernel,
    }),
    row({
      ...of,
      name: "from",
      type: prefix(),
      defaultText: "any",
      doc: "Only packets of these sources.",
      example: "from 192.168.2.0/24 table 100 preference 1000",
      ...kernel,
    }),
    row({
      ...of,
      name: "to",
      type: prefix(),
      defaultText: "any",
      doc: "Only packets to these destinations.",
      example: "to 192.168.2.0/24 table 100 preference 1000",
      ...kernel,
    }),
    dev,
    alias({ ...of, name: "iif", of: dev }),
    row({
      ...of,
      name: "oif",
      type: interfaceName(),
      doc: "Only packets of sockets that are bound to this interface.",
      example: "oif eth1 table 100 preference 1000",
      ...kernel,
    }),
    row({
      ...of,
      name: "fwmark",
      type: mark(),
      doc: "Only packets with this mark, after the mask.",
      example: "fwmark 0x10/0xff table 100 preference 1000",
      ...kernel,
    }),
    tos,
    alias({ ...of, name: "dsfield", of: tos }),
    row({
      ...of,
      name: "ipproto",
      type: nameOrNumber("0..255"),
      doc: "Only packets of this protocol, by its name in /etc/protocols or its number.",
      example: "ipproto tcp dport 80-81 table 100 preference 1000",
      ...kernel,
    }),
    row({
      ...of,
      name: "sport",
      type: intRange({ min: 1, max: 65_535, single: true }),
      doc: "Only packets from these ports.",
      example: "ipproto udp sport 53-53 table 100 preference 1000",
      ...kernel,
    }),
    row({
      ...of,
      name: "dport",
      type: intRange({ min: 1, max: 65_535, single: true }),
      doc: "Only packets to these ports.",
      example: "ipproto tcp dport 80-81 table 100 preference 1000",
      ...kernel,
    }),
    row({
      ...of,
      name: "uidrange",
      type: intRange({ min: 0, max: MAX_UINT32, single: false }),
      doc: "Only packets of sockets of these users.",
      example: "uidrange 1000-1999 table 100 preference 1000",
      ...kernel,
    }),
    row({
      ...of,
      name: "tunnel-id",
      type: bigInt(),
      doc: "Only packets of this tunnel.",
      example: "tunnel-id 42 table 100 preference 1000",
      ...kernel,
    }),
    preference,
    alias({ ...of, name: "priority", of: preference }),
    alias({ ...of, name: "order", of: preference }),
    row({
      ...of,
      name: "realms",
      type: realms(),
      doc: "Realms for traffic control, by names of rt_realms or numbers; IPv4, with a table.",
      example: "from 192.168.2.0/24 table 100 realms 5/10 preference 1000",
      ...kernel,
    }),
    table,
    alias({ ...of, name: "lookup", of: table }),
    row({
      ...of,
      name: "l3mdev",
      type: flag(),
      default: false,
      doc: "Action: look the packet up in the table of the VRF that its interface belongs to.",
      example: "l3mdev preference 1000",
      ...kernel,
    }),
    row({
      ...of,
      name: "type",
      type: ruleType,
      doc: "Action: drop the packet (blackhole), refuse it (unreachable, prohibit), nothing (nop), or go on with the rule of a greater preference (goto); `type` may be left out. Each rule has one action.",
      example: "from 192.168.2.0/24 type prohibit preference 1000",
      ...kernel,
    }),
    suppressPrefix,
    alias({ ...of, name: "sup_pl", of: suppressPrefix }),
    suppressGroup,
    alias({ ...of, name: "sup_group", of: suppressGroup }),
    row({
      ...of,
      name: "protocol",
      type: nameOrNumber("0..255"),
      defaultText: "18 (keepalived)",
      doc: "Who has made the rule, by a name of rt_protos or a number. Only with `no_track`: by the default a rule is known again when it is removed.",
      example: "from 192.168.2.0/24 table 100 preference 1000 no_track protocol static",
      ...kernel,
    }),
    row({
      ...of,
      name: "no_track",
      type: flag(),
      default: false,
      doc: "It does not matter when somebody else removes the rule.",
      example: "from 192.168.2.0/24 table 100 preference 1000 no_track",
    }),
  ] as const;
}

const SYNTAX =
  "[inet|inet6] [not] [from ADDRESS[/PREFIX]] [to ADDRESS[/PREFIX]] [OPTION [VALUE]]... preference INT table TABLE|l3mdev|blackhole|unreachable|prohibit|nop|goto INT";

const ACTIONS: readonly string[] = TYPES;

/** An action may stand without `type` before it. */
const bare = (word: string): string | undefined => (ACTIONS.includes(word) ? "type" : undefined);

const virtualLine = optionLine({ options: ruleRows("virtual_rules"), bare, syntax: SYNTAX });

const trackGroup = row({
  in: "static_rules[]",
  process: "vrrp",
  name: "track_group",
  type: word("GROUP"),
  doc: "Instances of this track_group go to FAULT when somebody removes the rule.",
  example: "from 192.168.2.0/24 table 100 preference 1000 track_group G1",
});
const staticLine = optionLine({ options: [...ruleRows("static_rules"), trackGroup], bare, syntax: SYNTAX });

/** A line of virtual_rules or static_rules as it stands there. */
export type RuleLine = LineOf<typeof virtualLine> & {
  readonly track_group?: string | undefined;
  readonly at: Placed;
  readonly statement: Statement;
};

export function ruleLine(list: RuleList): ValueType<RuleLine> {
  const type = list === "virtual_rules" ? virtualLine : staticLine;
  return mapped(type as ValueType<LineOf<typeof virtualLine>>, (found, words) =>
    Object.assign(Object.create(found) as RuleLine, { at: words.all(), statement: words.statement }),
  );
}

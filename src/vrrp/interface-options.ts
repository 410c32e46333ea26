import type { Placed } from "../config/diagnostic.ts";
import type { Token } from "../config/lexer.ts";
import { type BlockOf, block, row, type ValueType } from "../config/row.ts";
import { interfaceName, line, lineList, readChoice, readInterface, seconds } from "../config/types.ts";

const since = "1.2.21";
const garp = { in: "garp_group", process: "vrrp", since } as const;

/** Names of interfaces with their places. */
const interfaces: ValueType<readonly { readonly name: string; readonly at: Placed }[]> = {
  syntax: "{ IFNAME... }",
  body: "words",
  read: (words) => {
    const tokens: readonly Token[] = words.statement.block?.statements.flatMap((item) => item.words) ?? [];
    return tokens.flatMap((token) => {
      const name = readInterface(words, token);
      return name === undefined ? [] : [{ name, at: token }];
    });
  },
};

const gap = () => seconds({ minS: 0, maxS: 4294.967295 });

export const garpGroup = block({
  name: "garp_group",
  in: "root",
  process: "vrrp",
  since,
  doc: "Interfaces that share a least gap between gratuitous ARPs, and between unsolicited neighbour advertisements, e.g. since one switch forgets them when they come too fast.",
  example: "garp_group {\n    garp_interval 0.002\n    interfaces {\n        eth0\n        eth1\n    }\n}",
  rows: [
    row({
      ...garp,
      name: "garp_interval",
      type: gap(),
      defaultText: "`vrrp_garp_interval`",
      doc: "Least gap between two gratuitous ARPs.",
      example: "garp_interval 0.002",
    }),
    row({
      ...garp,
      name: "gna_interval",
      type: gap(),
      defaultText: "`vrrp_gna_interval`",
      doc: "Least gap between two unsolicited neighbour advertisements.",
      example: "gna_interval 0.002",
    }),
    row({
      ...garp,
      name: "interface",
      type: interfaceName(),
      doc: "The one interface of the group.",
      example: "interface eth0",
    }),
    row({
      ...garp,
      name: "interfaces",
      type: interfaces,
      doc: "The interfaces of the group.",
      example: "interfaces {\n    eth0\n    eth1\n}",
    }),
  ],
});

export type GarpGroup = BlockOf<typeof garpGroup>;

export type LinkDelayLine = {
  readonly interface: string;
  readonly downMs: number;
  /** Absent: none is given. */
  readonly upMs?: number;
  readonly at: Placed;
};

const delay = seconds({ minS: 0, maxS: 255 });

const linkDelayLine: ValueType<LinkDelayLine> = line(
  "IFNAME DOWN [UP]",
  (words) => {
    const name = words.need("the name of an interface");
    const device = name && readInterface(words, name);
    const downMs = delay.read(words);
    const upMs = words.rest > 0 ? delay.read(words) : null;
    if (device === undefined || downMs === undefined || upMs === undefined) return undefined;
    return { interface: device, downMs, ...(upMs !== null && { upMs }), at: words.all() };
  },
  { unit: "s", range: "0..255" },
);

const LINKBEAT_METHODS = ["MII", "ETHTOOL", "IOCTL"] as const;
export type LinkbeatMethod = (typeof LINKBEAT_METHODS)[number];

const linkbeatLine = line("IFNAME [MII|ETHTOOL|IOCTL]", (words) => {
  const name = words.need("the name of an interface");
  const device = name && readInterface(words, name);
  const word = words.take();
  const method = word && readChoice(words, word, LINKBEAT_METHODS, false);
  if (device === undefined || (word && method === undefined)) return undefined;
  return { interface: device, ...(method !== undefined && { method }) };
});

/** How the states of interfaces are learnt. */
export const interfaceRows = [
  garpGroup,
  row({
    in: "root",
    process: "vrrp",
    name: "linkbeat_interfaces",
    type: lineList(linkbeatLine),
    doc: "Interfaces that are asked for the state of their link again and again, by the means named or else the first of MII, ETHTOOL and IOCTL that they understand.",
    example: "linkbeat_interfaces {\n    eth2\n    enp2s0 ETHTOOL\n}",
    since: "2.0.13",
    noEffect: "link changes come from the kernel",
  }),
  row({
    in: "root",
    process: "vrrp",
    name: "interface_up_down_delays",
    type: lineList(linkDelayLine),
    doc: "How long an interface has to be down, or up, before it counts. Below `(down_timer_adverts - 1) * advert_int` of the instances on it, or a backup would take over before. Without UP it counts as up at once.",
    example: "interface_up_down_delays {\n    eth0 0.5 2\n}",
    since: "2.2.3",
  }),
] as const;

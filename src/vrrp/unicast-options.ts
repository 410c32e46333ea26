import { address } from "../config/addresses.ts";
import type { Arguments } from "../config/arguments.ts";
import type { Placed } from "../config/diagnostic.ts";
import { type LineOf, optionLine } from "../config/option-line.ts";
import { row, type ValueType } from "../config/row.ts";
import { flag, int, lineList } from "../config/types.ts";

const peer = { in: "unicast_peer[]", process: "vrrp" } as const;

const line = optionLine({
  head: row({
    ...peer,
    name: "ADDRESS",
    type: address(),
    doc: "The other router's address, as its `unicast_src_ip`.",
    example: "192.168.1.3",
  }),
  options: [
    row({
      ...peer,
      name: "min_ttl",
      type: int({ min: 0, max: 255 }),
      default: 0,
      doc: "The lowest TTL that an advertisement of this router may come with. Advertisements from others than peers are dropped then.",
      example: "192.168.1.3 min_ttl 255",
    }),
    row({
      ...peer,
      name: "max_ttl",
      type: int({ min: 0, max: 255 }),
      default: 255,
      doc: "The highest TTL that an advertisement of this router may come with. Advertisements from others than peers are dropped then.",
      example: "192.168.1.3 min_ttl 250 max_ttl 254",
    }),
  ],
});

/** A line of unicast_peer. `ttlGiven`: with bounds of its own. */
export type PeerLine = {
  readonly address: string;
  readonly minTtl: number;
  readonly maxTtl: number;
  readonly ttlGiven: boolean;
  readonly at: Placed;
};

const peerLine: ValueType<PeerLine> = {
  syntax: line.syntax,
  body: "none",
  items: line.items ?? [],
  read: readPeer,
};

function readPeer(words: Arguments): PeerLine | undefined {
  const found: LineOf<typeof line> | undefined = line.read(words);
  if (!found) return undefined;
  const { ADDRESS, min_ttl: minTtl, max_ttl: maxTtl } = found;
  if (minTtl > maxTtl) {
    words.problems.error("vrrp/ttl", `no TTL is at least ${minTtl} and at most ${maxTtl}`, words.all(), {
      hint: "`min_ttl` has to be the smaller one",
    });
    return undefined;
  }
  return {
    address: ADDRESS,
    minTtl,
    maxTtl,
    ttlGiven: Object.hasOwn(found, "min_ttl") || Object.hasOwn(found, "max_ttl"),
    at: words.all(),
  };
}

const oldChecksum: ValueType<"use" | "never"> = {
  syntax: "[never]",
  body: "none",
  read: (line) => {
    const word = line.take();
    if (!word) return "use";
    return word.text === "never" ? "never" : line.bad(word, "`never`");
  },
};

const instance = { in: "vrrp_instance", process: "vrrp" } as const;

/** Keywords of instances that speak to a list of routers instead of to everybody on the link. */
export const unicastRows = [
  row({
    ...instance,
    name: "unicast_peer",
    type: lineList(peerLine),
    doc: "Routers to send advertisements to instead of multicast, one a line. An empty list means multicast.",
    example: "unicast_peer {\n    192.168.1.3\n    192.168.1.4 min_ttl 255\n}",
    since: "1.2.8",
  }),
  row({
    ...instance,
    name: "unicast_src_ip",
    type: address(),
    defaultText: "the first address of the interface",
    doc: "Source address of advertisements to the peers.",
    example: "unicast_src_ip 192.168.1.2\nunicast_peer {\n    192.168.1.3\n}",
    since: "1.2.10",
  }),
  row({
    ...instance,
    name: "unicast_ttl",
    type: int({ min: 0, max: 255 }),
    defaultText: "255; 64 for IPv6",
    doc: "TTL, or hop limit, of advertisements to the peers.",
    example: "unicast_ttl 64\nunicast_peer {\n    192.168.1.3\n}",
    since: "2.1.0",
  }),
  row({
    ...instance,
    name: "check_unicast_src",
    type: flag(),
    defaultText: "`vrrp_check_unicast_src`",
    doc: "Drop advertisements from addresses that are no peers.",
    example: "check_unicast_src\nunicast_peer {\n    192.168.1.3\n}",
    since: "2.1.0",
  }),
  row({
    ...instance,
    name: "unicast_fault_no_peer",
    type: flag(),
    default: false,
    doc: "Without peers the instance stays in FAULT, instead of speaking multicast.",
    example: "unicast_fault_no_peer",
    since: "2.2.5",
  }),
  row({
    ...instance,
    name: "old_unicast_checksum",
    type: oldChecksum,
    defaultText: "as the peer does",
    doc: "Send version 3 over IPv4 to the peers with the checksum that keepalived 1.3.6 and older had; `never`: not even when a peer sends it.",
    example: "old_unicast_checksum never\nunicast_peer {\n    192.168.1.3\n}",
    since: "1.3.7",
  }),
] as const;

import { readAddress } from "../config/addresses.ts";
import type { Placed } from "../config/diagnostic.ts";
import { block, row, type ValueType } from "../config/row.ts";
import { oneOf, readChoice, readInt, seconds } from "../config/types.ts";
import type { WitnessPlan } from "./takeover-model.ts";

/** A line of `witness`. */
export type WitnessLine = WitnessPlan & { readonly at: Placed };

const witness: ValueType<WitnessLine> = {
  syntax: "ping ADDRESS | tcp ADDRESS PORT",
  body: "none",
  read: (words) => {
    const word = words.need("`ping` or `tcp`");
    const kind = word && readChoice(words, word, ["ping", "tcp"], false);
    const host = kind && words.need("an address");
    const address = host && readAddress(words, host);
    if (!kind || !address) return undefined;
    if (kind === "ping") return { kind, address, at: words.all() };
    const given = words.need("a port");
    const port = given && readInt(words, given, 1, 65_535);
    return port === undefined ? undefined : { kind, address, port, at: words.all() };
  },
};

const option = { in: "takeover_check", process: "vrrp", since: "lvskeeper 0.1" } as const;

export const takeoverCheck = block({
  name: "takeover_check",
  in: "vrrp_instance",
  repeat: "merge",
  process: "vrrp",
  since: "lvskeeper 0.1",
  doc: "Before a backup takes over from a master that has fallen silent, it asks the link by ARP or neighbour discovery who has the addresses, and witnesses whether they are there: a firewall that drops adverts, or a cable of its own that is pulled, makes no second master. Each take-over from a master that died is later by `timeout`; one that says goodbye (priority 0), and one of lower priority that is heard, are taken over from at once. Not where a switch or router answers for addresses that are nowhere (proxy ARP, ARP suppression): it would hold for ever. A master whose processes are all killed at once, so that its addresses stay, is not taken over from while its host answers. An IPv6 address with `-nodad` is not asked for.",
  example:
    "takeover_check {\n    timeout 1\n    witness ping 192.168.1.1\n    witness tcp 192.168.1.20 3306\n    no_witness hold\n}",
  rows: [
    row({
      ...option,
      name: "timeout",
      type: seconds({ minS: 0.05, maxS: 60 }),
      default: 1000,
      doc: "How long answers are waited for: so much later a dead master is taken over from. The addresses are asked for three times in it. While it is held it asks again and again, and takes over between one and two of these times after the last answer.",
      example: "timeout 0.3",
    }),
    row({
      ...option,
      name: "on_conflict",
      type: oneOf(["hold", "take"]),
      default: "hold",
      doc: "What to do when somebody answers for one of the addresses although no advert comes. hold: stay BACKUP, say so, and go on asking. take: say so and take over, so that there are two masters.",
      example: "on_conflict hold",
    }),
    row({
      ...option,
      name: "witness",
      type: witness,
      repeat: "all",
      defaultText: "none",
      doc: "A host that is not one of the routers, the gateway for one: an answer to a ping, or a TCP connection that is made or refused, tells that this director is not the one that is cut off. One of all is enough.",
      example: "witness ping 192.168.1.1",
    }),
    row({
      ...option,
      name: "no_witness",
      type: oneOf(["hold", "take"]),
      default: "hold",
      doc: "What to do when there are witnesses and none of them answers. hold: stay BACKUP; when all of them are down, and the master dies too, nobody has the addresses. take: say so and take over.",
      example: "no_witness take",
    }),
  ],
});

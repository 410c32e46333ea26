import { optionLine } from "../config/option-line.ts";
import { row, type ValueType } from "../config/row.ts";
import { mapped } from "../config/types.ts";
import { readServiceName } from "../core/service-name.ts";
import { type TrackLine, weight } from "./weight-options.ts";

/** What instances follow of the checker process, in a line each. */
export type BalancingTracks = "track_virtual_server" | "track_checker";

/** What the checker process itself is called among what is tracked. No virtual server is named so. */
export const CHECKER_NAME = "checker";

/** `ADDRESS:PORT`, `fwmark:INT` or `group:NAME`. */
const service: ValueType<string> = {
  syntax: "ADDRESS:PORT|fwmark:INT|group:NAME",
  body: "none",
  read: (words) => {
    const word = words.need("ADDRESS:PORT, fwmark:INT or group:NAME");
    if (!word) return undefined;
    const name = readServiceName(word.text);
    return name ?? words.bad(word, "ADDRESS:PORT, fwmark:INT or group:NAME", { hint: "e.g. 10.0.0.100:80" });
  },
};

const weightIn = <const L extends `${BalancingTracks}[]`>(list: L, doc: string, example: string) =>
  row({
    in: list,
    process: "vrrp",
    name: "weight",
    type: weight({ max: 253 }),
    defaultText: "0",
    doc,
    example,
    since: "lvskeeper 0.1",
  });

const serverLine: ValueType<TrackLine> = mapped(
  optionLine({
    head: row({
      in: "track_virtual_server[]",
      process: "vrrp",
      name: "NAME",
      type: service,
      doc: "The virtual server: what stands behind `virtual_server`, as one word. Where several have this address and port (TCP and UDP), all of them.",
      example: "track_virtual_server 10.0.0.100:80",
      since: "lvskeeper 0.1",
    }),
    options: [
      weightIn(
        "track_virtual_server[]",
        "What the virtual server moves the priority by. 0: the loss of its quorum is a FAULT. Above 0: added while it has its quorum; below 0: taken away while not; `reverse` turns that round.",
        "track_virtual_server 10.0.0.100:80 weight -20",
      ),
    ],
    syntax: "ADDRESS:PORT|fwmark:INT|group:NAME [weight INT [reverse|noreverse]]",
  }),
  ({ NAME, weight: given }, words) => ({ name: NAME, ...(given && { weight: given }), at: words.all() }),
);

const checkerLine: ValueType<TrackLine> = mapped(
  optionLine({
    options: [
      weightIn(
        "track_checker[]",
        "What the checker process moves the priority by. 0: its absence is a FAULT.",
        "track_checker weight -20",
      ),
    ],
    syntax: "[weight INT [reverse|noreverse]]",
  }),
  ({ weight: given }, words) => ({ name: CHECKER_NAME, ...(given && { weight: given }), at: words.all() }),
);

/** The lines by which an instance follows the balancing on its host, or all members of a sync group do. */
export function balancingRows<const B extends "vrrp_instance" | "vrrp_sync_group">(home: B) {
  const line = { in: home, process: "vrrp", repeat: "all", since: "lvskeeper 0.1" } as const;
  return [
    row({
      ...line,
      name: "track_virtual_server",
      type: serverLine,
      doc: "A virtual server of this file whose quorum moves the priority, so that a director lets go that has nothing to balance to while its peer has. Without a weight its loss is a FAULT: when both directors lose it, nobody has the addresses, and no sorry server is reached. While the checker process is replaced, the last that was known counts; before it has told anything, nothing.",
      example: "track_virtual_server 10.0.0.100:80 weight -20",
    }),
    row({
      ...line,
      name: "track_checker",
      type: checkerLine,
      doc: "Our own checker process moves the priority: it counts as gone when it has not been there, or not been ready, for 10 seconds. One that is replaced in time changes nothing.",
      example: "track_checker weight -20",
    }),
  ] as const;
}

import type { Placed } from "../config/diagnostic.ts";
import { type Row, row, type ValueType } from "../config/row.ts";
import { lineList } from "../config/types.ts";
import { type GroupLine, groupLine } from "./group-line-options.ts";

const line = { in: "virtual_server_group[]", process: "checker" } as const;

/** A kind of line, for the manual: `groupLine` reads it. */
const kindOfLine = (name: string, syntax: string, range: string, more: { doc: string; example: string }): Row =>
  row({
    ...line,
    name,
    type: { ...groupLine(), syntax, range },
    ...more,
    defaultText: name === "fwmark" ? "the virtual server's family" : "no port",
  });

const items = [
  kindOfLine("ADDRESS", "[-END or /PREFIX] [PORT[-PORT]]", "1..65536 addresses", {
    doc: "An address, a range or a network: a service for each of its addresses and each port.",
    example: "192.168.1.50-59 80",
  }),
  kindOfLine("fwmark", "INT [inet|inet6]", "1..4294967295", {
    doc: "A firewall mark: one service for all packets that have it.",
    example: "fwmark 7 inet",
  }),
] as const;

export type ServerGroup = { readonly name: string; readonly lines: readonly GroupLine[]; readonly at: Placed };

const lines = lineList(groupLine());

const serverGroup: ValueType<ServerGroup> = {
  syntax: `NAME ${lines.syntax}`,
  body: "lines",
  named: true,
  items,
  read: (words) => {
    const at = words.all();
    const name = words.need("a name");
    words.finish();
    const read = lines.read(words) ?? [];
    return name && { name: name.text, lines: read, at };
  },
};

export const virtualServerGroup = row({
  in: "root",
  process: "checker",
  name: "virtual_server_group",
  type: serverGroup,
  repeat: "all",
  doc: "Addresses and firewall marks that form one virtual server: a service for each, with one set of real servers, checks and quorum behind all of them.",
  example: "virtual_server_group web {\n    192.168.1.50 80\n    192.168.1.60-69 80\n    fwmark 7\n}",
  since: "<=1.1.0",
});

import { type CommandName, commandRows, type OptionKey, optionRows, type Spelling } from "./table.ts";

/** Words of a command line as popt takes them apart: `-abc` is -a -b -c, `-w1`, `-w=1`, `-w 1`, `--weight=1` and
 *  `--weight 1` are the same, `--` ends the options, other words are told apart as `rest`. */
export type Item =
  /** `text`: the whole word that the option stands in; of a command the last word that it took. */
  | { readonly is: "command"; readonly command: CommandName; readonly word: string | undefined; readonly text: string }
  | { readonly is: "option"; readonly option: OptionKey; readonly word: string | undefined; readonly text: string }
  | {
      readonly is: "wrong";
      readonly text: string;
      readonly why: "unknown option" | "missing argument" | "option does not take an argument";
    };

export type Words = { readonly items: readonly Item[]; readonly rest: readonly string[] };

type Known = Spelling & ({ readonly command: CommandName } | { readonly option: OptionKey });

const known: readonly Known[] = [
  ...Object.entries(commandRows).map(([command, row]) => ({ ...row, command: command as CommandName })),
  { ...commandRows.list, short: "l", command: "list" },
  ...Object.entries(optionRows).map(([option, row]) => ({ ...row, option: option as OptionKey })),
];
const byLong = new Map(known.map((row) => [row.long, row]));
const byShort = new Map(known.flatMap((row) => (row.short === undefined ? [] : [[row.short, row] as const])));

/** Ends with the first thing that is wrong. */
export function splitWords(args: readonly string[]): Words {
  const items: Item[] = [];
  const rest: string[] = [];
  const waiting = [...args];
  /** The argument of an option, when it takes one; true when it lacks one. */
  const add = (row: Known, text: string, own: string | undefined): boolean => {
    let word = own;
    if (row.takes === "nothing" && own !== undefined) {
      items.push({ is: "wrong", text, why: "option does not take an argument" });
      return false;
    }
    if (word === undefined && (row.takes === "word" || (row.takes === "maybe" && !waiting[0]?.startsWith("-"))))
      word = waiting.shift();
    if (row.takes === "word" && word === undefined) {
      items.push({ is: "wrong", text, why: "missing argument" });
      return false;
    }
    const last = own === undefined && word !== undefined ? word : text;
    items.push(
      "command" in row
        ? { is: "command", command: row.command, word, text: last }
        : { is: "option", option: row.option, word, text },
    );
    return true;
  };

  for (;;) {
    const text = waiting.shift();
    if (text === undefined) return { items, rest };
    if (text === "--") return { items, rest: [...rest, ...waiting] };
    if (!text.startsWith("-") || text === "-") {
      rest.push(text);
      continue;
    }
    if (text.startsWith("--")) {
      const [, name = "", own] = /^--([^=]*)(?:=(.*))?$/s.exec(text) ?? [];
      const row = byLong.get(name);
      if (!row) items.push({ is: "wrong", text, why: "unknown option" });
      if (!row || !add(row, text, own)) return { items, rest };
      continue;
    }
    for (let at = 1; at < text.length; ) {
      const row = byShort.get(text[at] as string);
      if (!row) {
        items.push({ is: "wrong", text, why: "unknown option" });
        return { items, rest };
      }
      const after = text.slice(at + 1);
      const own = after.startsWith("=") ? after.slice(1) : row.takes !== "nothing" && after !== "" ? after : undefined;
      if (!add(row, text, own)) return { items, rest };
      at = own === undefined ? at + 1 : text.length;
    }
  }
}

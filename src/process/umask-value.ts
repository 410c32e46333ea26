import { quote } from "../config/diagnostic.ts";
import type { ValueType } from "../config/row.ts";
import { closest } from "../config/suggest.ts";

/** File mode bits by the names of sys/stat.h, less `S_`. */
const BITS: Readonly<Record<string, number>> = {
  IRUSR: 0o400,
  IWUSR: 0o200,
  IXUSR: 0o100,
  IRWXU: 0o700,
  IRGRP: 0o040,
  IWGRP: 0o020,
  IXGRP: 0o010,
  IRWXG: 0o070,
  IROTH: 0o004,
  IWOTH: 0o002,
  IXOTH: 0o001,
  IRWXO: 0o007,
};

/** The bits that files are made without: a number as C has it (0177, 0x7f, 127), or names joined by `|`. */
export function umaskValue(): ValueType<number> {
  return {
    syntax: "NUMBER or BIT [| BIT]...",
    body: "none",
    range: "0..0777",
    values: Object.keys(BITS),
    show: (mask) => `0${mask.toString(8)}`,
    read: (words) => {
      const first = words.need("a number, or names of bits joined by `|`");
      if (!first) return undefined;
      const tokens = [first, ...words.takeAll()];
      const text = tokens.map((token) => token.text).join(" ");
      const number = /^(0[0-7]*|0[xX][0-9a-fA-F]{1,8}|[1-9]\d{0,8})$/.test(text) ? numberOf(text) : undefined;
      if (number !== undefined)
        return number <= 0o777 ? number : words.bad(first, "a number up to 0777", { hint: "the range is 0 to 0777" });
      const names = text.split("|").map((name) => name.trim());
      const wrong = names.find((name) => !Object.hasOwn(BITS, name));
      if (wrong === undefined) return names.reduce((mask, name) => mask | (BITS[name] as number), 0);
      const near = closest(wrong.replace(/^S_/, ""), Object.keys(BITS));
      return words.bad(tokens.find((token) => token.text.includes(wrong)) ?? first, "a number or the name of a bit", {
        hint: near ? `did you mean ${quote(near)}?` : `the names are ${Object.keys(BITS).join(", ")}`,
      });
    },
  };
}

const numberOf = (text: string): number => (/^0[0-7]/.test(text) ? Number.parseInt(text, 8) : Number(text));

import type { Arguments } from "./arguments.ts";
import { quote } from "./diagnostic.ts";
import type { Token } from "./lexer.ts";
import type { ValueType } from "./row.ts";
import { closest } from "./suggest.ts";

const line = <T>(syntax: string, read: (words: Arguments) => T | undefined): ValueType<T> => ({
  syntax,
  body: "none",
  read,
});

/** A keyword without a value. */
export const flag = (): ValueType<boolean> => line("", () => true);

const TRUE = ["true", "on", "yes"];
const FALSE = ["false", "off", "no"];

/** A keyword whose value may be left out, meaning true. */
export const optionalBool = (): ValueType<boolean> =>
  line("[true|on|yes|false|off|no]", (words) => {
    const word = words.take();
    if (!word || TRUE.includes(word.text)) return true;
    if (FALSE.includes(word.text)) return false;
    const hint = closest(word.text, [...TRUE, ...FALSE]);
    return words.bad(word, "true or false", { hint: hint ? `did you mean \`${hint}\`?` : "write `on` or `off`" });
  });

/** A whole number in decimal, `min` to `max`. */
export const int = (range: {
  readonly min: number;
  readonly max: number;
  readonly unit?: string;
}): ValueType<number> => {
  const expected = `a whole number ${range.min} to ${range.max}`;
  return line(`INT ${range.min}..${range.max}${range.unit ? ` ${range.unit}` : ""}`, (words) => {
    const word = words.need(expected);
    return word && readInt(words, word, range.min, range.max);
  });
};

/** A whole number that may be left out, meaning `bare`. */
export const optionalInt = (range: { min: number; max: number; bare: number }): ValueType<number> =>
  line(`[INT ${range.min}..${range.max}]`, (words) => {
    const word = words.take();
    return word ? readInt(words, word, range.min, range.max) : range.bare;
  });

/** The number in a word; reports and gives undefined when it is none, or out of range. */
export function readInt(words: Arguments, word: Token, min: number, max: number): number | undefined {
  const value = /^\s*[+-]?\d{1,15}$/.test(word.text) ? Number(word.text) : Number.NaN;
  if (value >= min && value <= max) return value;
  if (!Number.isNaN(value))
    return words.bad(word, `a number ${min} to ${max}`, { hint: `the range is ${min} to ${max}` });
  const number = /^\s*[+-]?\d+/.exec(word.text)?.[0];
  return words.bad(word, `a whole number`, {
    hint: number ? `write ${quote(number.trim())} alone` : `expected a whole number ${min} to ${max}`,
  });
}

/** Decimal seconds, held in ms. `places` is how many digits the fraction may have (6: microseconds, 0: whole seconds). */
export const seconds = (range: {
  readonly minS: number;
  readonly maxS: number;
  readonly places?: 0 | 3 | 6;
}): ValueType<number> => {
  const { minS, maxS, places = 6 } = range;
  return line(`SECONDS ${minS}..${maxS}`, (words) => {
    const word = words.need(places === 0 ? "a number of whole seconds" : "a number of seconds");
    return word && readSeconds(words, word, minS, maxS, places);
  });
};

/** Above this many seconds there is no limit that anybody would write: 68 years. */
export const MANY_SECONDS = 2_147_483_647;

function readSeconds(words: Arguments, word: Token, minS: number, maxS: number, places: number): number | undefined {
  const match = /^\s*(\d{0,10})(?:\.(\d*))?$/.exec(word.text);
  if (!match || (!match[1] && !match[2])) {
    const number = /^\s*\d+(\.\d+)?(?=\s*m?s(ec)?$)/.exec(word.text)?.[0];
    return words.bad(word, "a number of seconds", {
      hint: number ? "write the number without a unit" : "e.g. `2` or `0.5`",
    });
  }
  const fraction = match[2] ?? "";
  if (fraction.length > places)
    return words.bad(word, "a time that can be held", {
      hint: places === 0 ? "whole seconds only" : `at most ${places} digits after the point`,
    });
  const valueMs = Number(match[1] || "0") * 1000 + Number(`0.${fraction || "0"}`) * 1000;
  const rounded = Math.round(valueMs * 1000) / 1000;
  if (rounded < minS * 1000 || rounded > maxS * 1000)
    return words.bad(word, `${minS} to ${maxS} seconds`, { hint: `the range is ${minS} to ${maxS} seconds` });
  return rounded;
}

/** One word, whatever it is; `max` characters at most (bytes of UTF-8), longer ones are refused. */
export const word = (what: string, max = 4096): ValueType<string> =>
  line(what, (words) => {
    const token = words.need(what);
    if (!token) return undefined;
    if (token.text === "") return words.bad(token, what, { hint: "it is empty" });
    if (Buffer.byteLength(token.text) > max) return words.bad(token, `${what} of at most ${max} characters`);
    return token.text;
  });

/** Everything up to the end of the line, its blanks as single ones. */
export const text = (what: string): ValueType<string> =>
  line(`${what}...`, (words) => (words.need(what) ? restOf(words) : undefined));

function restOf(words: Arguments): string {
  words.takeAll();
  return words.statement.words
    .slice(1)
    .map((token) => token.text)
    .join(" ");
}

/** The name of a network interface, as the kernel has it: at most 15 bytes, no `/`, no blank. */
export const interfaceName = (): ValueType<string> =>
  line("IFNAME", (words) => {
    const token = words.need("the name of an interface");
    return token && readInterface(words, token);
  });

export function readInterface(words: Arguments, token: Token): string | undefined {
  if (/^[^\s/]{1,15}$/.test(token.text) && Buffer.byteLength(token.text) <= 15 && !/^\.{1,2}$/.test(token.text))
    return token.text;
  return words.bad(token, "an interface name", { hint: "at most 15 characters, as `ip link` shows it" });
}

/** One of a few words. Another word of another case is another word, unless `anyCase`. */
export const oneOf = <const T extends string>(
  choices: readonly T[],
  options: { readonly anyCase?: boolean } = {},
): ValueType<T> =>
  line(choices.join("|"), (words) => {
    const token = words.need(`one of ${choices.join(", ")}`);
    return token && readChoice(words, token, choices, options.anyCase === true);
  });

export function readChoice<T extends string>(
  words: Arguments,
  token: Token,
  choices: readonly T[],
  anyCase: boolean,
): T | undefined {
  const wanted = anyCase ? token.text.toUpperCase() : token.text;
  const found = choices.find((choice) => (anyCase ? choice.toUpperCase() : choice) === wanted);
  if (found !== undefined) return found;
  const near = closest(token.text, choices);
  const list = choices.length > 8 ? `${choices.slice(0, 8).join(", ")}…` : choices.join(", ");
  return words.bad(token, `one of ${list}`, {
    hint: near ? `did you mean ${quote(near)}?` : `expected one of: ${choices.join(", ")}`,
  });
}

/** A block of words, each an item, however they are spread over lines. */
export const wordList = (what: string): ValueType<readonly string[]> => ({
  syntax: `{ ${what}... }`,
  body: "words",
  read: (words) => words.statement.block?.statements.flatMap((item) => item.words.map((token) => token.text)) ?? [],
});

/** Any words, and nobody minds which: for keywords without effect. */
export const anyWords = (): ValueType<true> => line("...", (words) => words.takeAll() && true);

/** Any block, with blocks in it: for keywords that are known and not supported. */
export const anyBlock = (): ValueType<true> => ({
  syntax: "[...] { ... }",
  body: "any",
  read: (words) => words.takeAll() && true,
});

/** A block whose lines are items of one kind. */
export const lineList = <T>(item: ValueType<T>): ValueType<readonly T[]> => ({
  syntax: `{ ${item.syntax} (one a line) }`,
  body: "lines",
  ...(item.items && { items: item.items }),
  read: (words) => readItems(words, item),
});

function readItems<T>(list: Arguments, item: ValueType<T>): readonly T[] {
  const keyword = list.statement.words[0].text;
  const values: T[] = [];
  for (const statement of list.statement.block?.statements ?? []) {
    const words = list.item(statement, `an item of ${quote(keyword)}`);
    const value = item.read(words);
    if (value === undefined) continue;
    words.finish();
    values.push(value);
  }
  return values;
}

import { canonicalAddress } from "../core/ip.ts";
import type { Arguments } from "./arguments.ts";
import { quote } from "./diagnostic.ts";
import type { Token } from "./lexer.ts";
import { remarkOn } from "./remarks.ts";
import type { Alias, Row, ValuesOf, ValueType } from "./row.ts";
import { closest } from "./suggest.ts";

/** What a line with options is made of: `HEAD OPTION VALUE OPTION OPTION VALUE ...`. */
export type OptionLineSpec<H extends Row | undefined, O extends readonly (Row | Alias)[]> = {
  /** What the line begins with, without a name before it: its row's name ("ADDRESS") is not written. Required. */
  readonly head?: H;
  /** The options, in any order, each once unless `repeat: "all"`. All rows have the same `in`, which is `LIST[]`. */
  readonly options: O;
  /** The option whose name is left out before `word`, which names no option itself; undefined: there is none. */
  readonly bare?: (word: string, given: ReadonlySet<string>) => string | undefined;
  /** What a line looks like, where the list of all its options is too long. */
  readonly syntax?: string;
};

type HeadValue<H> = H extends Row<infer N, infer V> ? { readonly [K in N]: Exclude<V, undefined> } : unknown;

/** The value of a line: its head and its options by their names. An option that is not given has its row's default (by
 *  prototype, so that copying the value copies only what is given). */
export type OptionLine<H, O extends readonly (Row | Alias)[]> = HeadValue<H> & ValuesOf<O>;

/** The value of lines of this type: `type Line = LineOf<typeof line>` for `const line = optionLine({ … })`. */
export type LineOf<T> = T extends ValueType<infer V> ? V : never;

/** A line of options as rows: reads `WORD [dev IF] [weight N] ...` as an object. An unknown option is an error with the
 *  nearest name; a line with an error has no value, and all its errors are told. */
export function optionLine<
  const O extends readonly (Row | Alias)[],
  const H extends Row<string, unknown> | undefined = undefined,
>(spec: OptionLineSpec<H, O>): ValueType<OptionLine<H, O>> {
  const { head, options } = spec;
  const rows: readonly (Row | Alias)[] = head ? [head, ...options] : options;
  const byName = new Map(options.map((option) => [option.name, option] as const));
  const list = rows[0]?.in ?? "";
  if (!list.endsWith("[]") || rows.some((row) => row.in !== list) || byName.size !== options.length)
    throw new Error(`options of ${list} cannot be declared in one line`);
  const defaults: Record<string, unknown> = {};
  for (const row of rows) if (row.kind === "row") defaults[row.name] = row.repeat === "all" ? [] : row.default;
  return {
    syntax: spec.syntax ?? syntaxOf(head, options),
    body: "none",
    items: rows,
    read: (words) => {
      const line = new LineReader(words, byName, Object.create(defaults) as Values);
      if (head && !line.head(head)) return undefined;
      for (let word = words.peek(); word; word = words.peek()) line.option(word, spec.bare);
      return line.failed ? undefined : (line.values as OptionLine<H, O>);
    },
  };
}

type Values = Record<string, unknown>;

class LineReader {
  readonly values: Values;
  readonly #words: Arguments;
  readonly #byName: ReadonlyMap<string, Row | Alias>;
  readonly #given = new Set<string>();
  failed = false;

  constructor(words: Arguments, byName: ReadonlyMap<string, Row | Alias>, values: Values) {
    this.#words = words;
    this.#byName = byName;
    this.values = values;
  }

  head(row: Row): boolean {
    const value = row.type.read(this.#words);
    if (value === undefined) this.#words.takeAll();
    else this.values[row.name] = value;
    return value !== undefined;
  }

  option(word: Token, bare: ((word: string, given: ReadonlySet<string>) => string | undefined) | undefined): void {
    const named = word.quoted ? undefined : this.#byName.get(word.text);
    const found = named ?? this.#byName.get(bare?.(word.text, this.#given) ?? "");
    const row = found?.kind === "alias" ? found.of : found;
    if (row?.kind !== "row") {
      this.#unknown(word);
      return;
    }
    if (named) {
      this.#words.take();
      remarkOn(named, word, this.#words.problems);
    }
    const before = this.#words.rest;
    const value = this.#words.within(word, () => row.type.read(this.#words));
    if (value === undefined) this.failed = true;
    else this.#set(row, value, word);
    if (!named && this.#words.rest === before) this.#unknown(word); // a type that takes nothing cannot be left out
  }

  #set(row: Row, value: unknown, at: Token): void {
    const earlier = this.#given.has(row.name);
    this.#given.add(row.name);
    if (row.repeat === "all") {
      if (earlier) (this.values[row.name] as unknown[]).push(value);
      else this.values[row.name] = [value];
      return;
    }
    if (earlier) {
      const counts = row.repeat === "first" ? "first" : "last";
      this.#words.problems.warning("conf/repeated", `${quote(row.name)} is given twice: the ${counts} counts`, at);
      if (counts === "first") return;
    }
    this.values[row.name] = value;
  }

  /** How many words belong to an unknown option is not known: the rest of the line is left. */
  #unknown(word: Token): void {
    this.failed = true;
    const names = [...this.#byName.keys()];
    const near = closest(word.text, names);
    const list = `${names.slice(0, 8).join(", ")}${names.length > 8 ? ", …" : ""}`;
    this.#words.problems.error("conf/unknown-option", `${quote(word.text)} is no option of ${this.#words.what}`, word, {
      hint: canonicalAddress(word.text.split("/")[0] as string)
        ? "write each address on a line of its own"
        : near
          ? `did you mean ${quote(near)}?`
          : `it has ${list}`,
    });
    this.#words.takeAll();
  }
}

function syntaxOf(head: Row | undefined, options: readonly (Row | Alias)[]): string {
  const optional = options.flatMap((option) =>
    option.kind === "row" ? [`[${[option.name, option.type.syntax].filter(Boolean).join(" ")}]`] : [],
  );
  return [...(head ? [head.type.syntax] : []), ...optional].join(" ");
}

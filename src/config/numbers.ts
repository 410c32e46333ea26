import type { Arguments } from "./arguments.ts";
import { quote } from "./diagnostic.ts";
import type { Token } from "./lexer.ts";
import { line } from "./line.ts";
import type { ValueType } from "./row.ts";

export const MAX_INT32 = 2_147_483_647;
export const MAX_UINT32 = 4_294_967_295;

type Range = { readonly min: number; readonly max: number };

/** A whole number, `min` to `max`, in decimal; with `anyBase` also as 0x1f or 017. */
export const int = (options: Range & { readonly unit?: string; readonly anyBase?: boolean }): ValueType<number> => {
  const { min, max, unit, anyBase } = options;
  return line(
    "INT",
    (words) => {
      const word = words.need(`a whole number ${rangeText(min, max)}`);
      return word && readInt(words, word, min, max, anyBase, unit);
    },
    { range: shownRange(min, max), show: String, ...(unit !== undefined && { unit }) },
  );
};

/** Whole microseconds. */
export const microseconds = (range: Range): ValueType<number> => ({
  ...int({ ...range, unit: "µs" }),
  syntax: "MICROSECONDS",
});

/** A whole number of bytes. */
export const bytes = (range: Range = { min: 0, max: MAX_UINT32 }): ValueType<number> => ({
  ...int({ ...range, unit: "bytes" }),
  syntax: "BYTES",
});

/** A TCP, UDP or SCTP port. */
export const port = (): ValueType<number> => ({ ...int({ min: 1, max: 65_535 }), syntax: "PORT" });

/** A whole number that may be left out, meaning `bare`. */
export const optionalInt = (range: { min: number; max: number; bare: number }): ValueType<number> =>
  line(
    "[INT]",
    (words) => {
      const word = words.take();
      return word ? readInt(words, word, range.min, range.max) : range.bare;
    },
    { range: shownRange(range.min, range.max), show: String },
  );

/** Whole numbers in a row, one at least. */
export const ints = (what: string, range: Range): ValueType<readonly number[]> =>
  line(
    `${what}...`,
    (words) => {
      const first = words.need(`a whole number ${rangeText(range.min, range.max)}`);
      if (!first) return undefined;
      const values = [first, ...words.takeAll()].map((word) => readInt(words, word, range.min, range.max));
      return values.every((value) => value !== undefined) ? values : undefined;
    },
    { range: shownRange(range.min, range.max), show: (values) => values.join(" ") },
  );

export type IntRange = { readonly from: number; readonly to: number };

/** `FROM-TO`; with `single` also one number, which is both. */
export const intRange = (limits: Range & { readonly single: boolean }): ValueType<IntRange> =>
  line(
    limits.single ? "INT|INT-INT" : "INT-INT",
    (words) => {
      const word = words.need(limits.single ? "a number or a range FROM-TO" : "a range FROM-TO");
      return word && readIntRange(words, word, limits);
    },
    { range: shownRange(limits.min, limits.max), show: ({ from, to }) => (from === to ? `${from}` : `${from}-${to}`) },
  );

function readIntRange(
  words: Arguments,
  word: Token,
  limits: Range & { readonly single: boolean },
): IntRange | undefined {
  const [, first, second] = /^(\d{1,15})(?:-(\d{1,15}))?$/.exec(word.text) ?? [];
  const [from, to] = [Number(first), Number(second ?? first)];
  if (first === undefined || (second === undefined && !limits.single))
    return words.bad(word, limits.single ? "a number or a range FROM-TO" : "a range FROM-TO", {
      hint:
        first === undefined ? "two whole numbers with `-` between them, e.g. `100-200`" : `write \`${first}-${first}\``,
    });
  if (from < limits.min || to > limits.max)
    return words.bad(word, `a range of numbers ${rangeText(limits.min, limits.max)}`);
  if (from > to) return words.bad(word, "a range", { hint: `the smaller number comes first: \`${to}-${from}\`` });
  return { from, to };
}

/** The number in a word; reports and gives undefined when it is none, or out of range. */
export function readInt(
  words: Arguments,
  word: Token,
  min: number,
  max: number,
  anyBase = false,
  unit = "",
): number | undefined {
  const value = numberIn(word.text, anyBase);
  if (value >= min && value <= max) return value;
  if (!Number.isNaN(value))
    return words.bad(word, `a number ${rangeText(min, max)}`, { hint: `the range is ${rangeText(min, max)}` });
  const time = unit === "s" || unit === "" ? unitHint(word.text, 1000, "seconds") : undefined;
  if (time) return words.bad(word, "a whole number", { hint: unit === "s" ? time : time.replace(":", " alone where") });
  const number = /^\s*[+-]?\d+/.exec(word.text)?.[0];
  return words.bad(word, `a whole number`, {
    hint: number ? `write ${quote(number.trim())} alone` : `expected a whole number ${rangeText(min, max)}`,
  });
}

/** NaN when the text is no whole number. */
function numberIn(text: string, anyBase: boolean): number {
  if (anyBase && /^0x[0-9a-fA-F]{1,13}$/.test(text)) return Number(text);
  if (anyBase && /^0[0-7]{1,15}$/.test(text)) return Number.parseInt(text, 8);
  return /^\s*[+-]?\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
}

/** Decimal seconds, held in ms. `places` is how many digits the fraction may have (6: microseconds, 0: whole seconds). */
export const seconds = (range: {
  readonly minS: number;
  readonly maxS: number;
  readonly places?: 0 | 3 | 6;
}): ValueType<number> => {
  const { minS, maxS, places = 6 } = range;
  return line(
    "SECONDS",
    (words) => {
      const word = words.need(places === 0 ? "a number of whole seconds" : "a number of seconds");
      return word && readTime(words, word, { min: minS, max: maxS, places, ms: 1000, unit: "seconds" });
    },
    {
      unit: "s",
      range: shownRange(minS, maxS === MANY_SECONDS ? Number.MAX_SAFE_INTEGER : maxS),
      show: (ms) => String(ms / 1000),
    },
  );
};

/** Seconds that may be left out, meaning `bareMs`. */
export const optionalSeconds = (range: {
  readonly minS: number;
  readonly maxS: number;
  readonly places?: 0 | 3 | 6;
  readonly bareMs: number;
}): ValueType<number> => {
  const type = seconds(range);
  return { ...type, syntax: "[SECONDS]", read: (words) => (words.rest === 0 ? range.bareMs : type.read(words)) };
};

/** Decimal milliseconds with at most three digits after the point, held in ms. */
export const milliseconds = (range: { readonly minMs: number; readonly maxMs: number }): ValueType<number> =>
  line(
    "MILLISECONDS",
    (words) => {
      const word = words.need("a number of milliseconds");
      const { minMs: min, maxMs: max } = range;
      return word && readTime(words, word, { min, max, places: 3, ms: 1, unit: "milliseconds" });
    },
    { unit: "ms", range: shownRange(range.minMs, range.maxMs), show: String },
  );

/** Above this many seconds there is no limit that anybody would write: 68 years. */
export const MANY_SECONDS = MAX_INT32;

type TimeSpec = Range & { readonly places: number; readonly ms: number; readonly unit: string };

/** A time in ms, from a decimal number of `unit`s of `ms` each. */
function readTime(words: Arguments, word: Token, { min, max, places, ms, unit }: TimeSpec): number | undefined {
  const match = /^\s*\+?(\d{0,13})(?:\.(\d*))?$/.exec(word.text);
  if (!match || (!match[1] && !match[2])) {
    return words.bad(word, `a number of ${unit}`, { hint: unitHint(word.text, ms, unit) ?? "e.g. `2` or `0.5`" });
  }
  const fraction = match[2] ?? "";
  if (fraction.length > places)
    return words.bad(word, "a time that can be held", {
      hint: places === 0 ? `whole ${unit} only` : `at most ${places} digits after the point`,
    });
  const valueMs = Number(match[1] || "0") * ms + Number(`0.${fraction || "0"}`) * ms;
  const rounded = Math.round(valueMs * 1000) / 1000;
  if (rounded < min * ms || rounded > max * ms)
    return words.bad(word, `${rangeText(min, max)} ${unit}`, { hint: `the range is ${rangeText(min, max)} ${unit}` });
  return rounded;
}

/** Units that people write behind a time, in ms. */
const UNITS_MS: Readonly<Record<string, number>> = {
  us: 0.001,
  ms: 1,
  s: 1000,
  sec: 1000,
  secs: 1000,
  second: 1000,
  seconds: 1000,
  m: 60_000,
  min: 60_000,
  mins: 60_000,
  minutes: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** How a time with a unit is written without one; undefined for what is no such time. `unitMs` is what a bare number
 *  counts, named `unit`. */
function unitHint(text: string, unitMs: number, unit: string): string | undefined {
  const [, number, given = ""] = /^\s*(\d+(?:\.\d+)?)\s*([a-z]+)$/i.exec(text) ?? [];
  const givenMs = UNITS_MS[given.toLowerCase()];
  if (number === undefined || givenMs === undefined) return undefined;
  return `write \`${Number(((Number(number) * givenMs) / unitMs).toPrecision(12))}\`: the unit is ${unit}`;
}

/** "1..255" for documentation; nothing after the dots where there is no limit. */
const shownRange = (min: number, max: number): string => `${min}..${max === Number.MAX_SAFE_INTEGER ? "" : max}`;

const rangeText = (min: number, max: number): string =>
  max === Number.MAX_SAFE_INTEGER ? `of ${min} or more` : `${min} to ${max}`;

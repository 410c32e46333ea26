import { err, ok, type Result } from "../core/result.ts";

/** What `~SEQ(…)` and `~LST(…)` repeat a line with: in repetition `i` the variable `names[n]` is `values(i)[n]`. */
export type Sequence = {
  readonly names: readonly string[];
  readonly count: number;
  values(i: number): readonly string[];
};

/** What is wrong, and what to write instead. */
export type SequenceError = { readonly message: string; readonly hint: string };

/** The documented example of many instances makes 65,024 out of three sequences. */
const MAX_REPETITIONS = 100_000;

const NAME = /^[A-Za-z_]\w*$/;

/** `list` is what stands between the parentheses, definitions already substituted. */
export function readSequence(kind: "SEQ" | "SEQx" | "LST", list: string): Result<Sequence, SequenceError> {
  const sequence = kind === "LST" ? readValues(list) : readNumbers(list, kind === "SEQx");
  if (sequence.ok && sequence.value.count > MAX_REPETITIONS)
    return wrong(`${sequence.value.count} repetitions are too many`, `at most ${MAX_REPETITIONS}; nest two sequences`);
  const bad = sequence.ok ? sequence.value.names.find((name) => !NAME.test(name)) : undefined;
  return bad === undefined ? sequence : wrong(`\`${bad}\` is no name of a variable`, "letters, digits and `_`");
}

const wrong = (message: string, hint: string) => err({ message, hint });

/** `var, last`, `var, first, last` or `var, first, step, last`: the step stands in the middle. */
function readNumbers(list: string, hex: boolean): Result<Sequence, SequenceError> {
  const [name = "", ...words] = list.split(",").map((word) => word.trim());
  const form = "write `~SEQ(var, last)`, `~SEQ(var, first, last)` or `~SEQ(var, first, step, last)`";
  if (words.length < 1 || words.length > 3) return wrong("a sequence has one to three numbers", form);
  const numbers: number[] = [];
  for (const word of words) {
    const number = wholeNumber(word);
    if (number === undefined) return wrong(`\`${word.slice(0, 40)}\` is not a whole number`, form);
    numbers.push(number);
  }
  const last = numbers.at(-1) as number;
  const first = numbers.length === 1 ? (last < 0 ? -1 : 1) : (numbers[0] as number);
  const step = numbers.length === 3 ? (numbers[1] as number) : last < first ? -1 : 1;
  if (step === 0) return wrong("a step of 0 never ends", form);
  if (first !== last && last > first !== step > 0)
    return wrong(`a step of ${step} does not lead from ${first} to ${last}`, "the step stands between first and last");
  if (hex && Math.min(first, last) < 0)
    return wrong("`~SEQx` cannot write a negative number", "use `~SEQ`, or numbers from 0 upwards");
  return ok({
    names: [name],
    count: Math.floor((last - first) / step) + 1,
    values: (i) => [(first + i * step).toString(hex ? 16 : 10)],
  });
}

/** Decimal, 0x hexadecimal or 0 octal; as large as can be counted exactly. */
function wholeNumber(word: string): number | undefined {
  const match = /^([+-]?)(0[xX][0-9a-fA-F]+|0[0-7]*|[1-9][0-9]*)$/.exec(word);
  if (!match) return undefined;
  const digits = match[2] as string;
  const value = /^0[0-7]/.test(digits) ? Number.parseInt(digits, 8) : Number(digits);
  return Number.isSafeInteger(value) ? (match[1] === "-" ? 0 - value : value) : undefined;
}

/** `var, v1, v2, …`, or `{a, b}, {1, 2}, {3, 4}, …`. */
function readValues(list: string): Result<Sequence, SequenceError> {
  const form = "write `~LST(var, v1, v2)` or `~LST({a, b}, {1, 2}, {3, 4})`";
  const grouped = list.trimStart().startsWith("{");
  if (grouped && !/^\s*\{[^{}]*\}(\s*,\s*\{[^{}]*\})*\s*$/.test(list))
    return wrong("a list of groups is expected", form);
  const groups = grouped ? [...list.matchAll(/\{([^{}]*)\}/g)].map((match) => match[1] as string) : list.split(",");
  const [names = [], ...values] = groups.map((group) =>
    grouped ? group.split(",").map((word) => word.trim()) : [group.trim()],
  );
  if (values.length === 0) return wrong("there is no value in the list", form);
  for (const group of values) {
    const odd = group.find((word) => /[\s{}"]/.test(word));
    if (odd !== undefined)
      return wrong(`\`${odd.slice(0, 40)}\` cannot be a value: it has a blank, brace or quote`, form);
    if (group.length > names.length)
      return wrong(`${group.length} values for ${names.length} variable${names.length === 1 ? "" : "s"}`, form);
  }
  return ok({
    names,
    count: values.length,
    values: (i) => names.map((_, n) => values[i]?.[n] ?? ""),
  });
}

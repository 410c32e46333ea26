import fc from "fast-check";
import { expect, test } from "vitest";
import { Problems } from "../../../src/config/diagnostic.ts";
import { interpret } from "../../../src/config/interpret.ts";
import { parse } from "../../../src/config/parser.ts";
import { block, row, type ValueType } from "../../../src/config/row.ts";
import {
  account,
  bool,
  bytes,
  int,
  intRange,
  ints,
  MAX_UINT32,
  mapped,
  milliseconds,
  optional,
  optionalSeconds,
  path,
  port,
  seconds,
  word,
} from "../../../src/config/types.ts";
import { sourceOf } from "./reading.ts";

/** What a type makes of the words after a keyword, or the hint (or message) of what is wrong with them. */
function read<T>(type: ValueType<T>, words: string): unknown {
  const only = row({ in: "root", name: "key", type, doc: "It." });
  const schema = block({ name: "root", in: "", doc: "A file.", rows: [only] });
  const problems = new Problems();
  const source = sourceOf(`key ${words}\n`);
  const values = interpret(
    schema,
    parse(source, schema, problems, () => []),
    problems,
  );
  const [problem] = problems.list;
  return problem ? `${problem.code}: ${problem.hint ?? problem.message}` : values.key;
}

const range: ValueType<unknown> = intRange({ min: 1, max: 65_535, single: false });
const status: ValueType<unknown> = intRange({ min: 100, max: 599, single: true });
const hex: ValueType<unknown> = int({ min: 0, max: MAX_UINT32, anyBase: true });
const warm: ValueType<unknown> = optionalSeconds({ minS: 1, maxS: 2_678_400, places: 0, bareMs: 360_000 });
const name: ValueType<unknown> = optional(word("NAME"), "all");
const doubled: ValueType<unknown> = mapped(int({ min: 0, max: 9 }), (value, words) =>
  value === 7 ? words.bad({ ...words.all(), text: "7" }, "lucky", { hint: "take 8" }) : value * 2,
);

test.for<{ name: string; type: ValueType<unknown>; words: string; value: unknown }>([
  { name: "a number in hexadecimal", type: hex, words: "0x1F", value: 31 },
  { name: "a number in octal", type: hex, words: "017", value: 15 },
  { name: "a number in decimal among them", type: hex, words: "17", value: 17 },
  { name: "an octal digit that is none", type: hex, words: "08", value: 8 },
  {
    name: "hexadecimal where only decimal may stand",
    type: int({ min: 0, max: 99 }),
    words: "0x1f",
    value: "conf/bad-value: write `0` alone",
  },
  { name: "a port", type: port(), words: "80", value: 80 },
  { name: "port 0", type: port(), words: "0", value: "conf/bad-value: the range is 1 to 65535" },
  { name: "bytes", type: bytes(), words: "212992", value: 212_992 },
  { name: "numbers in a row", type: ints("CPU", { min: 0, max: 7 }), words: "0 2 4", value: [0, 2, 4] },
  {
    name: "no number in a row",
    type: ints("CPU", { min: 0, max: 7 }),
    words: "",
    value: "conf/missing-value: `key` needs a whole number 0 to 7",
  },
  { name: "a range", type: range, words: "100-200", value: { from: 100, to: 200 } },
  { name: "a number where a range has to be", type: range, words: "80", value: "conf/bad-value: write `80-80`" },
  {
    name: "a range from the end",
    type: range,
    words: "9-5",
    value: "conf/bad-value: the smaller number comes first: `5-9`",
  },
  { name: "a number that is a range", type: status, words: "404", value: { from: 404, to: 404 } },
  {
    name: "a range that is too large",
    type: status,
    words: "200-700",
    value: "conf/bad-value: expected a range of numbers 100 to 599",
  },
  { name: "milliseconds with a fraction", type: milliseconds({ minMs: 1, maxMs: 10_000 }), words: "10.5", value: 10.5 },
  {
    name: "too fine milliseconds",
    type: milliseconds({ minMs: 1, maxMs: 10_000 }),
    words: "1.0001",
    value: "conf/bad-value: at most 3 digits after the point",
  },
  { name: "seconds with a plus", type: seconds({ minS: 0, maxS: 10 }), words: "+1.5", value: 1500 },
  { name: "microseconds as seconds", type: seconds({ minS: 0.000001, maxS: 1 }), words: "0.000001", value: 0.001 },
  { name: "a time that may be left out", type: warm, words: "", value: 360_000 },
  { name: "a time that is not left out", type: warm, words: "5", value: 5000 },
  { name: "true", type: bool(), words: "yes", value: true },
  { name: "a truth that is not told", type: bool(), words: "", value: "conf/missing-value: `key` needs `on` or `off`" },
  { name: "a name that may be left out", type: name, words: "", value: "all" },
  { name: "a name that is not left out", type: name, words: "x", value: "x" },
  { name: "a value made of another", type: doubled, words: "4", value: 8 },
  { name: "a value that cannot be made", type: doubled, words: "7", value: "conf/bad-value: take 8" },
  { name: "an absolute path", type: path(), words: "/run/x", value: "/run/x" },
  {
    name: "a relative path",
    type: path(),
    words: "run/x",
    value: "conf/bad-value: begin it with `/`: a daemon has no folder of its own",
  },
  { name: "a relative path where it may be", type: path({ relative: true }), words: "run/x", value: "run/x" },
  { name: "a user", type: account(), words: "nobody", value: { user: "nobody" } },
  {
    name: "a user and a group",
    type: account(),
    words: "nobody www-data",
    value: { user: "nobody", group: "www-data" },
  },
  {
    name: "a user and a group in one word",
    type: account(),
    words: "nobody:www-data",
    value: { user: "nobody", group: "www-data" },
  },
  {
    name: "a group after a colon",
    type: account(),
    words: "nobody :www-data",
    value: { user: "nobody", group: "www-data" },
  },
  {
    name: "a colon and no group",
    type: account(),
    words: "nobody:",
    value: "conf/bad-value: expected the name of a group",
  },
])("$name", ({ type, words, value }) => {
  expect(read(type, words)).toEqual(value);
});

test("what a time is shown as reads as the same time", () => {
  const type = seconds({ minS: 0, maxS: 4_294_967_295 });
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 4_294_967_295_000 }), (ms) => {
      expect(read(type, type.show?.(ms) ?? "")).toBe(ms);
    }),
  );
});

test("a whole number reads as itself, in its range and in no other", () => {
  fc.assert(
    fc.property(fc.maxSafeInteger(), fc.nat(), (value, span) => {
      fc.pre(Math.abs(value) < 10 ** 15);
      expect(read(int({ min: value - span, max: value }), String(value))).toBe(value);
      expect(read(int({ min: value - span - 1, max: value - 1 }), String(value))).toMatch(/^conf\/bad-value/);
    }),
  );
});

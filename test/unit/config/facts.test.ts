import { expect, test } from "vitest";
import { Arguments } from "../../../src/config/arguments.ts";
import { Problems } from "../../../src/config/diagnostic.ts";
import { entries, factsOf, pathOf } from "../../../src/config/docs.ts";
import { parse } from "../../../src/config/parser.ts";
import { block, type Row, type ValueType } from "../../../src/config/row.ts";
import { root } from "../../../src/process/options.ts";
import { sourceOf } from "./reading.ts";

const nothing = block({ name: "root", in: "", doc: "Nothing.", rows: [] });

/** What is said of values that are understood. */
const REMARKS = ["conf/not-supported", "conf/no-effect", "conf/deprecated"];

/** What a type makes of the words of a value. */
function read(type: ValueType<unknown>, text: string): { readonly value: unknown; readonly codes: readonly string[] } {
  const [statement] = parse(sourceOf(`key ${text}\n`), nothing, new Problems(), () => []);
  const problems = new Problems();
  if (!statement) throw new Error(`no statement in ${text}`);
  const words = new Arguments(statement, problems, 1);
  const value = type.read(words);
  words.finish();
  const codes = problems.list.map(({ code }) => code).filter((code) => !REMARKS.includes(code));
  return { value, codes };
}

const rows = entries(root).flatMap((entry) => {
  const { member } = entry;
  return member.kind === "row" && member.type.body === "none"
    ? [{ name: pathOf(entry), row: member as Row, facts: factsOf(entry) }]
    : [];
});

const withDefault = rows.filter(
  ({ row, facts }) => row.default !== undefined && !row.defaultText && facts.value !== "",
);

test.for(withDefault)("the default of $name is what it says: written down it is the same", ({ row, facts }) => {
  const { value, codes } = read(row.type, facts.default ?? "");
  // A default may lie outside of what can be written, e.g. 0 for "not set".
  if (!codes.includes("conf/bad-value")) expect(value).toEqual(row.default);
  else expect(facts.default).toMatch(/^(0|-1)$/);
});

/** What is out of range is an error, or is read as the nearest value with a warning. */
const REFUSED = expect.stringMatching(/^conf\/(bad-value|corrected)$/);

const numbers = rows.filter(
  ({ facts }) =>
    /^\[?(INT|SECONDS|MILLISECONDS|MICROSECONDS|BYTES|PORT)\]?$/.test(facts.value) &&
    /^-?[\d.]+\.\.-?[\d.]*$/.test(facts.range ?? ""),
);

test.for(numbers)("the range of $name is what it says: $facts.range", ({ row, facts }) => {
  const [least = "", greatest = ""] = (facts.range ?? "").split(/\.\.(?=-?\d|$)/);
  expect(read(row.type, least).codes).not.toContain("conf/bad-value");
  expect(read(row.type, String(Number(least) - 1)).codes).toContainEqual(REFUSED);
  if (greatest === "" || greatest.length > 15) return;
  expect(read(row.type, greatest).codes).toEqual([]);
  expect(read(row.type, String(Number(greatest) + 1)).codes).toContainEqual(REFUSED);
});

const choices = rows.filter(({ facts }) => facts.values && facts.value === facts.values.join("|"));

test.for(choices)("the words of $name are what it says", ({ row, facts }) => {
  for (const word of facts.values ?? []) expect(read(row.type, word).codes, word).toEqual([]);
  expect(read(row.type, "neither").codes).toContain("conf/bad-value");
});

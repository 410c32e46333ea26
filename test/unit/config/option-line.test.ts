import fc from "fast-check";
import { expect, test } from "vitest";
import { address } from "../../../src/config/addresses.ts";
import { Problems } from "../../../src/config/diagnostic.ts";
import { entries } from "../../../src/config/docs.ts";
import { interpret } from "../../../src/config/interpret.ts";
import { type LineOf, optionLine } from "../../../src/config/option-line.ts";
import { parse } from "../../../src/config/parser.ts";
import { alias, block, row } from "../../../src/config/row.ts";
import { flag, int, interfaceName, lineList, word } from "../../../src/config/types.ts";
import { sourceOf } from "./reading.ts";

const at = { in: "things[]", process: "vrrp" } as const;
const weight = row({ ...at, name: "weight", type: int({ min: 0, max: 255 }), default: 7, doc: "Weight." });
const thing = optionLine({
  head: row({ ...at, name: "ADDRESS", type: address(), doc: "The address." }),
  options: [
    row({ ...at, name: "dev", type: interfaceName(), doc: "Interface." }),
    weight,
    alias({ ...at, name: "w", of: weight, deprecated: "write `weight`" }),
    row({ ...at, name: "home", type: flag(), default: false, doc: "Home.", noEffect: "nobody asks" }),
    row({ ...at, name: "kind", type: word("KIND"), doc: "Kind.", notSupported: "leave it out" }),
    row({ ...at, name: "hop", type: address(), repeat: "all", doc: "Next hops." }),
  ],
  bare: (text) => (/^k/.test(text) ? "kind" : undefined),
});
type Thing = LineOf<typeof thing>;

const things = row({ in: "root", name: "things", type: lineList(thing), doc: "Things." });
const schema = block({ name: "root", in: "", doc: "A file.", rows: [things] });

function read(...lines: readonly string[]): { values: readonly Thing[]; said: readonly string[] } {
  const problems = new Problems();
  const source = sourceOf(`things {\n${lines.join("\n")}\n}\n`);
  const values = interpret(
    schema,
    parse(source, schema, problems, () => []),
    problems,
  );
  const said = problems.list.map(
    ({ code, message, hint, span }) => `${code} ${span?.line}:${span?.column} ${message}${hint ? `; ${hint}` : ""}`,
  );
  return { values: values.things ?? [], said };
}

test("a line is its head and its options by name; what is not given has its default", () => {
  const { values, said } = read("10.0.0.1 weight 3 dev eth0", "10.0.0.2");
  expect(said).toEqual([]);
  expect(values).toEqual([{ ADDRESS: "10.0.0.1", weight: 3, dev: "eth0" }, { ADDRESS: "10.0.0.2" }]);
  const [first, second] = values as [Thing, Thing];
  const address: string = first.ADDRESS;
  expect(address).toBe("10.0.0.1");
  expect([first.weight, second.weight, second.home, second.dev, second.hop]).toEqual([3, 7, false, undefined, []]);
});

test("options may come in any order", () => {
  const options = [["dev eth0"], ["weight 3"], ["kind k"], ["hop 10.0.0.8", "hop 10.0.0.9"]];
  const [expected] = read(`10.0.0.1 ${options.flat().join(" ")}`).values;
  fc.assert(
    fc.property(fc.shuffledSubarray(options, { minLength: options.length }), (order) => {
      expect(read(`10.0.0.1 ${order.flat().join(" ")}`).values).toEqual([expected]);
    }),
  );
});

test("the name of an option may be left out where the line says so", () => {
  expect(read("10.0.0.1 kaboom weight 1").values).toEqual([{ ADDRESS: "10.0.0.1", kind: "kaboom", weight: 1 }]);
});

test.for([
  {
    name: "an unknown option names the nearest",
    line: "10.0.0.1 wieght 3",
    said: ["conf/unknown-option 2:10 `wieght` is no option of an item of `things`; did you mean `weight`?"],
  },
  {
    name: "an option that resembles none lists them",
    line: "10.0.0.1 purple 3",
    said: [
      "conf/unknown-option 2:10 `purple` is no option of an item of `things`; it has dev, weight, w, home, kind, hop",
    ],
  },
  {
    name: "a missing value is said of the option",
    line: "10.0.0.1 dev",
    said: ["conf/missing-value 2:10 `dev` needs the name of an interface"],
  },
  {
    name: "all wrong values of a line are told",
    line: "10.0.0.1 weight 300 hop here dev eth0",
    said: [
      "conf/bad-value 2:17 `300` is not a number 0 to 255; the range is 0 to 255",
      "conf/bad-value 2:25 `here` is not an IP address; a name is not enough here: write the address itself",
    ],
  },
])("$name", ({ line, said }) => {
  const result = read(line);
  expect(result.said).toEqual(said);
  expect(result.values).toEqual([]);
});

test("an option given twice: the last counts, with a warning", () => {
  const { values, said } = read("10.0.0.1 weight 1 w 2 hop 10.0.0.8 hop 10.0.0.9");
  expect(values).toEqual([{ ADDRESS: "10.0.0.1", weight: 2, hop: ["10.0.0.8", "10.0.0.9"] }]);
  expect(said).toEqual([
    "conf/deprecated 2:19 `w` is an old form; write `weight`",
    "conf/repeated 2:19 `weight` is given twice: the last counts",
  ]);
});

test("options without effect and those not supported are told at each place", () => {
  const { values, said } = read("10.0.0.1 home kind k1", "10.0.0.2 home kind k2");
  expect(values.map(({ home, kind }) => [home, kind])).toEqual([
    [true, "k1"],
    [true, "k2"],
  ]);
  expect(said.map((line) => line.split(" ").slice(0, 2).join(" "))).toEqual([
    "conf/no-effect 2:10",
    "conf/not-supported 2:15",
    "conf/no-effect 3:10",
    "conf/not-supported 3:15",
  ]);
});

test("options are documented under the list's name", () => {
  const listed = entries(schema).map(({ path, member }) => [...path, member.name].join("."));
  expect(listed).toEqual([
    "things",
    ...["ADDRESS", "dev", "weight", "w", "home", "kind", "hop"].map((o) => `things[].${o}`),
  ]);
});

test("a line's options are declared under one list", () => {
  expect(() => optionLine({ options: [weight, { ...weight, name: "x", in: "others[]" }] })).toThrow("things[]");
});

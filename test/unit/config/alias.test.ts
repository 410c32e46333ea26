import { expect, test } from "vitest";
import { Problems } from "../../../src/config/diagnostic.ts";
import { interpret } from "../../../src/config/interpret.ts";
import { parse } from "../../../src/config/parser.ts";
import { placeOf } from "../../../src/config/place.ts";
import { alias, block, row } from "../../../src/config/row.ts";
import { int, word } from "../../../src/config/types.ts";
import { sourceOf } from "./reading.ts";

const quorum = row({ in: "group", name: "quorum", type: int({ min: 0, max: 9 }), doc: "Quorum.", noEffect: "so" });
const group = block({
  name: "group",
  in: "root",
  argument: word("NAME"),
  doc: "A group.",
  process: "vrrp",
  rows: [quorum, alias({ in: "group", name: "enough", of: quorum })],
});
const old = alias({ in: "root", name: "old_group", of: group, deprecated: "write `group`", since: "1.0" });
const schema = block({ name: "root", in: "", doc: "A file.", rows: [group, old] });

function read(text: string) {
  const problems = new Problems();
  const values = interpret(
    schema,
    parse(sourceOf(text), schema, problems, () => []),
    problems,
  );
  return { values, said: problems.list.map(({ code, message, span }) => `${code} ${span?.line} ${message}`) };
}

test("another name of a block is the block", () => {
  const { values, said } = read("group A {\n}\nold_group B {\n  enough 3\n}\n");
  expect(values.group.map(({ argument, quorum: value }) => [argument, value])).toEqual([
    ["A", undefined],
    ["B", 3],
  ]);
  expect(said).toEqual([
    "conf/deprecated 3 `old_group` is an old form",
    "conf/no-effect 4 `enough` is accepted, and has no effect: so",
  ]);
});

test("a missing brace after another name of a block is told as after the block's own", () => {
  const { values, said } = read("old_group B\n  quorum 3\n}\n");
  expect(said).toContain("conf/missing-open 1 `old_group` has no `{`");
  expect(values.group.map(({ quorum: value }) => value)).toEqual([3]);
});

test("a value is found under either name", () => {
  const [first] = read("group A {\n  enough 3\n}\n").values.group;
  expect(first && placeOf(first, "quorum").start).toBe(12);
});

test("what is not said of another name is as with the first", () => {
  expect(old.process).toBe("vrrp");
});

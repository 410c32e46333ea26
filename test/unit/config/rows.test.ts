import { expect, test } from "vitest";
import { type Entry, entries, exampleOf, factsOf, pathOf } from "../../../src/config/docs.ts";
import type { AnyBlock, Member } from "../../../src/config/row.ts";
import { root } from "../../../src/process/options.ts";
import { valuesOf } from "./reading.ts";

const all = entries(root);

/** What may be said of an example: that nothing is done about it in this version, or that it is an old form. */
const REMARKS = ["conf/not-supported", "conf/no-effect", "conf/deprecated"];

/** The line that opens a block, from the block's own example. */
function openingOf(block: Member | undefined, name: string): string {
  const [line = `${name} {`] = (block && exampleOf(block))?.split("\n") ?? [];
  return line.replace(/\{.*/, "{");
}

/** A keyword's example inside the blocks that it stands in. */
function placed(entry: Entry, example: string): string {
  const opened: string[] = [];
  let block: AnyBlock = root;
  for (const name of entry.path) {
    const member = block.byName.get(name.replace("[]", ""));
    const isList = member?.kind === "row" && member.type.body === "lines";
    if (name.endsWith("[]") ? isList : true) opened.push(openingOf(member, name.replace("[]", "")));
    if (member?.kind === "block") block = member;
  }
  return [...opened, example, ...opened.map(() => "}")].join("\n");
}

const examples = all.flatMap((entry) => {
  const example = exampleOf(entry.member);
  return example === undefined ? [] : [{ name: pathOf(entry), entry, example }];
});

test.for(examples)("the example of $name is right", ({ entry, example }) => {
  const { diagnostics } = valuesOf(placed(entry, example));
  expect(diagnostics.filter(({ code }) => !REMARKS.includes(code))).toEqual([]);
});

/** Options of routes and rules whose value may stand without their name before it. */
const MAY_BE_LEFT_OUT = ["to", "type"];

test.for(examples)("the example of $name is one of it", ({ entry, example }) => {
  const { kind, name, value, aliasOf } = factsOf(entry);
  if (kind !== "option" || !(/^[A-Z]+$/.test(name) || MAY_BE_LEFT_OUT.includes(name)))
    expect(example.split(/[\s{}]+/)).toContain(name);
  if (kind !== "option" && aliasOf === undefined) expect(example).toMatch(new RegExp(`^\\s*${name}(?![\\w-])`, "m"));
  if (value.includes("{")) expect(example).toContain("{");
});

test("every keyword has a manual that ends in a full stop", () => {
  for (const entry of all) expect(entry.member.doc, pathOf(entry)).toMatch(/^[A-Z0-9`].*[.]$/s);
});

test("every keyword stands in the block or list that declares it", () => {
  for (const entry of all) expect(entry.member.in, pathOf(entry)).toBe(entry.path.at(-1) ?? "root");
});

test("a keyword without effect or support says so at its place", () => {
  for (const { name, entry, example } of examples) {
    const { noEffect, notSupported } = entry.member;
    if (entry.member.kind === "block" || (noEffect === undefined && notSupported === undefined)) continue;
    const expected = notSupported === undefined ? "conf/no-effect" : "conf/not-supported";
    const said = valuesOf(placed(entry, example)).diagnostics;
    expect(
      said.map(({ code, message }) => `${code} ${message.split(" ")[0]}`),
      name,
    ).toContain(`${expected} \`${entry.member.name}\``);
  }
});

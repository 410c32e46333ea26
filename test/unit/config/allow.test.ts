import { expect, test } from "vitest";
import { allowFilter } from "../../../src/config/allow.ts";
import { Problems } from "../../../src/config/diagnostic.ts";
import { parse } from "../../../src/config/parser.ts";
import { root } from "../../../src/process/options.ts";
import { sourceOf } from "./reading.ts";

const KNOWN = ["lint/a", "lint/b", "vs/x"];

/** What is left of a warning `lint/a` at each place of `MARK`, and what is said of the comments. */
function left(text: string, severity: "warning" | "error" = "warning"): readonly string[] {
  const source = sourceOf(text);
  const problems = new Problems();
  const statements = parse(source, root, new Problems(), () => []);
  for (let at = text.indexOf("MARK"); at >= 0; at = text.indexOf("MARK", at + 1))
    problems[severity]("lint/a", "odd", { source, start: at, end: at + 4 });
  return problems
    .sorted(
      [source.file],
      allowFilter([source], statements, () => KNOWN),
    )
    .map(({ code, span, hint }) => `${code} ${span?.line}:${span?.column}${code === "lint/a" ? "" : ` ${hint}`}`);
}

test.for([
  { name: "behind a line: that line", text: "router_id MARK # lvskeeper: allow lint/a\nMARK\n", left: ["lint/a 2:1"] },
  {
    name: "behind a line that opens a block: all of it",
    text: "vrrp_instance A { # lvskeeper: allow lint/a\n MARK\n}\nMARK\n",
    left: ["lint/a 4:1"],
  },
  {
    name: "its brace on the next line",
    text: "vrrp_instance A # lvskeeper: allow lint/a\n{\n MARK\n}\nMARK\n",
    left: ["lint/a 5:1"],
  },
  { name: "alone: the next statement", text: "# lvskeeper: allow lint/a\n\nx MARK\nx MARK\n", left: ["lint/a 4:3"] },
  {
    name: "alone, before a block: all of it",
    text: "! lvskeeper: allow lint/a\nvrrp_instance A {\n MARK\n}\n MARK\n",
    left: ["lint/a 5:2"],
  },
  {
    name: "several codes",
    text: "x MARK # lvskeeper: allow vs/x, lint/a\n",
    left: ["lint/unused-allow 1:27 remove it"],
  },
  {
    name: "one that silences nothing",
    text: "x # lvskeeper: allow lint/a\n",
    left: ["lint/unused-allow 1:22 remove it"],
  },
  {
    name: "an unknown code",
    text: "x MARK # lvskeeper: allow lnt/a\n",
    left: ["lint/a 1:3", "lint/unused-allow 1:27 did you mean `lint/a`?"],
  },
  {
    name: "a code without its area",
    text: "x # lvskeeper: allow x\n",
    left: ["lint/unused-allow 1:22 did you mean `vs/x`?"],
  },
  { name: "inside quotes it is no comment", text: 'x "MARK # lvskeeper: allow lint/a"\n', left: ["lint/a 1:4"] },
  {
    name: "in a block that has one too: both silence, and neither is left over",
    text: "vrrp_instance A { # lvskeeper: allow lint/a\n x\n y MARK # lvskeeper: allow lint/a\n z MARK\n}\nMARK\n",
    left: ["lint/a 6:1"],
  },
  {
    name: "one on each of several lines: each for its own",
    text: "x MARK # lvskeeper: allow lint/a\nx # lvskeeper: allow lint/a\nx MARK # lvskeeper: allow lint/a\nMARK\n",
    left: ["lint/unused-allow 2:22 remove it", "lint/a 4:1"],
  },
  {
    name: "a block that is not closed: to its last statement",
    text: "vrrp_instance A { # lvskeeper: allow lint/a\n x\n y MARK\n",
    left: [],
  },
])("$name", ({ text, left: expected }) => {
  expect(left(text)).toEqual(expected);
});

test("errors are never silenced", () => {
  expect(left("x MARK # lvskeeper: allow lint/a\n", "error")).toEqual([
    "lint/unused-allow 1:27 remove it",
    "lint/a 1:3",
  ]);
});

test("a file without such a comment is not looked through", () => {
  const filter = allowFilter([sourceOf("# allow lint/a")], [], () => {
    throw new Error("not asked for");
  });
  expect(filter([])).toEqual([]);
});

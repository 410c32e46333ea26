import { expect, test } from "vitest";
import { address } from "../../../src/config/addresses.ts";
import { entries, entriesNamed } from "../../../src/config/docs.ts";
import { explainEntries } from "../../../src/config/explain.ts";
import { optionLine } from "../../../src/config/option-line.ts";
import { alias, block, row } from "../../../src/config/row.ts";
import { flag, int, lineList, oneOf, optionalBool, seconds, word } from "../../../src/config/types.ts";
import { wrap } from "../../../src/config/wrap.ts";

const delay = row({
  in: "service",
  name: "delay",
  type: seconds({ minS: 0.5, maxS: 60 }),
  default: 1500,
  doc: "Time between two looks at the thing, which is long enough to need more than one line of a narrow terminal.",
  example: "delay 2",
  since: "<=1.1.0",
  process: "checker",
  rfc: "RFC 9568 §5",
});
const line = optionLine({
  head: row({ in: "hosts[]", name: "ADDRESS", type: address(), doc: "A host.", example: "10.0.0.1" }),
  options: [row({ in: "hosts[]", name: "weight", type: int({ min: 0, max: 9 }), default: 1, doc: "Its weight." })],
});
const inner = (name: string, tries: number) =>
  block({
    name,
    in: "service",
    doc: "A check.",
    rows: [
      row({ in: name, name: "quiet", type: optionalBool(), default: false, doc: "Says nothing.", since: "1.0" }),
      row({ in: name, name: "tries", type: int({ min: 1, max: 9 }), default: tries, doc: "Tries.", since: "1.0" }),
    ],
  });
const root = block({
  name: "root",
  in: "",
  doc: "A file.",
  rows: [
    block({
      name: "service",
      in: "root",
      argument: word("NAME"),
      doc: "A service.",
      rows: [
        delay,
        alias({ in: "service", name: "wait", of: delay, deprecated: "write `delay`", since: "0.9" }),
        row({ in: "service", name: "mode", type: oneOf(["fast", "slow"]), defaultText: "what fits", doc: "How." }),
        row({ in: "service", name: "old", type: flag(), doc: "Once.", noEffect: "nobody asks" }),
        row({ in: "service", name: "hosts", type: lineList(line), doc: "Hosts." }),
        inner("TCP", 1),
        inner("UDP", 3),
      ],
    }),
  ],
});
const explained = (name: string, columns = 80): string =>
  explainEntries(entriesNamed(root, name), { columns, bold: false });

test("a keyword: what it takes, where it stands, what it does, and its facts", () => {
  expect(explained("delay", 60)).toBe(
    [
      "delay SECONDS",
      "  in service",
      "",
      "  Time between two looks at the thing, which is long enough",
      "  to need more than one line of a narrow terminal.",
      "",
      "  range      0.5..60 s",
      "  default    1.5 s",
      "  example    delay 2",
      "  also       wait",
      "  reference  RFC 9568 §5",
      "  since      keepalived 1.1.0 or before",
      "  process    checker",
    ].join("\n"),
  );
});

test("an old name: what it stands for, with the facts of that", () => {
  expect(explained("wait")).toBe(
    [
      "wait SECONDS",
      "  in service",
      "",
      "  Another name of delay.",
      "  An old form: write `delay`.",
      "",
      "  range      0.5..60 s",
      "  default    1.5 s",
      "  example    wait 2",
      "  same as    delay",
      "  reference  RFC 9568 §5",
      "  since      keepalived 0.9",
      "  process    checker",
    ].join("\n"),
  );
});

test("places where a keyword means the same are listed together", () => {
  expect(explained("quiet").split("\n").slice(0, 3)).toEqual([
    "quiet [BOOL]",
    "  in service > TCP",
    "  in service > UDP",
  ]);
});

test("what differs between places has their names", () => {
  const [, facts] = explained("tries").split("\n\n  Tries.\n\n");
  expect(facts).toBe(
    ["  range    1..9", "  default  1 (TCP)", "           3 (UDP)", "  since    keepalived 1.0"].join("\n"),
  );
});

test("a block names what it holds, a list the options of its lines", () => {
  expect(explained("service")).toContain("service NAME { … }\n  at the top level\n");
  expect(explained("service")).toContain("holds  delay wait mode old hosts TCP UDP");
  expect(explained("hosts")).toContain("options  ADDRESS weight");
});

test("an option of a line, and what the line begins with", () => {
  expect(explained("hosts[].weight")).toContain("weight INT\n  option of hosts, in service\n");
  expect(explained("ADDRESS")).toMatch(/^ADDRESS\n {2}option of hosts, in service\n/);
});

test("effect and defaults in words", () => {
  expect(explained("old")).toContain("Accepted, and has no effect: nobody asks.");
  expect(explained("mode")).toContain("mode fast|slow");
  expect(explained("mode")).toContain("default  what fits");
});

test("on a terminal that may be bold the title is", () => {
  const text = explainEntries(entriesNamed(root, "delay"), { columns: 80, bold: true });
  expect(text.startsWith("\x1b[1mdelay SECONDS\x1b[22m\n")).toBe(true);
});

test("no line of text is wider than the terminal", () => {
  for (const columns of [40, 60, 100])
    for (const each of entries(root))
      for (const text of explainEntries([each], { columns, bold: false }).split("\n"))
        expect(text.length).toBeLessThanOrEqual(columns);
});

test("a word that is longer than the line stands alone", () => {
  expect(wrap("a bbbbbbbbbbbbbbbbbbbbbbbbbbbbbb c", 22, 1)).toEqual([" a", ` ${"b".repeat(30)}`, " c"]);
});

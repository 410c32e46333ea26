import { readdirSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { expect, test } from "vitest";
import { printStatements } from "../../../src/config/print.ts";
import type { Statement } from "../../../src/config/tree.ts";
import { expand } from "./expanding.ts";

type Plain = { readonly words: readonly (readonly [string, boolean])[]; readonly block?: readonly Plain[] };

/** Statements without their places. */
const plain = (statements: readonly Statement[]): readonly Plain[] =>
  statements.map(({ words, block }) => ({
    words: words.map(({ text, quoted }) => [text, quoted] as const),
    ...(block && { block: plain(block.statements) }),
  }));

test("one statement a line, blocks indented, words as they are written", () => {
  const text = `a   1  'b  c' "d  e"f { g { h\\#i } # j\n}\nk {}`;
  expect(printStatements(expand(text).statements)).toBe(
    `a   1  'b  c' "d  e"f {\n    g {\n        h\\#i\n    }\n}\nk {\n}\n`,
  );
});

test("the origin of each line: its place in the file, and where a definition was written that it came from", () => {
  const text = "$M=a { \\\nb $C \\\n}\n$C=x\n\n  $M\n@main d $C\ninclude other.conf\n";
  const { statements } = expand(text, {}, { "other.conf": "\ne $C" });
  expect(printStatements(statements, { origins: true }).split("\n")).toEqual([
    "a {  # /etc/k/main.conf:6 < /etc/k/main.conf:1",
    "    b x  # /etc/k/main.conf:6 < /etc/k/main.conf:2",
    "}  # /etc/k/main.conf:6 < /etc/k/main.conf:3",
    "d x  # /etc/k/main.conf:7",
    "e x  # /etc/k/conf.d/other.conf:2",
    "",
  ]);
});

test.for([
  "a { @main b\n@main c }",
  "a { $X=1\n$X }",
  "a { ~SEQ(i,1,2) b }",
  "a { b } $X = 1",
  "a { include b c }",
  'a "" "b # c" ! d',
  "a \\\nb \\\\\nc\\ d\\! \\#",
  "a $X $".concat("{Y} $", "{Z 1} $ $1 {\n}"),
  "a 'b\"c d\"' e",
])("%s comes to the same when it is printed and read again", (text) => {
  const { statements } = expand(text);
  for (const origins of [false, true])
    expect(plain(expand(printStatements(statements, { origins })).statements)).toEqual(plain(statements));
});

const pieces = fc.constantFrom(
  ...["a", "b 1", "{", "}", "\n", "\n", " ", "\t", '"c d"', '""', "'e", "f'", "\\#", "\\!", "\\", "# x", "! y"],
  ...[
    "$A=1",
    "$A",
    "$".concat("{A}"),
    "$".concat("{B}"),
    "@main",
    "@other",
    "~SEQ(i,1,2)",
    "$i",
    "include x",
    "10.0.0.1/24",
  ],
);

test("whatever is read without an error comes to the same when it is printed and read again", () => {
  let compared = 0;
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 40 }), fc.constantFrom("", " "), (parts, between) => {
      const { statements, diagnostics } = expand(parts.join(between));
      if (diagnostics.some(({ severity }) => severity === "error")) return;
      compared++;
      for (const origins of [false, true]) {
        const again = expand(printStatements(statements, { origins }));
        expect(plain(again.statements)).toEqual(plain(statements));
        expect(again.diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
      }
    }),
    { numRuns: 3000 },
  );
  expect(compared).toBeGreaterThan(100);
});

test("so do the configurations of the golden tests", () => {
  for (const name of readdirSync("test/golden").filter((file) => file.endsWith(".conf"))) {
    const { statements, diagnostics } = expand(readFileSync(`test/golden/${name}`, "utf8"));
    if (diagnostics.some(({ severity }) => severity === "error")) continue;
    expect(plain(expand(printStatements(statements, { origins: true })).statements), name).toEqual(plain(statements));
  }
});

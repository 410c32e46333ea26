import fc from "fast-check";
import { expect, test } from "vitest";
import { expand } from "./expanding.ts";

/** `§` stands for a dollar before a brace, which a plain string must not have. */
const dollars = (text: string): string => text.replaceAll("§", "$");

test.for([
  { name: "a value is put in for its name", text: "$A=x\na $A\nb §{A}", lines: ["a x", "b x"] },
  {
    name: "a name in braces may stand in a word, and between quotes",
    text: '$A=x\na§{A}b "c §{A} d"',
    lines: ['axb "c x d"'],
  },
  {
    name: "a name ends at a blank, a comma, a parenthesis or the end",
    text: "$A=x\n$A a$A, a$A) $A",
    lines: ["x ax, ax) x"],
  },
  {
    name: "anything else after a name leaves it",
    text: "$A=x\n$A.y $A- $A:80 $Ax $A/24",
    lines: ["$A.y $A- $A:80 $Ax $A/24"],
  },
  { name: "a name may stand behind any character", text: "$A=x\nb$A 1:$A", lines: ["bx 1:x"] },
  { name: "blanks round the value are no part of it, quotes are", text: '$A=   "x y"  # z\na $A', lines: ['a "x y"'] },
  { name: "a value may be empty", text: "$A=\na $A b§{A}", lines: ["a b"] },
  { name: "a comment is no part of a value, but between quotes", text: '$A=x#y\n$B="x#y"\n$A $B', lines: ['x "x#y"'] },
  { name: "\\# stays the character, through values too", text: "$A=x\\#y\na $A \\!", lines: ["a x#y !"] },
  { name: "the last definition counts", text: "$A=x\na $A\n$A=y\na $A", lines: ["a x", "a y"] },
  {
    name: "values are looked up where they are used",
    text: "$A=1.§{B}\n$B=2\n§{A}.0\n$B=3\n§{A}.0",
    lines: ["1.2.0", "1.3.0"],
  },
  {
    name: "a name at the end of a value is followed by what follows the use",
    text: "$A=$B\n$B=x\n§{A}.0 §{A}",
    lines: ["$B.0 x"],
  },
  { name: "a name may be made of others", text: "$I=1\n$A1=x\n$B=§{A\n§{A§{I}} §{B}1}", lines: ["x x"] },
  { name: "a name without a value stays, as one word", text: "a §{B} $C {\nd\n}", lines: ["a §{B} $C { d }"] },
  { name: "braces in a value open blocks", text: "$A=b { c }\na\n$A\nd", lines: ["a", "b { c }", "d"] },
  { name: "a line in the middle of a block", text: "$A=x\nb {\n c $A\n}", lines: ["b { c x }"] },
  { name: "a block on one line", text: "$A=x\nb { c §{A} }", lines: ["b { c x }"] },
])("definitions: $name", ({ text, lines }) => {
  expect(expand(dollars(text)).lines).toEqual(lines.map(dollars));
});

test.for([
  { name: "each line becomes a line", text: "$M=a \\\nb 1 \\\nc\n$M\nd", lines: ["a", "b 1", "c", "d"] },
  { name: "an empty first line is none", text: "$M= \\\na\\\nb\n$M", lines: ["a", "b"] },
  { name: "what stands before the name comes before the first line", text: "$M=a \\\nb\nx $M", lines: ["x a", "b"] },
  { name: "an empty line ends it", text: "$M=a \\\n\nb\n$M", lines: ["b", "a"] },
  { name: "a comment line does not end it", text: "$M=a \\\n# b \\\n  ! c\nd\n$M", lines: ["a", "d"] },
  { name: "the end of the file ends it", text: "$M=a \\\nb \\", lines: [] },
  {
    name: "its blocks, conditions and definitions work",
    text: "$M=b §{N} { \\\n@main x \\\n@other y \\\n$K=z \\\n}\n$N=1\n$M\n$K",
    lines: ["b 1 { x }", "z"],
  },
  { name: "they nest", text: "$I=x \\\ny\n$M=a \\\n$I \\\nb\n$M", lines: ["a", "x", "y", "b"] },
  { name: "they nest in the first line", text: "$I=x \\\ny\n$M=a $I \\\nb\n$M", lines: ["a x", "y", "b"] },
  {
    name: "a sequence in any line, the first too",
    text: "$M=~SEQ(i,1,2) a§{i} \\\n~SEQ(i,1,2) b§{i}\n$M",
    lines: ["a1", "a2", "b1", "b2"],
  },
  {
    name: "only at the end of a line, with or without a comment",
    text: "$M=a \\\nb\n$M x\n$M # x",
    lines: ["$M x", "a", "b"],
  },
])("definitions of several lines: $name", ({ text, lines }) => {
  expect(expand(dollars(text)).lines).toEqual(lines);
});

test.for([
  { name: "a line for this id", text: "@main a b\n@other c", lines: ["a b"] },
  { name: "a line for all others", text: "@^main a\n@^other b", lines: ["b"] },
  { name: "alone it is an empty line", text: "@main\n@other\na", lines: ["a"] },
  { name: "of braces", text: "a\n@main {\n@other {\nb\n}", lines: ["a { b }"] },
  {
    name: "of definitions and sequences",
    text: "@main $A=x\n@other $A=y\n$A\n@main ~SEQ(i,1,2) §{i}",
    lines: ["x", "1", "2"],
  },
  { name: "of a definition as a whole", text: "@other $A=x \\\ny \\\nz\na", lines: ["a"] },
  { name: "two of them: both have to hold", text: "@main @^other a\n@main @other b", lines: ["a"] },
  {
    name: "only at the beginning of a line, without a blank",
    text: "a @main b\n@ main c",
    lines: ["a @main b", "@ main c"],
  },
  { name: "out of a definition", text: "$ME=@main\n$ME a\n$NOT=@other\n$NOT b", lines: ["a"] },
])("conditions: $name", ({ text, lines }) => {
  expect(expand(dollars(text)).lines).toEqual(lines);
});

test.for([
  { text: "~SEQ(i, 3) a§{i}", lines: ["a1", "a2", "a3"] },
  { text: "~SEQ(i, -2) §{i}", lines: ["-1", "-2"] },
  { text: "~SEQ(i, 0) §{i}", lines: ["1", "0"] },
  { text: "~SEQ(i, 3, 1) §{i}", lines: ["3", "2", "1"] },
  { text: "~SEQ(i, 10, -4, 1) §{i}", lines: ["10", "6", "2"] },
  { text: "~SEQ(i, 0x10, 021) §{i}", lines: ["16", "17"] },
  { text: "~SEQ(i, 5, 5, 5) §{i}", lines: ["5"] },
  { text: "~SEQx(i, 9, 11) §{i}", lines: ["9", "a", "b"] },
  { text: "$A=2\n$B=1\n~SEQ(i,$B,§{A}) §{i}", lines: ["1", "2"] },
  { text: "~SEQ(i,1,2) ~SEQ(j,1,2) x §{i}§{j}", lines: ["x 11", "x 12", "x 21", "x 22"] },
  { text: "~SEQ(i,1,2)x§{i}\n§{i}", lines: ["x1", "x2", "2"] },
  { text: "~SEQ(i,1,2) $V§{i}=v§{i}\n§{V1}§{V2}", lines: ["v1v2"] },
  { text: "~SEQ(i,1,2) @main §{i} {\n}\n}", lines: ["1 { 2 {  } }"] },
  { text: "~LST(v, a, b,,c) x§{v}", lines: ["xa", "xb", "x", "xc"] },
  { text: "~LST({v, w}, {a, 1}, {b}) §{v}-§{w}", lines: ["a-1", "b-"] },
  { text: "~LST({a,b},{10,1},{20,4}) ~SEQ(c,1,2) §{a}.§{b}.§{c}", lines: ["10.1.1", "10.1.2", "20.4.1", "20.4.2"] },
])("sequences: $text", ({ text, lines }) => {
  expect(expand(dollars(text))).toMatchObject({ lines, diagnostics: [] });
});

test.for([
  ["_PWD", "/etc/k"],
  ["_INSTANCE", "main"],
  ["_RANDOM", "16384"],
  ["_RANDOM 10", "16389"],
  ["_RANDOM 1 6", "4"],
  ["_ENV HOME", "/root"],
  ["_ENV NONE", ""],
  ["_HASH", "#"],
  ["_BANG", "!"],
])("predefined: %s", ([name, value]) => {
  const { lines, diagnostics } = expand(dollars(`x§{${name}} "§{${name}}"`), { env: { HOME: "/root" } });
  expect(lines).toEqual([`x${value} "${value}"`]);
  expect(diagnostics).toEqual([]);
});

test("a predefined name may be defined anew", () => {
  expect(expand("$_INSTANCE=x\n$_INSTANCE").lines).toEqual(["x"]);
});

test("definitions hold in the files that are included, and those made there after them", () => {
  const files = { "a.conf": "a $A\n$B=y\nwhere §{_PWD}", "b.conf": "b $B" };
  const main = "$A=x\n$F=a\ninclude §{F}.conf\n@main include b.conf\n$B";
  expect(
    expand(dollars(main), {}, Object.fromEntries(Object.entries(files).map(([name, text]) => [name, dollars(text)]))),
  ).toMatchObject({
    lines: ["a x", "where /etc/k/conf.d", "b y", "y"],
    diagnostics: [],
  });
});

test.for([
  { text: "$A=$A\na $A", code: "conf/definition-loop 2:3" },
  { text: "$A=§{B}\n$B=x§{A}\n§{A}", code: "conf/definition-loop 3:1" },
  { text: "$M=a \\\n$M\n$M", code: "conf/definition-loop 3:1" },
  { text: "$S=~SEQ(i,1,2) $S\n$S", code: "conf/definition-loop 2:1" },
  { text: "$A = x", code: "conf/bad-definition 1:1" },
  { text: "a §{_ENV}", code: "conf/bad-definition 1:3" },
  { text: "a §{_RANDOM 6 1}", code: "conf/bad-definition 1:3" },
  { text: "a §{_RANDOM x}", code: "conf/bad-definition 1:3" },
  { text: "~SEQ(i, 1, 0, 3) x", code: "conf/bad-sequence 1:1" },
  { text: "~SEQ(i, 1, -1, 3) x", code: "conf/bad-sequence 1:1" },
  { text: "~SEQ(i, 1, 4000000000) x", code: "conf/bad-sequence 1:1" },
  { text: "~SEQ(i, a) x", code: "conf/bad-sequence 1:1" },
  { text: "~SEQ(1, 2) x", code: "conf/bad-sequence 1:1" },
  { text: "~SEQ(i) x", code: "conf/bad-sequence 1:1" },
  { text: "~SEQ(i, 1, 2, 3, 4) x", code: "conf/bad-sequence 1:1" },
  { text: "~SEQ(i, 1", code: "conf/bad-sequence 1:1" },
  { text: "~SEQx(i, -1, 3) x", code: "conf/bad-sequence 1:1" },
  { text: "~LST(v) x", code: "conf/bad-sequence 1:1" },
  { text: "~LST({v, w}, {1, 2, 3}) x", code: "conf/bad-sequence 1:1" },
  { text: "~LST({v, w}, 1, 2) x", code: "conf/bad-sequence 1:1" },
  { text: "a §{X} §{X}", code: "conf/not-substituted 1:3" },
  { text: "$A=x\na $A:80", code: "conf/not-substituted 2:3" },
  { text: "$M=x \\\ny\na $M z", code: "conf/not-substituted 3:3" },
])("$text: $code", ({ text, code }) => {
  const { diagnostics } = expand(dollars(text));
  expect(diagnostics.map((d) => `${d.code} ${d.span?.line}:${d.span?.column}`)).toEqual([code]);
});

test("a name without a value between quotes is a shell's own", () => {
  expect(expand(dollars('a "echo §{X} $Y"')).diagnostics).toEqual([]);
});

test("doubling forty times over is an error, soon", () => {
  const doubling = Array.from({ length: 40 }, (_, i) => dollars(`$A${i}=§{A${i + 1}}§{A${i + 1}}`)).join("\n");
  for (const last of ["x", ""]) {
    const { lines, diagnostics } = expand(`${doubling}\n$A40=${last}\na $A0\nb`);
    expect(lines).toEqual(["b"]);
    expect(diagnostics).toMatchObject([{ code: "conf/too-large", span: { line: 42, column: 3 } }]);
  }
});

test("names in names a thousand deep are an error", () => {
  const chain = Array.from({ length: 1000 }, (_, i) => `$A${i}=$A${i + 1}`).join("\n");
  expect(expand(`${chain}\n$A0`).diagnostics).toMatchObject([{ code: "conf/definition-loop" }]);
});

test("a problem in an expanded line is told at the use, with the definitions beside it", () => {
  const { diagnostics } = expand(dollars('a\n$A="x\n$B=y §{A}\n  b §{B} z'));
  expect(diagnostics).toMatchObject([
    {
      code: "conf/unterminated-quote",
      file: "/etc/k/main.conf",
      span: { line: 4, column: 5 },
      related: [
        { message: "in the expansion of `$A`, defined here", span: { line: 2, column: 4 } },
        { message: "in the expansion of `$B`, defined here", span: { line: 3, column: 6 } },
      ],
    },
  ]);
});

test("what stands in the file itself keeps its column, whatever is put in before it", () => {
  const { diagnostics } = expand(dollars('$A=0123456789\n@main a §{A} "b'));
  expect(diagnostics).toMatchObject([{ code: "conf/unterminated-quote", span: { line: 2, column: 14 } }]);
  expect(diagnostics[0]?.related).toBeUndefined();
});

const names = fc.constantFrom("A", "B", "C");
const pieces = fc.oneof(
  fc.constantFrom("x", "1.2", " ", ", ", '"q"', "\\#", "{", "}", "@main ", "~SEQ(i,1,3) ", "~LST(A, a, b) ", "$i "),
  names.map((name) => `$${name} `),
  names.map((name) => `\${${name}}`),
);
const line = fc.array(pieces, { maxLength: 6 }).map((parts) => parts.join(""));
const anyText = fc
  .array(
    fc.oneof(
      line,
      fc.tuple(names, line).map(([name, value]) => `$${name}=${value}`),
      line.map((l) => `$M=${l} \\`),
    ),
    {
      maxLength: 12,
    },
  )
  .map((lines) => lines.join("\n"));

test("whatever the definitions are, expansion ends, and every problem has a place in the file", () => {
  fc.assert(
    fc.property(anyText, (text) => {
      for (const { span, related = [] } of expand(text).diagnostics)
        for (const place of [span, ...related.map((other) => other.span)])
          expect(place && place.start <= place.end && place.end <= text.length).toBe(true);
    }),
    { numRuns: 500 },
  );
});

test("substituting by hand gives the same lines", () => {
  const value = fc.stringMatching(/^[a-z0-9.:/_-]{1,8}$/);
  const words = fc.array(fc.oneof(value, names), { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(fc.tuple(value, value, value), fc.array(words, { maxLength: 5 }), ([a, b, c], lines) => {
      const known: Readonly<Record<string, string>> = { A: a, B: b, C: c };
      const used = lines.map((parts) => `k ${parts.map((part) => (part in known ? `\${${part}}` : part)).join("")}`);
      const byHand = lines.map((parts) => `k ${parts.map((part) => known[part] ?? part).join("")}`);
      expect(expand(`$A=${a}\n$B=${b}\n$C=${c}\n${used.join("\n")}`).lines).toEqual(byHand);
    }),
  );
});

test.for([
  { name: "sequences in sequences", text: "~SEQ(i,1,100000) ~SEQ(j,1,100000)" },
  { name: "a definition of very many lines", text: `$M=a\\\n${"a\\\n".repeat(700_000)}\n$M` },
  { name: "very many definitions", text: "$A=x\n".repeat(700_000) },
])("$name: an error, soon", { timeout: 30_000 }, ({ text }) => {
  expect(expand(text).diagnostics).toMatchObject([{ code: "conf/too-large", severity: "error" }]);
});

test("a line that is expanded again and again is told once in the same words, and three times in others", () => {
  const { diagnostics } = expand(dollars('~SEQ(i, 1, 9) a "b\n~SEQ(i, 1, 9) a "§{i}'));
  expect(diagnostics.map(({ span }) => span?.line)).toEqual([1, 2, 2, 2]);
});

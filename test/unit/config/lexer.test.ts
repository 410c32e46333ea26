import { expect, test } from "vitest";
import { segmentsOf } from "./reading.ts";

test.for([
  { name: "blanks and tabs separate words", text: "a  b\tc\n", segments: ["a|b|c line"] },
  { name: "empty lines are nothing", text: "\n \n\t\na\n\n", segments: ["a line"] },
  { name: "the last line needs no line end", text: "a b", segments: ["a|b end"] },
  {
    name: "# and ! begin a comment, inside a word too",
    text: "a#x\nb!y\n# c\n! d\ne",
    segments: ["a line", "b line", "e end"],
  },
  { name: "\\# and \\! are the characters", text: "a\\#b \\!c", segments: ["a#b|!c end"] },
  { name: "quotes protect blanks, braces and comments", text: 'a "b # ! { } c"', segments: ['a|"b # ! { } c" end'] },
  { name: "a quoted word may be empty", text: 'a ""', segments: ['a|"" end'] },
  { name: "a quote ends an unquoted word", text: 'ab"cd ef"gh', segments: ['ab|"cd ef"|gh end'] },
  { name: "a backslash keeps a quote inside", text: '"a \\" b" c', segments: ['"a \\" b"|c end'] },
  { name: "single quotes are ordinary", text: "'a b'", segments: ["'a|b' end"] },
  {
    name: "a brace ends a line, glued or not",
    text: "a 3306{b}c { d }",
    segments: ["a|3306 open", "b close", "c open", "d close"],
  },
  {
    name: "$NAME in braces is part of its word",
    text: "$A{ §{A}x y§{_RANDOM 1 5}{".replaceAll("§", "$"),
    segments: ["$A open", "§{A}x|y§{_RANDOM 1 5} open".replaceAll("§", "$")],
  },
  { name: "CR before LF is a blank", text: 'a b\r\n"c"\r\n', segments: ["a|b line", '"c" line'] },
  { name: "a trailing backslash is a word", text: "a \\\nb", segments: ["a|\\ line", "b end"] },
])("$name", ({ text, segments }) => {
  const read = segmentsOf(text);
  expect(read.segments).toEqual(segments);
  expect(read.diagnostics).toEqual([]);
});

test("a quote that stays open ends with its line, and is told at its place", () => {
  const { segments, diagnostics } = segmentsOf('a "b c\r\nd');
  expect(segments).toEqual(['a|"b c" line', "d end"]);
  expect(diagnostics).toMatchObject([{ code: "conf/unterminated-quote", span: { line: 1, column: 3 } }]);
});

test("columns count characters, not UTF-16 units", () => {
  expect(segmentsOf('\u{1f600}\u{1f600} "x').diagnostics).toMatchObject([{ span: { column: 4 } }]);
});

test("a no-break space separates words, and is told once", () => {
  const { segments, diagnostics } = segmentsOf("a\u00a0b\u00a0c");
  expect(segments).toEqual(["a|b|c end"]);
  expect(diagnostics).toMatchObject([{ code: "conf/odd-blank", severity: "warning" }]);
});

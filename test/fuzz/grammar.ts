import fc from "fast-check";
import type { AnyBlock, Member } from "../../src/config/row.ts";
import { root } from "../../src/process/options.ts";
import type { Files } from "./target.ts";
import { anyWord, wordsOf } from "./words.ts";

/** Configurations made from the rows: every block and keyword, with values that are right or wrong, and around them what
 *  the language has beside keywords. */

type Text = fc.Arbitrary<string>;

const indented = (lines: readonly string[]): string => lines.map((line) => `    ${line}`).join("\n");

/** `{`, the lines and `}` after a keyword, as people write them: some leave a brace out. */
const withBlock = (head: Text, lines: fc.Arbitrary<readonly string[]>): Text =>
  fc
    .tuple(
      head,
      lines,
      fc.constantFrom(" {\n", "{\n", "\n{\n", " {", "\n"),
      fc.constantFrom("\n}", "}", "\n"),
      fc.nat(30),
    )
    .map(([before, inner, open, close, chance]) =>
      chance > 1 ? `${before} {\n${indented(inner)}\n}` : `${before}${open}${indented(inner)}${close}`,
    );

/** The lines of an example, which is a statement of its keyword. */
const exampleOf = (member: Member): Text[] => (member.example === undefined ? [] : [fc.constant(member.example)]);

const syntaxOf = (member: Member): string => {
  const meant = member.kind === "alias" ? member.of : member;
  return meant.kind === "row" ? meant.type.syntax : (meant.argument?.syntax ?? "");
};

function rowText(member: Member): Text {
  const row = member.kind === "alias" ? member.of : member;
  const list = row.kind === "row" && row.type.body !== "none";
  const syntax = syntaxOf(member)
    .replace(/^\{ /, "")
    .replace(/ (\(one a line\) )?\}$/, "");
  const value = fc.oneof({ arbitrary: wordsOf(syntax), weight: 5 }, { arbitrary: anyWord, weight: 1 });
  const written = list
    ? withBlock(fc.constant(member.name), fc.array(value, { maxLength: 4 }))
    : value.map((words) => `${member.name} ${words}`.trimEnd());
  return fc.oneof(written, ...exampleOf(member));
}

function blockText(block: AnyBlock): Text {
  const head = wordsOf(syntaxOf(block)).map((words) => `${block.name} ${words}`.trimEnd());
  return fc.oneof({ arbitrary: withBlock(head, linesOf(block, 8)), weight: 4 }, ...exampleOf(block));
}

const wrapped = (line: Text): Text =>
  fc.oneof(
    { arbitrary: line, weight: 40 },
    { arbitrary: extraLine, weight: 2 },
    {
      arbitrary: fc.tuple(prefix, line).map(([before, text]) => `${before} ${text}`),
      weight: 2,
    },
    { arbitrary: fc.tuple(line, anyWord).map(([text, word]) => `${text} ${word}`), weight: 1 },
    { arbitrary: line.map((text) => text.replace(/(?<=\s)[\w.]+$/, "$A")), weight: 2 },
  );

/** What may stand in a block: its keywords, those with blocks of their own as often as all others. */
function linesOf(block: AnyBlock, maxLength: number): fc.Arbitrary<readonly string[]> {
  const rows = block.rows.filter((member) => member.kind !== "block").map(rowText);
  const blocks = block.rows.filter((member) => member.kind === "block").map(blockText);
  const kinds = [rows, blocks].filter((texts) => texts.length > 0).map((texts) => fc.oneof(...texts));
  return fc.array(wrapped(fc.oneof(...kinds)), { maxLength });
}

const prefix: Text = fc.oneof(
  fc.constantFrom("@a", "@^a", "@^nobody", "@", "@ b"),
  fc.constantFrom("~SEQ(i, 3)", "~SEQ(i, 1, 3)", "~SEQ(i, 6, -2, 1)", "~SEQx(i, 10)", "~SEQ(i, 0)", "~SEQ(i, 1, 0, 2)"),
  fc.constantFrom("~SEQ(i, 1, 4000000000)", "~SEQ(i, 9) ~SEQ(j, 9) ~SEQ(k, 9)", "~SEQ(i", "~SEQ", "~SEQ()", "~SEQ(,,)"),
  fc.constantFrom("~LST(A, a, b)", "~LST({A, B}, {1, 2}, {3})", "~LST(A)", "~LST({A}, {1, 2})", "~LST({A, B}"),
);

/** Lines that are no keyword: definitions, includes, comments, nonsense. */
const extraLine: Text = fc.oneof(
  fc
    .tuple(fc.constantFrom("A", "B", "_C", "A B", "1", "_PWD", ""), fc.constantFrom("", " "), anyWord)
    .map(([name, blank, value]) => `$${name}=${blank}${value}`),
  fc.constantFrom(
    "$A=$A",
    "$A=$B\n$B=$A",
    "$A=$".concat("{A}$".concat("{A}")),
    "$B=x \\\n  priority 10 \\\n  y\n",
    "$A=\\",
  ),
  fc.constantFrom(
    "$A",
    "$B",
    "$".concat("{A}"),
    "$".concat("{B} x"),
    "$C",
    "# comment",
    "! comment",
    "",
    '"',
    "{",
    "}",
  ),
  fc
    .tuple(
      fc.constantFrom("include", "includer", "includem", "includew", "includeb", "includea"),
      fc.constantFrom(
        "one.conf",
        "two.conf",
        "*.conf",
        "{one,three}.conf",
        "none",
        "none-*",
        "/dev/zero",
        "/",
        ".",
        "",
        '"x',
      ),
    )
    .map((words) => words.join(" ")),
  anyWord,
);

/** A block with lines that are each right by themselves: the examples of its keywords. */
function rightBlock(block: AnyBlock): Text {
  const lines = block.rows.flatMap((member) => (member.kind === "block" ? [rightBlock(member)] : exampleOf(member)));
  const head = /^[^\n{]*/.exec(block.example ?? block.name)?.[0].trim() as string;
  return fc
    .uniqueArray(fc.nat(Math.max(0, lines.length - 1)), { maxLength: Math.min(6, lines.length) })
    .chain((chosen) => fc.tuple(...chosen.map((index) => lines[index] as Text)))
    .map((inner) => `${head} {\n${indented(inner)}\n}`);
}

/** Files of which most are right, or nearly. */
export const rightTexts: Text = fc
  .uniqueArray(
    fc.oneof(
      ...root.rows
        .filter(({ name }) => !name.startsWith("include"))
        .flatMap((member) =>
          member.kind === "block" ? [rightBlock(member), ...exampleOf(member)] : exampleOf(member),
        ),
    ),
    { maxLength: 5, selector: (text) => text.split(/\s/, 1)[0] },
  )
  .map((statements) => `${statements.join("\n")}\n`);

const fileText: Text = fc
  .tuple(linesOf(root, 6), fc.constantFrom("\n", "\n", "\n", "\r\n"))
  .map(([lines, end]) => `${lines.join("\n").replaceAll("\n", end)}${end}`);

/** The main file, and two that it may include and that may include each other. */
export const grammarCases: fc.Arbitrary<Files> = fc
  .tuple(fileText, fc.option(fileText, { nil: "" }), fc.option(fileText, { nil: "" }))
  .map(([main, one, two]) => [
    ["keepalived.conf", main],
    ["one.conf", one],
    ["two.conf", two],
  ]);

import { withoutUnsafe } from "../core/plain-text.ts";
import type { Token } from "./lexer.ts";
import { notesOf, realPlace, type Stretch } from "./origin.ts";
import { lineAt } from "./text.ts";
import { type Statement, wordsSpan } from "./tree.ts";

/** With `origins`, each line ends in a comment that says where it comes from: `# FILE:LINE`, and after a `<` the line of the
 *  definition that it was written in. */
export type PrintOptions = { readonly origins?: boolean };

type Row = { text: string; at: Stretch | undefined };

/** Statements as text, indented, that comes to the same statements when it is read. Words are printed as they are written,
 *  with the quotes, backslashes and blanks between them that some keywords look at. */
export function printStatements(statements: readonly Statement[], options: PrintOptions = {}): string {
  const rows: Row[] = [];
  for (const statement of statements) addRows(statement, 0, rows);
  return rows.map(({ text, at }) => (options.origins && at ? `${text}  # ${originOf(at)}\n` : `${text}\n`)).join("");
}

function addRows(statement: Statement, depth: number, rows: Row[]): void {
  const { words, block } = statement;
  const at = wordsSpan(words);
  const text = at.source.text.slice(at.start, at.end);
  const line = block ? `${text} {` : text;
  const before = rows.at(-1);
  if (before && isSpecialLine(statement, text)) before.text += ` ${line}`;
  else rows.push({ text: "    ".repeat(depth) + line, at: isOpenQuote(words.at(-1) as Token) ? undefined : at });
  if (!block) return;
  for (const inner of block.statements) addRows(inner, depth + 1, rows);
  rows.push({ text: `${"    ".repeat(depth)}}`, at: block.close });
}

/** What would mean something else at the beginning of a line: it was written behind a brace, and is printed there. */
const isSpecialLine = ({ words, block }: Statement, text: string): boolean =>
  /^(@\S|\$[A-Za-z_]\w*\s*=|~(SEQx?|LST)\()/.test(text) ||
  (/^include[rmwba]?$/.test(words[0].text) && !words[0].quoted && (words.length > 2 || block !== undefined));

/** A comment behind a quote that is not closed would be part of it. */
const isOpenQuote = ({ quoted, text, start, end }: Token): boolean => quoted && end - start < text.length + 2;

function originOf(at: Stretch): string {
  const isOfDefinition = at.source.origin?.every(({ note }) => note !== undefined) === true;
  const [written] = isOfDefinition ? notesOf({ ...at, end: Math.min(at.end, at.start + 1) }) : [];
  const place = placeName(realPlace(at));
  return written ? `${place} < ${placeName(written)}` : place;
}

const placeName = ({ source, start }: Stretch): string => `${withoutUnsafe(source.file, "?")}:${lineAt(source, start)}`;

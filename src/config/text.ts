import type { Piece } from "./origin.ts";

/** One configuration file as text: `file` is the name it was opened under, a byte-order mark is already gone. With
 *  `origin` it is a line that definitions were substituted in, which stands in no file like this. */
export type SourceText = { readonly file: string; readonly text: string; readonly origin?: readonly Piece[] };

/** [start, end) in the text of its file, in UTF-16 units; `line` and `column` count from 1, columns in characters. */
export type Span = { readonly start: number; readonly end: number; readonly line: number; readonly column: number };

const lineStartsOf = new WeakMap<SourceText, readonly number[]>();

function lineStarts(source: SourceText): readonly number[] {
  const known = lineStartsOf.get(source);
  if (known) return known;
  const starts = [0];
  for (let at = source.text.indexOf("\n"); at >= 0; at = source.text.indexOf("\n", at + 1)) starts.push(at + 1);
  lineStartsOf.set(source, starts);
  return starts;
}

/** The line that holds `offset`, counted from 1. */
export function lineAt(source: SourceText, offset: number): number {
  const starts = lineStarts(source);
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((starts[middle] as number) <= offset) low = middle;
    else high = middle - 1;
  }
  return low + 1;
}

/** The text of a line without its line end; empty for a line that is not there. */
export function lineText(source: SourceText, line: number): string {
  const starts = lineStarts(source);
  const start = starts[line - 1];
  if (start === undefined) return "";
  const end = starts[line];
  return source.text.slice(start, end === undefined ? undefined : end - 1).replace(/\r$/, "");
}

export function spanIn(source: SourceText, start: number, end: number): Span {
  const line = lineAt(source, start);
  const lineStart = lineStarts(source)[line - 1] as number;
  let column = 1;
  for (let at = lineStart; at < start; column++) at += (source.text.codePointAt(at) as number) > 0xffff ? 2 : 1;
  return { start, end, line, column };
}

/** Blanks before the first word of the line that holds `offset`, a tab counted as eight columns. */
export function indentAt(source: SourceText, offset: number): number {
  let width = 0;
  for (const c of lineText(source, lineAt(source, offset))) {
    if (c === "\t") width += 8 - (width % 8);
    else if (c === " ") width += 1;
    else break;
  }
  return width;
}

import { remembered } from "../core/remembered.ts";
import type { Diagnostic } from "./diagnostic.ts";

/** A block as it stands in its text: [start, end), from its keyword to its closing brace. */
export type TextBlock = { readonly start: number; readonly end: number };

/** The blocks of a keyword that begin and end at the beginning of a line, as far as looking at lines can tell. */
export function textBlocks(text: string, keyword: string): readonly TextBlock[] {
  const opening = `\n${keyword} `;
  const blocks: TextBlock[] = [];
  let start = text.startsWith(opening.slice(1)) ? 0 : nextLine(text, opening, 0);
  while (start >= 0) {
    const close = text.indexOf("\n}", start);
    if (close < 0) break;
    blocks.push({ start, end: close + 2 });
    start = nextLine(text, opening, close + 2);
  }
  return blocks;
}

function nextLine(text: string, opening: string, from: number): number {
  const at = text.indexOf(opening, from);
  return at < 0 ? -1 : at + 1;
}

/** A text with its blocks. */
export type Layout = { readonly text: string; readonly blocks: readonly TextBlock[] };

/** How one text became another by changes inside of blocks alone, block by block. */
export type BlockEdit = {
  readonly before: Layout;
  readonly after: Layout;
  /** Indexes of the blocks that changed. */
  readonly changed: readonly number[];
};

/** Undefined where something outside of the blocks changed, or a block came or went. */
export function blockEdit(before: Layout, after: Layout): BlockEdit | undefined {
  if (before.blocks.length !== after.blocks.length) return undefined;
  const changed: number[] = [];
  let [was, is] = [0, 0];
  for (const [index, old] of before.blocks.entries()) {
    const now = after.blocks[index] as TextBlock;
    if (before.text.slice(was, old.start) !== after.text.slice(is, now.start)) return undefined;
    if (blockText(before, index) !== blockText(after, index)) changed.push(index);
    [was, is] = [old.end, now.end];
  }
  return before.text.slice(was) === after.text.slice(is) ? { before, after, changed } : undefined;
}

export function blockText({ text, blocks }: Layout, index: number): string {
  const { start, end } = blocks[index] as TextBlock;
  return text.slice(start, end);
}

/** The text after an edit without the blocks that did not change, in its blocks those that did. */
export const withoutUnchanged = remembered(({ after, changed }: BlockEdit): Layout => {
  const kept = new Set(changed);
  const blocks: TextBlock[] = [];
  let text = "";
  let from = 0;
  for (const [index, { start, end }] of after.blocks.entries()) {
    text += after.text.slice(from, start);
    if (kept.has(index)) {
      blocks.push({ start: text.length, end: text.length + end - start });
      text += after.text.slice(start, end);
    }
    from = end;
  }
  return { text: text + after.text.slice(from), blocks };
});

/** By how much a place of one text is further on in another. */
export type Shift = { readonly by: number; readonly lines: number };

/** For places in the text before an edit where they are after it; undefined inside of a block that changed. */
export function shiftOf({ before, after, changed }: BlockEdit): (offset: number) => Shift | undefined {
  const steps = changed.map((index) => {
    const [was, now] = [before.blocks[index] as TextBlock, after.blocks[index] as TextBlock];
    const lines = linesIn(blockText(after, index)) - linesIn(blockText(before, index));
    return { ...was, by: now.end - now.start - (was.end - was.start), lines };
  });
  return (offset) => {
    let [by, lines] = [0, 0];
    for (const step of steps) {
      if (step.end <= offset) {
        by += step.by;
        lines += step.lines;
      } else if (step.start <= offset) return undefined;
      else break;
    }
    return { by, lines };
  };
}

/** For places in what withoutUnchanged() gives where they are in the text after the edit. */
export function shiftBack({ after, changed }: BlockEdit): (offset: number) => Shift {
  const kept = new Set(changed);
  const cut = after.blocks.flatMap(({ start, end }, index) =>
    kept.has(index) ? [] : [{ start, by: end - start, lines: linesIn(blockText(after, index)) }],
  );
  return (offset) => {
    let [by, lines] = [0, 0];
    for (const step of cut) {
      if (step.start > offset + by) break;
      by += step.by;
      lines += step.lines;
    }
    return { by, lines };
  };
}

function linesIn(text: string): number {
  let count = 0;
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) count++;
  return count;
}

/** A diagnostic at the places that `shift` says of its file's; undefined where one of them is no more. Blocks begin and end
 *  at the beginning of a line, so that columns stay. */
export function shifted(
  diagnostic: Diagnostic,
  shift: (file: string, offset: number) => Shift | undefined,
): Diagnostic | undefined {
  const { file, span, related } = diagnostic;
  const here = span ? shift(file, span.start) : { by: 0, lines: 0 };
  const others = related?.map((one) => ({ one, to: shift(one.file, one.span.start) })) ?? [];
  if (!here || others.some(({ to }) => !to)) return undefined;
  if (isNone(here) && others.every(({ to }) => isNone(to as Shift))) return diagnostic;
  return {
    ...diagnostic,
    ...(span && { span: moved(span, here) }),
    ...(related && { related: others.map(({ one, to }) => ({ ...one, span: moved(one.span, to as Shift) })) }),
  };
}

const isNone = ({ by, lines }: Shift): boolean => by === 0 && lines === 0;

function moved<S extends NonNullable<Diagnostic["span"]>>(span: S, { by, lines }: Shift): S {
  return { ...span, start: span.start + by, end: span.end + by, line: span.line + lines };
}

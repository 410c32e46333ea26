import type { Placed } from "./diagnostic.ts";
import type { Token } from "./lexer.ts";
import { ORIGIN, type Origin } from "./row.ts";
import { closest } from "./suggest.ts";
import { type Statement, wordsSpan } from "./tree.ts";

type Block = { readonly [ORIGIN]: Origin };

/** Where a block begins: its keyword and its argument. */
export const blockPlace = (block: Block): Placed => wordsSpan(block[ORIGIN].statement.words);

/** The last statement in a block that gives a keyword, under its name or another name of it. */
function statementOf(block: Block, name: string): Statement | undefined {
  const { statements, schema } = block[ORIGIN];
  return statements.findLast(({ words }) => {
    const member = schema.byName.get(words[0].text);
    return (member?.kind === "alias" ? member.of.name : member?.name) === name;
  });
}

/** Where a keyword's value stands (its whole line), the first given of several keywords; the block's own line when none is
 *  given in it. */
export function placeOf(block: Block, ...names: readonly string[]): Placed {
  for (const name of names) {
    const statement = statementOf(block, name);
    if (statement) return wordsSpan(statement.words);
  }
  return blockPlace(block);
}

/** Where an item of a list keyword stands. */
export function itemPlace(block: Block, name: string, item: string): Placed {
  const lines = block[ORIGIN].statements
    .filter(({ words }) => words[0].text === name)
    .flatMap((s) => s.block?.statements ?? []);
  const found = lines.flatMap(({ words }) => words).find(({ text }) => text === item || text.startsWith(`${item}/`));
  return found ?? placeOf(block, name);
}

/** Whether a keyword stands in a block, perhaps with a value that has been reported as wrong, or misspelt, which has been
 *  reported too. */
export const isGiven = (block: Block, name: string): boolean =>
  statementOf(block, name) !== undefined || isMisspelt(block, name);

function isMisspelt(block: Block, name: string): boolean {
  const { statements, schema } = block[ORIGIN];
  return statements.some(
    ({ words: [{ text }] }) => !schema.byName.has(text) && closest(text, schema.byName.keys()) === name,
  );
}

/** The first word after a keyword at each place where a block gives it. */
export const wordsGiven = (block: Block, name: string): readonly Token[] =>
  block[ORIGIN].statements.flatMap(({ words }) => (words[0].text === name && words[1] ? [words[1]] : []));

/** The first word of a list's first line, whether the line is right or not. */
export const firstWritten = (block: Block, name: string): string | undefined =>
  block[ORIGIN].statements.find(({ words, block: list }) => words[0].text === name && list?.statements[0])?.block
    ?.statements[0]?.words[0].text;

/** How many lines a list has as it stands there, those with errors too. */
export const writtenItems = (block: Block, name: string): number =>
  block[ORIGIN].statements
    .filter(({ words }) => words[0].text === name)
    .reduce((sum, { block: list }) => sum + (list?.statements.length ?? 0), 0);

/** Which of several keywords stands last in a block: of those that undo each other it is the one that counts. */
export function lastGiven<N extends string>(block: Block, ...names: readonly N[]): N | undefined {
  const statements = names.map((name) => [name, statementOf(block, name)] as const);
  const last = block[ORIGIN].statements.findLast((one) => statements.some(([, statement]) => statement === one));
  return last && statements.find(([, statement]) => statement === last)?.[0];
}

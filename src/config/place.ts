import type { Placed } from "./diagnostic.ts";
import { ORIGIN, type Origin } from "./row.ts";
import { wordsSpan } from "./tree.ts";

type Block = { readonly [ORIGIN]: Origin };

/** Where a block begins: its keyword and its argument. */
export const blockPlace = (block: Block): Placed => wordsSpan(block[ORIGIN].statement.words);

/** Where a keyword's value stands (its whole line); the block's own line when the keyword is not given in it. */
export function placeOf(block: Block, ...names: readonly string[]): Placed {
  for (const name of names) {
    const statement = block[ORIGIN].keywords.get(name);
    if (statement) return wordsSpan(statement.words);
  }
  return blockPlace(block);
}

/** Where an item of a list keyword stands: the line whose first word it is. */
export function itemPlace(block: Block, name: string, item: string): Placed {
  const list = block[ORIGIN].keywords.get(name);
  const found = list?.block?.statements
    .flatMap(({ words }) => words)
    .find(({ text }) => text === item || text.startsWith(`${item}/`));
  return found ?? placeOf(block, name);
}

export const isGiven = (block: Block, name: string): boolean => block[ORIGIN].keywords.has(name);

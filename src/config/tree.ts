import type { Placed } from "./diagnostic.ts";
import type { Token } from "./lexer.ts";

/** One line of a configuration, and the block after it where there is one. `words[0]` is the keyword. */
export type Statement = {
  readonly words: readonly [Token, ...Token[]];
  block?: Block | undefined;
};

/** What stands between braces. `opaque`: the keyword before it is not known, or takes no block; nobody reads it. */
export type Block = {
  statements: Statement[];
  readonly opaque: boolean;
  /** Its closing brace, where there is one. */
  close?: Token | undefined;
};

/** The stretch of a statement's words from the first to the last. */
export function wordsSpan(words: readonly Token[]): Placed {
  const first = words[0] as Token;
  const last = words.at(-1) as Token;
  return { source: first.source, start: first.start, end: last.source === first.source ? last.end : first.end };
}

import { type Diagnostic, Problems } from "../../../src/config/diagnostic.ts";
import { interpret } from "../../../src/config/interpret.ts";
import { Lexer } from "../../../src/config/lexer.ts";
import { parse } from "../../../src/config/parser.ts";
import type { SourceText } from "../../../src/config/text.ts";
import type { Statement } from "../../../src/config/tree.ts";
import { root } from "../../../src/process/options.ts";

export const sourceOf = (text: string, file = "test.conf"): SourceText => ({ file, text });

/** Segments of a text as strings: words joined by "|", then how the segment ended. */
export function segmentsOf(text: string): { segments: string[]; diagnostics: readonly Diagnostic[] } {
  const problems = new Problems();
  const lexer = new Lexer(sourceOf(text), problems);
  const segments: string[] = [];
  for (;;) {
    const { words, ends } = lexer.next();
    if (words.length > 0 || ends !== "end")
      segments.push(`${words.map((w) => (w.quoted ? `"${w.text}"` : w.text)).join("|")} ${ends}`);
    if (ends === "end") return { segments, diagnostics: problems.list };
  }
}

export type Tree = string | { readonly [line: string]: readonly Tree[] };

const plain = ({ words, block }: Statement): Tree => {
  const line = words.map(({ text }) => text).join(" ");
  return block ? { [line]: block.statements.map(plain) } : line;
};

/** The tree of a text: a statement is its words, one with a block an object of its words and its statements. */
export function treeOf(
  text: string,
  others: Readonly<Record<string, string>> = {},
): { tree: readonly Tree[]; codes: readonly string[]; diagnostics: readonly Diagnostic[] } {
  const problems = new Problems();
  const statements = parse(sourceOf(text), root, problems, (pattern) => {
    const found = others[pattern.text];
    return found === undefined ? [] : [sourceOf(found, pattern.text)];
  });
  return { tree: statements.map(plain), codes: codesOf(problems.list), diagnostics: problems.list };
}

/** The values of a text, with what is said of it. */
export function valuesOf(text: string) {
  const problems = new Problems();
  const values = interpret(
    root,
    parse(sourceOf(text), root, problems, () => []),
    problems,
  );
  return { values, codes: codesOf(problems.list), diagnostics: problems.list };
}

const codesOf = (diagnostics: readonly Diagnostic[]): readonly string[] =>
  diagnostics.map(({ code, span }) => `${code} ${span?.line}:${span?.column}`);

import { type Diagnostic, type Filter, quote } from "./diagnostic.ts";
import type { Token } from "./lexer.ts";
import { realPlace } from "./origin.ts";
import { closest } from "./suggest.ts";
import { lineAt, lineText, type SourceText, spanIn } from "./text.ts";
import type { Statement } from "./tree.ts";

/** Codes that a comment silences in a stretch of a file. */
type Allow = {
  readonly source: SourceText;
  readonly codes: readonly { readonly code: string; readonly start: number }[];
  /** [from, to) in the file's text. */
  readonly from: number;
  readonly to: number;
};

const UNUSED = "lint/unused-allow";
const COMMENT = /[#!][ \t]*lvskeeper:[ \t]*allow\b(.*)/;
/** What is meant by a code that there is not takes a while to find out, and nobody reads so many hints. */
const MAX_HINTS = 100;

/** `# lvskeeper: allow CODE [CODE...]` silences these warnings, never errors: behind a line those of the line, or of its
 *  block where it opens one; on a line of its own those of the next statement. Gives the filter that takes them away, and
 *  says of each code that silenced nothing. `known` are all codes there are; one that `isElsewhere` is found by other checks
 *  than this, and not told to be unused. Costs nothing for files without such a comment. */
export function allowFilter(
  files: readonly SourceText[],
  statements: readonly Statement[],
  known: () => readonly string[],
  isElsewhere: (code: string) => boolean = () => false,
): Filter {
  const allows = files.filter(({ text }) => text.includes("lvskeeper:")).flatMap((file) => allowsOf(file, statements));
  if (allows.length === 0) return (all) => all;
  const silencers = new Silencers(allows);
  return (diagnostics) => {
    const used = new Set<object>();
    const kept = diagnostics.filter((diagnostic) => {
      const silencing = diagnostic.severity === "error" ? [] : silencers.of(diagnostic);
      for (const code of silencing) used.add(code);
      return silencing.length === 0;
    });
    return [...kept, ...unused(allows, used, known(), isElsewhere)];
  };
}

type Silencer = { readonly from: number; readonly to: number; readonly code: object };

/** The comments for one code in one file, in its order. `reaches`: how far each of them and those before it reach. */
type InFile = { readonly silencers: Silencer[]; readonly reaches: number[] };

/** Finds the comments that silence a warning without looking at all of them: a generated file may have one for each of tens
 *  of thousands of servers. */
class Silencers {
  readonly #byCode = new Map<string, InFile>();

  constructor(allows: readonly Allow[]) {
    for (const { source, codes, from, to } of allows.toSorted((a, b) => a.from - b.from))
      for (const code of codes) {
        const key = keyOf(code.code, source.file);
        const { silencers, reaches } = this.#byCode.get(key) ?? { silencers: [], reaches: [] };
        silencers.push({ from, to, code });
        reaches.push(Math.max(to, reaches.at(-1) ?? 0));
        this.#byCode.set(key, { silencers, reaches });
      }
  }

  of({ file, span, code }: Diagnostic): readonly object[] {
    const found = this.#byCode.get(keyOf(code, file));
    if (!found || span === undefined) return [];
    const { silencers, reaches } = found;
    const silencing: object[] = [];
    for (let i = countTo(silencers, span.start) - 1; i >= 0 && (reaches[i] as number) > span.start; i--) {
      const silencer = silencers[i] as Silencer;
      if (silencer.to > span.start) silencing.push(silencer.code);
    }
    return silencing;
  }
}

const keyOf = (code: string, file: string): string => `${code} ${file}`;

/** How many of a list in the order of the file begin at `offset` or before. */
function countTo(list: readonly { readonly from: number }[], offset: number): number {
  let [low, high] = [0, list.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((list[middle] as { readonly from: number }).from <= offset) low = middle + 1;
    else high = middle;
  }
  return low;
}

function unused(
  allows: readonly Allow[],
  used: ReadonlySet<object>,
  known: readonly string[],
  isElsewhere: (code: string) => boolean,
): readonly Diagnostic[] {
  const codes = new Set(known);
  let hints = 0;
  const hintFor = (code: string): string => {
    const near =
      hints++ < MAX_HINTS ? (closest(code, known) ?? known.find((other) => other.endsWith(`/${code}`))) : undefined;
    return near ? `did you mean ${quote(near)}?` : "docs/diagnostics.md lists them";
  };
  return allows.flatMap(({ source, codes: written }) =>
    written.flatMap((one): Diagnostic[] => {
      const { code, start } = one;
      if (used.has(one) || isElsewhere(code)) return [];
      const isKnown = codes.has(code);
      const message = isKnown
        ? `there is no warning ${quote(code)} here to allow`
        : `there is no warning ${quote(code)} at all`;
      const span = spanIn(source, start, start + code.length);
      const hint = isKnown ? "remove it" : hintFor(code);
      return [{ severity: "warning", code: UNUSED, message, file: source.file, span, hint }];
    }),
  );
}

function allowsOf(source: SourceText, statements: readonly Statement[]): readonly Allow[] {
  const allows: Allow[] = [];
  const inFile = [...reachesIn(statements, source)].sort((a, b) => a.from - b.from);
  for (let at = source.text.indexOf("lvskeeper:"); at >= 0; at = source.text.indexOf("lvskeeper:", at + 1)) {
    const line = lineAt(source, at);
    const text = lineText(source, line);
    const comment = COMMENT.exec(text);
    const lineStart = source.text.lastIndexOf("\n", at - 1) + 1;
    // Inside quotes `#` begins no comment; the second of two on a line is part of the first.
    if (!comment || lineStart + comment.index > at || isQuoted(text, comment.index)) continue;
    const behind = text.slice(0, comment.index).trim() !== "";
    const listStart = lineStart + comment.index + comment[0].length - (comment[1] as string).length;
    const codes = [...(comment[1] as string).matchAll(/[^\s,]+/g)].map((match) => ({
      code: match[0],
      start: listStart + match.index,
    }));
    allows.push({ source, codes, ...reach(source, inFile, lineStart, behind) });
    at = lineStart + text.length;
  }
  return allows;
}

const isQuoted = (text: string, index: number): boolean => (text.slice(0, index).match(/"/g)?.length ?? 0) % 2 === 1;

/** What a comment covers. `inFile` is in the order of the file. */
function reach(source: SourceText, inFile: readonly Reach[], lineStart: number, behind: boolean): Reach {
  const lineEnd = source.text.indexOf("\n", lineStart);
  const end = lineEnd < 0 ? source.text.length : lineEnd;
  if (!behind) return inFile[countTo(inFile, end)] ?? { from: end, to: end };
  let to = end;
  for (let i = countTo(inFile, lineStart - 1); i < inFile.length; i++) {
    const begun = inFile[i] as Reach;
    if (begun.from >= end) break;
    to = Math.max(to, begun.to);
  }
  return { from: lineStart, to };
}

type Reach = { readonly from: number; readonly to: number };

/** All statements that stand in a file, in reading order, each with its block. */
function* reachesIn(statements: readonly Statement[], source: SourceText): Generator<Reach> {
  for (const statement of statements) {
    const first = realPlace(statement.words[0]);
    if (first.source === source) yield { from: first.start, to: Math.max(first.end, endIn(statement, source)) };
    if (statement.block) yield* reachesIn(statement.block.statements, source);
  }
}

/** Where a statement ends in a file: at its closing brace, or with its last statement where that is missing. */
function endIn(statement: Statement, source: SourceText): number {
  const { block } = statement;
  const last = block?.statements.at(-1);
  if (!block?.close && last) return endIn(last, source);
  const at = realPlace(block?.close ?? (statement.words.at(-1) as Token));
  return at.source === source ? at.end : 0;
}

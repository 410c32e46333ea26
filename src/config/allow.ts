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

/** `# lvskeeper: allow CODE [CODE...]` silences these warnings, never errors: behind a line those of the line, or of its
 *  block where it opens one; on a line of its own those of the next statement. Gives the filter that takes them away, and
 *  says of each code that silenced nothing. `known` are all codes there are; one that `isElsewhere` is found by other checks than
 *  this, and not told to be unused. Costs nothing for files without such a
 *  comment. */
export function allowFilter(
  files: readonly SourceText[],
  statements: readonly Statement[],
  known: () => readonly string[],
  isElsewhere: (code: string) => boolean = () => false,
): Filter {
  const allows = files.filter(({ text }) => text.includes("lvskeeper:")).flatMap((file) => allowsOf(file, statements));
  if (allows.length === 0) return (all) => all;
  return (diagnostics) => {
    const used = new Set<object>();
    const allowed = new Set(allows.flatMap(({ codes }) => codes.map(({ code }) => code)));
    const kept = diagnostics.filter((diagnostic) => {
      if (diagnostic.severity === "error" || !allowed.has(diagnostic.code)) return true;
      const silencing = silencedBy(diagnostic, allows);
      for (const code of silencing) used.add(code);
      return silencing.length === 0;
    });
    return [...kept, ...allows.flatMap((allow) => unused(allow, used, known(), isElsewhere))];
  };
}

const silencedBy = ({ file, span, code }: Diagnostic, allows: readonly Allow[]): readonly object[] =>
  span === undefined
    ? []
    : allows
        .filter(({ source, from, to }) => source.file === file && span.start >= from && span.start < to)
        .flatMap(({ codes }) => codes.filter((allowed) => allowed.code === code));

function unused(
  { source, codes }: Allow,
  used: ReadonlySet<object>,
  known: readonly string[],
  isElsewhere: (code: string) => boolean,
): readonly Diagnostic[] {
  const warning = (code: string, start: number, message: string, hint: string): Diagnostic => {
    const span = spanIn(source, start, start + code.length);
    return { severity: "warning", code: UNUSED, message, file: source.file, span, hint };
  };
  return codes.flatMap((one) => {
    const { code, start } = one;
    if (used.has(one) || isElsewhere(code)) return [];
    if (known.includes(code))
      return [warning(code, start, `there is no warning ${quote(code)} here to allow`, "remove it")];
    const near = closest(code, known) ?? known.find((other) => other.endsWith(`/${code}`));
    const hint = near ? `did you mean ${quote(near)}?` : "docs/diagnostics.md lists them";
    return [warning(code, start, `there is no warning ${quote(code)} at all`, hint)];
  });
}

function allowsOf(source: SourceText, statements: readonly Statement[]): readonly Allow[] {
  const allows: Allow[] = [];
  const inFile = [...reachesIn(statements, source)];
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

/** What a comment covers. */
function reach(source: SourceText, inFile: readonly Reach[], lineStart: number, behind: boolean): Reach {
  const lineEnd = source.text.indexOf("\n", lineStart);
  const end = lineEnd < 0 ? source.text.length : lineEnd;
  if (!behind) return inFile.find(({ from }) => from > end) ?? { from: end, to: end };
  const begun = inFile.filter(({ from }) => from >= lineStart && from < end);
  return { from: lineStart, to: Math.max(end, ...begun.map(({ to }) => to)) };
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

import { withoutUnsafe } from "../core/plain-text.ts";
import type { Diagnostic, Related, Severity } from "./diagnostic.ts";
import { lineText, type SourceText, type Span } from "./text.ts";

export type RenderOptions = { readonly color: boolean };

const TAB_WIDTH = 4;
/** Longer lines are cut around the place, so that a terminal does not wrap them. */
const MAX_WIDTH = 120;

/** Diagnostics as text: severity, code and message, then the place, its line, and a caret under it with the hint. A place
 *  whose text is not among `files` is given without its line. */
export function renderDiagnostics(
  diagnostics: readonly Diagnostic[],
  files: readonly SourceText[],
  options: RenderOptions,
): string {
  return diagnostics.map((diagnostic) => `${renderOne(diagnostic, files, paint(options.color))}\n`).join("\n");
}

type Paint = { readonly [K in "error" | "warning" | "bold" | "dim"]: (text: string) => string };

function paint(color: boolean): Paint {
  const code = (sequence: number) => (text: string) => (color && text ? `\u001b[${sequence}m${text}\u001b[0m` : text);
  return { error: code(31), warning: code(33), bold: code(1), dim: code(2) };
}

function renderOne(diagnostic: Diagnostic, files: readonly SourceText[], p: Paint): string {
  const { severity, code, message, file, span, hint, related = [] } = diagnostic;
  const head = `${p[severity](`${severity}[${code}]`)}${p.bold(`: ${printable(message)}`)}`;
  if (!span) return hint ? `${head}\n  ${p.dim("=")} ${printable(hint)}` : head;
  const margin = " ".repeat(String(Math.max(span.line, ...related.map((r) => r.span.line))).length);
  const lines = [head, `${margin}${p.dim("-->")} ${printable(file)}:${span.line}:${span.column}`];
  lines.push(...frame(files, file, span, hint ?? "", margin, p[severity], p));
  for (const other of related) lines.push(...renderRelated(other, file, files, margin, p));
  return lines.join("\n");
}

function renderRelated(other: Related, file: string, files: readonly SourceText[], margin: string, p: Paint): string[] {
  const place =
    other.file === file
      ? []
      : [`${margin}${p.dim(":::")} ${printable(other.file)}:${other.span.line}:${other.span.column}`];
  return [...place, ...frame(files, other.file, other.span, other.message, margin, p.dim, p)];
}

/** The line of a place, its number before it, and carets under the place with `label` after them. */
function frame(
  files: readonly SourceText[],
  file: string,
  span: Span,
  label: string,
  margin: string,
  mark: (text: string) => string,
  p: Paint,
): string[] {
  const source = files.find((text) => text.file === file);
  const bar = `${margin} ${p.dim("|")}`;
  if (!source) return label ? [`${bar} ${mark(printable(label))}`] : [];
  const { text, before, marked } = excerpt(source, span);
  const number = p.dim(String(span.line).padStart(margin.length));
  const carets = mark(`${"^".repeat(Math.max(1, marked))}${label ? ` ${printable(label)}` : ""}`);
  return [`${number} ${p.dim("|")} ${text}`, `${bar} ${" ".repeat(before)}${carets}`];
}

/** A line as it is shown: tabs as blanks, cut to a width around the place. `before` and `marked` are widths in columns. */
function excerpt(source: SourceText, span: Span): { text: string; before: number; marked: number } {
  const line = [...lineText(source, span.line)];
  const from = span.column - 1;
  const length = [...(source.text.slice(span.start, span.end).split("\n", 1)[0] as string)].length;
  const shown = (characters: readonly string[], start: number): string => {
    let width = start;
    return characters
      .map((c) => {
        const text = c === "\t" ? " ".repeat(TAB_WIDTH - (width % TAB_WIDTH)) : printable(c);
        width += displayWidth(text);
        return text;
      })
      .join("");
  };
  const cut = from > MAX_WIDTH - 40 ? from - 40 : 0;
  const lead = cut > 0 ? "\u2026" : "";
  const head = lead + shown(line.slice(cut, from), 0);
  const before = displayWidth(head);
  const middle = shown(line.slice(from, from + length), before);
  const tail = shown(line.slice(from + length), before + displayWidth(middle));
  const text = head + middle + tail;
  const whole = displayWidth(text) <= MAX_WIDTH ? text.trimEnd() : `${takeWidth(text, MAX_WIDTH - 1)}\u2026`;
  return { text: whole, before, marked: Math.min(displayWidth(middle), MAX_WIDTH - before) };
}

function takeWidth(text: string, width: number): string {
  let taken = "";
  let used = 0;
  for (const c of text) {
    used += displayWidth(c);
    if (used > width) break;
    taken += c;
  }
  return taken;
}

/** Columns a terminal gives a text: none for combining marks, two for East Asian wide characters and emoji. */
export function displayWidth(text: string): number {
  let width = 0;
  for (const c of text) {
    const code = c.codePointAt(0) as number;
    if (code < 0x300) width += 1;
    else if (/\p{Mn}|\p{Me}|\p{Cf}/u.test(c)) width += 0;
    else width += isWide(code) ? 2 : 1;
  }
  return width;
}

/** The blocks that Unicode's EastAsianWidth calls wide or full-width. */
const isWide = (code: number): boolean =>
  (code >= 0x1100 && code <= 0x115f) ||
  (code >= 0x2e80 && code <= 0xa4cf && code !== 0x303f) ||
  (code >= 0xac00 && code <= 0xd7a3) ||
  (code >= 0xf900 && code <= 0xfaff) ||
  (code >= 0xfe30 && code <= 0xfe6f) ||
  (code >= 0xff00 && code <= 0xff60) ||
  (code >= 0xffe0 && code <= 0xffe6) ||
  (code >= 0x1f300 && code <= 0x1faff) ||
  (code >= 0x20000 && code <= 0x3fffd);

/** Control characters of a file must not reach a terminal. */
const printable = (text: string): string => withoutUnsafe(text, "\u00b7");

/** "3 errors, 1 warning in FILE"; "FILE: no problems found". */
export function summaryLine(diagnostics: readonly Diagnostic[], file: string): string {
  const count = (severity: Severity): string | undefined => {
    const n = diagnostics.filter((d) => d.severity === severity).length;
    return n === 0 ? undefined : `${n} ${severity}${n === 1 ? "" : "s"}`;
  };
  const counts = [count("error"), count("warning")].filter((text) => text !== undefined);
  return counts.length === 0 ? `${file}: no problems found` : `${counts.join(", ")} in ${file}`;
}

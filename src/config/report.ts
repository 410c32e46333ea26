import type { Diagnostic, Related } from "./diagnostic.ts";
import { type SourceText, type Span, spanIn } from "./text.ts";

/** What a check found, as docs/schema/check.schema.json describes it. `version` changes when a member is taken away or
 *  means something else; new members may come at any time. */
export type CheckReport = {
  readonly version: 1;
  /** The files that were named, not those that they include. */
  readonly files: readonly string[];
  /** The exit status of the check. */
  readonly status: number;
  readonly errors: number;
  readonly warnings: number;
  readonly diagnostics: readonly ReportedDiagnostic[];
};

/** `start` and `end` are UTF-16 offsets in the file's text; lines and columns count from 1, columns in characters. */
type ReportedSpan = Span & { readonly endLine: number; readonly endColumn: number };

type Reported<T> = Omit<T, "span" | "related"> & { readonly span?: ReportedSpan };
type ReportedDiagnostic = Reported<Diagnostic> & {
  readonly related?: readonly (Omit<Related, "span"> & { readonly span: ReportedSpan })[];
};

export function checkReport(
  named: readonly string[],
  status: number,
  diagnostics: readonly Diagnostic[],
  files: readonly SourceText[],
): CheckReport {
  const sources = new Map(files.map((source) => [source.file, source]));
  const errors = diagnostics.filter(({ severity }) => severity === "error").length;
  return {
    version: 1,
    files: named,
    status,
    errors,
    warnings: diagnostics.length - errors,
    diagnostics: diagnostics.map(({ span, related, ...diagnostic }) => ({
      ...diagnostic,
      ...(span && { span: withEnd(span, sources.get(diagnostic.file)) }),
      ...(related && {
        related: related.map((other) => ({ ...other, span: withEnd(other.span, sources.get(other.file)) })),
      }),
    })),
  };
}

/** The place after the last character of a span; a span in a text that is not at hand is taken to be of one line. */
export function withEnd(span: Span, source: SourceText | undefined): ReportedSpan {
  const end = source
    ? spanIn(source, span.end, span.end)
    : { line: span.line, column: span.column + span.end - span.start };
  return { ...span, endLine: end.line, endColumn: end.column };
}

import type { SourceText, Span } from "./text.ts";
import { spanIn } from "./text.ts";

export type Severity = "error" | "warning";

/** A place that explains another: "opened here", "the other instance". */
export type Related = { readonly message: string; readonly file: string; readonly span: Span };

/** A problem of a configuration, as data; drawn by render.ts. `code` stays stable between releases, `message` says what is
 *  wrong, `hint` the remedy. No span: the file as a whole (it cannot be read). */
export type Diagnostic = {
  readonly severity: Severity;
  readonly code: string;
  readonly message: string;
  readonly file: string;
  readonly span?: Span;
  readonly hint?: string;
  readonly related?: readonly Related[];
};

/** Anything with a place: a token, or a stretch of several. */
export type Placed = { readonly source: SourceText; readonly start: number; readonly end: number };

export type Extra = { readonly hint?: string | undefined; readonly related?: readonly Related[] | undefined };

/** Code of what is understood, and in the plan, and not done by the processes of this version. */
export const NOT_SUPPORTED = "conf/not-supported";

/** More problems than this and the rest is only counted: a file of garbage must not become a report of gigabytes. */
const MAX_DIAGNOSTICS = 1000;
/** The same warning of hundreds of virtual servers is one finding, and goes to the log at each start. */
const MAX_WARNINGS_OF_A_CODE = 20;

/** Collects what is found wrong, in the order of finding. */
export class Problems {
  readonly list: Diagnostic[] = [];
  #dropped = 0;
  #failed = false;
  #unreadable = false;
  readonly #codes = new Map<string, number>();

  error(code: string, message: string, at: Placed, extra: Extra = {}): void {
    this.add(diagnosticAt("error", code, message, at, extra));
  }

  warning(code: string, message: string, at: Placed, extra: Extra = {}): void {
    this.add(diagnosticAt("warning", code, message, at, extra));
  }

  add(diagnostic: Diagnostic): void {
    const isError = diagnostic.severity === "error";
    const alike = (this.#codes.get(diagnostic.code) ?? 0) + 1;
    this.#codes.set(diagnostic.code, alike);
    const room = this.list.length < MAX_DIAGNOSTICS && (isError || alike <= MAX_WARNINGS_OF_A_CODE);
    if (room || (isError && !this.#failed)) this.list.push(diagnostic);
    else this.#dropped++;
    if (isError) this.#failed = true;
    if (isError && diagnostic.code !== NOT_SUPPORTED) this.#unreadable = true;
  }

  /** Whether there is an error among them. */
  get failed(): boolean {
    return this.#failed;
  }

  /** Whether there is an error that leaves a value open: everything but what is understood and not supported. */
  get unreadable(): boolean {
    return this.#unreadable;
  }

  /** All diagnostics in reading order: by file as `files` lists them, then by place; those of no place first. */
  sorted(files: readonly string[]): readonly Diagnostic[] {
    const rank = new Map(files.map((file, index) => [file, index]));
    const ordered = [...this.list].sort(
      (a, b) => (rank.get(a.file) ?? 0) - (rank.get(b.file) ?? 0) || (a.span?.start ?? -1) - (b.span?.start ?? -1),
    );
    const last = ordered.at(-1);
    if (this.#dropped === 0 || last === undefined) return ordered;
    const message = `${this.#dropped} more problem${this.#dropped === 1 ? " is" : "s are"} not listed`;
    return [...ordered, { severity: "warning", code: "conf/too-many", message, file: last.file }];
  }
}

function diagnosticAt(severity: Severity, code: string, message: string, at: Placed, extra: Extra): Diagnostic {
  return {
    severity,
    code,
    message,
    file: at.source.file,
    span: spanIn(at.source, at.start, at.end),
    ...(extra.hint !== undefined && { hint: extra.hint }),
    ...(extra.related !== undefined && extra.related.length > 0 && { related: extra.related }),
  };
}

export const relatedAt = (message: string, at: Placed): Related => ({
  message,
  file: at.source.file,
  span: spanIn(at.source, at.start, at.end),
});

/** Text of the configuration as it may stand in a message: one line, and not longer than a line. */
export function quote(text: string): string {
  const flat = text.replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, "\u00b7").replaceAll("`", "'");
  return `\`${flat.length > 48 ? `${flat.slice(0, 45)}\u2026` : flat}\``;
}

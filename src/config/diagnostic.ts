import { notesOf, realPlace } from "./origin.ts";
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

/** More errors than this and the rest is only counted: a file of garbage must not become a report of gigabytes. */
const MAX_ERRORS = 1000;
/** Warnings that are kept, so that an `allow` may silence them; far more than are ever told. */
export const MAX_WARNINGS = 20_000;
/** The same warning of hundreds of virtual servers is one finding, and goes to the log at each start. */
const MAX_WARNINGS_OF_A_CODE = 20;
const MAX_WARNINGS_TOLD = 1000;
/** Of one code at one place in a line that definitions or sequences made many lines of. */
const MAX_OF_A_PLACE = 3;

/** Takes away what is not to be told, and adds what is to be said of that. */
export type Filter = (diagnostics: readonly Diagnostic[]) => readonly Diagnostic[];

/** Collects what is found wrong, in the order of finding. */
export class Problems {
  readonly list: Diagnostic[] = [];
  #errors = 0;
  #warnings = 0;
  #keptErrors = 0;
  #keptWarnings = 0;
  #unreadable = false;
  readonly #expanded = new Map<string, readonly string[]>();

  error(code: string, message: string, at: Placed, extra: Extra = {}): void {
    if (code !== NOT_SUPPORTED) this.#unreadable = true;
    const alike = this.#alike(code, message, at);
    if (alike === "same") return;
    this.#errors++;
    if (alike === "few" && this.#keptErrors++ < MAX_ERRORS)
      this.list.push(diagnosticAt("error", code, message, at, extra));
  }

  warning(code: string, message: string, at: Placed, extra: Extra = {}): void {
    const alike = this.#alike(code, message, at);
    if (alike === "same") return;
    this.#warnings++;
    if (alike === "few" && this.#keptWarnings++ < MAX_WARNINGS)
      this.list.push(diagnosticAt("warning", code, message, at, extra));
  }

  /** A line that is expanded hundreds of times is wrong hundreds of times at one place, most often in the same words. */
  #alike(code: string, message: string, at: Placed): "same" | "few" | "many" {
    if (!at.source.origin) return "few";
    const { source, start, note } = realPlace(at);
    const place = `${code} ${start} ${note?.start} ${source.file}`;
    const told = this.#expanded.get(place) ?? [];
    if (told.includes(message)) return "same";
    if (told.length === MAX_OF_A_PLACE) return "many";
    this.#expanded.set(place, [...told, message]);
    return "few";
  }

  /** One that has its place already. */
  add(diagnostic: Diagnostic): void {
    this.list.push(diagnostic);
    if (diagnostic.severity === "warning") this.#warnings++;
    else {
      this.#errors++;
      if (diagnostic.code !== NOT_SUPPORTED) this.#unreadable = true;
    }
  }

  /** Whether there is an error among them. */
  get failed(): boolean {
    return this.#errors > 0;
  }

  /** Whether there is an error that leaves a value open: everything but what is understood and not supported. */
  get unreadable(): boolean {
    return this.#unreadable;
  }

  /** What is to be told: the most serious stands last, where a terminal stops. `filter` sees them all. */
  sorted(files: readonly string[], filter: Filter = (all) => all): readonly Diagnostic[] {
    const ordered = inOrder(filter(this.list), files);
    const warnings = ordered.filter(({ severity }) => severity === "warning");
    const errors = ordered.slice(warnings.length);
    const few = withoutRepetition(warnings);
    const dropped = this.#errors + this.#warnings - this.list.length + warnings.length - few.length;
    const last = (errors.at(-1) ?? few.at(-1))?.file;
    if (dropped === 0 || last === undefined) return [...few, ...errors];
    const message = `${dropped} more problem${dropped === 1 ? " is" : "s are"} not listed`;
    return [...few, { severity: "warning", code: "conf/too-many", message, file: last }, ...errors];
  }
}

/** Warnings, then errors, each by file as `files` lists them, then by place, those of no place first. */
export function inOrder(diagnostics: readonly Diagnostic[], files: readonly string[]): readonly Diagnostic[] {
  const rank = new Map(files.map((file, index) => [file, index]));
  const weight = ({ severity }: Diagnostic): number => (severity === "error" ? 1 : 0);
  return [...diagnostics].sort(
    (a, b) =>
      weight(a) - weight(b) ||
      (rank.get(a.file) ?? 0) - (rank.get(b.file) ?? 0) ||
      (a.span?.start ?? -1) - (b.span?.start ?? -1),
  );
}

/** At most so many warnings of one code, and of all. */
function withoutRepetition(warnings: readonly Diagnostic[]): readonly Diagnostic[] {
  const alike = new Map<string, number>();
  const told = warnings.filter(({ code }) => {
    const count = (alike.get(code) ?? 0) + 1;
    alike.set(code, count);
    return count <= MAX_WARNINGS_OF_A_CODE;
  });
  return told.slice(0, MAX_WARNINGS_TOLD);
}

/** A place in an expanded line is told as the place in the file that the line came from, with the definitions it was made
 *  of beside it. */
function diagnosticAt(severity: Severity, code: string, message: string, at: Placed, extra: Extra): Diagnostic {
  const real = realPlace(at);
  const related = [...notesOf(at).map((note) => relatedAt(note.message, note)), ...(extra.related ?? [])];
  return {
    severity,
    code,
    message,
    file: real.source.file,
    span: spanIn(real.source, real.start, real.end),
    ...(extra.hint !== undefined && { hint: extra.hint }),
    ...(related.length > 0 && { related }),
  };
}

export function relatedAt(message: string, at: Placed): Related {
  const { source, start, end } = realPlace(at);
  return { message, file: source.file, span: spanIn(source, start, end) };
}

/** Text of the configuration as it may stand in a message: one line, and not longer than a line. */
export function quote(text: string): string {
  const flat = text.replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, "\u00b7").replaceAll("`", "'");
  return `\`${flat.length > 48 ? `${flat.slice(0, 45)}\u2026` : flat}\``;
}

/** The same without the quotes: a part of something that is quoted. */
export const brief = (text: string): string => quote(text).slice(1, -1);

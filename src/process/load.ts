import type { Diagnostic } from "../config/diagnostic.ts";
import { renderDiagnostics, summaryLine } from "../config/render.ts";
import type { SourceText } from "../config/text.ts";
import type { Observed } from "../core/observed.ts";
import { exitStatus, type LoadedConfiguration, loadConfiguration } from "./configuration.ts";
import type { Loaded } from "./loaded.ts";
import { type Reading, readingOf, reread } from "./reread.ts";
import type { Reading as Given } from "./run-options.ts";

/** One diagnostic in one line, for a log and for an answer: place, severity, what is wrong, the remedy; the definition that
 *  it came out of. */
function diagnosticLine({ file, span, severity, code, message, hint, related = [] }: Diagnostic): string {
  const place = span ? `${file}:${span.line}:${span.column}` : file;
  const definition = related.find((other) => other.message.endsWith("defined here"));
  const origin = definition?.message.replace(/here$/, `at ${definition.file}:${definition.span.line}`);
  return `${place}: ${severity}[${code}]: ${message}${hint ? ` (${hint})` : ""}${origin ? `, ${origin}` : ""}`;
}

/** Reads a configuration file, again and again: the very same value comes back while everything that it was made of is as
 *  it was, so that a reload that changes nothing costs nothing; and of virtual servers that are as they were the very same
 *  plans, where no more than some of them changed. `look` is shown each file that is read whole, before the next one is. */
export function createLoader(
  file: string,
  reading: Given,
  finish: (loaded: Loaded) => Loaded,
  look: (source: SourceText) => void = () => {},
): () => Loaded {
  const instead = (source: SourceText): SourceText => {
    look(source);
    return source;
  };
  let last:
    | { readonly loaded: Loaded; readonly observed: Observed; readonly reading?: Reading | undefined }
    | undefined;
  return () => {
    const changes = last?.observed.changes();
    if (last && changes?.size === 0) return last.loaded;
    const again = last?.reading && changes && reread(last.reading, changes, file, reading);
    if (again) last = { loaded: finish(loadedFrom(again)), observed: again.observed, reading: again };
    else {
      last = undefined; // what it was made of is not kept while the new one is made
      const whole = loadConfiguration(file, { ...reading, instead });
      last = { loaded: finish(loadedWhole(whole, file)), observed: whole.observed, reading: readingOf(whole) };
    }
    return last.loaded;
  };
}

const linesOf = (diagnostics: readonly Diagnostic[], severity: Diagnostic["severity"]): string[] =>
  diagnostics.filter((d) => d.severity === severity).map(diagnosticLine);

function loadedWhole({ plan: parsed, runnable, diagnostics, files }: LoadedConfiguration, file: string): Loaded {
  const plan = runnable ? parsed : undefined;
  return {
    ...(plan && { plan }),
    exitStatus: exitStatus(diagnostics) || (plan ? 0 : 5),
    drawn: plan ? "" : `${renderDiagnostics(diagnostics, files, { color: false })}\n${summaryLine(diagnostics, file)}`,
    errors: linesOf(diagnostics, "error"),
    warnings: linesOf(diagnostics, "warning"),
  };
}

const loadedFrom = ({ plan, diagnostics }: Reading): Loaded => ({
  plan,
  exitStatus: exitStatus(diagnostics),
  drawn: "",
  errors: [],
  warnings: linesOf(diagnostics, "warning"),
});

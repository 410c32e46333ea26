import type { Diagnostic } from "../config/diagnostic.ts";
import { renderDiagnostics, summaryLine } from "../config/render.ts";
import type { Observed } from "../core/observed.ts";
import { exitStatus, loadConfiguration } from "./configuration.ts";
import type { Loaded } from "./loaded.ts";
import type { Reading } from "./run-options.ts";

/** One diagnostic in one line, for a log and for an answer: place, severity, what is wrong, the remedy; the definition that
 *  it came out of. */
function diagnosticLine({ file, span, severity, code, message, hint, related = [] }: Diagnostic): string {
  const place = span ? `${file}:${span.line}:${span.column}` : file;
  const definition = related.find((other) => other.message.endsWith("defined here"));
  const origin = definition?.message.replace(/here$/, `at ${definition.file}:${definition.span.line}`);
  return `${place}: ${severity}[${code}]: ${message}${hint ? ` (${hint})` : ""}${origin ? `, ${origin}` : ""}`;
}

/** Reads a configuration file, again and again: the very same value comes back while everything that it was made of is as
 *  it was, so that a reload that changes nothing costs nothing. */
export function createLoader(file: string, reading: Reading, finish: (loaded: Loaded) => Loaded): () => Loaded {
  let last: { readonly loaded: Loaded; readonly observed: Observed } | undefined;
  return () => {
    if (last?.observed.isUnchanged()) return last.loaded;
    const { loaded, observed } = loadForRun(file, reading);
    last = { loaded: finish(loaded), observed };
    return last.loaded;
  };
}

function loadForRun(file: string, reading: Reading): { readonly loaded: Loaded; readonly observed: Observed } {
  const { plan: parsed, runnable, diagnostics, files, observed } = loadConfiguration(file, reading);
  const plan = runnable ? parsed : undefined;
  const lines = (severity: Diagnostic["severity"]): string[] =>
    diagnostics.filter((d) => d.severity === severity).map(diagnosticLine);
  const loaded: Loaded = {
    ...(plan && { plan }),
    exitStatus: exitStatus(diagnostics) || (plan ? 0 : 5),
    drawn: plan ? "" : `${renderDiagnostics(diagnostics, files, { color: false })}\n${summaryLine(diagnostics, file)}`,
    errors: lines("error"),
    warnings: lines("warning"),
  };
  return { loaded, observed };
}

import type { Diagnostic } from "../config/diagnostic.ts";
import { readSource } from "../config/source.ts";
import type { SourceText } from "../config/text.ts";
import type { Plan } from "./plan.ts";

/** `configId` is the `-i` option (host name by default), for `@id` lines. */
export type LoadOptions = { readonly configId?: string };

/** What a configuration file came to. `plan` is there when no diagnostic is an error; `files` are the texts that the
 *  diagnostics point into, the main file first. */
export type LoadedConfiguration = {
  readonly plan?: Plan;
  readonly diagnostics: readonly Diagnostic[];
  readonly files: readonly SourceText[];
};

/** Reads, checks and types a keepalived.conf: text → tree → values → plan. Synchronous, and never throws for anything
 *  that a file, an account or a script can be: every such problem is a diagnostic. */
export function loadConfiguration(file: string, _options: LoadOptions = {}): LoadedConfiguration {
  const read = readSource(file);
  if (!read.ok) return { diagnostics: [read.error], files: [] };
  return { diagnostics: read.value.warnings, files: [read.value.source] };
}

/** Exit status of a check of this configuration: 0 clean, 4 the file cannot be read, 5 errors (with `strict`: or
 *  warnings), 6 a script that enable_script_security keeps from running. */
export function exitStatus(diagnostics: readonly Diagnostic[], strict = false): 0 | 4 | 5 | 6 {
  const failing = diagnostics.filter(({ severity }) => strict || severity === "error");
  if (failing.some(({ code, span }) => code.startsWith("file/") && span === undefined)) return 4;
  if (failing.length > 0) return 5;
  return diagnostics.some(({ code }) => code === "script/refused") ? 6 : 0;
}

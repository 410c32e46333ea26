import { dirname, resolve } from "node:path";
import { allowFilter } from "../config/allow.ts";
import { type Diagnostic, Problems, quote } from "../config/diagnostic.ts";
import { interpret } from "../config/interpret.ts";
import type { Token } from "../config/lexer.ts";
import { parse } from "../config/parser.ts";
import { matchingFiles, readSource } from "../config/source.ts";
import type { SourceText } from "../config/text.ts";
import type { Statement } from "../config/tree.ts";
import { codeNames } from "./codes.ts";
import { lint } from "./lint.ts";
import { root } from "./options.ts";
import type { Plan } from "./plan.ts";
import { planChecker } from "./plan-checker.ts";
import { planContext, planGlobal } from "./plan-global.ts";
import { planVrrp } from "./plan-vrrp.ts";

/** What a configuration file came to. `plan` is there when no diagnostic is an error, except those of what is understood
 *  and not supported: it may be run only when `runnable`. `files` are the texts that the diagnostics point into, the main
 *  file first. */
export type LoadedConfiguration = {
  readonly plan?: Plan;
  readonly runnable: boolean;
  readonly diagnostics: readonly Diagnostic[];
  readonly files: readonly SourceText[];
};

/** Reads, checks and types a keepalived.conf: text → tree → values → plan. Synchronous, and never throws for anything
 *  that a file, an account or a script can be: every such problem is a diagnostic. */
export function loadConfiguration(file: string): LoadedConfiguration {
  const read = readSource(file);
  if (!read.ok) return { diagnostics: [read.error], files: [], runnable: false };
  const problems = new Problems();
  const files = [read.value.source];
  for (const warning of read.value.warnings) problems.add(warning);
  const statements = parse(read.value.source, root, problems, (pattern, { required }) =>
    readIncluded(pattern, required, problems, files),
  );
  const plan = planOf(statements, problems);
  const diagnostics = problems.sorted(
    files.map((source) => source.file),
    allowFilter(files, statements, codeNames),
  );
  if (problems.unreadable || !plan) return { runnable: false, diagnostics, files };
  return { plan, runnable: !problems.failed, diagnostics, files };
}

/** Undefined for a file with definitions: what else is said of it would be about the gaps they leave. */
function planOf(statements: readonly Statement[], problems: Problems): Plan | undefined {
  const values = interpret(root, statements, problems);
  if (problems.list.some(({ code }) => code === "conf/definition")) return undefined;
  const context = planContext(values, problems);
  const vrrp = planVrrp(values, context);
  const plan = { global: planGlobal(values, context), vrrp, checker: planChecker(values, vrrp, context) };
  if (!problems.unreadable) lint({ root: values, global: context.global, plan }, problems);
  return plan;
}

/** All files of a configuration together; one file has a limit of its own. */
const MAX_CHARACTERS = 64 * 1024 * 1024;

/** The files an `include` means. As keepalived, none at all is an error only where one is required; one that cannot be
 *  read always is. */
function readIncluded(
  pattern: Token,
  required: boolean,
  problems: Problems,
  files: SourceText[],
): readonly SourceText[] {
  const from = pattern.source.file;
  const names = matchingFiles(pattern.text, from);
  if (names.length === 0)
    problems[required ? "error" : "warning"](
      "conf/include-nothing",
      `${quote(pattern.text)} matches no file`,
      pattern,
      {
        hint: `it is looked for in ${dirname(resolve(from))}; files with an execute bit are passed over`,
      },
    );
  return names.flatMap((name) => {
    if (files.reduce((sum, { text }) => sum + text.length, 0) > MAX_CHARACTERS) {
      problems.error("conf/too-large", `${name} is not read: all files together are too large`, pattern);
      return [];
    }
    const read = readSource(name);
    if (!read.ok) {
      problems.error("conf/include", read.error.message, pattern, { hint: read.error.hint });
      return [];
    }
    for (const warning of read.value.warnings) problems.add(warning);
    files.push(read.value.source);
    return [read.value.source];
  });
}

/** Exit status of a check of this configuration: 0 clean, 4 the file cannot be read, 5 errors (with `strict`: or
 *  warnings), 6 a script that enable_script_security keeps from running. */
export function exitStatus(diagnostics: readonly Diagnostic[], strict = false): 0 | 4 | 5 | 6 {
  const failing = diagnostics.filter(({ severity }) => strict || severity === "error");
  if (failing.some(({ code, span }) => code.startsWith("file/") && span === undefined)) return 4;
  if (failing.length > 0) return 5;
  return diagnostics.some(({ code }) => code === "script/refused") ? 6 : 0;
}

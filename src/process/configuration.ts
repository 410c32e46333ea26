import { hostname } from "node:os";
import { allowFilter } from "../config/allow.ts";
import { type Diagnostic, Problems } from "../config/diagnostic.ts";
import { foreignFormat } from "../config/foreign.ts";
import { readIncluded } from "../config/include.ts";
import { interpret } from "../config/interpret.ts";
import { type ParseOptions, parse } from "../config/parser.ts";
import { readSource } from "../config/source.ts";
import type { SourceText } from "../config/text.ts";
import type { Statement } from "../config/tree.ts";
import { type Answers, Observed } from "../core/observed.ts";
import { codeNames, isPairCode } from "./codes.ts";
import { isOtherDialect } from "./dialects.ts";
import { lint } from "./lint.ts";
import { type Root, root } from "./options.ts";
import type { Plan } from "./plan.ts";
import { planBfd } from "./plan-bfd.ts";
import { planChecker } from "./plan-checker.ts";
import { planContext, planGlobal } from "./plan-global.ts";
import { planVrrp } from "./plan-vrrp.ts";

/** What a configuration file came to. `plan` is there when no diagnostic is an error, except those of what is understood
 *  and not supported: it may be run only when `runnable`. `files` are the texts that the diagnostics point into, the main
 *  file first. */
export type LoadedConfiguration = {
  readonly plan?: Plan;
  /** What the plan was made of, with the places. */
  readonly values?: Root;
  readonly runnable: boolean;
  readonly diagnostics: readonly Diagnostic[];
  readonly files: readonly SourceText[];
  /** The text as a tree, its definitions expanded and its includes read. */
  readonly statements: readonly Statement[];
  /** What was read and asked for all this. */
  readonly observed: Observed;
  /** All that was found, in the order of finding, `diagnostics` being what is told of it. */
  readonly found: readonly Diagnostic[];
};

export type LoadOptions = ParseOptions & {
  /** What the world outside says now, as far as that is known. */
  readonly fresh?: Answers;
  /** What is read in the place of a file's text. */
  readonly instead?: (source: SourceText) => SourceText;
};

/** Codes of braces and quotes that do not pair: which block a line belongs to is a guess then, and no matter for lints. */
const STRUCTURAL =
  /^conf\/((missing|extra)-(open|close)|unexpected-(open|block)|unterminated-quote|too-.*|other-dialect)$/;

/** The blocks of the top level: a text with one of them is a configuration. */
const BLOCKS: ReadonlySet<string> = new Set(root.rows.filter(({ kind }) => kind === "block").map(({ name }) => name));

/** What `@id` is compared with where no `--config-id` is given: the name of the host, up to its first dot. */
const defaultConfigId = (): string => hostname().split(".", 1)[0] as string;

/** Reads, checks and types a keepalived.conf: text → tree → values → plan. Synchronous, and never throws for anything
 *  that a file, an account or a script can be: every such problem is a diagnostic. */
export function loadConfiguration(file: string, options: LoadOptions = {}): LoadedConfiguration {
  const { fresh, instead = (source) => source } = options;
  const observed = new Observed(fresh);
  const read = readSource(file, observed);
  const nothing = { statements: [], runnable: false, observed, found: [] };
  if (!read.ok) return { diagnostics: [read.error], files: [], ...nothing };
  const problems = new Problems();
  const main = instead(read.value.source);
  const files = [main];
  for (const warning of read.value.warnings) problems.add(warning);
  const foreign = foreignFormat(main, BLOCKS);
  if (foreign) return { diagnostics: [foreign], files, ...nothing };
  const random = (): number => {
    observed.never("random");
    return Math.random();
  };
  const statements = parse(
    main,
    root,
    problems,
    (pattern, checks) => readIncluded(pattern, checks, problems, files, observed, instead),
    { configId: defaultConfigId(), env: process.env, random, ...options },
  );
  const ours = !isOtherDialect(statements, problems);
  const values = interpret(root, ours ? statements : [], problems);
  const plan = planOf(values, problems, observed);
  const diagnostics = problems.sorted(
    files.map((source) => source.file),
    allowFilter(files, statements, codeNames, isPairCode),
  );
  const found = problems.list;
  if (problems.unreadable) return { runnable: false, diagnostics, files, statements, observed, found };
  return { plan, values, runnable: !problems.failed, diagnostics, files, statements, observed, found };
}

function planOf(values: Root, problems: Problems, observed: Observed): Plan {
  observed.see("name of this host", hostname);
  const context = planContext(values, problems, observed);
  const vrrp = planVrrp(values, context);
  const bfd = planBfd(values.bfd_instance, context);
  const plan: Plan = {
    version: 1,
    global: planGlobal(values, context),
    vrrp,
    checker: planChecker(values, vrrp, context),
    ...(bfd.length > 0 && { bfd }),
  };
  if (!problems.list.some(({ code }) => STRUCTURAL.test(code)))
    lint({ root: values, global: context.global, plan }, problems, !problems.unreadable);
  return plan;
}

/** Exit status of a check of this configuration: 0 clean, 4 the file cannot be read, 5 errors (with `strict`: or
 *  warnings), 6 a script that enable_script_security keeps from running. */
export function exitStatus(diagnostics: readonly Diagnostic[], strict = false): 0 | 4 | 5 | 6 {
  const failing = diagnostics.filter(({ severity }) => strict || severity === "error");
  if (failing.some(({ code, span }) => code.startsWith("file/") && span === undefined)) return 4;
  if (failing.length > 0) return 5;
  return diagnostics.some(({ code }) => code === "script/refused") ? 6 : 0;
}

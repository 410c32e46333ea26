import path from "node:path";
import { type Diagnostic, inOrder } from "../config/diagnostic.ts";
import { githubAnnotations } from "../config/github.ts";
import { renderDiagnostics, summaryLine } from "../config/render.ts";
import { checkReport } from "../config/report.ts";
import type { SourceText } from "../config/text.ts";
import { exitStatus, type LoadedConfiguration, loadConfiguration } from "../process/configuration.ts";
import { comparePair } from "../process/pair.ts";
import { printPlan } from "../process/plan-print.ts";
import type { Reading } from "../process/run-options.ts";
import { CommandError, EXIT_FAILED } from "./errors.ts";

const CHECK_FORMATS = ["text", "json", "github"] as const;

export type CheckOptions = {
  /** One file, or several that are checked one by one; of a pair two, A's and B's. */
  readonly files: readonly [string, ...string[]];
  readonly format: (typeof CHECK_FORMATS)[number];
  /** Warnings are errors. */
  readonly strict: boolean;
  /** The two files are those of a pair of directors: compare them as well. */
  readonly pair?: boolean;
  /** Print the plan, and what was found to stderr. */
  readonly dump?: boolean;
  readonly reading?: Reading;
};

type Found = { readonly diagnostics: readonly Diagnostic[]; readonly files: readonly SourceText[] };

/** Checks configuration files and prints what is wrong with them: text to stderr with a summary on stdout, or JSON or
 *  GitHub's annotations to stdout. Gives the exit status: 0 clean (warnings allowed), 4 unreadable, 5 errors, 6 script
 *  security; of several files the one of the worst. */
export async function checkCommand(options: CheckOptions): Promise<number> {
  const { files: names, format, strict } = options;
  refuseOddFiles(options);
  const loaded = names.map((name) => loadConfiguration(name, options.reading));
  const found = everything(names, loaded, options);
  const status = exitStatus(found.diagnostics, strict);
  const [first] = loaded;
  if (options.dump && first?.plan) process.stdout.write(`${printPlan(first.plan)}\n`);
  const out = options.dump ? process.stderr : process.stdout;
  if (format === "json") {
    out.write(`${JSON.stringify(checkReport(names, status, found.diagnostics, found.files), undefined, 2)}\n`);
    return status;
  }
  if (format === "github") out.write(githubAnnotations(found.diagnostics, found.files, pathInRepository));
  else if (found.diagnostics.length > 0)
    process.stderr.write(
      `${renderDiagnostics(found.diagnostics, found.files, { color: wantsColor(process.stderr) })}\n`,
    );
  out.write(`${summaryLine(found.diagnostics, names.join(options.pair ? " and " : ", "))}\n`);
  return status;
}

function refuseOddFiles({ files, pair, dump }: CheckOptions): void {
  const usage = (message: string, hint: string): never => {
    throw new CommandError("cli/usage", message, { exitStatus: EXIT_FAILED, hint });
  };
  if (pair && files.length !== 2) usage("--pair compares two files", "lvskeeper check A.conf B.conf --pair");
  if (pair && path.resolve(files[0]) === path.resolve(files[1] ?? ""))
    usage("--pair compares two files, and these are one", "name the file of each director");
  if (dump && files.length !== 1) usage("--dump prints the plan of one file", "name one file");
}

function everything(names: readonly string[], loaded: readonly LoadedConfiguration[], options: CheckOptions): Found {
  const sources = new Map(loaded.flatMap(({ files }) => files).map((source) => [source.file, source]));
  const [a, b] = loaded;
  const compared = options.pair && a && b ? comparePair(a, b) : [];
  return {
    diagnostics: inOrder(
      [...loaded.flatMap(({ diagnostics }) => diagnostics), ...compared],
      [...new Set([...sources.keys(), ...names])],
    ),
    files: [...sources.values()],
  };
}

/** Colour on a terminal, unless somebody does not want it (https://no-color.org). */
export const wantsColor = (stream: { readonly isTTY?: boolean }): boolean =>
  stream.isTTY === true && !process.env.NO_COLOR && process.env.TERM !== "dumb";

/** A path as GitHub knows it: from the root of the repository, which its runner names; as it is for files outside. */
function pathInRepository(file: string): string {
  const relative = path.relative(process.env.GITHUB_WORKSPACE || process.cwd(), path.resolve(file));
  return relative.startsWith("..") ? file : relative;
}

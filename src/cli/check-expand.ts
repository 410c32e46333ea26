import { printStatements } from "../config/print.ts";
import { renderDiagnostics, summaryLine } from "../config/render.ts";
import { exitStatus, loadConfiguration } from "../process/configuration.ts";
import type { Reading } from "../process/run-options.ts";
import { wantsColor } from "./check.ts";
import { CommandError, EXIT_FAILED } from "./errors.ts";

/** Prints a configuration as it is after all includes, conditions, definitions and sequences, with the place that each line
 *  comes from; what is wrong with it goes to stderr. Gives the exit status of `check`. */
export function expandCommand(
  [file, ...others]: readonly [string, ...string[]],
  strict: boolean,
  reading: Reading,
): number {
  if (others.length > 0)
    throw new CommandError("cli/usage", "--expand prints one file", { exitStatus: EXIT_FAILED, hint: "name one file" });
  const { diagnostics, files, statements } = loadConfiguration(file, reading);
  process.stdout.write(printStatements(statements, { origins: true }));
  if (diagnostics.length > 0) {
    process.stderr.write(`${renderDiagnostics(diagnostics, files, { color: wantsColor(process.stderr) })}\n`);
    process.stderr.write(`${summaryLine(diagnostics, file)}\n`);
  }
  return exitStatus(diagnostics, strict);
}

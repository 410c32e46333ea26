import { renderDiagnostics, summaryLine } from "../config/render.ts";
import { exitStatus, loadConfiguration } from "../process/configuration.ts";

export type CheckOptions = {
  readonly file: string;
  readonly format: "text" | "json";
  /** Warnings are errors. */
  readonly strict: boolean;
};

/** Checks a configuration file and prints what is wrong with it: text to stderr with a summary on stdout, or JSON to
 *  stdout. Gives the exit status: 0 clean (warnings allowed), 4 unreadable, 5 errors, 6 script security. */
export async function checkCommand(options: CheckOptions): Promise<number> {
  const { diagnostics, files } = loadConfiguration(options.file);
  const status = exitStatus(diagnostics, options.strict);
  if (options.format === "json") {
    process.stdout.write(`${JSON.stringify({ file: options.file, status, diagnostics }, undefined, 2)}\n`);
    return status;
  }
  const color = process.stderr.isTTY === true && process.env.NO_COLOR === undefined;
  if (diagnostics.length > 0) process.stderr.write(`${renderDiagnostics(diagnostics, files, { color })}\n`);
  process.stdout.write(`${summaryLine(diagnostics, options.file)}\n`);
  return status;
}

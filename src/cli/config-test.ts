import { writeFileSync } from "node:fs";
import { renderDiagnostics, summaryLine } from "../config/render.ts";
import { messageOf } from "../core/errors.ts";
import { exitStatus, loadConfiguration } from "../process/configuration.ts";
import type { Reading } from "../process/run-options.ts";
import { CommandError, EXIT_FAILED } from "./errors.ts";

/** `-t=LOG`: what is wrong with a configuration goes into a file of its owner's alone. Gives the exit status of `check`. */
export function configTestCommand(file: string, reading: Reading, log: string): number {
  const { diagnostics, files } = loadConfiguration(file, reading);
  const drawn = diagnostics.length > 0 ? `${renderDiagnostics(diagnostics, files, { color: false })}\n` : "";
  try {
    writeFileSync(log, `${drawn}${summaryLine(diagnostics, file)}\n`, { mode: 0o600 });
  } catch (cause) {
    throw new CommandError("cli/log", `cannot write ${log}: ${messageOf(cause)}`, { exitStatus: EXIT_FAILED, cause });
  }
  return exitStatus(diagnostics);
}

import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Diagnostic } from "../../src/config/diagnostic.ts";
import { printStatements } from "../../src/config/print.ts";
import { renderDiagnostics } from "../../src/config/render.ts";
import type { SourceText } from "../../src/config/text.ts";
import { exitStatus, loadConfiguration } from "../../src/process/configuration.ts";
import type { Files } from "./target.ts";

/** What holds of any configuration, whatever stands in it. */
export function checkConfiguration(files: Files): void {
  const folder = mkdtempSync(path.join(tmpdir(), "lvskeeper-fuzz-"));
  try {
    for (const [name, content] of files) writeFileSync(path.join(folder, name), content);
    const file = path.join(folder, "keepalived.conf");
    checkLoaded(file);
    checkPrinted(file);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const CONFIG_ID = "a";

/** A file that is right comes to the same plan when it is printed, with its definitions expanded and its includes read, and
 *  read again. */
export function checkPrinted(file: string): boolean {
  const { plan, statements } = loadConfiguration(file, { configId: CONFIG_ID });
  if (!plan) return false;
  writeFileSync(file, printStatements(statements));
  const again = loadConfiguration(file, { configId: CONFIG_ID });
  assert.deepEqual(again.plan, plan, "what is printed comes to the same plan");
  return true;
}

function checkLoaded(file: string): void {
  const { plan, runnable, diagnostics, files } = loadConfiguration(file, { configId: CONFIG_ID });
  assert(diagnostics.length <= 1100, `${diagnostics.length} problems`);
  for (const diagnostic of diagnostics) checkPlace(diagnostic, files);
  const failed = diagnostics.some(({ severity }) => severity === "error");
  assert.equal(runnable, !failed && plan !== undefined, "it is runnable when nothing is an error");
  assert(plan !== undefined || failed, "a file without errors has a plan");
  assert([0, 4, 5, 6].includes(exitStatus(diagnostics)));
  const drawn = renderDiagnostics(diagnostics, files, { color: false });
  assert(drawn.length <= 10_000 * (diagnostics.length + 1), `a report of ${drawn.length} characters`);
  if (plan) assert.deepEqual(JSON.parse(JSON.stringify(plan)), plan, "a plan is plain JSON");
}

function checkPlace({ code, message, file, span, hint = "" }: Diagnostic, files: readonly SourceText[]): void {
  assert(/^[a-z]+\/[a-z0-9-]+$/.test(code), code);
  assert(message.length + hint.length <= 1000 && !`${message}${hint}`.includes("\n"), `${code}: a long message`);
  if (!span) return;
  const source = files.find((one) => one.file === file);
  assert(source, `${code} is in ${file}, which was not read`);
  assert(0 <= span.start && span.start <= span.end && span.end <= source.text.length, `${code}: a place outside`);
  assert(span.line >= 1 && span.column >= 1);
}

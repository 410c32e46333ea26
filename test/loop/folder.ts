import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { onTestFinished } from "vitest";

/** A folder of one test, gone when that ends. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(path.join(tmpdir(), "lvskeeper-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

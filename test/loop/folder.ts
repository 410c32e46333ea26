import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, onTestFinished } from "vitest";

/** A folder of one test, gone when that ends. */
export function temporaryFolder(): string {
  const folder = newFolder();
  onTestFinished(() => remove(folder));
  return folder;
}

/** A folder of all tests of the file that calls this while it is loaded. */
export function folderOfThisFile(): string {
  const folder = newFolder();
  afterAll(() => remove(folder));
  return folder;
}

const newFolder = (): string => mkdtempSync(path.join(tmpdir(), "lvskeeper-"));
const remove = (folder: string): void => rmSync(folder, { recursive: true, force: true });

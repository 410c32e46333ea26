import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";

// The part of the addon that draws tables, alone in a program of its own: every case of table-text-cases.cc has to hold, and
// the tools may find nothing wrong (memory, leaks, undefined behaviour).

const here = path.dirname(fileURLToPath(import.meta.url));
const native = path.join(here, "../../../native");
const execute = promisify(execFile);
const CASES = 6;
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), "table-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

async function compiled(...options: readonly string[]): Promise<string> {
  const program = path.join(folder, `cases${options.length}`);
  const sources = [path.join(here, "table-text-cases.cc"), path.join(native, "table_text.cc")];
  const common = ["-std=gnu++17", "-g", "-O1", "-Wall", "-Wextra", "-Werror", "-iquote", native];
  await execute("g++", [...common, ...options, ...sources, "-o", program]);
  return program;
}

const lines = (text: string): string[] => text.trimEnd().split("\n");

test("under AddressSanitizer and UndefinedBehaviorSanitizer", { timeout: 60_000 }, async () => {
  const program = await compiled("-fsanitize=address,undefined", "-fno-sanitize-recover=all");
  const { stdout } = await execute(program, ["20000"]);
  expect(lines(stdout)).toHaveLength(CASES);
});

test.skipIf(!existsSync("/usr/bin/valgrind"))("under valgrind", { timeout: 60_000 }, async () => {
  const program = await compiled();
  const valgrind = ["-q", "--error-exitcode=99", "--leak-check=full", "--errors-for-leak-kinds=all"];
  const { stdout, stderr } = await execute("valgrind", [...valgrind, program, "1000"]);
  expect([lines(stdout).length, stderr]).toEqual([CASES, ""]);
});

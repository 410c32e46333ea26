import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll } from "vitest";

export const execute = promisify(execFile);

const here = path.dirname(fileURLToPath(import.meta.url));
const native = path.join(here, "../../../native");
const WARNINGS = ["-std=gnu++17", "-g", "-O1", "-Wall", "-Wextra", "-Werror"];
const VALGRIND = ["-q", "--error-exitcode=99", "--leak-check=full", "--errors-for-leak-kinds=all"];

/** Programs that carry out cases for a part of the addon (`part`.cc) alone, in a folder of the test file that calls this. */
export function casePrograms(part: string) {
  let folder = "";
  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), "cases-"));
  });
  afterAll(() => rmSync(folder, { recursive: true }));
  return {
    /** A file in the folder of these programs. */
    file: (name: string): string => path.join(folder, name),
    /** Compiles `cases`.cc with the part; the path of the program. */
    async compiled(cases: string, ...options: readonly string[]): Promise<string> {
      const program = path.join(folder, `program${options.join("").replaceAll(/\W/g, "")}-${cases}`);
      const sources = [path.join(here, `${cases}.cc`), path.join(native, `${part}.cc`)];
      await execute("g++", [...WARNINGS, "-iquote", native, ...options, ...sources, "-o", program]);
      return program;
    },
  };
}

export const sanitized = (sanitizers: string): string[] => [`-fsanitize=${sanitizers}`, "-fno-sanitize-recover=all"];

/** Runs a program under valgrind, which ends it with 99 for whatever it finds. */
export const underValgrind = (program: string, ...words: readonly string[]) =>
  execute("valgrind", [...VALGRIND, program, ...words]);

export const linesOf = (text: string): string[] => text.trimEnd().split("\n");

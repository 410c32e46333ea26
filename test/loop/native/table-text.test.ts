import { existsSync } from "node:fs";
import { expect, test } from "vitest";
import { casePrograms, execute, linesOf, sanitized, underValgrind } from "./case-programs.ts";

// The part of the addon that draws tables, alone in a program of its own: every case of table-text-cases.cc has to hold, and
// the tools may find nothing wrong (memory, leaks, undefined behaviour).

const CASES = 6;
const { compiled } = casePrograms("table_text");

test("under AddressSanitizer and UndefinedBehaviorSanitizer", { timeout: 60_000 }, async () => {
  const { stdout } = await execute(await compiled("table-text-cases", ...sanitized("address,undefined")), ["20000"]);
  expect(linesOf(stdout)).toHaveLength(CASES);
});

test.skipIf(!existsSync("/usr/bin/valgrind"))("under valgrind", { timeout: 60_000 }, async () => {
  const { stdout, stderr } = await underValgrind(await compiled("table-text-cases"), "1000");
  expect([linesOf(stdout).length, stderr]).toEqual([CASES, ""]);
});

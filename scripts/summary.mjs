// Counts what vitest reported in its own JSON of the last `npm test`. Run by itself it prints "N passed, N failed".
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { ROOT } from "./steps.mjs";

export const RESULTS = path.join(ROOT, ".lab/results");

/** Over all result files. A test file that could not be loaded has no tests of its own: it counts as one that failed. */
export function total() {
  const names = existsSync(RESULTS) ? readdirSync(RESULTS).filter((name) => name.endsWith(".json")) : [];
  const sum = { passed: 0, failed: 0 };
  for (const name of names) {
    const { numPassedTests, numFailedTests, testResults } = JSON.parse(readFileSync(path.join(RESULTS, name), "utf8"));
    const unloaded = testResults.filter(
      ({ status, assertionResults }) => status === "failed" && assertionResults.length === 0,
    );
    sum.passed += numPassedTests;
    sum.failed += numFailedTests + unloaded.length;
  }
  return sum;
}

const file = (name) => path.join(RESULTS, `${name}.json`);
const read = (name) => JSON.parse(readFileSync(file(name), "utf8"));

/** The test files that failed in a run, as paths below the project. */
export function failedFiles(name) {
  if (!existsSync(file(name))) return [];
  return read(name)
    .testResults.filter(({ status }) => status === "failed")
    .map((result) => path.relative(ROOT, result.name));
}

/** The results of a second run take the place of those files' first ones. */
export function mergeResults(name, again) {
  const first = read(name);
  const second = read(again);
  const redone = new Set(second.testResults.map((result) => result.name));
  const testResults = [...first.testResults.filter((result) => !redone.has(result.name)), ...second.testResults];
  const count = (status) =>
    testResults.flatMap((result) => result.assertionResults).filter((test) => test.status === status).length;
  const numbers = { numPassedTests: count("passed"), numFailedTests: count("failed") };
  writeFileSync(file(name), JSON.stringify({ ...first, ...numbers, testResults }));
  rmSync(file(again));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { passed, failed } = total();
  console.log(`${passed} passed, ${failed} failed`);
}

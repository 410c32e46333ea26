// Counts what vitest reported in its own JSON of the last `npm test`. Run by itself it prints "N passed, N failed".
import { existsSync, readdirSync, readFileSync } from "node:fs";
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

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { passed, failed } = total();
  console.log(`${passed} passed, ${failed} failed`);
}

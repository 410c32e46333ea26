// `npm test`: everything, from nothing. Installs what is missing, builds, then lint, types, documents, unit, loopback and
// lab tests; one that fails does not hide the others. Exits with 0 only if all of them held.
import { mkdirSync, rmSync } from "node:fs";
import path from "node:path";
import { ensurePackages } from "./ensure-packages.mjs";
import { installDependencies, must, ROOT, run, tool } from "./steps.mjs";
import { failedFiles, mergeResults, RESULTS, total } from "./summary.mjs";

const inCi = Boolean(process.env.CI) && process.env.CI !== "false";
const failed = [];
const secondRuns = [];

function step(name, command) {
  console.log(`\n== ${name}`);
  const started = Date.now();
  const status = command();
  console.log(`== ${name}: ${status === 0 ? "ok" : "FAILED"} after ${Math.round((Date.now() - started) / 1000)} s`);
  if (status !== 0) failed.push(name);
}

function vitest(name, projects, files = []) {
  const json = path.join(RESULTS, `${name}.json`);
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${json}`];
  return tool("vitest", ["run", ...projects.flatMap((project) => ["--project", project]), ...reporters, ...files]);
}

/** Whole directors in real time, two test files on two cores: a machine that stands still for seconds is not a fault. A few
 *  files that failed run again, each by itself on the then quiet machine, and that run is the one that counts. */
function withSecondRun(name, projects) {
  const status = vitest(name, projects);
  const files = failedFiles(name);
  if (status === 0 || files.length === 0 || files.length > 4) return status;
  let again = 0;
  for (const file of files) {
    console.log(`\n== once more, by itself: ${file}`);
    again = vitest("again", projects, [file]) || again;
    mergeResults(name, "again");
    secondRuns.push(file);
  }
  return again;
}

rmSync(RESULTS, { recursive: true, force: true });
mkdirSync(RESULTS, { recursive: true });
process.chdir(ROOT);
const missing = ensurePackages();
must(installDependencies());
must(run(process.execPath, ["scripts/build-native.mjs"]));
must(run(process.execPath, ["scripts/build-js.mjs"]));
step("lint", () => tool("@biomejs/biome", ["check", "--error-on-warnings", "."]));
step("types", () => tool("typescript", ["--noEmit"]) || tool("typescript", ["--noEmit", "--project", "src/page"]));
step("documents", () => run(process.execPath, ["scripts/generate-docs.mjs", "--check"]));
step("unit and loopback tests", () => withSecondRun("unit", ["unit", "loop"]));
// The same cases each time, so that a change is judged by what it does; `npm run fuzz` looks for new ones.
step("fuzz", () => run(process.execPath, ["scripts/fuzz.mjs", "--seconds", "60", "--seed", "1"]));
if (missing.lab.length === 0) step("lab tests", () => withSecondRun("lab", ["lab"]));
else if (inCi) failed.push(`lab tests: not run, missing ${missing.lab.join(" ")}`);

const { passed, failed: red } = total();
console.log(`\n${passed} tests passed, ${red} failed`);
if (missing.lab.length > 0) console.log(`LAB TESTS NOT RUN: this machine lacks ${missing.lab.join(" ")}`);
for (const file of secondRuns) console.log(`needed a second run: ${file}`);
for (const name of failed) console.log(`failed: ${name}`);
process.exit(failed.length > 0 || red > 0 || passed === 0 ? 1 : 0);

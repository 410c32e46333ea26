// `npm run bench [-- NAME...]`: the benches of bench/ that are named, all without a name. A bench is a file bench/NAME.mjs
// with `run({ folder, program })`: a folder for its files, and the built program; or bench/NAME.ts, which is run in the
// laboratory. It prints what it measured, and gives whether that is within its target. Exits with 1 when one is not.
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { installDependencies, must, ROOT } from "./steps.mjs";

const BENCHES = ["checks", "config", "scripts", "table", "listing", "memory", "vrrp"];

const names = process.argv.slice(2).length > 0 ? process.argv.slice(2) : BENCHES;
const unknown = names.filter((name) => !BENCHES.includes(name));
if (unknown.length > 0) {
  console.error(`no such bench: ${unknown.join(", ")}; there are: ${BENCHES.join(", ")}`);
  process.exit(1);
}
/** The result of one bench. */
async function bench(name) {
  const file = path.join(ROOT, `bench/${name}.mjs`);
  if (!existsSync(file)) return (await import("../bench/lab-bench.mjs")).runInLab(name);
  const { run } = await import(pathToFileURL(file).href);
  return run({ folder, program: path.join(built, "main.js") });
}

must(installDependencies());
const { bundleProgram } = await import("./build-js.mjs"); // needs what has just been installed
// Inside the project, so that the bundle finds the packages it leaves out.
const built = mkdtempSync(path.join(ROOT, "node_modules/.bench-"));
const folder = mkdtempSync(path.join(tmpdir(), "lvskeeper-bench-"));
try {
  await bundleProgram(built);
  for (const name of names) {
    console.log(`== ${name}`);
    if (!(await bench(name))) {
      console.log(`== ${name}: not within its target`);
      process.exitCode = 1;
    }
  }
} finally {
  for (const path of [built, folder]) if (existsSync(path)) rmSync(path, { recursive: true, force: true });
}

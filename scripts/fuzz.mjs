// `npm run fuzz [-- --seconds N] [--seed N] [TARGET...]`: the targets of test/fuzz/targets.ts (configurations, packets,
// messages of the kernel, control requests, VRRP routers under a simulated network), all together for N seconds (180). A
// case that fails is made as small as it can be and saved to test/vectors/fuzz/, where the tests read it from then on. Exits
// with 1 when there was one.
import { mkdtempSync, rmSync } from "node:fs";
import path from "node:path";
import { installDependencies, must, ROOT, run } from "./steps.mjs";

must(installDependencies());
const [{ build }, { SCRIPT }] = await Promise.all([import("esbuild"), import("./bundle.mjs")]); // may just be installed
// Inside the project, so that the bundle finds the packages it leaves out.
const folder = mkdtempSync(path.join(ROOT, "node_modules/.fuzz-"));
try {
  await build({
    ...SCRIPT,
    entryPoints: ["main", "worker"].map((name) => path.join(ROOT, `test/fuzz/${name}.ts`)),
    outdir: folder,
    sourcemap: "linked",
  });
  process.exitCode = run(process.execPath, [
    "--enable-source-maps",
    path.join(folder, "main.js"),
    ...process.argv.slice(2),
  ]);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

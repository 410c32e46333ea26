// `npm run demo`: installs what is missing, builds, and runs test/lab/demo.ts.
import { mkdirSync, rmSync } from "node:fs";
import path from "node:path";
import { ensurePackages } from "./ensure-packages.mjs";
import { buildNative, installDependencies, must, ROOT, run } from "./steps.mjs";

if (ensurePackages().lab.length > 0) process.exit(1);
must(installDependencies());
must(buildNative());
const { bundleScript } = await import("./bundle.mjs"); // needs what may just have been installed
const program = path.join(ROOT, ".lab", `demo-${process.pid}.mjs`);
mkdirSync(path.dirname(program), { recursive: true });
await bundleScript(path.join(ROOT, "test/lab/demo.ts"), program);
process.on("SIGINT", () => undefined); // the demo gets it too, and ends by itself
const status = run(process.execPath, [program]);
rmSync(program, { force: true });
process.exit(status);

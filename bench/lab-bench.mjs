// A bench that needs a kernel with IPVS: bench/NAME.ts, run in the laboratory.
import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync } from "node:fs";
import { availableParallelism } from "node:os";
import path from "node:path";
import { ensurePackages } from "../scripts/ensure-packages.mjs";
import { buildNative, ROOT } from "../scripts/steps.mjs";

/** Benches of what needs no IPVS: in namespaces of this machine, and on all its processors. */
const NATIVE = new Set(["vrrp"]);

export async function runInLab(name) {
  if (ensurePackages().lab.length > 0 || buildNative() !== 0) return false;
  const { bundleScript } = await import("../scripts/bundle.mjs"); // needs what may just have been installed
  const outfile = path.join(ROOT, ".lab", `bench-${name}-${process.pid}.mjs`);
  mkdirSync(path.dirname(outfile), { recursive: true });
  await bundleScript(path.join(ROOT, `bench/${name}.ts`), outfile);
  // The guest's kernel and its processes are processes of this machine that hand over to one another at each system call:
  // on two processors that takes several times as long, and now and then it does not, so that no two readings are alike.
  const pinned = ["taskset", "-c", String(availableParallelism() - 1)];
  const [command, ...args] = [...(!NATIVE.has(name) && hasTaskset() ? pinned : []), process.execPath, outfile];
  const { status } = spawnSync(command, args, { stdio: "inherit", cwd: ROOT });
  rmSync(outfile, { force: true });
  return status === 0;
}

const hasTaskset = () => spawnSync("taskset", ["--version"]).status === 0;

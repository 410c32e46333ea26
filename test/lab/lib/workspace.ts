import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
} from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { bundleScript } from "../../../scripts/bundle.mjs";

export const PROJECT = findProject(path.dirname(fileURLToPath(import.meta.url)));
const LIB = path.join(PROJECT, "test/lab/lib");

function findProject(folder: string): string {
  if (existsSync(path.join(folder, "package.json"))) return folder;
  const parent = path.dirname(folder);
  if (parent === folder) throw new Error("the lab must run inside the project's folder");
  return findProject(parent);
}

/** A folder of this run below .lab/, seen in the guest under the same name, with the agent. Folders of runs that died are removed. */
export async function makeWorkspace(): Promise<string> {
  if (/\s/.test(PROJECT)) throw new Error(`the lab cannot run in a folder with blanks in its name: ${PROJECT}`);
  const all = path.join(PROJECT, ".lab");
  mkdirSync(all, { recursive: true });
  for (const name of readdirSync(all)) {
    const pid = /^run-(\d+)-/.exec(name)?.[1];
    if (pid !== undefined && !existsSync(`/proc/${pid}`))
      rmSync(path.join(all, name), { recursive: true, force: true });
  }
  const run = mkdtempSync(path.join(all, `run-${process.pid}-`));
  await bundleScript(path.join(LIB, "agent.ts"), path.join(run, "agent.mjs"));
  return run;
}

/** The program as `npm run build` makes it, in this run's folder, where a build that happens meanwhile changes nothing; the
 *  path of its main.js. */
export async function bundleProgram(run: string): Promise<string> {
  copyAddon(run);
  const script = path.join(PROJECT, "scripts/build-js.mjs");
  const built = (await import(script)) as { bundleProgram: (folder: string) => Promise<void> };
  await built.bundleProgram(path.join(run, "dist"));
  return path.join(run, "dist/main.js");
}

/** Puts the native addon, and the program that runs scripts, where bundles in this run's folder look for them. */
export function copyAddon(run: string): void {
  const folder = "native/build/Release";
  mkdirSync(path.join(run, folder), { recursive: true });
  for (const name of ["lvskeeper.node", "lvskeeper-scripts"]) {
    const copy = path.join(run, folder, name);
    if (existsSync(copy)) continue;
    const built = path.join(PROJECT, folder, name);
    if (!existsSync(built)) throw new Error(`${built} is missing: run \`npm run build\``);
    copyFileSync(built, copy);
  }
}

/** The library that makes linux.uml start on processors with AMX. */
export const umlPreload = (): string => compiled(path.join(LIB, "uml-xstate.c"), ["-shared", "-fPIC"]);

/** What a file of C becomes, in .lab/; compiled on first use. */
export function compiled(source: string, flags: readonly string[] = []): string {
  const hash = createHash("sha256").update(readFileSync(source)).digest("hex").slice(0, 12);
  const made = path.join(PROJECT, ".lab", `${path.basename(source, ".c")}-${hash}`);
  if (existsSync(made)) return made;
  mkdirSync(path.dirname(made), { recursive: true });
  const unfinished = `${made}.${process.pid}`;
  const { status, stderr, error } = spawnSync("cc", ["-O2", ...flags, "-o", unfinished, source], { encoding: "utf8" });
  if (status !== 0) throw new Error(`cannot compile ${source}: ${stderr || error?.message}`);
  renameSync(unfinished, made);
  return made;
}

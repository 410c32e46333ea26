// What the commands of package.json share. Only Node's own modules: on a fresh clone there is nothing else yet.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

export const ROOT = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

/** Runs a program in the project's folder with our own input and output; its exit status. */
export function run(command, args, env = {}) {
  const done = spawnSync(command, args, { cwd: ROOT, stdio: "inherit", env: { ...process.env, ...env } });
  if (done.error) console.error(`cannot run ${command}: ${done.error.message}`);
  return done.status ?? 1;
}

/** A tool of node_modules. */
export const tool = (name, args, env) => run(process.execPath, [binary(name), ...args], env);

function binary(name) {
  const { bin } = JSON.parse(readFileSync(path.join(ROOT, "node_modules", name, "package.json"), "utf8"));
  const file = typeof bin === "string" ? bin : Object.values(bin)[0];
  return path.join(ROOT, "node_modules", name, file);
}

/** Installs what package-lock.json names, unless exactly that is installed. Install scripts are not run: nothing we use
 *  needs them, and our own addon is built by build-native.mjs. */
export function installDependencies() {
  if (dependenciesAgree()) return 0;
  console.log("installing Node packages");
  return run("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"]);
}

function dependenciesAgree() {
  const installed = path.join(ROOT, "node_modules/.package-lock.json");
  if (!existsSync(installed)) return false;
  const { packages: have } = JSON.parse(readFileSync(installed, "utf8"));
  const { packages: want } = JSON.parse(readFileSync(path.join(ROOT, "package-lock.json"), "utf8"));
  return Object.entries(want).every(([name, { version, optional }]) => {
    if (name === "") return true;
    return have[name]?.version === version || (optional === true && have[name] === undefined);
  });
}

/** Builds the addon when it is missing or was not built of these sources. */
export function buildNative() {
  const isThere = ["lvskeeper.node", "lvskeeper-scripts"].every((name) =>
    existsSync(path.join(ROOT, "native/build/Release", name)),
  );
  if (isThere && existsSync(NATIVE_STAMP) && readFileSync(NATIVE_STAMP, "utf8") === nativeSources()) return 0;
  console.log("building the native addon");
  return run(process.execPath, ["scripts/build-native.mjs"]);
}

/** What the addon was built of. Times of files would not tell: a copy of a build is younger than what it was built of. */
export const NATIVE_STAMP = path.join(ROOT, "native/build/sources.sha256");

/** A digest of the addon's sources and of the Node that it is built for. */
export function nativeSources() {
  const folder = path.join(ROOT, "native");
  const digest = createHash("sha256").update(process.version);
  for (const name of readdirSync(folder).sort())
    if (/\.(cc|h|gyp)$/.test(name)) digest.update(`\n${name}\n`).update(readFileSync(path.join(folder, name)));
  return digest.digest("hex");
}

/** Stops with the first step that fails. */
export function must(status) {
  if (status !== 0) process.exit(status);
}

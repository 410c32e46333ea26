import { existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { build } from "esbuild";
import { expect, test } from "vitest";
import packageJson from "../../package.json" with { type: "json" };
import { SCRIPT } from "../../scripts/bundle.mjs";
import { describedProgram } from "../../src/cli/program.ts";
import { loadConfiguration } from "../../src/process/configuration.ts";
import { pairConfig } from "../lab/lib/dual-master.ts";
import { temporaryFolder } from "./folder.ts";

// What `npm run demo` stands on. The demo itself boots a laboratory and takes minutes; what it shows, lab tests hold.

const root = path.join(import.meta.dirname, "../..");
const demo = readFileSync(path.join(root, "test/lab/demo.ts"), "utf8");

test("npm run demo starts a script that is there, and all that it and its program import is", async () => {
  const [, script = ""] = /^node (\S+)$/.exec(packageJson.scripts.demo) ?? [];
  expect(existsSync(path.join(root, script))).toBe(true);
  const program = /"(test\/lab\/\S+\.ts)"/.exec(readFileSync(path.join(root, script), "utf8"))?.[1] ?? "";
  const entryPoints = [script, program].map((file) => path.join(root, file));
  const { errors, warnings } = await build({ ...SCRIPT, entryPoints, outdir: "nowhere", write: false });
  expect([errors, warnings]).toEqual([[], []]);
});

test("it waits for as many steps as it has", () => {
  const steps = demo.match(/^ +await step\(/gm) ?? [];
  expect(Number(/^const STEPS = (\d+);/m.exec(demo)?.[1])).toBe(steps.length);
});

test("the commands of lvskeeper that it shows are there", () => {
  const shown = [...demo.matchAll(/lab\.lvskeeper\("\w+", \["(\S+?)"/g)].map(([, name]) => name);
  const known = describedProgram().commands.map((command) => command.name());
  expect(shown).not.toEqual([]);
  expect(known).toEqual(expect.arrayContaining(shown));
});

test.each(["A", "B"] as const)("the configuration of director %s has no error", (side) => {
  const file = path.join(temporaryFolder(), "keepalived.conf");
  writeFileSync(file, pairConfig(side));
  const { diagnostics, runnable } = loadConfiguration(file);
  expect(diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
  expect(runnable).toBe(true);
});

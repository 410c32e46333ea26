import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { MAIN } from "../process/sandbox.ts";

const execute = promisify(execFile);
const DOCS = fileURLToPath(new URL("../../../docs", import.meta.url));
const RECIPES = path.join(DOCS, "recipes");
const names = readdirSync(RECIPES);

/** What is found in them all the same; docs/ha-recipes.md says why. */
const TOLD: Readonly<Record<string, readonly string[]>> = {
  "dual-master": ["conf/deprecated"],
  "mysql-pair": ["pair/virtual-server"],
};

/** The codes that a check prints, but for scripts that lie on the directors only. It exits with 0, or this rejects. */
async function codes(...words: readonly string[]): Promise<readonly string[]> {
  const { stdout } = await execute(process.execPath, [MAIN, "check", "--format", "json", ...words]);
  const { diagnostics } = JSON.parse(stdout) as { readonly diagnostics: readonly { readonly code: string }[] };
  return [...new Set(diagnostics.map(({ code }) => code))].filter((code) => code !== "script/not-found");
}

describe.each(names)("%s", (name) => {
  const [d1, d2] = ["d1", "d2"].map((side) => path.join(RECIPES, name, `${side}.conf`)) as [string, string];
  const known = TOLD[name] ?? [];

  test("each file is clean, and both are a pair", async () => {
    const ofOne = known.filter((code) => !code.startsWith("pair/"));
    expect(await Promise.all([codes(d1), codes(d2), codes(d1, d2, "--pair")])).toEqual([ofOne, ofOne, known]);
  });

  test("stands on the page with each of its files", () => {
    const page = readFileSync(path.join(DOCS, "ha-recipes.md"), "utf8");
    for (const file of readdirSync(path.join(RECIPES, name))) expect(page).toContain(`(recipes/${name}/${file})`);
  });
});

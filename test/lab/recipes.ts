import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import type { Host, Lab } from "./lib/lab.ts";
import { PROJECT } from "./lib/workspace.ts";

// The files of docs/ha-recipes.md, as the lab runs them: on the directors d1 and d2, unchanged where nothing else is said.

const RECIPES = path.join(PROJECT, "docs/recipes");

export type Side = "d1" | "d2";

/** The configuration of one side. */
export const recipe = (name: string, side: Side): string =>
  readFileSync(path.join(RECIPES, name, `${side}.conf`), "utf8");

/** The scripts of a recipe, put where its files look for them. */
export async function installScripts(lab: Lab, at: Host, name: string): Promise<void> {
  const folder = path.join(RECIPES, name);
  for (const file of readdirSync(folder).filter((one) => one.endsWith(".sh")))
    await lab.writeFile(`/etc/keepalived/${file}`, readFileSync(path.join(folder, file), "utf8"), { at });
}

import { existsSync, readdirSync } from "node:fs";
import { expect, test } from "vitest";
import { loadConfiguration } from "../../../src/process/configuration.ts";

/** The configurations of real articles, which lie beside the project where it is worked on, and never in it. */
const folder = "../shared/seed-configs";
const files = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith(".conf")) : [];

if (files.length === 0) test.skip(`the articles' configurations are not here (${folder})`, () => {});
else
  test.for(files)("%s runs as it is", (name) => {
    const { plan, diagnostics } = loadConfiguration(`${folder}/${name}`);
    expect(diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
    expect(plan?.vrrp.instances.length).toBeGreaterThan(0);
  });

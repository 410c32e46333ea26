import { readdirSync, readFileSync } from "node:fs";
import { test } from "vitest";
import { checkConfiguration } from "../../fuzz/configuration.ts";
import { targets } from "../../fuzz/targets.ts";

/** Files that `npm run fuzz` once found something with: test/vectors/fuzz/TARGET-SEED/, as it saved them; configurations
 *  also by another name. */
const folder = "test/vectors/fuzz";

test.for(readdirSync(folder))("%s", async (name) => {
  const files = readdirSync(`${folder}/${name}`).map(
    (file) => [file, readFileSync(`${folder}/${name}/${file}`)] as const,
  );
  const target = Object.keys(targets).find((one) => name.startsWith(`${one}-`));
  await (target === undefined ? checkConfiguration(files) : targets[target]?.check(files));
});

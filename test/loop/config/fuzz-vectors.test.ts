import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { checkConfiguration } from "../../fuzz/configuration.ts";

/** Files that `npm run fuzz` once found something with: test/vectors/fuzz/NAME/, as it saved them. */
const folder = "test/vectors/fuzz";

test.for(readdirSync(folder))("%s", (name) => {
  const files = readdirSync(`${folder}/${name}`).map(
    (file) => [file, readFileSync(`${folder}/${name}/${file}`)] as const,
  );
  expect(() => checkConfiguration(files)).not.toThrow();
});

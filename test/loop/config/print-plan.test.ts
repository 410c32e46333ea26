import { writeFileSync } from "node:fs";
import path from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { checkPrinted } from "../../fuzz/configuration.ts";
import { rightTexts } from "../../fuzz/grammar.ts";
import { folderOfThisFile } from "../folder.ts";

const folder = folderOfThisFile();

test("a configuration that is right comes to the same plan when it is printed and read again", () => {
  let compared = 0;
  const property = fc.property(rightTexts, (text) => {
    const file = path.join(folder, "keepalived.conf");
    writeFileSync(file, text);
    if (checkPrinted(file)) compared++;
  });
  fc.assert(property, { numRuns: 150 });
  expect(compared).toBeGreaterThan(15);
}, 120_000);

import { expect, test } from "vitest";
import { languageText, languageWords, predefined } from "../../../src/config/language.ts";
import { expand } from "./expanding.ts";

const around = { configId: "node1", env: { HOME: "/root" } };
const plain = (line: string): string => line.replace(/\s+/g, " ");

test.for(languageWords)("the example of $name becomes what the manual says", ({ example, becomes }) => {
  const { lines, diagnostics } = expand(`$VIP=192.168.1.50\n${example}\n`, around);
  expect(lines.map(plain)).toEqual(becomes);
  expect(diagnostics.filter(({ code }) => !/unknown-keyword|unexpected-block/.test(code))).toEqual([]);
});

test.for(predefined)("$name has a value without being defined", ({ name, example }) => {
  const { lines, diagnostics } = expand(`key ${example}\n`, around);
  expect(lines).toHaveLength(1);
  expect(lines[0]).not.toContain(name.slice(0, -1));
  expect(diagnostics.filter(({ code }) => code !== "conf/unknown-keyword")).toEqual([]);
});

test("what is said of the language ends in a full stop", () => {
  for (const text of [...languageText, ...[...languageWords, ...predefined].map(({ doc }) => doc)])
    expect(text).toMatch(/^[^a-z].*\.$/s);
});

import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { codeEntries } from "../../../src/process/codes.ts";
import { diagnosticsPage } from "../../../src/process/codes-page.ts";

const filesIn = (folder: string): readonly string[] =>
  readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const file = path.join(folder, entry.name);
    return entry.isDirectory() ? filesIn(file) : entry.name.endsWith(".ts") ? [file] : [];
  });

/** Codes of errors that a running process gives, and no check. */
const ELSEWHERE = ["vrrp/no-socket", "vrrp/advert"];

/** Every text of the sources that looks like a code of a diagnostic. */
function codesInSources(): ReadonlySet<string> {
  const codes = new Set<string>();
  for (const file of filesIn("src")) {
    if (/\/codes-[a-z]+\.ts$/.test(file)) continue;
    const found = readFileSync(file, "utf8").matchAll(
      /["`]((?:file|conf|vrrp|bfd|route|rule|vs|check|script|mail|lint|pair)\/[a-z0-9-]+)["`]/g,
    );
    for (const [, code] of found) if (!ELSEWHERE.includes(code as string)) codes.add(code as string);
  }
  return codes;
}

test("every code has an entry, and every entry a code", () => {
  const used = codesInSources();
  const documented = codeEntries.map(({ code }) => code);
  expect([...used].filter((code) => !documented.includes(code))).toEqual([]);
  expect(documented.filter((code) => !used.has(code))).toEqual([]);
  expect(new Set(documented).size).toBe(documented.length);
});

test("an entry is whole sentences", () => {
  for (const { code, means, why, remedy } of codeEntries)
    for (const text of [means, why, remedy]) expect(text, code).toMatch(/^(keepalived|wlc|[`A-Z]).*[.?]$/s);
});

test("the page has every entry under its area", () => {
  const page = diagnosticsPage();
  for (const { code } of codeEntries) expect(page).toContain(`### ${code}\n`);
});

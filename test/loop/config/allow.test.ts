import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import type { Diagnostic } from "../../../src/config/diagnostic.ts";
import { loadConfiguration } from "../../../src/process/configuration.ts";
import { folderOfThisFile } from "../folder.ts";

const folder = folderOfThisFile();

function check(text: string): readonly Diagnostic[] {
  const file = path.join(folder, "keepalived.conf");
  writeFileSync(file, text);
  return loadConfiguration(file).diagnostics;
}

const warningsOf = (diagnostics: readonly Diagnostic[]): readonly Diagnostic[] =>
  diagnostics.filter(({ severity }) => severity === "warning");

/** Behind each line that is warned of, a comment that allows it. */
function allowAll(text: string, warnings: readonly Diagnostic[]): string {
  const lines = text.split("\n");
  const byLine = new Map<number, Set<string>>();
  for (const { code, span } of warnings) {
    const line = (span?.line ?? 0) - 1;
    byLine.set(line, (byLine.get(line) ?? new Set()).add(code));
  }
  for (const [line, codes] of byLine)
    if (lines[line] !== undefined) lines[line] += ` # lvskeeper: allow ${[...codes].join(" ")}`;
  return lines.join("\n");
}

// Comments do not end a line of a definition, and the other texts are no lines at all.
const names = readdirSync("test/golden").filter(
  (name) => name.endsWith(".conf") && !/^(definitions|expanded|binary|garbage|latin-1|crlf|web-page)/.test(name),
);

test.for(names)("%s: every warning can be allowed where it is told, and none is left over", (name) => {
  const text = readFileSync(`test/golden/${name}`, "utf8");
  const before = check(text);
  const after = check(allowAll(text, warningsOf(before)));
  expect(warningsOf(after)).toEqual([]);
  const errors = (list: readonly Diagnostic[]): readonly string[] =>
    list.filter(({ severity }) => severity === "error").map(({ code, span }) => `${code} ${span?.line}`);
  expect(errors(after)).toEqual(errors(before));
});

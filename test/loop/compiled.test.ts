import { spawnSync } from "node:child_process";
import { cpSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { intactCode } from "../../src/compiled.ts";
import { temporaryFolder } from "./folder.ts";

const dist = path.join(import.meta.dirname, "../../dist");
const isCode = (name: string): boolean => /^program\.cjs\.[0-9a-f]{16}$/.test(name);

test("a start with a code file that is damaged takes its time and nothing else", () => {
  const folder = temporaryFolder();
  const names = readdirSync(dist).filter(
    (name) => isCode(name) || /^(main\.js|program\.cjs|package\.json)$/.test(name),
  );
  for (const name of names) cpSync(path.join(dist, name), path.join(folder, name));
  const file = path.join(folder, names.find(isCode) ?? "built without it");
  const whole = readFileSync(file);
  expect(intactCode(whole)?.length).toBeGreaterThan(100_000);
  const zeros = (at: number) => Buffer.concat([whole.subarray(0, at), Buffer.alloc(4096), whole.subarray(at + 4096)]);
  for (const damaged of [whole, zeros(4096), zeros(40 * 4096), zeros(100 * 4096)]) {
    writeFileSync(file, damaged);
    const { status, signal, stderr } = spawnSync(process.execPath, [path.join(folder, "main.js"), "--version"]);
    expect([status, signal, stderr.toString()]).toEqual([0, null, expect.stringMatching(/^lvskeeper v\d.*\n$/)]);
  }
});

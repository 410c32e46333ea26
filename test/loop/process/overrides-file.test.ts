import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { readOverrides, writeOverrides } from "../../../src/process/overrides-file.ts";
import type { Overrides } from "../../../src/virtual-server/overrides.ts";

const overridesOf = (count: number): Overrides =>
  Object.fromEntries(
    Array.from({ length: count }, (_, i) => {
      const virtualServer = "tcp:10.0.1.1:80";
      const override = { virtualServer, address: `10.0.0.${i}`, port: 80, mode: "disable", sinceWallMs: i } as const;
      return [`${virtualServer} ${override.address}:80`, override];
    }),
  );

/** What this process may write of one file, as `ulimit -f`: a write ends short there, as on a disk that is full. */
const limitFiles = (bytes: string): void =>
  void execFileSync("prlimit", ["--pid", String(process.pid), `--fsize=${bytes}:unlimited`]);

test("a disk that is full in the middle leaves the file as it was, and nothing beside it", () => {
  const folder = mkdtempSync(path.join(tmpdir(), "overrides-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = path.join(folder, "overrides.json");
  expect(writeOverrides(file, overridesOf(1))).toBeUndefined();
  const before = readFileSync(file, "utf8");
  limitFiles("1024");
  try {
    expect(writeOverrides(file, overridesOf(50))).toMatch(/EFBIG/);
  } finally {
    limitFiles("unlimited");
  }
  expect(readFileSync(file, "utf8")).toBe(before);
  expect(readOverrides(file)).toEqual({ overrides: overridesOf(1) });
  expect(readdirSync(folder)).toEqual(["overrides.json"]);
});

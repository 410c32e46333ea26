import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { readOverrides, writeOverrides } from "../../../src/process/overrides-file.ts";
import type { Overrides } from "../../../src/virtual-server/overrides.ts";
import { temporaryFolder } from "../folder.ts";
import { withLimit } from "../limits.ts";

const overridesOf = (count: number): Overrides =>
  Object.fromEntries(
    Array.from({ length: count }, (_, i) => {
      const virtualServer = "tcp:10.0.1.1:80";
      const override = { virtualServer, address: `10.0.0.${i}`, port: 80, mode: "disable", sinceWallMs: i } as const;
      return [`${virtualServer} ${override.address}:80`, override];
    }),
  );

test("a disk that is full in the middle leaves the file as it was, and nothing beside it", () => {
  const folder = temporaryFolder();
  const file = path.join(folder, "overrides.json");
  expect(writeOverrides(file, overridesOf(1))).toBeUndefined();
  const before = readFileSync(file, "utf8");
  withLimit("fsize", 1024, () => expect(writeOverrides(file, overridesOf(50))).toMatch(/EFBIG/));
  expect(readFileSync(file, "utf8")).toBe(before);
  expect(readOverrides(file)).toEqual({ overrides: overridesOf(1) });
  expect(readdirSync(folder)).toEqual(["overrides.json"]);
});

import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { NO_CHANGES } from "../../../src/realserver/model.ts";
import { persist } from "../../../src/realserver/persist.ts";
import { readChanges, writeChanges } from "../../../src/realserver/record.ts";
import { temporaryFolder } from "../folder.ts";
import { withLimit } from "../limits.ts";

test("what `up` changed stays known when more cannot be written", () => {
  const file = path.join(temporaryFolder(), "record.json");
  const changes = { ...NO_CHANGES, addresses: ["192.0.2.1"] };
  writeChanges(file, changes);
  const more = { ...changes, routes: Array.from({ length: 100 }, (_, i) => `192.0.2.${i}`) };
  withLimit("fsize", 512, () => expect(() => writeChanges(file, more)).toThrow(/cannot write .*record\.json: EFBIG/));
  expect(readChanges(file)).toEqual(changes);
  expect(readdirSync(path.dirname(file))).toEqual(["record.json"]);
});

test("a unit that stands keeps its VIPs when another one does not fit", () => {
  const root = temporaryFolder();
  const unit = path.join(root, "etc/systemd/system/lvskeeper-realserver.service");
  persist(root, ["/usr/bin/lvskeeper"], {}, () => ["192.0.2.1"]);
  const before = readFileSync(unit, "utf8");
  const many = Array.from({ length: 100 }, (_, i) => `192.0.2.${i}`);
  withLimit("fsize", 512, () =>
    expect(() => persist(root, ["/usr/bin/lvskeeper"], {}, () => many)).toThrow(/cannot keep it over a restart: EFBIG/),
  );
  expect(readFileSync(unit, "utf8")).toBe(before);
});

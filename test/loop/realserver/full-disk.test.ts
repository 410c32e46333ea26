import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { NO_CHANGES } from "../../../src/realserver/model.ts";
import { persist } from "../../../src/realserver/persist.ts";
import { readChanges, writeChanges } from "../../../src/realserver/record.ts";

/** Runs it on a disk that is full: no file may become longer than this (`ulimit -f`). */
function withRoomFor(bytes: number, act: () => void): void {
  const limit = (most: string): void =>
    void execFileSync("prlimit", ["--pid", String(process.pid), `--fsize=${most}:unlimited`]);
  limit(String(bytes));
  try {
    act();
  } finally {
    limit("unlimited");
  }
}

function folder(): string {
  const made = mkdtempSync(path.join(tmpdir(), "realserver-"));
  onTestFinished(() => rmSync(made, { recursive: true }));
  return made;
}

test("what `up` changed stays known when more cannot be written", () => {
  const file = path.join(folder(), "record.json");
  const changes = { ...NO_CHANGES, addresses: ["192.0.2.1"] };
  writeChanges(file, changes);
  const more = { ...changes, routes: Array.from({ length: 100 }, (_, i) => `192.0.2.${i}`) };
  withRoomFor(512, () => expect(() => writeChanges(file, more)).toThrow(/cannot write .*record\.json: EFBIG/));
  expect(readChanges(file)).toEqual(changes);
  expect(readdirSync(path.dirname(file))).toEqual(["record.json"]);
});

test("a unit that stands keeps its VIPs when another one does not fit", () => {
  const root = folder();
  const unit = path.join(root, "etc/systemd/system/lvskeeper-realserver.service");
  persist(root, ["/usr/bin/lvskeeper"], () => ["192.0.2.1"]);
  const before = readFileSync(unit, "utf8");
  const many = Array.from({ length: 100 }, (_, i) => `192.0.2.${i}`);
  withRoomFor(512, () =>
    expect(() => persist(root, ["/usr/bin/lvskeeper"], () => many)).toThrow(/cannot keep it over a restart: EFBIG/),
  );
  expect(readFileSync(unit, "utf8")).toBe(before);
});

import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createHeldSettings } from "../../../src/vrrp/held-settings.ts";
import { createSettingsMemory } from "../../../src/vrrp/settings-memory.ts";

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "settings-"));
  file = path.join(folder, "state", "a.settings");
  for (const name of ["eth0", "eth1"]) {
    mkdirSync(path.join(folder, name));
    writeFileSync(path.join(folder, name, "arp_ignore"), "0\n");
  }
});
afterEach(() => rmSync(folder, { recursive: true }));

const value = (name: string): string => readFileSync(path.join(folder, name, "arp_ignore"), "utf8").trim();
const held = (part = "interfaces", told = vi.fn()) =>
  createHeldSettings(told, folder, createSettingsMemory(file, part));

test("a successor gives back what its predecessor had changed and could not give back", () => {
  held().update([
    ["eth0/arp_ignore", "1"],
    ["eth1/arp_ignore", "1"],
  ]);
  const successor = held();
  expect(successor.original("eth0/arp_ignore")).toBe("0");
  successor.update([["eth1/arp_ignore", "1"]]);
  expect([value("eth0"), value("eth1")]).toEqual(["0", "1"]);
  const last = held();
  last.update([]);
  expect([value("eth1"), existsSync(file)]).toEqual(["0", false]);
});

test("parts of one file know nothing of each other", () => {
  held("interfaces").update([["eth0/arp_ignore", "1"]]);
  held("promote_secondaries").update([]);
  held("interfaces").update([]);
  expect(value("eth0")).toBe("0");
});

test("a setting that has the value already is not remembered, and stays", () => {
  writeFileSync(path.join(folder, "eth0/arp_ignore"), "1\n");
  held().update([["eth0/arp_ignore", "1"]]);
  held().update([]);
  expect([value("eth0"), existsSync(file)]).toEqual(["1", false]);
});

test.for([
  "",
  "nonsense",
  "[]",
  '{"interfaces":[1]}',
  '{"interfaces":{"../eth0/arp_ignore":"9"}}',
  '{"interfaces":{"eth0/arp_ignore":9}}',
])("a file with %j is no memory", (text) => {
  mkdirSync(path.dirname(file));
  writeFileSync(file, text);
  held().update([]);
  expect(value("eth0")).toBe("0");
});

test("a folder that cannot be written to is told, and the setting is made all the same", () => {
  writeFileSync(path.dirname(file), "in the way");
  const told = vi.fn();
  held("interfaces", told).update([["eth0/arp_ignore", "1"]]);
  expect(value("eth0")).toBe("1");
  expect(told.mock.calls[0]?.join(" ")).toMatch(/^eth0\/arp_ignore what it had cannot be kept for a successor: /);
});

import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { createPromoteSecondaries } from "../../../src/vrrp/promote-secondaries.ts";

function settings(values: Record<string, string>) {
  const folder = mkdtempSync(path.join(tmpdir(), "promote-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = (name: string): string => path.join(folder, name, "promote_secondaries");
  for (const [name, value] of Object.entries(values)) {
    mkdirSync(path.join(folder, name));
    writeFileSync(file(name), value);
  }
  return { folder, setting: (name: string) => readFileSync(file(name), "utf8").trim() };
}

test("set while it is wanted; what was is put back; what was set already is let be", () => {
  const { folder, setting } = settings({ eth0: "0\n", eth1: "1\n" });
  const promote = createPromoteSecondaries(vi.fn(), folder);
  promote.update(["eth0", "eth1"]);
  expect([setting("eth0"), setting("eth1")]).toEqual(["1", "1"]);
  promote.update([]);
  expect([setting("eth0"), setting("eth1")]).toEqual(["0", "1"]);
});

test("an interface that is not there is told of, and harms nothing when it goes", () => {
  const { folder, setting } = settings({ eth0: "0\n" });
  const told = vi.fn();
  const promote = createPromoteSecondaries(told, folder);
  promote.update(["eth9", "eth0"]);
  expect(told.mock.calls.map(([name]) => name)).toEqual(["eth9"]);
  rmSync(path.join(folder, "eth0"), { recursive: true });
  promote.update([]);
  expect(() => setting("eth0")).toThrow("ENOENT");
});

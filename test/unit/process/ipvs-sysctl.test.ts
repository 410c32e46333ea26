import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, test } from "vitest";
import { here } from "../../../src/netlink/socket.ts";
import { ipvsSysctl } from "../../../src/process/ipvs-sysctl.ts";

test("files are read with single blanks, those that are not there are left out, and none is made", () => {
  const folder = mkdtempSync(path.join(tmpdir(), "vs-"));
  try {
    writeFileSync(path.join(folder, "sync_threshold"), "3\t50\n");
    const door = ipvsSysctl(here, folder);
    expect(door.read(["sync_threshold", "nope"])).toEqual({ sync_threshold: "3 50" });
    door.write("sync_threshold", "1 2");
    expect(readFileSync(path.join(folder, "sync_threshold"), "utf8")).toMatch(/^1 2\n/);
    expect(() => door.write("nope", "1")).toThrow("ENOENT");
  } finally {
    rmSync(folder, { recursive: true });
  }
});

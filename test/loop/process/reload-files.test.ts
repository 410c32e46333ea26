import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { logRefusal, markerFileOf, markReload } from "../../../src/process/reload-files.ts";
import { folderOfThisFile } from "../folder.ts";

const folder = folderOfThisFile();
const never = (error: unknown): never => {
  throw error;
};

test.for([
  [{}, undefined],
  [{ markerFile: { path: "/run/r" } }, "/run/r"],
  [{ markerFile: {} }, "/run/keepalived.reload"],
] as const)("%o: the marker is %s", ([reload, file]) => {
  expect(markerFileOf(reload, "/run/keepalived.pid")).toBe(file);
});

test("the marker is there until the reload is done", () => {
  const file = path.join(folder, "marker");
  const unmark = markReload(file, never);
  expect(existsSync(file)).toBe(true);
  unmark();
  expect(existsSync(file)).toBe(false);
  unmark(); // somebody else has taken it away: no trouble
});

test("without a marker, and where it cannot be made, the reload goes on", () => {
  markReload(undefined, never)();
  const troubles: unknown[] = [];
  markReload(path.join(folder, "no", "such", "folder"), (error) => troubles.push(error))();
  expect(troubles).toHaveLength(1);
});

test("what is wrong with a refused configuration is added to the log file", () => {
  const file = path.join(folder, "log");
  logRefusal(file, "first", never);
  logRefusal(file, "", never);
  logRefusal(file, "second", never);
  logRefusal(undefined, "third", never);
  expect(readFileSync(file, "utf8")).toBe("first\nsecond\n");
});

import { execFileSync } from "node:child_process";
import { closeSync, constants, openSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { initNumberFile, readNumberFile } from "../../../src/files/number-file.ts";
import { temporaryFolder } from "../folder.ts";

const place = (): string => path.join(temporaryFolder(), "value");

test("a FIFO in the place of a file is not waited for, neither to read nor to write", () => {
  const file = place();
  execFileSync("mkfifo", [file]);
  expect(readNumberFile(file)).toBe(0);
  expect(() => initNumberFile(file, 5, true)).toThrow("ENXIO");
  const writer = openSync(file, constants.O_RDWR | constants.O_NONBLOCK);
  expect(readNumberFile(file)).toBeUndefined();
  closeSync(writer);
});

test("a file is made where it is missing; one that is there only loses its number where that is asked for", () => {
  const file = place();
  initNumberFile(file, 5, false);
  expect(readFileSync(file, "utf8")).toBe("5\n");
  writeFileSync(file, "123456\n");
  initNumberFile(file, 6, false);
  expect(readNumberFile(file)).toBe(123_456);
  initNumberFile(file, 6, true);
  expect(readFileSync(file, "utf8")).toBe("6\n");
});

test("no file is 0, and a folder is no number", () => {
  const file = place();
  expect(readNumberFile(file)).toBe(0);
  expect(readNumberFile(path.join(file, "below"))).toBe(0);
  expect(readNumberFile(path.dirname(file))).toBeUndefined();
});

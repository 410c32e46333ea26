import {
  appendFileSync,
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { createTrackedFiles } from "../../../src/files/tracked-files.ts";

function tracking() {
  const folder = mkdtempSync(path.join(tmpdir(), "tracked-"));
  const changes: (readonly [string, number])[] = [];
  const troubles: string[] = [];
  const files = createTrackedFiles({
    onChange: (name, value) => changes.push([name, value]),
    onTrouble: (name) => troubles.push(name),
  });
  onTestFinished(() => {
    files.stop();
    rmSync(folder, { recursive: true, force: true });
  });
  const last = (value: number) => vi.waitFor(() => expect(changes.at(-1)?.[1]).toBe(value), { timeout: 4000 });
  return { folder, files, changes, troubles, last, file: path.join(folder, "value") };
}

test("a value is read at first, when the file is written, moved there, and removed", async () => {
  const { files, changes, last, file } = tracking();
  writeFileSync(file, "3\n");
  files.configure([{ name: "f", file }], true);
  expect(files.value("f")).toBe(3);
  writeFileSync(file, "-5\n");
  await last(-5);
  writeFileSync(`${file}.new`, "7\n");
  renameSync(`${file}.new`, file);
  await last(7);
  rmSync(file);
  await last(0);
  expect(changes.map(([, value]) => value)).toEqual([3, -5, 7, 0]);
});

test("a file that is being written counts when it is closed, not when it is emptied", async () => {
  const { files, changes, last, file } = tracking();
  writeFileSync(file, "3");
  files.configure([{ name: "f", file }], true);
  const fd = openSync(file, "w");
  writeSync(fd, "4");
  appendFileSync(`${file}.other`, "x"); // an event of another file
  await new Promise((resolve) => setImmediate(resolve));
  expect(files.value("f")).toBe(3);
  closeSync(fd);
  await last(4);
  expect(changes.map(([, value]) => value)).toEqual([3, 4]);
});

test("a folder that comes later, and one that is moved away", async () => {
  const { folder, files, troubles, last } = tracking();
  const inner = path.join(folder, "later");
  files.configure([{ name: "f", file: path.join(inner, "value") }], true);
  expect([files.value("f"), troubles]).toEqual([0, ["f"]]);
  mkdirSync(inner);
  writeFileSync(path.join(inner, "value"), "9");
  await last(9);
  renameSync(inner, `${inner}.old`);
  await last(0);
  expect(troubles).toEqual(["f", "f"]);
});

test("init makes a file once, overwrites only when told, and never after a crash", () => {
  const { files, file } = tracking();
  files.configure([{ name: "f", file, init: { value: 4, overwrite: false } }], true);
  expect([readFileSync(file, "utf8"), files.value("f")]).toEqual(["4\n", 4]);
  const again = tracking();
  writeFileSync(again.file, "6\n");
  const plan = { name: "f", file: again.file, init: { value: 1, overwrite: true } };
  again.files.configure([plan], false);
  expect(again.files.value("f")).toBe(6);
  again.files.configure([{ ...plan, name: "g" }], true);
  expect(again.files.value("g")).toBe(1);
});

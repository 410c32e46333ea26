import { execFileSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { gainsPrivileges } from "../../../src/process/privileged-programs.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), "privileged-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function asked(text: string, mode = 0o755): string | undefined {
  const file = path.join(folder, "check.sh");
  writeFileSync(file, text);
  chmodSync(file, mode);
  return gainsPrivileges({ argv: [file] }, statSync(file))?.replace(file, "FILE");
}

test("a script that calls sudo or the like is found, wherever it stands in its line", () => {
  expect(asked("#!/bin/sh\nsudo systemctl is-active x\n")).toBe("`FILE` calls sudo");
  expect(asked("#!/bin/sh\nif [ $(sudo -u postgres psql) ]; then :; fi\n")).toBe("`FILE` calls sudo");
  expect(asked("#!/bin/sh\n/usr/bin/doas x\n")).toBe("`FILE` calls doas");
});

test("a comment, another word and a program that is no text are passed over", () => {
  expect(asked("#!/bin/sh\n# sudo is not needed\npseudo x; nosudo y\n")).toBeUndefined();
  expect(asked("\x7fELF\0 sudo x ")).toBeUndefined();
});

test("a program that is set-user-ID is found", () => {
  expect(asked("#!/bin/sh\n", 0o4755)).toBe("`FILE` is set-user-ID or set-group-ID");
});

test("a FIFO or a device among the words is not waited for", () => {
  const fifo = path.join(folder, "fifo");
  execFileSync("mkfifo", [fifo]);
  expect(gainsPrivileges({ argv: ["/usr/bin/tee", fifo, "/dev/tty", "/dev/zero"] }, undefined)).toBeUndefined();
});

test("the script of a shell is looked into", () => {
  const file = path.join(folder, "inner.sh");
  writeFileSync(file, "pkexec x\n");
  expect(gainsPrivileges({ argv: ["/bin/sh", file] }, statSync("/bin/sh"))).toBe(`\`${file}\` calls pkexec`);
});

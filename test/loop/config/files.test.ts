import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { matchFiles } from "../../../src/config/source.ts";
import { exitStatus, loadConfiguration } from "../../../src/process/configuration.ts";
import { folderOfThisFile } from "../folder.ts";

const folder = folderOfThisFile();

function write(name: string, content: string | Uint8Array, mode = 0o644): string {
  const file = path.join(folder, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, content);
  chmodSync(file, mode);
  return file;
}

test.for([
  { name: "a missing file", file: () => path.join(folder, "none.conf"), code: "file/missing" },
  { name: "a directory", file: () => folder, code: "file/directory" },
  { name: "a device", file: () => "/dev/zero", code: "file/not-regular" },
  { name: "binary garbage", file: () => write("binary.conf", Uint8Array.of(1, 2, 0, 3)), code: "file/binary" },
  {
    name: "UTF-16",
    file: () => write("utf16.conf", Buffer.from("\ufeffglobal_defs {}", "utf16le")),
    code: "file/utf-16",
  },
  {
    name: "a loop of links",
    file: () => {
      symlinkSync(path.join(folder, "loop"), path.join(folder, "loop"));
      return path.join(folder, "loop");
    },
    code: "file/unreadable",
  },
])("$name: one error that names it, exit 4, and no plan", ({ file, code }) => {
  const name = file();
  const { plan, diagnostics } = loadConfiguration(name);
  expect(plan).toBeUndefined();
  expect(diagnostics).toMatchObject([{ code, severity: "error" }]);
  expect(diagnostics[0]?.message).toContain(name);
  expect(exitStatus(diagnostics)).toBe(4);
});

test.skipIf(process.getuid?.() === 0)("a file we may not read", () => {
  const { diagnostics } = loadConfiguration(write("secret.conf", "", 0o000));
  expect(diagnostics).toMatchObject([{ code: "file/unreadable", hint: "run as root, or check its mode" }]);
});

test("an empty file is a configuration of nothing", () => {
  const { plan, diagnostics } = loadConfiguration(write("empty.conf", ""));
  expect(diagnostics).toEqual([]);
  expect(plan).toMatchObject({ vrrp: { instances: [] }, checker: { virtualServers: [] } });
});

test("include: relative to the including file, sorted, without executables; problems carry their file", () => {
  write("conf.d/2.conf", "vrrp_instance B {\n interface eth0\n virtual_router_id 2\n no_virtual_ipaddress\n}\n");
  write("conf.d/1.conf", "vrrp_instance A {\n interface eth0\n virtual_router_id 1\n no_virtual_ipaddress\n}\n");
  write("conf.d/3.conf", "prority 1\n");
  write("conf.d/4.conf", "nonsense", 0o755);
  const { diagnostics, files } = loadConfiguration(write("main.conf", "include conf.d/*.conf\ninclude none-*.conf\n"));
  expect(files.map(({ file }) => path.relative(folder, file))).toEqual([
    "main.conf",
    ...["conf.d/1.conf", "conf.d/2.conf", "conf.d/3.conf"],
  ]);
  expect(diagnostics).toMatchObject([
    { code: "conf/include-skipped", severity: "warning" },
    { code: "conf/include-nothing", severity: "warning" },
    { code: "conf/unknown-keyword", file: path.join(folder, "conf.d/3.conf"), span: { line: 1, column: 1 } },
  ]);
});

test("includem: it is an error when nothing matches", () => {
  const { diagnostics } = loadConfiguration(write("required.conf", "includem none.conf\n"));
  expect(diagnostics).toMatchObject([{ code: "conf/include-nothing", severity: "error" }]);
});

test.for([
  ["*.txt", ["a.txt", "b.txt"]],
  ["{b,a}.txt", ["a.txt", "b.txt"]],
  ["[!a].txt", ["b.txt"]],
  ["?.txt", ["a.txt", "b.txt"]],
  ["*", ["a.txt", "b.txt"]],
  [".*", [".hidden"]],
  ["[z-a].txt", []],
] as const)("glob %s", ([pattern, expected]) => {
  for (const name of ["a.txt", "b.txt", ".hidden"]) write(`glob/${name}`, "");
  const found = matchFiles(pattern, path.join(folder, "glob/x.conf")).found;
  expect(found.map((file) => path.basename(file))).toEqual(expected);
});

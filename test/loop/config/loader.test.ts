import { chmodSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { beforeEach, expect, test } from "vitest";
import { createLoader } from "../../../src/process/load.ts";
import { folderOfThisFile } from "../folder.ts";

const folder = folderOfThisFile();
const inFolder = (name: string): string => path.join(folder, name);

const write = (name: string, text: string, mode = 0o644): void => {
  writeFileSync(inFolder(name), text);
  chmodSync(inFolder(name), mode);
};

beforeEach(() => {
  rmSync(inFolder("more"), { recursive: true, force: true });
  write("check.sh", "#!/bin/sh\n", 0o755);
  write("key", "0123456789abcdef0123456789abcdef", 0o600);
  write("one.inc", "vrrp_script one {\n  script /bin/true\n}\n");
  write(
    "main.conf",
    `include *.inc\nvrrp_script two {\n  script ${inFolder("check.sh")}\n}\nvrrp_instance A {\n  interface eth7\n  virtual_router_id 7\n  virtual_ipaddress {\n    10.0.0.1\n  }\n  track_script {\n    one\n    two\n  }\n}\n`,
  );
});

const loader = () => createLoader(inFolder("main.conf"), {}, (loaded) => loaded);

test("a configuration whose files and programs are as they were is the same value", () => {
  const load = loader();
  const first = load();
  expect(first.errors).toEqual([]);
  expect(first.plan?.vrrp.scripts.map(({ name }) => name)).toEqual(["one", "two"]);
  write("one.inc", "vrrp_script one {\n  script /bin/true\n}\n"); // written again, with the same text
  expect(load()).toBe(first);
});

test.each([
  ["its own text", () => write("main.conf", "vrrp_script three {\n  script /bin/true\n}\n")],
  ["the text of an included file", () => write("one.inc", "vrrp_script one {\n  script /bin/false\n}\n")],
  ["another file that a pattern matches", () => write("two.inc", "# more\n")],
  ["an included file that is gone", () => rmSync(inFolder("one.inc"))],
  ["a program that is gone", () => rmSync(inFolder("check.sh"))],
  ["a program that may not be run any more", () => chmodSync(inFolder("check.sh"), 0o644)],
])("it is read again after a change of %s", (_what, change) => {
  const load = loader();
  const first = load();
  change();
  const second = load();
  expect(second).not.toBe(first);
  expect(load()).toBe(second);
  rmSync(inFolder("two.inc"), { force: true });
});

test("one with errors is the same value too, until it is mended", () => {
  write("main.conf", "vrrp_instance {\n");
  const load = loader();
  const first = load();
  expect(first.plan).toBeUndefined();
  expect(load()).toBe(first);
  write("main.conf", "vrrp_script three {\n  script /bin/true\n}\n");
  expect(load().plan).toBeDefined();
});

test("a random number is another one each time", () => {
  write("main.conf", "global_defs {\n  router_id r$" + "{_RANDOM 1 100000}\n}\n");
  const load = loader();
  expect(load()).not.toBe(load());
});

test.each([
  ["one character in its middle", 100_000, "x"],
  ["its last character", 199_999, "x"],
  ["one more", 200_000, "x"],
  ["one less", 199_999, ""],
])("of a large file that was written again, %s is seen", (_what, at, character) => {
  const text = `# ${"-".repeat(98)}\n`.repeat(2000).slice(0, 200_000);
  write("main.conf", text);
  const load = loader();
  const first = load();
  write("main.conf", text);
  expect(load()).toBe(first);
  write("main.conf", text.slice(0, at) + character + text.slice(at + 1));
  expect(load()).not.toBe(first);
});

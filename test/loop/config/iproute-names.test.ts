import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { loadConfiguration } from "../../../src/process/configuration.ts";
import { IprouteNames } from "../../../src/process/iproute-names.ts";
import { folderOfThisFile } from "../folder.ts";

const folder = folderOfThisFile();

const etcDir = path.join(folder, "etc");
const usrDir = path.join(folder, "usr");
for (const name of [etcDir, usrDir, path.join(etcDir, "rt_tables.d")]) mkdirSync(name);
const write = (name: string, text: string | Buffer) => writeFileSync(path.join(folder, name), text);

write("etc/rt_tables", "# ours\n100\tblue\n0x65 hex # a comment\n\n255 mine\nno number\n4294967296 far\n7\n300 main\n");
write("etc/rt_tables.d/10-more.conf", "200 more\n201 blue\n");
write("etc/rt_tables.d/ignored.txt", "202 ignored\n");
write("usr/rt_tables", "300 green\n301 blue\n");
write("usr/rt_realms", Buffer.from([0x31, 0x20, 0xff, 0xfe, 0x0a, 0x00, 0x0a, 0x32, 0x20, 0x78]));
mkdirSync(path.join(etcDir, "rt_protos")); // a folder where a file should be
symlinkSync("/dev/zero", path.join(etcDir, "group"));
symlinkSync("rt_scopes", path.join(etcDir, "rt_scopes")); // to itself
write("etc/rt_dsfield", "1 x\n".repeat(80_000)); // larger than such a file is

const names = () => new IprouteNames({ etcDir, usrDir }, undefined, path.join(folder, "none"));

test.for([
  ["table", "blue", 100],
  ["table", "hex", 101],
  ["table", "mine", 255],
  ["table", "more", 200],
  ["table", "green", 300],
  ["table", "main", 254],
  ["table", "far", undefined],
  ["table", "ignored", undefined],
  ["table", "4294967295", 4_294_967_295],
  ["table", "4294967296", undefined],
  ["table", "0x10", 16],
  ["table", "010", 8],
  ["table", "-1", undefined],
  ["table", "", undefined],
  ["table", "constructor", undefined],
  ["protocol", "keepalived", 18],
  ["protocol", "256", undefined],
  ["scope", "link", 253],
  ["group", "default", 0],
  ["dsfield", "EF", 0xb8],
  ["dsfield", "AF43", 0x98],
  ["dsfield", "x", undefined],
  ["realm", "x", 2],
  ["ipProtocol", "tcp", 6],
] as const)("%s %s is %s", ([kind, text, number]) => {
  expect(names().number(kind, text)).toBe(number);
});

test("folders that are not there have no names", () => {
  const none = new IprouteNames({ etcDir: "/nowhere/etc", usrDir: "/dev/null" }, undefined, "/dev/zero");
  expect(none.number("table", "blue")).toBeUndefined();
  expect(none.number("table", "local")).toBe(255);
  expect(none.number("ipProtocol", "udp")).toBe(17);
});

test("a route finds its table in the folder that the file names, and a near name is told", () => {
  const file = path.join(folder, "keepalived.conf");
  const text = (table: string) =>
    `global_defs {\niproute_etc_dir ${etcDir}\n}\nstatic_routes {\n10.1.0.0/16 dev eth1 table ${table}\n}\n`;
  writeFileSync(file, text("blue"));
  expect(loadConfiguration(file).plan?.vrrp.staticRoutes?.[0]?.table).toBe(100);
  writeFileSync(file, text("bleu"));
  const { plan, diagnostics } = loadConfiguration(file);
  expect(plan).toBeUndefined();
  expect(diagnostics.find(({ code }) => code === "route/unknown-name")).toMatchObject({
    hint: "did you mean `blue`?",
    span: { line: 5, column: 28 },
  });
});

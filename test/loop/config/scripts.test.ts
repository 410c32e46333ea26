import { chmodSync, chownSync, lchownSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { userInfo } from "node:os";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { exitStatus, loadConfiguration } from "../../../src/process/configuration.ts";
import { folderOfThisFile } from "../folder.ts";

const folder = folderOfThisFile();

function file(name: string, content: string, mode = 0o755): string {
  const made = path.join(folder, name);
  writeFileSync(made, content);
  chmodSync(made, mode);
  return made;
}

/** The plan of one vrrp_script that an instance tracks. */
function load(script: string, options: { global?: string; more?: string } = {}) {
  const text = `global_defs {\n${options.global ?? ""}\n}
vrrp_script chk {\nscript ${script}\n${options.more ?? ""}\n}
vrrp_instance A {\ninterface eth0\nvirtual_router_id 1\nno_virtual_ipaddress\ntrack_script {\nchk\n}\n}\n`;
  const { plan, diagnostics } = loadConfiguration(file("test.conf", text, 0o644));
  const codes = diagnostics.map(({ code }) => code).filter((code) => code !== "script/security-off");
  return { script: plan?.vrrp.scripts[0]?.script, codes, status: exitStatus(diagnostics) };
}

const me = userInfo();

test("a program of its own line", () => {
  const program = file("check.sh", "#!/bin/sh\n");
  const { script, status } = load(`"${program} -x 'a b'"`);
  expect(script?.argv).toEqual([program, "-x", "a b"]);
  expect(status).toBe(0);
});

test("a program without a slash is looked for in PATH", () => {
  expect(load("true").script?.argv).toMatchObject([expect.stringMatching(/^\/.*\/true$/)]);
});

test("a text without #! stands for itself: were the shell asked to run it, one that has gone would have failed", () => {
  const program = file("plain.sh", "exit 0\n");
  expect(load(program).script?.argv).toEqual([program]);
});

test("</path asks whether the file can be read", () => {
  expect(load("</etc/hosts").script?.argv).toEqual([expect.stringMatching(/\/test$/), "-r", "/etc/hosts"]);
});

test("a missing program is a warning: nothing tracks it", () => {
  expect(load("/nonexistent/x")).toEqual({ script: undefined, codes: ["script/not-found"], status: 0 });
});

test("a missing notify program stays in the plan, for it may come later", () => {
  const conf = file(
    "notify.conf",
    "vrrp_instance A {\ninterface eth0\nvirtual_router_id 1\nno_virtual_ipaddress\nnotify_master /nonexistent/x\n}\n",
    0o644,
  );
  const { plan } = loadConfiguration(conf);
  expect(plan?.vrrp.instances[0]?.notify.master).toEqual({ argv: ["/nonexistent/x"] });
});

test("a program that is not executable is a warning", () => {
  expect(load(file("mode.sh", "#!/bin/sh\n", 0o644)).codes).toContain("script/not-executable");
});

test("user: the account of a script, by name", () => {
  const { script } = load("/bin/true", { more: `user ${me.username}` });
  expect(script?.user).toEqual({ name: me.username, uid: me.uid, gid: me.gid });
});

test("script_user: the account and group of all scripts", () => {
  const { script } = load("/bin/true", { global: "script_user nobody root" });
  expect(script?.user).toMatchObject({ name: "nobody", gid: 0 });
});

test("an account that does not exist is an error", () => {
  expect(load("/bin/true", { global: "script_user no-such-user" })).toMatchObject({
    codes: ["script/unknown-user"],
    status: 5,
  });
});

test.runIf(me.uid === 0)("a program that others could replace: a warning when it runs as root", () => {
  expect(load(file("open.sh", "#!/bin/sh\n", 0o777)).codes).toEqual(["script/insecure"]);
});

test.runIf(me.uid === 0)("with script security it does not run as root: left out, exit 6; as nobody it runs", () => {
  const program = file("open.sh", "#!/bin/sh\n", 0o777);
  const asRoot = load(program, { global: "enable_script_security\nscript_user root" });
  expect(asRoot).toEqual({ script: undefined, codes: ["script/refused"], status: 6 });
  const asNobody = load(program, { global: "enable_script_security\nscript_user nobody" });
  expect(asNobody.script?.argv).toEqual([program]);
});

/** Folders and links of root's, but for what `weaken` does; the code of a program at the end of them. */
function reached(name: string, weaken: (place: (part: string) => string) => void): readonly string[] {
  const place = (part: string): string => path.join(folder, name, part);
  for (const part of ["a", "b", "c"]) mkdirSync(place(part), { recursive: true, mode: 0o755 });
  file(`${name}/c/check.sh`, "#!/bin/sh\n");
  symlinkSync("../b/second", place("a/first"));
  symlinkSync(place("c"), place("b/folder"));
  symlinkSync("folder/check.sh", place("b/second"));
  weaken(place);
  return load(place("a/first"), { global: "enable_script_security\nscript_user root" }).codes;
}

function lendToGroup(place: string): void {
  chownSync(place, 0, 7);
  chmodSync(place, 0o775);
}

describe.runIf(me.uid === 0)("with script security all that leads to a program has to be root's", () => {
  const refused = ["script/refused"];
  test("and then it runs", () => expect(reached("fine", () => {})).toEqual([]));
  test.for<[string, (place: (part: string) => string) => void]>([
    ["the folder of a link", (place) => chmodSync(place("a"), 0o777)],
    ["the folder that a link leads through", (place) => chmodSync(place("b"), 0o757)],
    ["the folder of the program", (place) => chmodSync(place("c"), 0o777)],
    ["a folder further up", (place) => chmodSync(place("."), 0o777)],
    ["the program", (place) => chmodSync(place("c/check.sh"), 0o757)],
    ["a folder that a group may write to", (place) => lendToGroup(place("b"))],
    ["the owner of the program", (place) => chownSync(place("c/check.sh"), 7, 0)],
    ["the owner of a folder", (place) => chownSync(place("b"), 7, 0)],
    ["the owner of a link", (place) => lchownSync(place("b/second"), 7, 0)],
  ])("not %s", ([name, weaken]) => expect(reached(name.replaceAll(" ", "-"), weaken)).toEqual(refused));
  test.for<[string, (place: (part: string) => string) => void]>([
    ["a sticky folder", (place) => chmodSync(place("b"), 0o1777)],
    ["a group of root", (place) => chmodSync(place("c"), 0o775)],
    ["a group of others that may not write", (place) => chownSync(place("c"), 0, 7)],
  ])("%s is no weakness", ([name, weaken]) => expect(reached(name.replaceAll(" ", "-"), weaken)).toEqual([]));
  test("links that lead in a circle lead nowhere", () => {
    symlinkSync("circle", path.join(folder, "circle"));
    expect(load(path.join(folder, "circle")).codes).toEqual(["script/not-found"]);
  });
});

test.runIf(me.uid === 0)("what is wrong with a program is told once, in words, however many scripts run it", () => {
  const program = file("often.sh", "#!/bin/sh\n", 0o777);
  const scripts = ["one", "two", "three"].map((name) => `vrrp_script ${name} {\nscript ${program}\n}\n`).join("");
  const text = `global_defs {\nscript_user root\nenable_script_security\n}\n${scripts}vrrp_instance A {\ninterface eth0
virtual_router_id 1\nno_virtual_ipaddress\ntrack_script {\none\ntwo\nthree\n}\nnotify_master ${program}\n}\n`;
  const { plan, diagnostics } = loadConfiguration(file("often.conf", text, 0o644));
  expect(diagnostics.filter(({ code }) => code.startsWith("script/"))).toMatchObject([
    {
      code: "script/refused",
      message: `\`${program}\` is not run, as script security asks: \`${program}\` is writable by others`,
      hint: "let root own it and nobody else write to it",
    },
  ]);
  expect(plan?.vrrp.instances[0]?.notify.master).toBeUndefined();
});

/** An account that is in a group beside its own, if this machine has one. */
const member = readFileSync("/etc/group", "utf8")
  .split("\n")
  .map((line) => line.split(":"))
  .flatMap(([, , gid, users = ""]) => (gid === "0" ? [] : [{ gid: Number(gid), user: users.split(",")[0] ?? "" }]))
  .find(({ user }) => user !== "");

test.runIf(me.uid === 0 && member)(
  "a program for a group: with set_supplementary_groups those in it may run it",
  () => {
    const program = file("of-a-group.sh", "#!/bin/sh\n", 0o750);
    const { user = "", gid = 0 } = member ?? {};
    chownSync(program, 0, gid);
    const global = `enable_script_security\nscript_user ${user}`;
    expect(load(program, { global }).codes).toEqual(["script/not-executable"]);
    const { script, codes } = load(program, { global: `${global}\nset_supplementary_groups` });
    expect([script?.argv, codes, script?.user?.groups?.includes(gid)]).toEqual([[program], [], true]);
  },
);

test("script security without any account named refuses scripts", () => {
  expect(load("/bin/true", { global: "enable_script_security" }).codes).toEqual(["script/refused"]);
});

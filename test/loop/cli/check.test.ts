import { execFile } from "node:child_process";
import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, test } from "vitest";
import { folderOfThisFile } from "../folder.ts";
import { type Ended, MAIN } from "../process/sandbox.ts";

const folder = folderOfThisFile();

function write(name: string, text: string): string {
  const file = path.join(folder, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, text);
  return file;
}

const check = (words: readonly string[], environment: NodeJS.ProcessEnv = {}): Promise<Ended> =>
  new Promise((resolve) => {
    const env = { ...process.env, GITHUB_WORKSPACE: "", ...environment };
    execFile(process.execPath, [MAIN, "check", ...words], { timeout: 15_000, env }, (error, stdout, stderr) => {
      resolve({ status: error === null ? 0 : typeof error.code === "number" ? error.code : null, stdout, stderr });
    });
  });

const CLEAN = "global_defs {\n router_id lvs-1\n}\n";
const instance = (priority: number, more = ""): string =>
  `vrrp_instance V {\n interface eth0\n virtual_router_id 51\n priority ${priority}\n virtual_ipaddress {\n  10.0.0.9\n }\n${more}}\n`;
const WARNED = `${instance(100, " nopreempt\n preempt_delay 10\n")}`;
const WRONG = `${WARNED}global_defs {\n router_idd lvs-1\n}\n`;
const UNSAFE = `global_defs {\n enable_script_security\n script_user root\n}\n${instance(100, " notify_master ./hook\n")}`;

describe("exit statuses", () => {
  test.for([
    { name: "a clean file", text: CLEAN, status: 0 },
    { name: "warnings", text: WARNED, status: 0 },
    { name: "warnings, when they are errors", text: WARNED, words: ["--strict"], status: 5 },
    { name: "errors", text: WRONG, status: 5 },
    { name: "a file that is none", text: undefined, status: 4 },
  ])("$name: $status", async ({ text, words = [], status }) => {
    const file = text === undefined ? path.join(folder, "none.conf") : write("status.conf", text);
    expect((await check([...words, "-f", file])).status).toBe(status);
  });

  test("a script that anybody may change: 6", async () => {
    const hook = write("hook", "#!/bin/sh\n");
    chmodSync(hook, 0o777);
    const file = write("unsafe.conf", UNSAFE.replace("./hook", hook));
    expect((await check(["-f", file])).status).toBe(6);
  });

  test("several files: the worst", async () => {
    const files = [write("one.conf", CLEAN), write("two.conf", WRONG), write("three.conf", WARNED)];
    const { status, stdout } = await check(files);
    expect(status).toBe(5);
    expect(stdout).toBe(`1 error, 2 warnings in ${files.join(", ")}\n`);
  });

  test.for([
    { name: "a pair of one file", words: ["a.conf", "--pair"] },
    { name: "a pair of a file and itself", words: ["a.conf", "./a.conf", "--pair"] },
    { name: "the plans of two files", words: ["a.conf", "b.conf", "--dump", "json"] },
    { name: "a format there is none of", words: ["--format", "xml"] },
  ])("$name: one line with the remedy, and 1", async ({ words }) => {
    const { status, stderr } = await check(words);
    expect({ status, lines: stderr.split("\n").length }).toEqual({ status: 1, lines: 2 });
  });
});

describe("--format json", () => {
  const validate = new Ajv2020({ strict: true, allErrors: true }).compile(
    JSON.parse(readFileSync("docs/schema/check.schema.json", "utf8")) as object,
  );
  const report = async (words: readonly string[]): Promise<Record<string, unknown>> => {
    const { status, stdout, stderr } = await check([...words, "--format", "json"]);
    expect(stderr).toBe("");
    const parsed = JSON.parse(stdout) as Record<string, unknown>;
    expect(validate(parsed) ? [] : validate.errors).toEqual([]);
    expect(parsed.status).toBe(status);
    return parsed;
  };

  test("keeps to its schema, whatever is found", async () => {
    const conf = readdirSync("test/golden").filter((name) => name.endsWith(".conf"));
    const all = await report(conf.map((name) => `test/golden/${name}`));
    expect(all.files).toHaveLength(conf.length);
    expect((all.diagnostics as readonly unknown[]).length).toBeGreaterThan(20);
  });

  test("a clean file, one that cannot be read, an expansion, a pair", async () => {
    expect(await report([write("clean.conf", CLEAN)])).toMatchObject({ status: 0, errors: 0, warnings: 0 });
    expect(await report([path.join(folder, "none.conf")])).toMatchObject({ status: 4, errors: 1 });
    const expanded = await report([write("expanded.conf", `$N=high\n${instance(100).replace("100", "$N")}`)]);
    expect(expanded).toMatchObject({ diagnostics: [{ span: { line: 5 }, related: [{ span: { line: 1 } }] }] });
    const pair = await report([write("a.conf", instance(100)), write("b.conf", instance(100)), "--pair"]);
    expect(pair).toMatchObject({ errors: 0, warnings: 1, diagnostics: [{ code: "pair/same-priority" }] });
  });

  test("the schema refuses what is no report", () => {
    expect(validate({ version: 1 })).toBe(false);
    expect(validate({ version: 2, files: ["x"], status: 0, errors: 0, warnings: 0, diagnostics: [] })).toBe(false);
  });
});

describe("--format github", () => {
  test("an annotation a line, relative to the repository, warnings first", async () => {
    const file = write("conf/keepalived.conf", WRONG);
    const { status, stdout, stderr } = await check(["--format", "github", file], { GITHUB_WORKSPACE: folder });
    expect({ status, stderr }).toEqual({ status: 5, stderr: "" });
    expect(stdout.split("\n")).toEqual([
      "::warning file=conf/keepalived.conf,line=9,endLine=9,col=2,endColumn=18,title=lint/delay-nopreempt::" +
        "`preempt_delay` has no effect beside `nopreempt`: there is nothing to delay%0Aremove one of both",
      "::error file=conf/keepalived.conf,line=12,endLine=12,col=2,endColumn=12,title=conf/unknown-keyword::" +
        "unknown keyword `router_idd` in `global_defs`%0Adid you mean `router_id`?",
      `1 error, 1 warning in ${file}`,
      "",
    ]);
  });

  test("what would end a command, or a property, is escaped", async () => {
    const file = write("50%,a:b.conf", "prority 100%\n");
    const { stdout } = await check(["--format", "github", file], { GITHUB_WORKSPACE: folder });
    expect(stdout).toMatch(/^::error file=50%25%2Ca%3Ab\.conf,line=1,/);
  });
});

describe("--format text", () => {
  test("no colour where there is no terminal", async () => {
    const { stderr, stdout } = await check([write("plain.conf", WRONG)]);
    expect(stderr + stdout).not.toContain("\u001b");
    expect(stderr.indexOf("warning[")).toBeLessThan(stderr.indexOf("error["));
  });
});

describe("--dump json", () => {
  test("the plan on stdout with its defaults, what is found on stderr, passwords nowhere", async () => {
    const secret = " authentication {\n  auth_type PASS\n  auth_pass s3cret\n }\n";
    const { status, stdout, stderr } = await check(["--dump", "json", write("dump.conf", instance(100, secret))]);
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      version: 1,
      vrrp: { instances: [{ name: "V", version: 2, advertIntervalMs: 1000, authPass: "********" }] },
      checker: { virtualServers: [] },
    });
    expect(stderr).toMatch(/no problems found\n$/);
    expect(stdout + stderr).not.toContain("s3cret");
  });

  test("no plan of a file with errors; the report goes to stderr in the format that is asked for", async () => {
    const { status, stdout, stderr } = await check(["--dump", "json", "--format", "json", write("dump.conf", WRONG)]);
    expect({ status, stdout }).toEqual({ status: 5, stdout: "" });
    expect(JSON.parse(stderr)).toMatchObject({ version: 1, errors: 1 });
  });
});

describe("--pair", () => {
  test("each finding shows both files", async () => {
    const [a, b] = [write("a.conf", instance(100)), write("b.conf", instance(100))];
    const { status, stdout, stderr } = await check([a, b, "--pair"]);
    expect(status).toBe(0);
    expect(stderr).toContain(`--> ${a}:4:2`);
    expect(stderr).toContain(`::: ${b}:4:2`);
    expect(stdout).toBe(`1 warning in ${a} and ${b}\n`);
  });
});

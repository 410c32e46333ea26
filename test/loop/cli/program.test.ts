import { execFile } from "node:child_process";
import { symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { folderOfThisFile } from "../folder.ts";
import { type Ended, MAIN } from "../process/sandbox.ts";

const folder = folderOfThisFile();
const keepalived = path.join(folder, "keepalived");
const good = path.join(folder, "good.conf");
const bad = path.join(folder, "bad.conf");

beforeAll(() => {
  symlinkSync(MAIN, keepalived);
  writeFileSync(good, "global_defs {\n router_id LVS\n}\n");
  writeFileSync(bad, "global_defs {\n router_idd LVS\n}\n");
});

const run = (file: string, ...args: readonly string[]): Promise<Ended> =>
  new Promise((resolve) => {
    execFile(process.execPath, [file, ...args], { timeout: 15_000 }, (error, stdout, stderr) => {
      resolve({ status: error === null ? 0 : typeof error.code === "number" ? error.code : null, stdout, stderr });
    });
  });

describe("the command line", () => {
  test.for([
    { line: ["-v"], status: 0, stderr: /^lvskeeper v\d+\.\d+\.\d+\n$/ },
    { line: ["--version"], status: 0, stderr: /^lvskeeper v\d+\.\d+\.\d+\n$/ },
    { line: ["run", "-v"], status: 0, stderr: /^lvskeeper v\d/ },
    { line: [], status: 1, stderr: /^Usage: lvskeeper / },
    { line: ["--help"], status: 0, stdout: /^Usage: lvskeeper [\s\S]*\n {2}run [\s\S]*\n {2}ipvs / },
    { line: ["run", "--help"], status: 0, stdout: /--use-file[\s\S]*--dont-release-ipvs/ },
    { line: ["nonsense"], status: 1, stderr: /^lvskeeper: unknown command 'nonsense'; see .*\n$/ },
    { line: ["statsu"], status: 1, stderr: /^lvskeeper: unknown command 'statsu'.*Did you mean status\?.*\n$/ },
    {
      line: ["run", "--dont-frok"],
      status: 1,
      stderr: /^lvskeeper: unknown option '--dont-frok'.*Did you mean --dont-fork\?.*\n$/,
    },
    { line: ["-S", "mail", "-n"], status: 1, stderr: /^lvskeeper: option '-S, --log-facility <name>'.*\n$/ },
    { line: ["check", "-f", good], status: 0, stdout: /./ },
    { line: ["check", "-f", bad], status: 5, stderr: /router_idd[\s\S]*router_id/ },
    { line: ["-t", "-f", bad], status: 5, stderr: /router_idd/ },
    { line: ["--config-test", "-f", good], status: 0, stdout: /./ },
    { line: ["check", "-f", path.join(folder, "none")], status: 4, stderr: /none/ },
    { line: ["check", "-f", bad, "--format", "json"], status: 5, stdout: /"code"/ },
    { line: ["explain", "priority"], status: 0, stdout: /priority/ },
  ])("lvskeeper $line: status $status", async ({ line, status, stdout, stderr }) => {
    const ended = await run(MAIN, ...line);
    expect(ended.status).toBe(status);
    if (stdout) expect(ended.stdout).toMatch(stdout);
    if (stderr) expect(ended.stderr).toMatch(stderr);
    expect(ended.stderr).not.toMatch(/^\s+at /m);
  });

  test("called as keepalived, it takes keepalived's options and has no commands", async () => {
    expect((await run(keepalived, "-t", "-f", bad)).status).toBe(5);
    expect((await run(keepalived, "-l", "-t", "-f", good)).status).toBe(0);
    expect((await run(keepalived, "-v")).status).toBe(0);
    expect((await run(keepalived, "status")).status).toBe(1);
  });

  test("a stack trace only with --debug", async () => {
    const plain = await run(MAIN, "status", "--control", path.join(folder, "none.sock"));
    const debug = await run(MAIN, "--debug", "status", "--control", path.join(folder, "none.sock"));
    expect(plain.stderr).not.toContain("\n    at ");
    expect(debug.stderr).toContain("\n    at ");
    expect([plain.status, debug.status]).toEqual([3, 3]);
  });

  test("a boot message without a parent behind it starts no child", async () => {
    const ended = await run(MAIN, '{"role":"vrrp","program":"lvskeeper","log":{}}');
    expect(ended.status).toBe(1);
    expect(ended.stderr).toContain("unknown command");
  });
});

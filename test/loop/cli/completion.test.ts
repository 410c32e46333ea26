import { execFile, execFileSync, spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import http from "node:http";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";

const root = path.join(import.meta.dirname, "../../..");
let folder: string;
let socket: string;
let server: http.Server;

/** A director that knows one instance and two real servers, and `lvskeeper` on the PATH. */
beforeAll(async () => {
  folder = mkdtempSync(path.join(os.tmpdir(), "lvskeeper-completion-"));
  socket = path.join(folder, "control.sock");
  writeFileSync(path.join(folder, "lvskeeper"), `#!/bin/sh\nexec ${process.execPath} ${root}/dist/main.js "$@"\n`);
  chmodSync(path.join(folder, "lvskeeper"), 0o755);
  const realServers = ["[10.0.0.2]:tcp:80", "[2001:db8::2]:tcp:80"].map((name) => ({ name }));
  const status = {
    vrrp: { instances: [{ name: "VI_1" }] },
    checker: { virtualServers: [{ name: "[192.0.2.1]:tcp:80", realServers }] },
  };
  server = http.createServer((_request, response) => response.end(JSON.stringify(status)));
  await new Promise<void>((resolve) => server.listen(socket, resolve));
});
afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true, force: true });
});

const env = () => ({ ...process.env, PATH: `${folder}:${process.env.PATH}`, LVSKEEPER_CONTROL: socket });

/** Runs without blocking this process, which answers as the director. */
const shell = (name: string, ...args: string[]): Promise<string> =>
  new Promise((resolve, reject) => {
    execFile(name, args, { env: env() }, (error, stdout, stderr) =>
      error
        ? reject(
            new Error(`${error.message}
${stderr}`),
          )
        : resolve(stdout),
    );
  });

const has = (name: string): boolean => spawnSync("sh", ["-c", `command -v ${name}`]).status === 0;

/** What bash puts into COMPREPLY for a line. */
const inBash = (line: string): Promise<string> =>
  shell(
    "bash",
    "--norc",
    "-c",
    `source <(lvskeeper completion bash); compopt() { echo "compopt $*"; }
     COMP_LINE='${line}' COMP_POINT=${line.length}; _lvskeeper; printf '%s\\n' "\${COMPREPLY[@]}"`,
  );

test("bash: commands, names of the running director, and words with colons", async () => {
  expect(await inBash("lvskeeper stat")).toBe("status\n");
  expect(await inBash("lvskeeper vrrp failover ")).toBe("VI_1\n");
  expect(await inBash("lvskeeper rs drain 10.0.0.2:")).toBe("80\n");
  expect(await inBash("lvskeeper rs drain [2001:db8:")).toBe(":2]:80\n");
  expect(await inBash("lvskeeper check ")).toContain("compopt -o default");
});

test.runIf(has("fish"))("fish", async () => {
  const script = path.join(folder, "lvskeeper.fish");
  writeFileSync(script, execFileSync(process.execPath, [`${root}/dist/main.js`, "completion", "fish"]));
  const found = (line: string) => shell("fish", "--no-config", "-c", `source ${script}; complete -C '${line}'`);
  expect((await found("lvskeeper stat")).split("\t")[0]).toBe("status");
  expect(await found("lvskeeper vrrp failover ")).toMatch(/^VI_1\b/);
  expect(await found("lvskeeper rs drain 10.")).toMatch(/^10\.0\.0\.2:80\b/);
});

test.runIf(has("zsh"))("zsh", async () => {
  const program = `
    compdef() { :; }; source <(lvskeeper completion zsh) 2>/dev/null
    _describe() { print -rl "\${(@P)2}"; }; _files() { print :files; }
    words=(lvskeeper "$@"); CURRENT=$#words; _lvskeeper`;
  const found = (...words: string[]) => shell("zsh", "-f", "-c", program, "zsh", ...words);
  expect(await found("stat")).toMatch(/^status:is it serving/);
  expect(await found("rs", "drain", "10.")).toBe("10.0.0.2\\:80\n");
  expect(await found("check", "")).toContain(":files");
});

test("a director that does not answer gives no names, and no error", async () => {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [`${root}/dist/main.js`, "complete", "--", "vrrp", "failover", ""],
    { env: { ...env(), LVSKEEPER_CONTROL: path.join(folder, "none.sock") }, encoding: "utf8" },
  );
  expect([status, stdout, stderr]).toEqual([0, "", ""]);
  expect(existsSync(path.join(folder, "none.sock"))).toBe(false);
});

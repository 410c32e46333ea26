import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Ended, MAIN } from "../process/sandbox.ts";

const GENHASH = "/usr/bin/genhash";
const PAGE = Buffer.from(Array.from({ length: 5000 }, (_, i) => (i * 7919) % 256));
const folder = mkdtempSync(path.join(tmpdir(), "lvskeeper-genhash-"));
const genhash = path.join(folder, "genhash");
/** A page that says which virtual host was asked for, except at /page. */
const server = http.createServer((request, response) => {
  response.end(request.url === "/page" ? PAGE : `${request.method} ${request.url} ${request.headers.host}`);
});
let port = 0;

beforeAll(async () => {
  symlinkSync(MAIN, genhash);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  port = (server.address() as AddressInfo).port;
});
afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true });
});

const run = (file: string, ...args: readonly string[]): Promise<Ended> =>
  new Promise((resolve) => {
    execFile(file, args, { timeout: 15_000 }, (error, stdout, stderr) => {
      resolve({ status: error === null ? 0 : typeof error.code === "number" ? error.code : null, stdout, stderr });
    });
  });
const ours = (...args: readonly string[]): Promise<Ended> => run(process.execPath, genhash, ...args);

test("the digest of a page, by the link and by -T", async () => {
  const digest = `${createHash("md5").update(PAGE).digest("hex")}\n`;
  const words = ["-s", "127.0.0.1", "-p", String(port), "-u", "/page"];
  expect(await ours(...words)).toEqual({ status: 0, stdout: digest, stderr: "" });
  expect(await run(process.execPath, MAIN, "-T", ...words)).toEqual({ status: 0, stdout: digest, stderr: "" });
  expect((await ours("-v", ...words)).stdout).toMatch(/^HTTP\/1\.1 200 OK\n[\s\S]*\n\n[0-9a-f]{32}\n$/);
});

test
  .runIf(existsSync(GENHASH))
  .for([
    { words: ["-u", "/page"] },
    { words: ["-u", "/a?b=c"] },
    { words: ["-u", "/host", "-V", "www.example.com"] },
    { words: ["--url", "/host", "--use-virtualhost", "www.example.com"] },
  ])("as keepalived's genhash: $words", async ({ words }) => {
  const all = ["-s", "127.0.0.1", "-p", String(port), ...words];
  const theirs = await run(GENHASH, ...all);
  expect(theirs.stdout).toMatch(/^[0-9a-f]{32}\n$/);
  expect(await ours(...all)).toEqual(theirs);
});

test.for([
  { name: "no options", words: [], status: 1, stderr: /required option '-s, --server/ },
  { name: "a port that is none", words: ["-s", "127.0.0.1", "-p", "x", "-u", "/"], status: 1, stderr: /1 to 65535/ },
  { name: "nobody listens", words: ["-s", "127.0.0.1", "-p", "1", "-u", "/"], status: 0, stderr: /^Connection failed/ },
])("$name", async ({ words, status, stderr }) => {
  expect(await ours(...words)).toEqual({ status, stdout: "", stderr: expect.stringMatching(stderr) });
});

import { spawnSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { build } from "esbuild";
import { afterAll, beforeAll, expect, test } from "vitest";
import { NODE } from "../../../scripts/bundle.mjs";

const CONNECTIONS = 200_000;
/** Less than a tenth of what so many connections take as objects; an empty Node has 4. */
const HEAP_MB = 12;

let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "connections-"));
  const fd = openSync(path.join(folder, "ip_vs_conn"), "w");
  writeSync(fd, "Pro FromIP   FPrt ToIP     TPrt DestIP   DPrt State       Expires PEName PEData\n");
  const hex = (value: number, digits: number): string => value.toString(16).toUpperCase().padStart(digits, "0");
  for (let at = 0; at < CONNECTIONS; at += 1000) {
    const lines = Array.from({ length: 1000 }, (_, i) => {
      const from = `0A${hex((at + i) >> 4, 6)} ${hex(0x8000 + ((at + i) & 15), 4)}`;
      return `TCP ${from} C0A87A64 0050 C0A87A0A 0050 ESTABLISHED     ${String((at + i) % 900).padStart(3)}\n`;
    });
    writeSync(fd, lines.join(""));
  }
  closeSync(fd);
  await build({
    ...NODE,
    entryPoints: [path.join(import.meta.dirname, "list-connections.ts")],
    outfile: path.join(folder, "list.mjs"),
    format: "esm",
    banner: { js: 'import { createRequire as r } from "node:module"; const require = r(import.meta.url);' },
    external: ["koffi"],
  });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What is listed with a heap in which so many connections have no room. */
function listed(...options: readonly string[]): string {
  const out = path.join(folder, "out");
  const fd = openSync(out, "w");
  const argv = [`--max-old-space-size=${HEAP_MB}`, path.join(folder, "list.mjs"), path.join(folder, "ip_vs_conn")];
  const { status, stderr } = spawnSync(process.execPath, [...argv, ...options], {
    stdio: ["ignore", fd, "pipe"],
    encoding: "utf8",
  });
  closeSync(fd);
  expect([status, stderr]).toEqual([0, ""]);
  return readFileSync(out, "utf8");
}

/** What ipvsadm prints of connection number `at`, byte for byte. */
function ipvsadmLine(at: number): string {
  const two = (value: number): string => String(value).padStart(2, "0");
  const expires = at % 900;
  const from = at >> 4;
  const source = `10.${from >> 16}.${(from >> 8) & 255}.${from & 255}:${0x8000 + (at & 15)}`;
  const left = `TCP ${two(Math.floor(expires / 60))}:${two(expires % 60)}  ESTABLISHED`;
  return `${left} ${source.padEnd(18)} 192.168.122.100:80 192.168.122.10:80`;
}

test("200,000 connections are listed in the memory of a few", () => {
  const lines = listed().split("\n");
  expect(lines).toHaveLength(2 + CONNECTIONS + 1);
  expect(lines[2]).toBe("TCP 00:00  ESTABLISHED 10.0.0.0:32768     192.168.122.100:80 192.168.122.10:80");
  expect(lines.at(-2)).toBe("TCP 03:19  ESTABLISHED 10.0.48.211:32783  192.168.122.100:80 192.168.122.10:80");
  const wrong = lines.slice(2, -1).findIndex((line, at) => line !== ipvsadmLine(at));
  expect(wrong).toBe(-1);
}, 60_000);

/** What a shell makes of the listing, called `list`. */
function shell(script: string): string {
  const list = `${process.execPath} ${path.join(folder, "list.mjs")} ${path.join(folder, "ip_vs_conn")}`;
  const { stdout, stderr } = spawnSync("bash", ["-c", `set -o pipefail; list() { ${list}; }; ${script}`], {
    encoding: "utf8",
  });
  expect(stderr).toBe("");
  return stdout.trim();
}

test("a reader that goes early ends it, without a word", () => {
  expect(shell("list | head -n 1; echo $?")).toBe("IPVS connection entries\n0");
}, 60_000);

test("a pipe that somebody made non-blocking gets all of it, at its reader's pace", () => {
  // dd leaves the flag on what it shares with the listing.
  const pipe = "(dd if=/dev/null oflag=nonblock status=none; list) | (sleep 0.3; wc -l)";
  expect(shell(pipe)).toBe(String(2 + CONNECTIONS));
}, 60_000);

test("in JSON they take no more", () => {
  const all = JSON.parse(listed("--json")) as { source: { address: string } }[];
  expect(all).toHaveLength(CONNECTIONS);
  expect(all.at(-1)?.source.address).toBe("10.0.48.211");
}, 60_000);

import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";

// The part of the addon that opens connections, alone in a program of its own: every case of connect-engine-cases.cc has to
// hold, and the tools may find nothing wrong (memory, leaks, undefined behaviour).

const here = path.dirname(fileURLToPath(import.meta.url));
const native = path.join(here, "../../../native");
const execute = promisify(execFile);
const cases = 18;
const wrapped = ["connect", "epoll_ctl", "epoll_wait", "poll", "send"].map((call) => `-Wl,--wrap=${call}`);
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), "engine-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

async function compiled(...options: readonly string[]): Promise<string> {
  const program = path.join(folder, `cases${options.length}`);
  const sources = [path.join(here, "connect-engine-cases.cc"), path.join(native, "connect_engine.cc")];
  const common = ["-std=gnu++17", "-g", "-O1", "-Wall", "-Wextra", "-Werror", "-iquote", native];
  await execute("g++", [...common, ...options, ...wrapped, ...sources, "-o", program]);
  return program;
}

const lines = (text: string): string[] => text.trimEnd().split("\n");

test("under AddressSanitizer and UndefinedBehaviorSanitizer", async () => {
  const program = await compiled("-fsanitize=address,undefined", "-fno-sanitize-recover=all");
  const { stdout } = await execute(program, ["2000"], { env: { ...process.env, ASAN_OPTIONS: "detect_leaks=1" } });
  expect(lines(stdout)).toHaveLength(cases);
}, 60_000);

test.skipIf(!existsSync("/usr/bin/valgrind"))(
  "under valgrind",
  async () => {
    const program = await compiled();
    const valgrind = ["-q", "--error-exitcode=99", "--leak-check=full", "--errors-for-leak-kinds=all"];
    const { stdout, stderr } = await execute("valgrind", [...valgrind, program, "100"]);
    expect([lines(stdout).length, stderr]).toEqual([cases, ""]);
  },
  60_000,
);

/** Calls by name, as strace counts them. */
async function callsOf(program: string, ...words: readonly string[]): Promise<Map<string, number>> {
  const counts = path.join(folder, "calls");
  await execute("strace", ["-f", "-c", "-o", counts, program, ...words]);
  const rows = [...readFileSync(counts, "utf8").matchAll(/^ *[\d.]+ +[\d.]+ +\d+ +(\d+) +(?:\d+ +)?(\w+)$/gm)];
  return new Map(rows.map(([, count, name = ""]) => [name, Number(count)]));
}

test.skipIf(!existsSync("/usr/bin/strace"))(
  "an answered check is socket, connect and close, and next to nothing else",
  async () => {
    const program = path.join(folder, "calls-of-checks");
    const sources = [path.join(here, "connect-engine-calls.cc"), path.join(native, "connect_engine.cc")];
    await execute("g++", [
      "-std=gnu++17",
      "-O1",
      "-Wall",
      "-Wextra",
      "-Werror",
      "-iquote",
      native,
      ...sources,
      "-o",
      program,
    ]);
    const none = await callsOf(program, "0");
    const many = await callsOf(program, "2000");
    const more = (name: string): number => (many.get(name) ?? 0) - (none.get(name) ?? 0);
    expect(["socket", "connect", "close"].map(more)).toEqual([2000, 2000, 2000]);
    const others = [...many.keys()].filter((name) => !["socket", "connect", "close", "total"].includes(name));
    // 40 lots of 50: one poll for each lot and some memory, and for those it was too early for epoll_ctl.
    expect(others.reduce((sum, name) => sum + more(name), 0)).toBeLessThan(400);
  },
  60_000,
);

import { existsSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { casePrograms, execute, linesOf, sanitized, underValgrind } from "./case-programs.ts";

// The part of the addon that opens connections, alone in a program of its own: every case of connect-engine-cases.cc has to
// hold, and the tools may find nothing wrong (memory, leaks, undefined behaviour).

const CASES = 19;
const WRAPPED = ["connect", "epoll_ctl", "epoll_wait", "poll", "send"].map((call) => `-Wl,--wrap=${call}`);
const { compiled, file } = casePrograms("connect_engine");

test("under AddressSanitizer and UndefinedBehaviorSanitizer", { timeout: 60_000 }, async () => {
  const program = await compiled("connect-engine-cases", ...sanitized("address,undefined"), ...WRAPPED);
  const { stdout } = await execute(program, ["2000"], { env: { ...process.env, ASAN_OPTIONS: "detect_leaks=1" } });
  expect(linesOf(stdout)).toHaveLength(CASES);
});

test.skipIf(!existsSync("/usr/bin/valgrind"))("under valgrind", { timeout: 60_000 }, async () => {
  const { stdout, stderr } = await underValgrind(await compiled("connect-engine-cases", ...WRAPPED), "100");
  expect([linesOf(stdout).length, stderr]).toEqual([CASES, ""]);
});

/** Calls by name, as strace counts them. */
async function callsOf(program: string, ...words: readonly string[]): Promise<Map<string, number>> {
  const counts = file("calls");
  await execute("strace", ["-f", "-c", "-o", counts, program, ...words]);
  const rows = [...readFileSync(counts, "utf8").matchAll(/^ *[\d.]+ +[\d.]+ +\d+ +(\d+) +(?:\d+ +)?(\w+)$/gm)];
  return new Map(rows.map(([, count, name = ""]) => [name, Number(count)]));
}

test.skipIf(!existsSync("/usr/bin/strace"))(
  "an answered check is socket, connect and close, and next to nothing else",
  async () => {
    const program = await compiled("connect-engine-calls");
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

import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";

// The thread that sends adverts, alone in a program of its own: every case of beat-engine-cases.cc has to hold, and the tools
// may find nothing wrong (memory, undefined behaviour, data races).

const here = path.dirname(fileURLToPath(import.meta.url));
const native = path.join(here, "../../../native");
const execute = promisify(execFile);
const CASES = 8;
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), "beat-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

test.for(["address,undefined", "thread"])("under -fsanitize=%s", { timeout: 60_000 }, async (sanitizer) => {
  const program = path.join(folder, sanitizer);
  const sources = [path.join(here, "beat-engine-cases.cc"), path.join(native, "beat_engine.cc")];
  const options = ["-std=gnu++17", "-g", "-O1", "-Wall", "-Wextra", "-Werror", "-pthread", "-iquote", native];
  const sanitize = [`-fsanitize=${sanitizer}`, "-fno-sanitize-recover=all"];
  await execute("g++", [...options, ...sanitize, ...sources, "-o", program]);
  const { stdout } = await execute(program, ["400"]);
  expect(stdout.trimEnd().split("\n")).toHaveLength(CASES);
});

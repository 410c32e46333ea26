import { expect, test } from "vitest";
import { judgeOutcome } from "../../../src/checkers/misc.ts";
import type { ScriptOutcome } from "../../../src/script/model.ts";

const plain = { dynamic: false, timeoutMs: 5000 };
const outcome = (fields: Partial<ScriptOutcome>): ScriptOutcome => ({
  how: "exited",
  output: "",
  elapsedMs: 1,
  ...fields,
});

test.for([
  [{ status: 0 }, { up: true }],
  [
    { status: 1, output: "no\n answer" },
    { up: false, reason: "script", detail: "exited with status 1: no | answer" },
  ],
  [
    { how: "signalled", signal: "SIGSEGV" },
    { up: false, detail: "killed by SIGSEGV" },
  ],
  [{ how: "timeout" }, { up: false, reason: "timeout", detail: "timed out after 5 s" }],
  [
    { how: "not-started", error: "there is none" },
    { up: "unknown", detail: "there is none" },
  ],
  [
    { how: "lost", error: "the process that runs scripts ended" },
    { up: "unknown", detail: "the process that runs scripts ended" },
  ],
] as const)("%o", ([fields, expected]) => {
  expect(judgeOutcome(outcome(fields), plain)).toMatchObject(expected);
});

test("each exit status: 0 is up, with misc_dynamic 2 to 255 are the weights 0 to 253, and 1 and all others are down", () => {
  for (let status = 0; status < 256; status += 1) {
    const of = (dynamic: boolean) => judgeOutcome(outcome({ status }), { ...plain, dynamic });
    const failed = { up: false, reason: "script", detail: `exited with status ${status}` };
    expect(of(false)).toEqual(status === 0 ? { up: true } : failed);
    expect(of(true)).toEqual(status === 0 ? { up: true } : status === 1 ? failed : { up: true, weight: status - 2 });
  }
});

test("a death by signal is down, with misc_dynamic too", () => {
  expect(judgeOutcome(outcome({ how: "signalled", signal: "SIGKILL" }), { ...plain, dynamic: true })).toEqual({
    up: false,
    reason: "script",
    detail: "killed by SIGKILL",
  });
});

test("all that it wrote is there for the status, of a success too, and of a reason only the end", () => {
  const output = `${"x".repeat(3000)}\nlast`;
  expect(judgeOutcome(outcome({ status: 0, output }), plain)).toEqual({ up: true, output });
  const verdict = judgeOutcome(outcome({ status: 1, output }), plain);
  expect(verdict.output).toBe(output);
  expect(verdict.up === false && verdict.detail.length).toBeLessThan(550);
  expect(verdict).toMatchObject({ detail: expect.stringMatching(/ \| last$/) });
});

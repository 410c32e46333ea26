import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeAnswer, encodeEnd, encodePing, encodeRun, encodeSweep } from "../../../src/script/wire.ts";

const words = (packet: Buffer, count: number): number[] => [
  ...new Uint32Array(Uint8Array.from(packet.subarray(0, 4 * count)).buffer),
];

const NOBODY = 2 ** 32 - 1;

test("a check is asked for with all that holds it", () => {
  const user = { name: "check", uid: 990, gid: 991, groups: [4, 24] };
  const options = { timeoutMs: 1500.4, isCheck: true, noNewPrivileges: true };
  const packet = encodeRun(7, { argv: ["/check", "a b", ""], user }, options, 4097);
  expect(words(packet, 10)).toEqual([1, 7, 1 | 2 | 4 | 8, 1500, 4097, 990, 991, 2, 4, 24]);
  expect(packet.subarray(40).toString("latin1")).toBe("/check\0a b\0\0");
});

test("what acts has no limits, no time and the user of the process", () => {
  expect(words(encodeRun(8, { argv: ["/notify"] }, {}, 1), 8)).toEqual([1, 8, 0, 0, 1, NOBODY, NOBODY, 0]);
  expect(words(encodeRun(8, { argv: ["/read"] }, { endsWithUs: true }, 1), 3)).toEqual([1, 8, 8]);
});

test("a limit of less than a millisecond is one all the same", () => {
  expect(words(encodeRun(1, { argv: ["/x"] }, { timeoutMs: 0 }, 1), 4)[3]).toBe(1);
});

test("an end names its run", () => {
  expect(words(encodeEnd(9), 2)).toEqual([2, 9]);
});

test("a ping is the head alone, and a sweep has behind it what a start was told with", () => {
  expect(words(encodePing(), 8)).toEqual([3, 0, 0, 0, 0, NOBODY, NOBODY, 0]);
  const sweep = encodeSweep(Buffer.from("12345678901234567890"));
  expect([words(sweep, 1), sweep.subarray(32).toString()]).toEqual([[4], "12345678901234567890"]);
});

test("a start of another length is none", () => {
  expect(decodeAnswer(answer(6, 6, 0, "short"))).toBeUndefined();
});

const answer = (id: number, how: number, value: number, output = ""): Buffer =>
  Buffer.concat([Buffer.from(Uint32Array.of(id, how, value).buffer), Buffer.from(output)]);

test.for([
  [answer(1, 1, 3, "why"), { id: 1, how: "exited", status: 3 }],
  [answer(2, 2, 9), { id: 2, how: "signalled", signal: "SIGKILL" }],
  [answer(2, 2, 77), { id: 2, how: "signalled", signal: "signal 77" }],
  [answer(3, 3, 0), { id: 3, how: "timeout" }],
  [answer(4, 4, 0), { id: 4, how: "cancelled" }],
  [answer(6, 6, 0, "12345678901234567890"), { id: 6, how: "started", start: Buffer.from("12345678901234567890") }],
  [answer(0, 7, 0), { how: "alive" }],
  [answer(5, 5, 8), { id: 5, how: "not-started", cause: { code: "ENOEXEC" } }],
  [answer(5, 5, 11), { id: 5, how: "not-started", cause: { code: "EAGAIN" } }],
  [answer(5, 5, 2), { id: 5, how: "not-started", cause: { code: "ENOENT" } }],
] as const)("%#: an answer", ([packet, expected]) => {
  expect(decodeAnswer(packet)).toMatchObject(expected);
});

test("any bytes are an answer or none, and its output is what stands behind the head", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
      const packet = Buffer.from(bytes);
      const found = decodeAnswer(packet);
      if (found) expect(found.output).toEqual(packet.subarray(12));
      else expect(packet.length < 12 || words(packet, 2)[1] === 0 || (words(packet, 2)[1] ?? 0) > 5).toBe(true); // a start is 12 bytes more
    }),
    { seed: 5, numRuns: 500 },
  );
});

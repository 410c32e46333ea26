import fc from "fast-check";
import { expect, test } from "vitest";
import { KnownSessions, parseVerdicts } from "../../../src/bfd/known.ts";

test("a session is known once it has been up or down", () => {
  const known = new KnownSessions();
  expect([...known.hear({ a: "unknown" })]).toEqual([]);
  expect(known.up("a")).toBeUndefined();
  expect([...known.hear({ a: "up" })]).toEqual(["a"]);
  expect([...known.hear({ a: "up" })]).toEqual([]);
  expect(known.up("a")).toBe(true);
});

test("a BFD process that begins anew takes nothing away", () => {
  const known = new KnownSessions({ a: true, b: false });
  expect([...known.hear({ a: "unknown", b: "unknown" })]).toEqual([]);
  expect([known.up("a"), known.up("b")]).toEqual([true, false]);
  expect([...known.hear({ a: "down", b: "unknown" })]).toEqual(["a"]);
});

test("a session that is gone is not known any more", () => {
  const known = new KnownSessions({ a: true });
  expect([...known.hear({})]).toEqual(["a"]);
  expect(known.up("a")).toBeUndefined();
});

test.for(["", "{", "[]", "null", "7", '{"a":true}', '{"a":"UP"}'])("no line of the feed: %j", (line) => {
  expect(parseVerdicts(line)).toBeUndefined();
});

test("what the feed writes is read again", () => {
  const verdicts = fc.dictionary(fc.string({ maxLength: 31 }), fc.constantFrom("up", "down", "unknown"));
  fc.assert(
    fc.property(verdicts, (all) => {
      expect(parseVerdicts(JSON.stringify(all))).toEqual({ ...all });
    }),
  );
});

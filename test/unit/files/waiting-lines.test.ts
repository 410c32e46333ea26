import fc from "fast-check";
import { expect, test } from "vitest";
import { WaitingLines } from "../../../src/files/waiting-lines.ts";

/** Takes as many texts as it is told to. */
function take(lines: WaitingLines, times: number, mostBytes = 10): string[] {
  const texts: string[] = [];
  for (let i = 0; i < times; i += 1) {
    const { text, count } = lines.next(mostBytes);
    if (count === 0) break;
    texts.push(text);
    lines.taken(count);
  }
  return texts;
}

test("lines go together as far as they fit, one at least", () => {
  const lines = new WaitingLines(() => []);
  for (const line of ["one\n", "two\n", "drei\n", "a line that is longer\n", "ü\n"]) lines.add(line);
  expect(take(lines, 9)).toEqual(["one\ntwo\n", "drei\n", "a line that is longer\n", "ü\n"]);
  expect([lines.next(10), lines.count]).toEqual([{ text: "", count: 0 }, 0]);
});

test("what stands is told after what waits, as of then, and before what comes later", () => {
  let now = "then\n";
  const lines = new WaitingLines(() => [now]);
  lines.add("first\n");
  lines.wantsAll = true;
  now = "now\n";
  expect(take(lines, 1)).toEqual(["first\n"]);
  lines.next(10);
  now = "never\n";
  lines.add("later\n");
  expect(take(lines, 9)).toEqual(["now\n", "later\n"]);
});

test("what is dropped makes room for what stands, also in the middle of that", () => {
  let now = ["a\n", "b\n"];
  const lines = new WaitingLines(() => now);
  lines.wantsAll = true;
  expect(take(lines, 1, 2)).toEqual(["a\n"]);
  lines.add("gone\n");
  lines.dropAll();
  now = ["c\n", "d\n"];
  expect([lines.count, take(lines, 9)]).toEqual([0, ["c\nd\n"]]);
});

test("whatever is added and taken: each line once, in its order, and as many wait as were not taken", () => {
  const step = fc.oneof(
    fc.record({ add: fc.integer({ min: 1, max: 3000 }) }),
    fc.record({ take: fc.integer({ min: 1, max: 500 }), most: fc.integer({ min: 1, max: 100 }) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
      const lines = new WaitingLines(() => []);
      let added = 0;
      let told = "";
      for (const one of steps) {
        if ("take" in one) told += take(lines, one.take, one.most).join("");
        else for (let i = 0; i < one.add; i += 1) lines.add(`${added++}\n`);
        expect(lines.count).toBe(added - (told === "" ? 0 : told.split("\n").length - 1));
      }
      told += take(lines, Number.POSITIVE_INFINITY, 50).join("");
      expect(told).toBe(Array.from({ length: added }, (_, i) => `${i}\n`).join(""));
    }),
    { seed: 11, numRuns: 100 },
  );
});

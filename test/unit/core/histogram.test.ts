import fc from "fast-check";
import { expect, test } from "vitest";
import { Histogram } from "../../../src/core/histogram.ts";

const BOUNDS = [0.001, 0.01, 0.1, 1];

test("a value that equals a bound counts below it, one above all bounds in the last", () => {
  const histogram = new Histogram(BOUNDS);
  for (const value of [0, 0.001, 0.0011, 1, 1.1, 1e9]) histogram.add(value);
  expect(histogram.read()).toEqual({ counts: [2, 1, 0, 1, 2], sum: 0 + 0.001 + 0.0011 + 1 + 1.1 + 1e9 });
});

test("every value is counted once, where it belongs", () => {
  fc.assert(
    fc.property(fc.array(fc.double({ min: 0, max: 2, noNaN: true }), { maxLength: 50 }), (values) => {
      const histogram = new Histogram(BOUNDS);
      for (const value of values) histogram.add(value);
      const below = (bound: number): number => values.filter((value) => value <= bound).length;
      const { counts } = histogram.read();
      let sum = 0;
      for (const [i, bound] of BOUNDS.entries()) {
        sum += counts[i] ?? 0;
        expect(sum).toBe(below(bound));
      }
      expect(sum + (counts.at(-1) ?? 0)).toBe(values.length);
    }),
  );
});

import fc from "fast-check";
import { expect, test } from "vitest";
import { createTail } from "../../../src/script/tail.ts";

const tailOf = (mostBytes: number, ...chunks: readonly (string | Uint8Array)[]): string => {
  const tail = createTail(mostBytes);
  for (const chunk of chunks) tail.push(Buffer.from(chunk));
  return tail.text();
};

test("the last bytes are kept, and no half of a character at their beginning", () => {
  expect(tailOf(5, "one two three")).toBe("three");
  expect(tailOf(5, "aüüü")).toBe("üü");
  expect(tailOf(100, "  blank ends \n")).toBe("blank ends");
});

test("what a terminal would obey is left out, of either set of control characters", () => {
  expect(tailOf(100, "\u001b[31mred\u0007\r\n\u009b2Jgone\u0085\u0000\tend")).toBe("[31mred \n 2Jgone end");
});

test("however a text is cut into pieces, its end is the same", () => {
  fc.assert(
    fc.property(
      fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 30 }),
      fc.integer({ min: 1, max: 200 }),
      (parts, most) => {
        const text = tailOf(most, ...parts);
        expect(text).toBe(tailOf(most, Buffer.concat(parts)));
        // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is asked for
        expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
      },
    ),
    { seed: 3, numRuns: 200 },
  );
});

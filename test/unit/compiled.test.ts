import { crc32 } from "node:zlib";
import fc from "fast-check";
import { expect, test } from "vitest";
import { intactCode } from "../../src/compiled.ts";

/** As scripts/compile-ahead.cjs writes it. */
function fileOf(code: Uint8Array): Buffer {
  const sum = Buffer.alloc(4);
  sum.writeUInt32LE(crc32(code));
  return Buffer.concat([code, sum]);
}

const anyCode = fc.uint8Array({ minLength: 1, maxLength: 200 });

test("code that is whole is V8's", () => {
  fc.assert(
    fc.property(anyCode, (code) => {
      expect(intactCode(fileOf(code))).toEqual(Buffer.from(code));
    }),
  );
});

test("one byte that is another, anywhere, and it is refused", () => {
  fc.assert(
    fc.property(anyCode, fc.nat(), fc.integer({ min: 1, max: 255 }), (code, at, bits) => {
      const file = fileOf(code);
      const index = at % file.length;
      file.writeUInt8(file.readUInt8(index) ^ bits, index);
      expect(intactCode(file)).toBeUndefined();
    }),
  );
});

test.each([0, 1, 4, 50])("cut to %i bytes it is refused", (length) => {
  expect(intactCode(fileOf(Buffer.alloc(100, 7)).subarray(0, length))).toBeUndefined();
});

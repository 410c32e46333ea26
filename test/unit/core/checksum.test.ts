import fc from "fast-check";
import { expect, test } from "vitest";
import { internetChecksum } from "../../../src/core/checksum.ts";

test("the example of RFC 1071 §3", () => {
  expect(internetChecksum(Uint8Array.from([0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7]))).toBe(~0xddf2 & 0xffff);
});

test("an odd last byte is padded with zero", () => {
  expect(internetChecksum(Uint8Array.from([0x12]))).toBe(internetChecksum(Uint8Array.from([0x12, 0x00])));
});

test("a message that carries its checksum sums to zero, and in parts as in one", () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 2, maxLength: 3000 }), (bytes) => {
      const even = bytes.length % 2 === 0 ? bytes : bytes.subarray(1);
      const sum = internetChecksum(even);
      const carrier = Uint8Array.from([sum >> 8, sum & 0xff]);
      expect(internetChecksum(even, carrier)).toBe(0);
      expect(internetChecksum(Uint8Array.from([...even, ...carrier]))).toBe(0);
    }),
  );
});

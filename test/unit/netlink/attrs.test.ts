import fc from "fast-check";
import { expect, test } from "vitest";
import { bytes, decodeAttrs, encodeAttrs, nested, text, u8, u16, u16be, u32, u64 } from "../../../src/netlink/attrs.ts";

const inner = { mark: [1, u32], wide: [2, u64] } as const;
const table = {
  small: [1, u8],
  port: [4, u16be],
  flags: [2, u16],
  mark: [5, u32],
  total: [6, u64],
  name: [7, text(16)],
  raw: [9, bytes],
  stats: [10, nested(inner)],
} as const;

const anyValues = fc.record(
  {
    small: fc.nat(0xff),
    port: fc.nat(0xffff),
    flags: fc.nat(0xffff),
    mark: fc.nat(0xffffffff),
    total: fc.bigInt(0n, 0xffffffffffffffffn),
    name: fc.string({ maxLength: 15, unit: fc.constantFrom("a", "z", "0", "-", "_", ".") }),
    raw: fc.uint8Array({ maxLength: 40 }).map((b) => Buffer.from(b)),
    stats: fc.record({ mark: fc.nat(0xffffffff), wide: fc.bigInt(0n, 0xffffffffffffffffn) }, { requiredKeys: [] }),
  },
  { requiredKeys: [] },
);

test("decoding what was encoded gives the same values, and every attribute is padded to 4 bytes", () => {
  fc.assert(
    fc.property(anyValues, (values) => {
      const encoded = encodeAttrs(table, values);
      expect(encoded.length % 4).toBe(0);
      expect(decodeAttrs(table, encoded)).toEqual(values);
    }),
  );
});

test("hostile bytes never make the decoder throw, nor does cutting a good message anywhere", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (noise) => {
      decodeAttrs(table, Buffer.from(noise));
    }),
  );
  fc.assert(
    fc.property(anyValues, fc.nat(), fc.nat(), fc.nat(0xff), (values, cut, at, byte) => {
      const encoded = Buffer.from(encodeAttrs(table, values));
      if (encoded.length > 0) encoded[at % encoded.length] = byte;
      decodeAttrs(table, encoded.subarray(0, cut % (encoded.length + 1)));
    }),
  );
});

test("an attribute of an unknown type, or of too short a body, is passed over and the next one is read", () => {
  const later = { newer: [42, u32], ...table } as const;
  const encoded = encodeAttrs(later, { newer: 7, mark: 9 });
  expect(decodeAttrs(table, encoded)).toEqual({ mark: 9 });
  const cut = encodeAttrs({ mark: [5, u16], port: [4, u16be] } as const, { mark: 1, port: 80 });
  expect(decodeAttrs(table, cut)).toEqual({ port: 80 });
});

test("an attribute's flag bits (NLA_F_NESTED, NLA_F_NET_BYTEORDER) are no part of its type", () => {
  const encoded = encodeAttrs(table, { stats: { mark: 3 } });
  encoded[3] = (encoded[3] as number) | 0xc0;
  expect(decodeAttrs(table, encoded)).toEqual({ stats: { mark: 3 } });
});

test.for([
  { name: "a name longer than the kernel's field", values: { name: "sixteen-bytes-xx" } },
  { name: "a name with a zero byte", values: { name: "r\0r" } },
  { name: "a number too large", values: { port: 65536 } },
  { name: "a negative number", values: { mark: -1 } },
])("$name is a RangeError", ({ values }) => {
  expect(() => encodeAttrs(table, values)).toThrow(RangeError);
});

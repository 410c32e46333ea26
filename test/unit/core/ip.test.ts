import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  addressBytes,
  addressFromBytes,
  canonicalAddress,
  compareAddresses,
  isMulticast,
} from "../../../src/core/ip.ts";

describe("canonicalAddress", () => {
  test.for([
    ["10.0.0.1", "10.0.0.1"],
    ["2001:DB8:0:0::1", "2001:db8::1"],
    ["::ffff:10.0.0.1", "::ffff:10.0.0.1"],
    ["::ffff:010.0.0.1", undefined],
    ["1::0x1.2.3.4", undefined],
    ["1:2:3:4:5:6:7:8:9", undefined],
    ["010.0.0.1", undefined],
    ["10.0.1", undefined],
    ["10.0.0.256", undefined],
    ["10.0.0.1/24", undefined],
    ["fe80::1%eth0", undefined],
    ["[::1]", undefined],
    ["", undefined],
    ["0x7f000001", undefined],
  ] as const)("%s is %s", ([text, expected]) => {
    expect(canonicalAddress(text)).toBe(expected);
  });

  test("bytes and text say the same address", () => {
    const bytes = fc.oneof(
      fc.uint8Array({ minLength: 4, maxLength: 4 }),
      fc.uint8Array({ minLength: 16, maxLength: 16 }),
    );
    fc.assert(
      fc.property(bytes, (b) => {
        const text = addressFromBytes(b);
        expect(canonicalAddress(text)).toBe(text);
        expect([...addressBytes(text)]).toEqual([...b]);
      }),
    );
  });
});

test("addresses compare as unsigned integers", () => {
  expect(compareAddresses("10.0.0.9", "10.0.0.10")).toBeLessThan(0);
  expect(compareAddresses("200.0.0.1", "100.0.0.1")).toBeGreaterThan(0);
  expect(compareAddresses("10.0.0.1", "10.0.0.1")).toBe(0);
});

test("224.0.0.18 is multicast, 192.168.0.1 is not", () => {
  expect([isMulticast("224.0.0.18"), isMulticast("192.168.0.1"), isMulticast("ff02::12")]).toEqual([true, false, true]);
});

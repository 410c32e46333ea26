import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeEvents } from "../../../src/files/folder-watch.ts";
import { leadingNumber } from "../../../src/files/number-file.ts";

test.for([
  ["", 0],
  ["\n", 0],
  ["5\n", 5],
  ["  -7 text behind it\n", -7],
  ["+12", 12],
  ["0x1f", 31],
  ["017", 15],
  ["0", 0],
  ["-0", 0],
  ["text", 0],
  ["2147483647", 2147483647],
  ["-2147483648", -2147483648],
  ["2147483648", undefined],
  ["99999999999999999999", undefined],
] as const)("the number of %j is %s", ([text, value]) => {
  expect(leadingNumber(text)).toBe(value);
});

test("any number of 32 bits is read as it is written", () => {
  fc.assert(
    fc.property(fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }), (n) => void expect(leadingNumber(`${n}\n`)).toBe(n)),
  );
});

test("events of inotify: names, the folder itself, an overflow, and no bytes make it throw", () => {
  const event = (watch: number, mask: number, name: string): Buffer => {
    const padded = name === "" ? 0 : Math.ceil((name.length + 1) / 16) * 16;
    const bytes = Buffer.alloc(16 + padded);
    bytes.writeInt32LE(watch, 0);
    bytes.writeUInt32LE(mask, 4);
    bytes.writeUInt32LE(padded, 12);
    bytes.write(name, 16);
    return bytes;
  };
  expect(decodeEvents(Buffer.concat([event(1, 8, "value"), event(2, 0x400, "")]))).toEqual([
    { watch: 1, name: "value" },
    { watch: 2 },
  ]);
  expect(decodeEvents(Buffer.concat([event(1, 8, "value"), event(-1, 0x4000, "")]))).toBeUndefined();
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
      decodeEvents(Buffer.from(bytes));
    }),
  );
});

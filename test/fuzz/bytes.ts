import { readdirSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { generatedConfig } from "../../bench/generated-config.mjs";
import type { Files } from "./target.ts";

/** Files that were right, or nearly, and have been damaged. */

const GOLDEN = "test/golden";

const bases: readonly Buffer[] = [
  ...readdirSync(GOLDEN)
    .filter((name) => name.endsWith(".conf"))
    .map((name) => readFileSync(`${GOLDEN}/${name}`)),
  Buffer.from(generatedConfig(4, 3)),
  Buffer.from(generatedConfig(40, 16)),
];

/** Offsets are parts of a whole, so that a shrunk base keeps them. */
const place = fc.double({ min: 0, max: 1, noNaN: true });

type Damage = (bytes: Buffer) => Buffer;

const at = (bytes: Buffer, part: number): number => Math.floor(part * bytes.length);
const insert = (bytes: Buffer, part: number, piece: Uint8Array): Buffer =>
  Buffer.concat([bytes.subarray(0, at(bytes, part)), piece, bytes.subarray(at(bytes, part))]);
const linesOf = (bytes: Buffer): string[] => bytes.toString("latin1").split("\n");

const bitFlip = fc.tuple(place, fc.nat(7)).map(
  ([part, bit]): Damage =>
    (bytes) => {
      const copy = Buffer.from(bytes);
      const offset = at(bytes, part);
      if (offset < copy.length) copy[offset] = (copy[offset] as number) ^ (1 << bit);
      return copy;
    },
);
const cut = place.map(
  (part): Damage =>
    (bytes) =>
      bytes.subarray(0, at(bytes, part)),
);
const removal = fc.tuple(place, fc.nat(300)).map(
  ([part, length]): Damage =>
    (bytes) =>
      Buffer.concat([bytes.subarray(0, at(bytes, part)), bytes.subarray(at(bytes, part) + length)]),
);
const splice = fc.tuple(place, fc.constantFrom(...bases), place, place).map(
  ([part, other, from, to]): Damage =>
    (bytes) =>
      insert(bytes, part, other.subarray(at(other, Math.min(from, to)), at(other, Math.max(from, to)))),
);
const repeatedLine = fc.tuple(place, fc.constantFrom(2, 20, 2000)).map(
  ([part, times]): Damage =>
    (bytes) => {
      const lines = linesOf(bytes);
      const index = Math.floor(part * (lines.length - 1));
      lines.splice(index, 1, ...Array.from({ length: times }, () => lines[index] ?? ""));
      return Buffer.from(lines.join("\n"), "latin1");
    },
);
const movedLine = fc.tuple(place, place).map(
  ([from, to]): Damage =>
    (bytes) => {
      const lines = linesOf(bytes);
      const [line] = lines.splice(Math.floor(from * (lines.length - 1)), 1);
      lines.splice(Math.floor(to * lines.length), 0, line ?? "");
      return Buffer.from(lines.join("\n"), "latin1");
    },
);
const piece = fc.constantFrom(
  ..."{ } \n \r \0 \" ' # ! \\ $ ~ @ ( ) , = \ufeff \u00a0 \u202e".split(" "),
  ...["include *\n", "\n$A=$A\n$A\n", "\n~SEQ(i, 4000000000) ", "\n@a ", "\n~LST({a,b}, {1,2}) ", "\n$B=x \\\n y\n"],
  ...["$".concat("{A}"), "\n${".repeat(50), "{\n".repeat(50), "}\n".repeat(50), '"'.repeat(99), "\\".repeat(99)],
  ...[
    "a".repeat(5000),
    "9".repeat(5000),
    "x\u0301".repeat(500),
    "\u{1f600}".repeat(300),
    " ".repeat(9000),
    "\0".repeat(99),
  ],
);
const insertion = fc.tuple(place, piece).map(
  ([part, text]): Damage =>
    (bytes) =>
      insert(bytes, part, Buffer.from(text)),
);
const anyBytes = fc.tuple(place, fc.uint8Array({ maxLength: 64 })).map(
  ([part, bytes]): Damage =>
    (before) =>
      insert(before, part, bytes),
);

const damages = fc.array(
  fc.oneof(bitFlip, cut, removal, splice, repeatedLine, movedLine, insertion, insertion, anyBytes),
  { minLength: 1, maxLength: 6 },
);

const LARGEST = 2_000_000;

export const byteCases: fc.Arbitrary<Files> = fc
  .tuple(fc.constantFrom(...bases), damages)
  .map(([base, list]) => list.reduce((bytes, damage) => damage(bytes), base).subarray(0, LARGEST))
  .map((bytes) => [["keepalived.conf", Uint8Array.from(bytes)]]);

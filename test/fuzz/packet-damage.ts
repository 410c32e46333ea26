import fc from "fast-check";

/** Packets that were right and have been damaged on their way, by chance or by somebody who knows where lengths stand. */

type Damage = (bytes: Uint8Array) => Uint8Array;

/** Offsets are parts of a whole, so that a shrunk packet keeps them. */
const place = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true });
const offset = (bytes: Uint8Array, part: number): number => Math.floor(part * bytes.length);
const joined = (...parts: readonly Uint8Array[]): Uint8Array => Uint8Array.from(Buffer.concat(parts));

/** A few bits in a row. */
const burst = fc.tuple(place, fc.nat(7), fc.integer({ min: 1, max: 255 })).map(
  ([part, shift, bits]): Damage =>
    (bytes) => {
      const copy = Uint8Array.from(bytes);
      const at = offset(copy, part);
      const pattern = (bits << 8) >> shift;
      if (at < copy.length) copy[at] = (copy[at] as number) ^ (pattern >> 8);
      if (at + 1 < copy.length) copy[at + 1] = (copy[at + 1] as number) ^ (pattern & 0xff);
      return copy;
    },
);
const written = fc.tuple(place, fc.constantFrom(1, 2, 4, 8), fc.constantFrom(0, 1, 2, 4, 0x7f, 0x80, 0xfe, 0xff)).map(
  ([part, length, value]): Damage =>
    (bytes) => {
      const at = offset(bytes, part);
      return Uint8Array.from(bytes).fill(value, at, at + length);
    },
);
const cut = place.map(
  (part): Damage =>
    (bytes) =>
      bytes.slice(0, offset(bytes, part)),
);
const removed = fc.tuple(place, fc.integer({ min: 1, max: 40 })).map(
  ([part, length]): Damage =>
    (bytes) =>
      joined(bytes.subarray(0, offset(bytes, part)), bytes.subarray(offset(bytes, part) + length)),
);
const inserted = fc.tuple(place, fc.uint8Array({ maxLength: 64 })).map(
  ([part, piece]): Damage =>
    (bytes) =>
      joined(bytes.subarray(0, offset(bytes, part)), piece, bytes.subarray(offset(bytes, part))),
);
const LARGEST = 64 * 1024;

const repeated = fc.tuple(place, fc.constantFrom(2, 30, 1500)).map(
  ([part, times]): Damage =>
    (bytes) => {
      const piece = bytes.subarray(offset(bytes, part));
      const most = Math.floor(LARGEST / Math.max(1, piece.length));
      return joined(bytes, ...Array.from({ length: Math.min(times, most) }, () => piece));
    },
);
const swapped = fc.tuple(place, place).map(
  ([one, other]): Damage =>
    (bytes) => {
      const copy = Uint8Array.from(bytes);
      const [a, b] = [offset(bytes, one) & ~1, offset(bytes, other) & ~1];
      if (Math.max(a, b) + 2 > bytes.length) return copy;
      copy.set(bytes.subarray(b, b + 2), a);
      copy.set(bytes.subarray(a, a + 2), b);
      return copy;
    },
);

/** Any of these packets, damaged. */
export const damaged = (packets: fc.Arbitrary<Uint8Array>): fc.Arbitrary<Uint8Array> =>
  fc
    .tuple(
      packets,
      fc.oneof(
        { weight: 2, arbitrary: burst.map((one) => [one]) },
        fc.array(fc.oneof(burst, written, written, cut, removed, inserted, repeated, swapped), { maxLength: 4 }),
      ),
    )
    .map(([packet, damages]) => damages.reduce((bytes, damage) => damage(bytes), packet).slice(0, LARGEST));

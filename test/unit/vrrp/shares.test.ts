import fc from "fast-check";
import { expect, test } from "vitest";
import { sharesOf } from "../../../src/vrrp/shares.ts";
import { effectivePriority } from "../../../src/vrrp/tracking.ts";

const track = fc.record({
  name: fc.constantFrom("a", "b", "c"),
  weight: fc.integer({ min: -20, max: 20 }),
  reverse: fc.boolean(),
});
const tracked = fc.array(fc.record({ track, up: fc.constantFrom(true, false, undefined) }), { maxLength: 4 });
const files = fc.array(fc.record({ track, value: fc.integer({ min: -2, max: 2 }) }), { maxLength: 2 });

test("the shares of all trackers and the configured priority are the effective one", () => {
  fc.assert(
    fc.property(tracked, tracked, files, (scripts, interfaces, numbers) => {
      const shares = sharesOf({ script: scripts, interface: interfaces }, numbers);
      const sum = shares.reduce((total, { share }) => total + share, 127);
      expect(Math.min(254, Math.max(1, sum))).toBe(effectivePriority(127, [...scripts, ...interfaces], numbers));
      expect(shares.filter(({ isFault, share }) => isFault && share !== 0)).toEqual([]);
    }),
    { seed: 9 },
  );
});

test("each tells its kind, its weight, its state and what it does", () => {
  const chk = { name: "chk", weight: -20, reverse: false };
  expect(
    sharesOf({ script: [{ track: chk, up: false }] }, [{ track: { ...chk, name: "f", weight: 2 }, value: 5 }]),
  ).toEqual([
    { kind: "script", name: "chk", weight: -20, up: false, share: -20, isFault: false },
    { kind: "file", name: "f", weight: 2, value: 5, share: 10, isFault: false },
  ]);
  expect(sharesOf({ service: [{ track: { ...chk, weight: 0 }, up: undefined }] }, [])).toEqual([
    { kind: "service", name: "chk", weight: 0, share: 0, isFault: false },
  ]);
});

import fc from "fast-check";
import { expect, test } from "vitest";
import { VmacNames } from "../../../src/process/vmac-names.ts";

test("the first of a VRID has its number alone, one of IPv6 then 6; the next are counted", () => {
  const names = new VmacNames(["vrrp2.7"]);
  expect([4, 4, 4, 6, 6].map((family) => names.generate("vrrp", 7, family as 4 | 6))).toEqual([
    "vrrp.7",
    "vrrp1.7",
    "vrrp3.7",
    "vrrp6.7",
    "vrrp4.7",
  ]);
  expect(names.generate("vrrp", 8, 6)).toBe("vrrp.8");
});

test("property: no name is given twice, nor one that is taken", () => {
  const router = fc.record({
    prefix: fc.constantFrom("vrrp", "vrrp1", "v"),
    vrid: fc.integer({ min: 1, max: 3 }),
    family: fc.constantFrom(4 as const, 6 as const),
  });
  fc.assert(
    fc.property(
      fc.array(router, { maxLength: 40 }),
      fc.array(fc.constantFrom("vrrp.1", "vrrp6.2", "v1.3")),
      (all, taken) => {
        const names = new VmacNames(taken);
        const made = all.map(({ prefix, vrid, family }) => names.generate(prefix, vrid, family));
        expect(new Set([...made, ...taken]).size).toBe(made.length + new Set(taken).size);
      },
    ),
  );
});

import fc from "fast-check";
import { expect, test } from "vitest";
import { closest, editDistance } from "../../../src/config/suggest.ts";

test.for([
  ["virtual_ipadress", "virtual_ipaddress"],
  ["prioirty", "priority"],
  ["Advert-Int", "advert_int"],
  ["x", undefined],
  ["completely_other", undefined],
])("%s → %s", ([word, expected]) => {
  expect(closest(word as string, ["priority", "advert_int", "virtual_ipaddress", "state", "y"])).toBe(expected);
});

test("the distance is symmetric, 0 for equal words only, and a swap costs one", () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 12 }), fc.string({ maxLength: 12 }), (a, b) => {
      expect(editDistance(a, b)).toBe(editDistance(b, a));
      expect(editDistance(a, b) === 0).toBe(a === b);
    }),
  );
  expect(editDistance("state", "satte")).toBe(1);
});

test("words that only begin alike are not near", () => {
  const known = ["track_file", "track_process", "track_src_ip", "virtual_ipaddress"];
  for (const word of ["track_all", "track_vroutes", "track_vips"]) expect(closest(word, known)).toBeUndefined();
  expect(closest("track_fiel", known)).toBe("track_file");
  expect(closest("virtual_ipadres", known)).toBe("virtual_ipaddress");
});

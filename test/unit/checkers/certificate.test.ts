import { expect, test } from "vitest";
import { withExpiry } from "../../../src/checkers/certificate.ts";
import { down } from "../../../src/checkers/checker.ts";

const now = Date.parse("2026-11-21T12:00:00Z");

test.for([
  ["Nov 24 12:00:00 2026 GMT", "the certificate expires on 2026-11-24, in 3 days", true],
  ["Nov 22 13:00:00 2026 GMT", "the certificate expires on 2026-11-22, in 1 day", true],
  ["Nov 21 13:00:00 2026 GMT", "the certificate expires on 2026-11-21, in 0 days", true],
  ["Nov 20 13:00:00 2026 GMT", "the certificate has expired on 2026-11-20", true],
  ["Dec 21 11:59:59 2026 GMT", "the certificate expires on 2026-12-21, in 29 days", true],
  ["Dec 21 12:00:00 2026 GMT", "the certificate expires on 2026-12-21, in 30 days", false],
] as const)("of a certificate that ends at %s status says: %s; warned of: %s", ([validTo, remark, warned]) => {
  expect(withExpiry({ up: true }, validTo, now)).toEqual({
    up: true,
    detail: `up; ${remark}`,
    certificateExpiresWallMs: Date.parse(validTo),
    ...(warned && { warning: remark }),
  });
});

test("nothing is said of a server that is down, or of a certificate without an end", () => {
  const failed = down("status", "404");
  expect(withExpiry(failed, "Nov 24 12:00:00 2026 GMT", now)).toBe(failed);
  expect(withExpiry({ up: true }, "nonsense", now)).toEqual({ up: true });
  expect(withExpiry({ up: true }, undefined, now)).toEqual({ up: true });
});

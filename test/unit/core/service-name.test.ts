import fc from "fast-check";
import { expect, test } from "vitest";
import { readServiceName, serviceName } from "../../../src/core/service-name.ts";

test.for([
  ["10.0.0.100:80", "10.0.0.100:80"],
  ["10.0.0.100", "10.0.0.100"],
  ["[2001:DB8:0::1]:443", "[2001:db8::1]:443"],
  ["2001:db8::1", "2001:db8::1"],
  ["fwmark:1", "fwmark:1"],
  ["fwmark:01", "fwmark:1"],
  ["group:web:a", "group:web:a"],
] as const)("%s", ([text, name]) => {
  expect(readServiceName(text)).toBe(name);
});

test.for(["", "web", "10.0.0.100:0", "10.0.0.100:65536", "10.0.0.256:80", "fwmark:0", "fwmark:x", "group:", "[::1]"])(
  "no service: %s",
  (text) => {
    expect(readServiceName(text)).toBeUndefined();
  },
);

test("what is written is read", () => {
  const port = fc.integer({ min: 0, max: 65_535 });
  const service = fc.oneof(
    fc.record({ kind: fc.constant("address" as const), address: fc.ipV4(), port }),
    fc.record({ kind: fc.constant("fwmark" as const), fwmark: fc.integer({ min: 1, max: 4_294_967_295 }) }),
    fc.record({ kind: fc.constant("group" as const), group: fc.stringMatching(/^[\w.:-]{1,20}$/) }),
  );
  fc.assert(fc.property(service, (one) => readServiceName(serviceName(one)) === serviceName(one)));
});

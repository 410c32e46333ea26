import fc from "fast-check";
import { expect, test } from "vitest";
import { addressFromBytes } from "../../../src/core/ip.ts";
import { serviceKey } from "../../../src/ipvs/model.ts";
import { commonPort, portIn, serviceCount, servicesOf } from "../../../src/virtual-server/group.ts";
import type { ServiceRange } from "../../../src/virtual-server/model.ts";
import { valuesOf } from "../config/reading.ts";

const linesOf = (text: string) => {
  const { values, codes } = valuesOf(`virtual_server_group G {\n${text}\n}`);
  return { lines: values.virtual_server_group[0]?.lines.map(({ at: _at, ...line }) => line) ?? [], codes };
};

const addresses = (first: string, last: string, count: number, firstPort = 80, lastPort = firstPort) => ({
  kind: "addresses",
  first,
  last,
  count,
  firstPort,
  lastPort,
});

test.for([
  ["10.0.0.1 80", addresses("10.0.0.1", "10.0.0.1", 1)],
  ["10.0.0.1", addresses("10.0.0.1", "10.0.0.1", 1, 0)],
  ["10.0.0.250-255 80", addresses("10.0.0.250", "10.0.0.255", 6)],
  ["10.0.0.254-10.0.1.1 80", addresses("10.0.0.254", "10.0.1.1", 4)],
  ["10.0.0.16/30 80", addresses("10.0.0.16", "10.0.0.19", 4)],
  ["10.45.58.59/32 80", addresses("10.45.58.59", "10.45.58.59", 1)],
  ["2001:db8::3-6 80", addresses("2001:db8::3", "2001:db8::6", 4)],
  ["2001:db8::9-1f 80", addresses("2001:db8::9", "2001:db8::1f", 23)],
  ["2001:db8::fffe-2001:db8::1:1 80", addresses("2001:db8::fffe", "2001:db8::1:1", 4)],
  ["2001:db8::/112 80", addresses("2001:db8::", "2001:db8::ffff", 65_536)],
  ["10.0.0.1-2 8000-8009", addresses("10.0.0.1", "10.0.0.2", 2, 8000, 8009)],
  ["fwmark 7", { kind: "fwmark", fwmark: 7 }],
  ["fwmark 4294967295 inet6", { kind: "fwmark", fwmark: 4_294_967_295, family: 6 }],
] as const)("%s", ([text, line]) => {
  expect(linesOf(text)).toEqual({ lines: [line], codes: [] });
});

test.for([
  ["10.0.0.300 80", "conf/bad-value 2:1"],
  ["10.0.0.9-5 80", "conf/bad-value 2:1"],
  ["10.0.0.1-256 80", "conf/bad-value 2:1"],
  ["10.0.0.1-2001:db8::1 80", "conf/bad-value 2:1"],
  ["10.0.0.1/30 80", "conf/bad-value 2:1"],
  ["10.0.0.0/33 80", "conf/bad-value 2:1"],
  ["10.0.0.0/8 80", "conf/bad-value 2:1"],
  ["2001:db8::/64 80", "conf/bad-value 2:1"],
  ["2001:db8::1-g 80", "conf/bad-value 2:1"],
  ["www.example.org 80", "conf/bad-value 2:1"],
  ["10.0.0.1 http", "conf/bad-value 2:10"],
  ["10.0.0.1 80-79", "conf/bad-value 2:10"],
  ["10.0.0.1 0-9", "conf/bad-value 2:10"],
  ["10.0.0.1 80 81", "conf/extra-words 2:13"],
  ["fwmark", "conf/missing-value 2:1"],
  ["fwmark 0", "conf/bad-value 2:8"],
  ["fwmark 4294967296", "conf/bad-value 2:8"],
  ["fwmark 1 ipv6", "conf/bad-value 2:10"],
])("%s: %s", ([text, code]) => {
  expect(linesOf(text as string).codes).toEqual([code]);
});

test("a group needs a name", () => {
  expect(valuesOf("virtual_server_group {\n10.0.0.1 80\n}").codes).toEqual(["conf/missing-value 1:1"]);
  expect(valuesOf("virtual_server_group A B {\n}").codes).toEqual(["conf/extra-words 1:24"]);
});

const anyRange = fc
  .record({
    bytes: fc.oneof(fc.uint8Array({ minLength: 4, maxLength: 4 }), fc.uint8Array({ minLength: 16, maxLength: 16 })),
    count: fc.integer({ min: 1, max: 600 }),
    firstPort: fc.integer({ min: 1, max: 65_000 }),
    ports: fc.integer({ min: 0, max: 3 }),
  })
  .map(({ bytes, count, firstPort, ports }): ServiceRange => {
    if (bytes[0] === 255) bytes[0] = 1; // so that the range has room above its first address
    const first = addressFromBytes(bytes);
    return { kind: "addresses", protocol: "tcp", first, last: first, count, firstPort, lastPort: firstPort + ports };
  });

test("a range has as many services as it counts, all different", () => {
  fc.assert(
    fc.property(anyRange, (range) => {
      const keys = [...servicesOf(range)].map(serviceKey);
      expect(keys.length).toBe(serviceCount(range));
      expect(new Set(keys).size).toBe(keys.length);
    }),
  );
});

test("a line that is read ends where its services end", () => {
  const { values } = valuesOf("virtual_server_group G {\n10.0.255.250-10.1.0.4 80\n2001:db8::ff00/120 80-81\n}");
  for (const line of values.virtual_server_group[0]?.lines ?? []) {
    if (line.kind !== "addresses") throw new Error("no addresses");
    const last = [...servicesOf({ ...line, protocol: "tcp" })].at(-1);
    expect(last).toEqual({ kind: "address", protocol: "tcp", address: line.last, port: line.lastPort });
  }
});

test.for([
  [[[80, 80]], 80],
  [
    [
      [80, 80],
      [80, 80],
    ],
    80,
  ],
  [
    [
      [80, 80],
      [81, 81],
    ],
    0,
  ],
  [[[80, 81]], 0],
  [[], 0],
] as [number[][], number][])("the common port of %j is %i", ([ports, port]) => {
  const ranges = ports.map(
    ([firstPort, lastPort]) =>
      ({ ...addresses("10.0.0.1", "10.0.0.1", 1, firstPort, lastPort), protocol: "tcp" }) as ServiceRange,
  );
  expect(commonPort(ranges)).toBe(port);
});

const inGroup = { group: { name: "web", position: 0, ranges: [] } };

test("without a group a server's port is its own", () => {
  const id = { kind: "address", protocol: "tcp", address: "10.0.0.1", port: 80 } as const;
  expect(portIn({}, { port: 8080, forwarding: { method: "dr" } }, id)).toBe(8080);
});

test.for([
  ["nat", 8080, 80, 8080],
  ["nat", 0, 80, 0],
  ["dr", 8080, 80, 80],
  ["dr", 0, 80, 80],
] as const)("%s to port %i behind port %i of a group goes to %i", ([method, port, servicePort, expected]) => {
  const id = { kind: "address", protocol: "tcp", address: "10.0.0.1", port: servicePort } as const;
  expect(portIn(inGroup, { port, forwarding: { method } }, id)).toBe(expected);
});

test("behind a firewall mark of a group only NAT has a port", () => {
  const id = { kind: "fwmark", family: 4, fwmark: 7 } as const;
  expect(portIn(inGroup, { port: 8080, forwarding: { method: "nat" } }, id)).toBe(8080);
  expect(portIn(inGroup, { port: 8080, forwarding: { method: "dr" } }, id)).toBe(0);
});

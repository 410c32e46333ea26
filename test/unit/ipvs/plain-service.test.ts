import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeService, encodeCommand } from "../../../src/ipvs/genl-codec.ts";
import { noStats } from "../../../src/ipvs/kernel-values.ts";
import { anyTable } from "./tables.ts";

const services = anyTable.map((table) => [...table.values()].map(({ service }) => service));
const told = (service: Parameters<typeof encodeCommand>[0]["service"]): Buffer =>
  Buffer.from(encodeCommand({ op: "addService", service }).attributes);

test("without counters a service is what it is with them", () => {
  fc.assert(
    fc.property(services, (all) => {
      for (const service of all) {
        const attributes = told(service);
        expect(decodeService(attributes, false)).toEqual({ service, stats: noStats });
        expect(decodeService(attributes, true)).toEqual({ service, stats: noStats });
      }
    }),
  );
});

test("cut off anywhere it is what is left of it, and damaged anywhere it throws nothing", () => {
  fc.assert(
    fc.property(services, fc.nat(), fc.integer({ min: 0, max: 255 }), (all, where, byte) => {
      for (const service of all) {
        const attributes = told(service);
        const at = where % attributes.length;
        const cut = Buffer.from(attributes.subarray(0, at));
        expect(decodeService(cut, false)).toEqual(decodeService(cut, true));
        attributes[at] = byte;
        expect([0, 1]).toContain(Object.keys(decodeService(attributes, false) ?? {}).length >> 1);
      }
    }),
  );
});

test("a mask that is no prefix, and one that is none", () => {
  const id = { kind: "fwmark", family: 4, fwmark: 2 ** 32 - 1 } as const;
  const service = { id, scheduler: "sh", flags: 1, timeoutS: 2 ** 32 - 1, netmaskBits: -1, oddNetmask: "0.0.0.24" };
  expect(decodeService(told(service), false)).toEqual({ service, stats: noStats });
});

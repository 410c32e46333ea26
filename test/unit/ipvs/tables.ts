import fc from "fast-check";
import type { Destination, Forwarding, Service, ServiceId, Table, TableEntry } from "../../../src/ipvs/model.ts";
import { destinationKey, serviceFamily, serviceKey } from "../../../src/ipvs/model.ts";

/** Arbitrary IPVS tables: few addresses and ports, so that two tables often speak of the same service. */

const anyAddress = {
  4: fc.integer({ min: 1, max: 6 }).map((n) => `192.0.2.${n}`),
  6: fc.integer({ min: 1, max: 6 }).map((n) => `2001:db8::${n}`),
};
const anyFamily = fc.constantFrom<4 | 6>(4, 6);
const anyPort = fc.constantFrom(0, 80, 443, 65535);

const anyId: fc.Arbitrary<ServiceId> = fc.oneof(
  fc.record({ kind: fc.constant("fwmark" as const), family: anyFamily, fwmark: fc.integer({ min: 1, max: 3 }) }),
  anyFamily.chain((family) =>
    fc.record({
      kind: fc.constant("address" as const),
      protocol: fc.constantFrom("tcp" as const, "udp" as const, "sctp" as const),
      address: anyAddress[family],
      port: anyPort,
    }),
  ),
);

const anyService: fc.Arbitrary<Service> = anyId.chain((id) =>
  fc
    .record({
      scheduler: fc.constantFrom("rr", "wlc", "sh", "mh"),
      flags: fc.constantFrom(0, 1, 4, 8, 0x11),
      timeoutS: fc.constantFrom(0, 50, 86400),
      netmaskBits: fc.integer({ min: 1, max: serviceFamily(id) === 6 ? 128 : 32 }),
      engine: fc.constantFrom(undefined, "sip"),
    })
    .map(({ engine, ...rest }) => ({ id, ...rest, ...(engine !== undefined && { engine }) })),
);

const anyForwarding: fc.Arbitrary<Forwarding> = fc.oneof(
  fc.record({ method: fc.constantFrom("nat" as const, "dr" as const) }),
  fc
    .oneof(
      fc.constant({ type: "ipip" as const }),
      fc.record({
        type: fc.constant("gue" as const),
        port: fc.integer({ min: 1, max: 65535 }),
        checksum: fc.constantFrom("none" as const, "csum" as const, "remcsum" as const),
      }),
      fc.record({ type: fc.constant("gre" as const), checksum: fc.constantFrom("none" as const, "csum" as const) }),
    )
    .map((tunnel) => ({ method: "tun" as const, tunnel })),
);

const anyDestination = (family: 4 | 6): fc.Arbitrary<Destination> =>
  fc.record({
    address: anyAddress[family],
    port: anyPort,
    forwarding: anyForwarding,
    weight: fc.constantFrom(0, 1, 100, 0x7fffffff),
    upperThreshold: fc.constantFrom(0, 1000),
    lowerThreshold: fc.constantFrom(0, 10),
  });

const anyEntry: fc.Arbitrary<TableEntry> = anyService.chain((service) =>
  fc.array(anyDestination(serviceFamily(service.id)), { maxLength: 5 }).map((destinations) => ({
    service,
    destinations: new Map(destinations.map((d) => [destinationKey(d), d])),
  })),
);

export const anyTable: fc.Arbitrary<Table> = fc
  .array(anyEntry, { maxLength: 5 })
  .map((entries) => new Map(entries.map((entry) => [serviceKey(entry.service.id), entry])));

/** One service for tests that need no more. */
export function service(changes: Partial<Service> = {}): Service {
  const id = { kind: "address", protocol: "tcp", address: "192.0.2.100", port: 80 } as const;
  return { id, scheduler: "rr", flags: 0, timeoutS: 0, netmaskBits: 32, ...changes };
}

export function destination(address: string, changes: Partial<Destination> = {}): Destination {
  const forwarding = { method: "dr" } as const;
  return { address, port: 80, forwarding, weight: 1, upperThreshold: 0, lowerThreshold: 0, ...changes };
}

export function table(...entries: readonly (readonly [Service, ...Destination[]])[]): Table {
  return new Map(
    entries.map(([service, ...destinations]) => [
      serviceKey(service.id),
      { service, destinations: new Map(destinations.map((d) => [destinationKey(d), d])) },
    ]),
  );
}

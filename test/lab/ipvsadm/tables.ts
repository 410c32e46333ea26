import fc from "fast-check";
import type { DestinationReading, Forwarding, Service, ServiceReading, Stats } from "../../../src/ipvs/model.ts";
import { destinationKey, serviceFamily, serviceKey } from "../../../src/ipvs/model.ts";

/** Tables as a kernel may hold them: all schedulers, flags, families, tunnels, counters up to 2^63. */

const address = {
  4: fc
    .tuple(fc.constantFrom(1, 10, 127, 192, 223), fc.nat(255), fc.nat(255), fc.nat(255))
    .map((parts) => parts.join(".")),
  6: fc
    .tuple(fc.constantFrom("2001:db8:", "fd00:1:2:3:4:5:6", "a00:1:"), fc.integer({ min: 1, max: 0xffff }))
    .map(([start, last]) => `${start}:${last.toString(16)}`),
};
const family = fc.constantFrom<4 | 6>(4, 4, 6);
const port = fc.oneof(fc.constantFrom(0, 53, 80, 65535), fc.nat(65535));
const counter = fc.oneof(
  fc.bigInt({ min: 0n, max: 1000n }),
  fc.bigInt({ min: 0n, max: 1n << 40n }),
  fc.bigInt({ min: 0n, max: 1n << 63n }),
);
/** ipvsadm keeps 32 bits of a real server's counters but those of bytes; ours shows all of them. */
const narrow = fc.oneof(fc.bigInt({ min: 0n, max: 1000n }), fc.bigInt({ min: 0n, max: (1n << 32n) - 1n }));
const rate = fc.bigInt({ min: 0n, max: (1n << 32n) - 1n });
const stats: fc.Arbitrary<Stats> = fc.record({
  connections: counter,
  packetsIn: counter,
  packetsOut: counter,
  bytesIn: counter,
  bytesOut: counter,
  connectionsPerS: rate,
  packetsInPerS: rate,
  packetsOutPerS: rate,
  bytesInPerS: rate,
  bytesOutPerS: rate,
});

const serverStats = stats.chain((all) =>
  fc.record({ connections: narrow, packetsIn: narrow, packetsOut: narrow }).map((some): Stats => ({ ...all, ...some })),
);

const id = family.chain((of) =>
  fc.oneof(
    fc.record({
      kind: fc.constant("fwmark" as const),
      family: fc.constant(of),
      fwmark: fc.integer({ min: 1, max: 2 ** 32 - 1 }),
    }),
    fc.record({
      kind: fc.constant("address" as const),
      protocol: fc.constantFrom("tcp" as const, "udp" as const, "sctp" as const),
      address: address[of],
      port,
    }),
  ),
);

const service: fc.Arbitrary<Service> = id.chain((id) =>
  fc
    .record({
      scheduler: fc.constantFrom(..."rr wrr lc wlc lblc lblcr sh mh dh fo ovf sed nq a-name-of-15-ch".split(" ")),
      flags: fc.nat(63),
      timeoutS: fc.nat(2_678_400),
      netmaskBits: fc.integer({ min: 1, max: serviceFamily(id) === 6 ? 128 : 32 }),
      engine: fc.constantFrom(undefined, undefined, "sip"),
    })
    .map(({ engine, ...rest }) => ({ id, ...rest, ...(engine !== undefined && { engine }) })),
);

const forwarding: fc.Arbitrary<Forwarding> = fc.oneof(
  fc.record({ method: fc.constantFrom("nat" as const, "dr" as const, "local" as const, "bypass" as const) }),
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

const u32 = fc.oneof(fc.nat(1000), fc.integer({ min: 0, max: 2 ** 32 - 1 }));
const destination: fc.Arbitrary<DestinationReading> = family.chain((of) =>
  fc.record({
    destination: fc.record({
      address: address[of],
      port,
      forwarding,
      weight: fc.oneof(fc.nat(100), fc.nat(2 ** 31 - 1)),
      upperThreshold: u32,
      lowerThreshold: u32,
    }),
    activeConnections: u32,
    inactiveConnections: u32,
    persistentConnections: u32,
    stats: serverStats,
  }),
);

/** At most `most` services of at most `most` destinations, none twice. */
export const anyServices = (most = 6): fc.Arbitrary<readonly ServiceReading[]> =>
  fc.uniqueArray(
    fc.record({
      service,
      stats,
      destinations: fc.uniqueArray(destination, { maxLength: most, selector: (d) => destinationKey(d.destination) }),
    }),
    { maxLength: most, selector: (reading) => serviceKey(reading.service.id) },
  );

import fc from "fast-check";
import { expect, test } from "vitest";
import { native } from "../../../native/index.ts";
import { addressBytes } from "../../../src/core/ip.ts";
import { commandAttrs } from "../../../src/ipvs/attrs.ts";
import { encodeCommand } from "../../../src/ipvs/genl-codec.ts";
import { noStats } from "../../../src/ipvs/kernel-values.ts";
import { serviceListing, sortedServices } from "../../../src/ipvs/listing.ts";
import type { DestinationReading, Service, ServiceReading } from "../../../src/ipvs/model.ts";
import { serviceKey } from "../../../src/ipvs/model.ts";
import { encodeAttrs } from "../../../src/netlink/attrs.ts";

// What the addon draws of the kernel's text is what is drawn of answers by netlink.

const SHEET_BYTES = 4096;
const NO_LINES = 0xffffffff;

type Drawn = { readonly text: string } | { readonly unknown: number };

/** All that is drawn, in pieces no longer than a sheet, and by their number in the order the services that are not. */
function drawn(services: Uint8Array, file: Uint8Array, sorted: boolean, room = SHEET_BYTES): Drawn[] {
  const { orderTable, drawTable } = native();
  const rows = orderTable(services, file, sorted);
  const next = new Uint32Array(1);
  const all: Drawn[] = [];
  while ((next[0] as number) < rows.length / 4) {
    const sheet = Buffer.alloc(room + 1, 0xa5);
    const before = next[0] as number;
    const used = drawTable(services, file, sorted, rows, next, sheet.subarray(0, room));
    expect(used).toBeLessThanOrEqual(room);
    expect(sheet[room]).toBe(0xa5);
    expect((next[0] as number) > before).toBe(used > 0);
    if (used > 0) all.push({ text: sheet.toString("latin1", 0, used) });
    else {
      all.push({ unknown: before });
      next[0] = before + 1;
    }
  }
  return all;
}
const textOf = (pieces: readonly Drawn[]): string =>
  pieces.map((piece) => ("text" in piece ? piece.text : "?\n")).join("");

/** The dump's attributes, as they lie in its messages. */
const dumpOf = (services: readonly Service[]): Buffer =>
  Buffer.concat(services.map((service) => encodeCommand({ op: "addService", service }).attributes));

const address4 = fc.tuple(fc.nat(255), fc.nat(255), fc.nat(255), fc.nat(255)).map((parts) => parts.join("."));

const anyReading: fc.Arbitrary<DestinationReading> = fc.record({
  destination: fc.record({
    address: address4,
    port: fc.nat(65535),
    forwarding: fc.constantFrom({ method: "dr" as const }, { method: "nat" as const }, { method: "local" as const }),
    weight: fc.nat(0x7fffffff),
    upperThreshold: fc.constant(0),
    lowerThreshold: fc.constant(0),
  }),
  activeConnections: fc.nat(),
  inactiveConnections: fc.nat(),
  persistentConnections: fc.constant(0),
  stats: fc.constant(noStats),
});

const anyService: fc.Arbitrary<Service> = fc
  .record({
    id: fc.record({
      kind: fc.constant("address" as const),
      protocol: fc.constantFrom("tcp" as const, "udp" as const, "sctp" as const),
      address: address4,
      port: fc.nat(65535),
    }),
    scheduler: fc.constantFrom("rr", "wlc", "sh", "mh", "none"),
    flags: fc.nat(0x3f).map((flags) => flags & ~2),
    timeoutS: fc.nat(0xffffffff),
    netmaskBits: fc.nat(32),
    engine: fc.constantFrom(undefined, "sip"),
  })
  .map(({ engine, ...rest }) => ({ ...rest, ...(engine !== undefined && { engine }) }));

const anyServiceReading: fc.Arbitrary<ServiceReading> = fc.record({
  service: anyService,
  stats: fc.constant(noStats),
  destinations: fc.array(anyReading),
});
const anyReadings = fc.uniqueArray(anyServiceReading, { selector: ({ service }) => serviceKey(service.id) });

const hex = (address: string, port: number): string => {
  const digits = Buffer.from([...addressBytes(address), port >> 8, port & 255])
    .toString("hex")
    .toUpperCase();
  return `${digits.slice(0, -4)}:${digits.slice(-4)}`;
};
const words = { dr: "Route", nat: "Masq", local: "Local", tun: "Tunnel", bypass: "Bypass" } as const;

function destinationLine({ destination: d, activeConnections, inactiveConnections }: DestinationReading): string {
  const numbers = [
    String(d.weight).padEnd(6),
    ...[activeConnections, inactiveConnections].map((n) => `${n}`.padEnd(10)),
  ];
  return `  -> ${hex(d.address, d.port)}      ${words[d.forwarding.method].padEnd(7)} ${numbers.join(" ")}\n`;
}

const HEADING = `IP Virtual Server version 1.2.1 (size=4096)
Prot LocalAddress:Port Scheduler Flags
  -> RemoteAddress:Port Forward Weight ActiveConn InActConn
`;
/** As the kernel writes it. */
const fileOf = (readings: readonly ServiceReading[]): Buffer =>
  Buffer.from(
    HEADING +
      readings
        .map(({ service: { id, scheduler }, destinations }) => {
          const name = id.kind === "fwmark" ? "" : `${id.protocol.toUpperCase()}  ${hex(id.address, id.port)}`;
          return `${name} ${scheduler} \n${destinations.map(destinationLine).join("")}`;
        })
        .join(""),
  );

test("what is drawn of the text is what is drawn of answers by netlink, in ipvsadm's order or the kernel's", () => {
  fc.assert(
    fc.property(anyReadings, fc.boolean(), (readings, sorted) => {
      const dump = dumpOf(readings.map(({ service }) => service));
      const listed = sorted ? sortedServices(readings) : readings;
      const whole = listed.map((reading) => serviceListing(reading, { columns: "connections", exact: false, sorted }));
      expect(textOf(drawn(dump, fileOf(readings), sorted))).toBe(whole.join(""));
    }),
  );
});

test("an odd mask is shown as it is, also where the kernel tells no scheduler", () => {
  const id = { kind: "address", protocol: "tcp", address: "10.0.0.1", port: 80 } as const;
  const service = { id, scheduler: "rr", flags: 1, timeoutS: 50, netmaskBits: -1, oddNetmask: "255.0.255.0" };
  const file = Buffer.from("TCP  0A000001:0050 rr persistent 50\n");
  expect(textOf(drawn(dumpOf([service]), file, true))).toBe("TCP  10.0.0.1:80 rr persistent 50 mask 255.0.255.0\n");
  const address = Buffer.alloc(16);
  address.set([10, 0, 0, 1]);
  const bare = encodeAttrs(commandAttrs, { service: { family: 2, protocol: 6, address, port: 80, flags: 1 } });
  expect(textOf(drawn(bare, file, true))).toBe("TCP  10.0.0.1:80 none persistent 0\n");
});

const ordered = (...services: readonly Service[]): number[] => {
  const rows = native().orderTable(dumpOf(services), Buffer.alloc(0), true);
  expect(rows.filter((_, i) => i % 4 >= 2).every((word) => word === NO_LINES)).toBe(true);
  const starts = services.map((_, i) => dumpOf(services.slice(0, i)).length + 4);
  return [...rows].filter((_, i) => i % 4 === 0).map((start) => starts.indexOf(start));
};

test("marks, families and protocols are ordered as everywhere, whatever the text tells of them", () => {
  const rest = { scheduler: "rr", flags: 0, timeoutS: 0, netmaskBits: 32 };
  const plain = (protocol: "tcp" | "udp", address: string): Service => ({
    id: { kind: "address", protocol, address, port: 80 },
    ...rest,
    netmaskBits: address.includes(":") ? 128 : 32,
  });
  const services: Service[] = [
    { id: { kind: "fwmark", family: 6, fwmark: 2 }, ...rest },
    plain("tcp", "2001:db8::2"),
    { id: { kind: "fwmark", family: 4, fwmark: 2 }, ...rest },
    plain("udp", "10.0.0.1"),
    plain("tcp", "192.168.0.1"),
    plain("tcp", "2001:db8::1"),
    plain("tcp", "10.0.0.1"),
    { id: { kind: "fwmark", family: 4, fwmark: 0x80000001 }, ...rest },
  ];
  const expected = sortedServices(services.map((service) => ({ service, stats: noStats })));
  expect(ordered(...services)).toEqual(expected.map(({ service }) => services.indexOf(service)));
});

/** As Linux 6.1 wrote it. */
const written = `${HEADING}TCP  0A000001:0050 sh  persistent 5000 FFFFFFFF
  -> [2001:0db8:0000:0000:0000:0000:0000:0002]:0050      Tunnel  0      0          0         
  -> 0A000002:0050      Route   1      0          0         
UDP  0A000001:0035 rr ops  
TCP  [2001:0db8:0000:0000:0000:0000:0000:0001]:0050 wlc 
  -> [2001:0db8:0000:0000:0000:0000:0000:0002]:0050      Route   1      0          0         
SCTP  0A000001:0050 rr  
  -> 0A000002:0050      Route   1      0          0         
  -> C0A87A01:1F90      Masq    65535  0          0         
  -> 7F000001:0050      Local   2147483647 12         345       
TCP  0A000009:0050 rr  
  -> 0A000002:0050      Bypass  1      0          0         
TCP  0A000007:0050 rr  
TCP  0A000007:0050 rr  
FWM  00000007 wrr 
  -> 0A000002:0000      Route   1      0          0         
`;
const one = (protocol: "tcp" | "udp" | "sctp", address: string, port: number): Buffer =>
  dumpOf([
    { id: { kind: "address", protocol, address, port }, scheduler: "rr", flags: 0, timeoutS: 0, netmaskBits: 32 },
  ]);
const drawnLines = [
  "  -> 10.0.0.2:80                  Route   1      0          0         \n",
  "  -> 192.168.122.1:8080           Masq    65535  0          0         \n",
  "  -> 127.0.0.1:80                 Local   2147483647 12         345       \n",
] as const;

test("lines are drawn as ipvsadm draws them, in the kernel's order or its own", () => {
  const [route, masq, local] = drawnLines;
  const sctp = one("sctp", "10.0.0.1", 80);
  const file = Buffer.from(written);
  expect(textOf(drawn(sctp, file, false))).toBe(`SCTP 10.0.0.1:80 rr\n${route}${masq}${local}`);
  expect(textOf(drawn(sctp, file, true))).toBe(`SCTP 10.0.0.1:80 rr\n${route}${local}${masq}`);
  expect(textOf(drawn(one("udp", "10.0.0.1", 53), file, true))).toBe("UDP  10.0.0.1:53 rr\n");
});

test.for([
  { what: "with a real server of IPv6", dump: one("tcp", "10.0.0.1", 80) },
  { what: "of IPv6", dump: one("tcp", "2001:db8::1", 80) },
  { what: "with a method that has two names", dump: one("tcp", "10.0.0.9", 80) },
  { what: "that stands there twice", dump: one("tcp", "10.0.0.7", 80) },
  { what: "that does not stand there", dump: one("tcp", "10.0.0.8", 80) },
  { what: "that is a mark", dump: encodeAttrs(commandAttrs, { service: { family: 2, fwmark: 7, scheduler: "wrr" } }) },
])("a service $what has to be asked for", ({ dump }) => {
  expect(drawn(dump, Buffer.from(written), true)).toEqual([{ unknown: 0 }]);
});

test("one that is longer than the sheet has to be asked for, and the next one is drawn", () => {
  const both = Buffer.concat([one("sctp", "10.0.0.1", 80), one("udp", "10.0.0.1", 53)]);
  expect(drawn(both, Buffer.from(written), false, 100)).toEqual([{ unknown: 0 }, { text: "UDP  10.0.0.1:53 rr\n" }]);
});

test("a text that is cut off anywhere is read, and nothing is drawn of half a line", () => {
  const possible = drawnLines.map((_, i) => `SCTP 10.0.0.1:80 rr\n${drawnLines.slice(0, i + 1).join("")}`);
  for (let length = 0; length <= written.length; length++) {
    const text = textOf(drawn(one("sctp", "10.0.0.1", 80), Buffer.from(written.slice(0, length)), false));
    expect(["?\n", "SCTP 10.0.0.1:80 rr\n", ...possible]).toContain(text);
  }
});

test("bytes that are no table and no dump are drawn as nothing, or within the sheet", () => {
  const flips = fc.array(fc.record({ at: fc.nat(), to: fc.nat(255) }), { maxLength: 8 });
  const damaged = (bytes: Uint8Array, changes: readonly { at: number; to: number }[]): Buffer => {
    const copy = Buffer.from(bytes);
    for (const { at, to } of changes) if (copy.length > 0) copy[at % copy.length] = to;
    return copy;
  };
  fc.assert(
    fc.property(anyReadings, flips, flips, fc.integer({ min: 0, max: 600 }), (readings, one, other, room) => {
      const dump = dumpOf(readings.map(({ service }) => service));
      drawn(damaged(dump, one), damaged(fileOf(readings), other), true, room);
    }),
  );
});

test("rows of another table are drawn as nothing", () => {
  const { drawTable } = native();
  const dump = one("sctp", "10.0.0.1", 80);
  const file = Buffer.from(written);
  fc.assert(
    fc.property(fc.uint32Array({ maxLength: 9 }), fc.integer({ min: 0, max: 0xffffffff }), (rows, first) => {
      expect(drawTable(dump, file, true, rows, Uint32Array.of(first), Buffer.alloc(500))).toBeLessThanOrEqual(500);
    }),
  );
});

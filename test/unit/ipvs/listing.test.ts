import { expect, test } from "vitest";
import { noStats } from "../../../src/ipvs/kernel-values.ts";
import { type ListingOptions, listing } from "../../../src/ipvs/listing.ts";
import type { Destination, Service, ServiceReading, Stats } from "../../../src/ipvs/model.ts";
import { destination, service } from "./tables.ts";

const info = { version: "1.2.1", connectionTableSize: 4096 };
const plain: ListingOptions = { columns: "connections", exact: false, sorted: true };

function reading(of: Service, destinations: readonly Destination[] = [], stats: Partial<Stats> = {}): ServiceReading {
  return {
    service: of,
    stats: { ...noStats, ...stats },
    destinations: destinations.map((d) => ({
      destination: d,
      activeConnections: 3,
      inactiveConnections: 12,
      persistentConnections: 0,
      stats: { ...noStats, ...stats },
    })),
  };
}
const linesOf = (readings: readonly ServiceReading[], options: Partial<ListingOptions> = {}): string[] =>
  listing(info, readings, { ...plain, ...options }).split("\n");

test("an empty table is its three lines of heading", () => {
  expect(listing(info, [], plain)).toBe(
    "IP Virtual Server version 1.2.1 (size=4096)\n" +
      "Prot LocalAddress:Port Scheduler Flags\n" +
      "  -> RemoteAddress:Port           Forward Weight ActiveConn InActConn\n",
  );
});

const address = (a: string, port: number, protocol: "tcp" | "udp" | "sctp" = "tcp") =>
  ({ kind: "address", protocol, address: a, port }) as const;

// The right column is what ipvsadm 1.31 printed for the same services.
test.for<[Partial<Service>, string]>([
  [{ flags: 1, timeoutS: 50 }, "TCP  192.0.2.100:80 rr persistent 50"],
  [
    { flags: 1, timeoutS: 360, netmaskBits: 24, scheduler: "sh" },
    "TCP  192.0.2.100:80 sh persistent 360 mask 255.255.255.0",
  ],
  [{ flags: 0x11, timeoutS: 360, scheduler: "sh" }, "TCP  192.0.2.100:80 sh (sh-port) persistent 360"],
  [{ flags: 0x18, scheduler: "mh" }, "TCP  192.0.2.100:80 mh (mh-fallback,mh-port)"],
  [{ flags: 0x28, scheduler: "wrr" }, "TCP  192.0.2.100:80 wrr (flag-1,flag-3)"],
  [{ flags: 4, id: address("10.0.0.1", 53, "udp") }, "UDP  10.0.0.1:53 rr ops"],
  [
    { flags: 1, timeoutS: 60, engine: "sip", id: address("10.0.0.1", 5060, "udp") },
    "UDP  10.0.0.1:5060 rr persistent 60 pe sip",
  ],
  [{ id: address("10.0.0.1", 2905, "sctp") }, "SCTP 10.0.0.1:2905 rr"],
  [{ id: address("2001:db8::1", 80), netmaskBits: 128, scheduler: "fo" }, "TCP  [2001:db8::1]:80 fo"],
  [
    { id: address("2001:db8::1", 80), netmaskBits: 64, flags: 1, timeoutS: 5 },
    "TCP  [2001:db8::1]:80 rr persistent 5 mask 64",
  ],
  [{ id: { kind: "fwmark", family: 4, fwmark: 7 }, scheduler: "wlc" }, "FWM  7 wlc"],
  [{ id: { kind: "fwmark", family: 6, fwmark: 7 }, netmaskBits: 128 }, "FWM  7 IPv6 rr"],
  [{ id: { kind: "fwmark", family: 4, fwmark: 0xffffffff } }, "FWM  -1 rr"],
])("a service: %j is %s", ([changes, line]) => {
  expect(linesOf([reading(service(changes))])[3]).toBe(line);
});

test("a mask that is no prefix is shown as it is", () => {
  const odd = reading(service({ flags: 1, timeoutS: 50, netmaskBits: -1, oddNetmask: "0.0.0.24" }));
  expect(linesOf([odd])[3]).toBe("TCP  192.0.2.100:80 rr persistent 50 mask 0.0.0.24");
});

test.for<[Destination, string]>([
  [destination("10.0.0.10", { weight: 100 }), "  -> 10.0.0.10:80                 Route   100    3          12        "],
  [
    destination("10.0.0.9", { port: 8000, forwarding: { method: "nat" }, weight: 2147483647 }),
    "  -> 10.0.0.9:8000                Masq    2147483647 3          12        ",
  ],
  [
    destination("10.0.0.11", { forwarding: { method: "tun", tunnel: { type: "ipip" } } }),
    "  -> 10.0.0.11:80                 Tunnel  1      3          12        ",
  ],
  [
    destination("127.0.0.1", { forwarding: { method: "local" } }),
    "  -> 127.0.0.1:80                 Local   1      3          12        ",
  ],
  [
    destination("2001:db8:1111:2222:3333:4444:5555:7777", { port: 65535 }),
    "  -> [2001:db8:1111:2222:3333:4444:5555:7777]:65535 Route   1      3          12        ",
  ],
])("a destination: %j", ([d, line]) => {
  expect(linesOf([reading(service(), [d])])[4]).toBe(line);
});

// ipvsadm's widths and units: 8 digits, then K, M, G and T.
test.for<[bigint, string, string]>([
  [0n, "        0", "        0"],
  [99_999_999n, " 99999999", " 99999999"],
  [100_000_000n, "  100000K", " 100000000"],
  [999_999_999n, "  999999K", " 999999999"],
  [1_000_000_000n, "    1000M", " 1000000000"],
  [99_999_999_999n, "   99999M", " 99999999999"],
  [100_000_000_000n, "     100G", " 100000000000"],
  [99_999_999_999_999n, "   99999G", " 99999999999999"],
  [100_000_000_000_000n, "     100T", " 100000000000000"],
  [18_446_744_073_709_551_615n, "18446744T", " 18446744073709551615"],
])("a counter of %s", ([value, short, exact]) => {
  const all = { connections: value, packetsIn: value, packetsOut: value, bytesIn: value, bytesOut: value };
  const name = "TCP  192.0.2.100:80              ";
  expect(linesOf([reading(service(), [], all)], { columns: "stats" })[3]).toBe(name + short.repeat(5));
  expect(linesOf([reading(service(), [], all)], { columns: "stats", exact: true })[3]).toBe(name + exact.repeat(5));
});

test("rates have their own heading and columns", () => {
  const rates = { connectionsPerS: 1n, packetsInPerS: 2n, packetsOutPerS: 3n, bytesInPerS: 4n, bytesOutPerS: 5n };
  expect(linesOf([reading(service(), [destination("10.0.0.9")], rates)], { columns: "rate" }).slice(1, 5)).toEqual([
    "Prot LocalAddress:Port                 CPS    InPPS   OutPPS    InBPS   OutBPS",
    "  -> RemoteAddress:Port",
    "TCP  192.0.2.100:80                      1        2        3        4        5",
    "  -> 10.0.0.9:80                         1        2        3        4        5",
  ]);
});

test("sorted: marks last, IPv4 before IPv6, then protocol, address as a number, port; unsorted: the kernel's order", () => {
  const ids: Service["id"][] = [
    { kind: "fwmark", family: 4, fwmark: 700 },
    { kind: "fwmark", family: 6, fwmark: 7 },
    { kind: "fwmark", family: 4, fwmark: 7 },
    address("2001:db8::1", 80),
    address("10.0.0.1", 53, "udp"),
    address("10.0.0.2", 80),
    address("10.0.0.1", 8080),
    address("10.0.0.1", 443),
    address("9.0.0.1", 443),
  ];
  const readings = ids.map((id) => reading(service({ id })));
  const names = (sorted: boolean): string[] =>
    linesOf(readings, { sorted })
      .slice(3, -1)
      .map((line) => line.replace(/ rr$/, ""));
  const asGiven = names(false);
  expect(names(true)).toEqual(asGiven.toReversed());
  expect(asGiven[0]).toBe("FWM  700");
  const destinations = ["10.0.0.10", "10.0.0.9", "9.0.0.9"].map((d) => destination(d));
  const lines = linesOf([reading(service(), destinations)]).slice(4, 7);
  expect(lines.map((line) => line.split(/[ :]+/)[2])).toEqual(["9.0.0.9", "10.0.0.9", "10.0.0.10"]);
});

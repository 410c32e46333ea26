import fc from "fast-check";
import { expect, test } from "vitest";
import { addressBytes } from "../../../src/core/ip.ts";
import {
  drawFromFile,
  drawnLimit,
  placeOf,
  readTableFile,
  type TableFile,
} from "../../../src/ipvs/admin/table-file.ts";
import { noStats } from "../../../src/ipvs/kernel-values.ts";
import { serviceListing } from "../../../src/ipvs/listing.ts";
import type { DestinationReading, ServiceId, ServiceReading } from "../../../src/ipvs/model.ts";
import { service } from "./tables.ts";

/** As Linux 6.1 wrote it. */
const written = `IP Virtual Server version 1.2.1 (size=4096)
Prot LocalAddress:Port Scheduler Flags
  -> RemoteAddress:Port Forward Weight ActiveConn InActConn
TCP  0A000001:0050 sh  persistent 5000 FFFFFFFF
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
/** The text behind room that shows which bytes of it were left out. */
const FRONT = 20_000;
function fileOf(text: string): TableFile {
  return readTableFile(Buffer.concat([Buffer.alloc(FRONT, 0xa5), Buffer.from(text)]), FRONT);
}
const file = fileOf(written);
const at = (protocol: "tcp" | "udp" | "sctp", address: string, port: number): ServiceId => ({
  kind: "address",
  protocol,
  address,
  port,
});

/** Put behind what is there already. */
function drawnFromFile(from: TableFile, id: ServiceId, sorted: boolean): string | undefined {
  const place = placeOf(from, id);
  if (!place) return undefined;
  expect(3 + drawnLimit(place)).toBeLessThan(FRONT);
  from.bytes.fill(0xa5, 0, FRONT);
  const end = drawFromFile(from, place, sorted, 3);
  if (end !== undefined) expect(end).toBeLessThanOrEqual(3 + drawnLimit(place));
  return end === undefined ? undefined : Buffer.from(from.bytes).toString("latin1", 3, end);
}

const drawnLines = [
  "  -> 10.0.0.2:80                  Route   1      0          0         \n",
  "  -> 192.168.122.1:8080           Masq    65535  0          0         \n",
  "  -> 127.0.0.1:80                 Local   2147483647 12         345       \n",
] as const;

test("lines are drawn as ipvsadm draws them, in the kernel's order or its own", () => {
  const [route, masq, local] = drawnLines;
  expect(drawnFromFile(file, at("sctp", "10.0.0.1", 80), false)).toBe(`${route}${masq}${local}`);
  expect(drawnFromFile(file, at("sctp", "10.0.0.1", 80), true)).toBe(`${route}${local}${masq}`);
  expect(drawnFromFile(file, at("udp", "10.0.0.1", 53), true)).toBe("");
});

test.for([
  { what: "with a real server of IPv6", id: at("tcp", "10.0.0.1", 80) },
  { what: "of IPv6", id: at("tcp", "2001:db8::1", 80) },
  { what: "with a method that has two names", id: at("tcp", "10.0.0.9", 80) },
  { what: "that stands there twice", id: at("tcp", "10.0.0.7", 80) },
  { what: "that does not stand there", id: at("tcp", "10.0.0.8", 80) },
  { what: "that is a mark", id: { kind: "fwmark", family: 4, fwmark: 7 } as const },
])("a service $what has to be asked for", ({ id }) => {
  expect(drawnFromFile(file, id, true)).toBeUndefined();
});

test("a file that is cut off anywhere is read, and nothing is drawn of half a line", () => {
  for (let length = 0; length <= written.length; length++) {
    const cut = fileOf(written.slice(0, length));
    const drawn = drawnFromFile(cut, at("sctp", "10.0.0.1", 80), false) ?? "";
    expect(["", ...drawnLines.map((_, i) => drawnLines.slice(0, i + 1).join(""))]).toContain(drawn);
  }
});

const anyReading: fc.Arbitrary<DestinationReading> = fc.record({
  destination: fc.record({
    address: fc.tuple(...Array.from({ length: 4 }, () => fc.nat(255))).map((parts) => parts.join(".")),
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

test("what is drawn from the file is what is drawn of an answer by netlink", () => {
  const hex = (address: string): string => Buffer.from(addressBytes(address)).toString("hex").toUpperCase();
  const words = { dr: "Route", nat: "Masq", local: "Local", tun: "Tunnel", bypass: "Bypass" } as const;
  const lineOf = ({ destination: d, activeConnections, inactiveConnections }: DestinationReading): string => {
    const place = `${hex(d.address)}:${d.port.toString(16).toUpperCase().padStart(4, "0")}`;
    const numbers = [
      String(d.weight).padEnd(6),
      ...[activeConnections, inactiveConnections].map((n) => `${n}`.padEnd(10)),
    ];
    return `  -> ${place}      ${words[d.forwarding.method].padEnd(7)} ${numbers.join(" ")}\n`;
  };
  fc.assert(
    fc.property(fc.array(anyReading), fc.boolean(), (destinations, sorted) => {
      const reading: ServiceReading = {
        service: service({ id: at("tcp", "10.0.0.1", 80) }),
        stats: noStats,
        destinations,
      };
      const text = `TCP  0A000001:0050 rr  \n${destinations.map(lineOf).join("")}`;
      const drawn = drawnFromFile(fileOf(text), at("tcp", "10.0.0.1", 80), sorted);
      const whole = serviceListing(reading, { columns: "connections", exact: false, sorted });
      expect(drawn).toBe(whole.slice(whole.indexOf("\n") + 1));
    }),
  );
});

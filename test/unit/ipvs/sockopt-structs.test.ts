import { expect, test } from "vitest";
import * as structs from "../../../src/ipvs/sockopt-structs.ts";
import { readU32, writeU32 } from "../../../src/netlink/host-order.ts";
import { destination, service } from "./tables.ts";

const persistent = service({ flags: 3, timeoutS: 50, netmaskBits: 24 });

test("struct ip_vs_service_user: 44 bytes, addresses in network order, IP_VS_SVC_F_HASHED left out", () => {
  const b = structs.encodeService(persistent);
  expect(b).toHaveLength(44);
  expect([...b.subarray(4, 10)]).toEqual([192, 0, 2, 100, 0, 80]);
  expect(b.toString("latin1", 16, 19)).toBe("rr\0");
  expect([...b.subarray(40)]).toEqual([255, 255, 255, 0]);
  expect(readU32(b, 32)).toBe(1);
});

test("struct ip_vs_dest_user follows the service: 24 bytes more", () => {
  const b = structs.encodeDestination(persistent, destination("192.0.2.7", { port: 8080, weight: 5 }));
  expect(b).toHaveLength(68);
  expect([...b.subarray(44, 50)]).toEqual([192, 0, 2, 7, 0x1f, 0x90]);
});

test("struct ip_vs_service_entry and ip_vs_dest_entry are read at the sizes the kernel has: 104 and 96 bytes", () => {
  const services = structs.servicesBuffer(2);
  expect(services).toHaveLength(8 + 2 * 104);
  structs.encodeService(persistent).copy(services, 8 + 104);
  writeU32(services, 20, 8 + 104 + 44);
  writeU32(services, 77, 8 + 104 + 48);
  expect(structs.decodeServices(services)).toMatchObject([
    {
      service: { ...persistent, flags: 1 },
      destinations: 20,
      stats: { connections: 77n },
    },
  ]); // the first entry was left empty, as the kernel does where a service has gone meanwhile
  const destinations = structs.destinationsBuffer(persistent.id, 2);
  expect(destinations).toHaveLength(24 + 2 * 96);
  structs.encodeDestination(persistent, destination("192.0.2.7", { weight: 5 })).copy(destinations, 24 + 96, 44);
  const read = structs.decodeDestinations(destinations).map(({ destination: d }) => d);
  expect(read).toEqual([destination("192.0.2.7", { weight: 5 })]);
});

test.for([
  {
    name: "an IPv6 service",
    service: service({ id: { kind: "address", protocol: "tcp", address: "2001:db8::1", port: 1 } }),
    says: "IPv6",
  },
  { name: "a mark for IPv6", service: service({ id: { kind: "fwmark", family: 6, fwmark: 1 } }), says: "IPv6" },
  { name: "a persistence engine", service: service({ engine: "sip" }), says: "persistence engine" },
  { name: "an IPv6 real server", service: service(), destination: destination("2001:db8::1"), says: "IPv6" },
  {
    name: "a gue tunnel",
    service: service(),
    destination: destination("192.0.2.1", {
      forwarding: { method: "tun", tunnel: { type: "gue", port: 6080, checksum: "none" } },
    }),
    says: "gue tunnel",
  },
])("$name needs generic netlink", ({ service: of, destination: d, says }) => {
  expect(structs.unsupported(of, d)).toContain(says);
});

test("struct ip_vs_timeout_user is three ints; options of a sync daemon need generic netlink", () => {
  const b = structs.timeoutsBuffer({ tcpS: 900, udpS: 5 });
  expect(b).toHaveLength(12);
  expect(structs.decodeTimeouts(b)).toEqual({ tcpS: 900, tcpFinS: 0, udpS: 5 });
  const daemon = { role: "master", interface: "eth0", syncId: 1 } as const;
  expect(structs.unsupportedDaemon(daemon)).toBeUndefined();
  expect(structs.unsupportedDaemon({ ...daemon, port: 9000, ttl: 2 })).toBe("`port`, `ttl` needs");
});

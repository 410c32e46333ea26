import { expect, test } from "vitest";
import type { ServiceId, ServiceReading, Stats } from "../../../src/ipvs/model.ts";
import { kernelCounts, serverTraffic, serviceTraffic } from "../../../src/virtual-server/traffic.ts";
import { server, service } from "./plans.ts";
import { groupOf } from "./room.ts";

const rates = (connectionsPerS: number): Stats => ({
  connections: 1000n,
  packetsIn: 9000n,
  packetsOut: 0n,
  bytesIn: 1n,
  bytesOut: 0n,
  connectionsPerS: BigInt(connectionsPerS),
  packetsInPerS: 7n,
  packetsOutPerS: 0n,
  bytesInPerS: BigInt(100 * connectionsPerS),
  bytesOutPerS: 0n,
});

/** A service with destinations 10.0.0.N:PORT, each of which has `active[N]` open connections. */
const reading = (id: ServiceId, port: number, active: Readonly<Record<number, number>>): ServiceReading => ({
  service: { id, scheduler: "rr", flags: 0, timeoutS: 0, netmaskBits: 32 },
  stats: rates(5),
  destinations: Object.entries(active).map(([n, activeConnections]) => ({
    destination: { ...server(Number(n)), port },
    activeConnections,
    inactiveConnections: 10,
    persistentConnections: 0,
    stats: rates(2),
  })),
});
const idOf = (address: string, port: number): ServiceId => ({ kind: "address", protocol: "tcp", address, port });

test("a virtual server has the kernel's rates and the connections of all its destinations", () => {
  const plan = service(1, [server(2), server(3)]);
  const counts = kernelCounts([reading(plan.id, 80, { 2: 4, 3: 1 })]);
  expect(serviceTraffic(plan, counts)).toEqual({
    activeConnections: 5,
    inactiveConnections: 20,
    connectionsPerS: 5,
    bytesInPerS: 500,
    bytesOutPerS: 0,
  });
  expect(serverTraffic(plan, server(3), counts)).toMatchObject({ activeConnections: 1, connectionsPerS: 2 });
});

test("what the kernel does not have has no traffic, and somebody else's service is nobody's", () => {
  const plan = service(1, [server(2), server(3)]);
  const counts = kernelCounts([reading(plan.id, 80, { 2: 4 }), reading(idOf("10.9.9.9", 80), 80, { 3: 50 })]);
  expect(serverTraffic(plan, server(3), counts)).toBeUndefined();
  expect(serviceTraffic(service(2, []), counts)).toBeUndefined();
});

test("the services of a group count together, each with the port that its destinations have there", () => {
  const plan = service(1, [server(2)], { id: idOf("10.0.1.1", 80), group: groupOf("10.0.1.1", 1, 80, 81) });
  const counts = kernelCounts([
    reading(idOf("10.0.1.1", 80), 80, { 2: 4 }),
    reading(idOf("10.0.1.1", 81), 81, { 2: 3 }),
  ]);
  expect(serviceTraffic(plan, counts)).toMatchObject({ activeConnections: 7, connectionsPerS: 10, bytesInPerS: 1000 });
  expect(serverTraffic(plan, server(2), counts)).toMatchObject({ activeConnections: 7, inactiveConnections: 20 });
});

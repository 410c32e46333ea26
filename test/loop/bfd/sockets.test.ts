import { afterEach, expect, test, vi } from "vitest";
import { native } from "../../../native/index.ts";
import type { Datagram } from "../../../src/bfd/inbound.ts";
import { type BfdDoor, openListener, openSender } from "../../../src/bfd/sockets.ts";

const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

/** The ports of BFD are one to a machine, and tests are many: 3784 is another one here. */
const PORT = 20_000 + (process.pid % 20_000);
const door = (): BfdDoor => ({
  ...native(),
  openUdp: (address, port, hops) => native().openUdp(address, port === 3784 ? PORT : port, hops),
  sendUdp: (fd, data, address, port) => native().sendUdp(fd, data, address, port === 3784 ? PORT : port),
});

test.for([
  { name: "IPv4", family: 4 as const, neighbor: "127.0.0.9", source: "127.0.0.8", ttl: 255 },
  { name: "IPv4 from afar", family: 4 as const, neighbor: "127.0.0.9", source: "127.0.0.8", ttl: 3 },
  { name: "IPv6", family: 6 as const, neighbor: "::1", source: "::1", ttl: 255 },
])("$name: a datagram comes with its hops, where it is from and where it was sent to", async ({ family, ...to }) => {
  const heard: Datagram[] = [];
  const take = (d: Datagram): unknown => heard.push({ ...d, bytes: Uint8Array.from(d.bytes) });
  const listener = openListener(family, false, take, door());
  if (!listener.ok) throw new Error(listener.error);
  ends.push(() => listener.value.close());
  const sender = openSender({ ...to, multihop: false }, () => 0.5, door());
  if (!sender.ok) throw new Error(sender.error);
  ends.push(() => sender.value.close());
  expect(sender.value.send(Uint8Array.of(1, 2, 3))).toBeUndefined();
  expect(sender.value.send(new Uint8Array(2000))).toBeUndefined();
  await vi.waitFor(() => expect(heard).toHaveLength(2));
  expect(heard[0]).toMatchObject({ bytes: Uint8Array.of(1, 2, 3), from: to.source, to: to.neighbor, hops: to.ttl });
  expect(heard[0]?.fromPort).toBeGreaterThanOrEqual(49_152);
  expect([heard[1]?.bytes.length, heard[1]?.fromPort]).toEqual([512, heard[0]?.fromPort]);
});

test("a port that is taken is told; of source ports the next one is", () => {
  const first = openListener(4, false, () => {}, door());
  if (!first.ok) throw new Error(first.error);
  ends.push(() => first.value.close());
  const second = openListener(4, false, () => {}, door());
  expect(second).toMatchObject({ ok: false, error: expect.stringContaining("EADDRINUSE") });
  const to = { neighbor: "127.0.0.9", source: "127.0.0.7", ttl: 255, multihop: false };
  for (const sender of [0, 1].map(() => openSender(to, () => 0.25, door()))) {
    expect(sender.ok).toBe(true);
    if (sender.ok) ends.push(() => sender.value.close());
  }
});

test("an address that is not on this host is named by its errno", () => {
  const to = { neighbor: "127.0.0.9", source: "192.0.2.1", ttl: 255, multihop: false };
  expect(openSender(to, () => 0, door())).toEqual({ ok: false, error: "EADDRNOTAVAIL" });
});

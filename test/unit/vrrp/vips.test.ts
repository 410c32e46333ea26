import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { DirectorError } from "../../../src/core/errors.ts";
import { createLogger, type LogRecord } from "../../../src/core/log.ts";
import { vrrpEvents } from "../../../src/vrrp/log-events.ts";
import type { AddressKey, HostAddress, Link } from "../../../src/vrrp/network.ts";
import { keyOf, type PlacedAddress, planVips, sourceAddress } from "../../../src/vrrp/vip-plan.ts";
import { createVips } from "../../../src/vrrp/vips.ts";

const eth0: Link = { index: 2, name: "eth0", hardwareAddress: new Uint8Array(6), mtu: 1500, up: true, group: 0 };
const eth1: Link = { ...eth0, index: 3, name: "eth1" };
const vip = (last: number, interfaceName = "eth0"): PlacedAddress => ({
  address: `192.0.2.${last}`,
  prefixLength: 32,
  interface: interfaceName,
});
const there = (last: number, interfaceIndex = 2): HostAddress => ({
  interfaceIndex,
  address: `192.0.2.${last}`,
  prefixLength: 32,
  secondary: false,
  usable: true,
});

/** A host that does as it is told, refuses what the kernel refuses, and writes down what it was asked. */
function fakeHost(...present: HostAddress[]) {
  const table = new Map(present.map((a) => [`${a.interfaceIndex} ${a.address}/${a.prefixLength}`, a]));
  const asked: string[] = [];
  const refuse = new Map<string, string>();
  const text = (a: AddressKey): string => `${a.interfaceIndex} ${a.address}/${a.prefixLength}`;
  return {
    links: () => [eth0, eth1],
    link: (name: string) => [eth0, eth1].find((l) => l.name === name),
    addresses: () => [...table.values()],
    onChange: () => {},
    addAddress: async (a: AddressKey) => {
      asked.push(`add ${a.address}`);
      await Promise.resolve();
      const code = refuse.get(a.address) ?? (table.has(text(a)) ? "EEXIST" : undefined);
      if (code) throw new DirectorError(code, `cannot add ${a.address}: ${code}`);
      table.set(text(a), { ...a, secondary: false, usable: true });
    },
    deleteAddress: async (a: AddressKey) => {
      asked.push(`del ${a.address}`);
      await Promise.resolve();
      if (!table.delete(text(a))) throw new DirectorError("EADDRNOTAVAIL", "gone");
    },
    asked,
    refuse,
    table,
    /** Somebody else's `ip addr del`. */
    steal: (last: number) => table.delete(text(there(last))),
    has: (last: number) => table.has(text(there(last))),
  };
}

function vipsOn(host: ReturnType<typeof fakeHost>) {
  const records: LogRecord[] = [];
  const restored: string[] = [];
  const vips = createVips({
    network: host,
    log: createLogger(vrrpEvents, (record) => records.push(record)),
    onRestored: (owner, address) => restored.push(`${owner} ${address.address}`),
  });
  return { vips, records, restored };
}

beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] }));
afterEach(() => void vi.useRealTimers());

describe("virtual addresses", () => {
  test("are added when held and removed when released; nobody else's are touched", async () => {
    const host = fakeHost(there(1));
    const { vips } = vipsOn(host);
    await vips.hold("A", [vip(100), vip(101)]);
    await vips.release("A", [vip(100), vip(101)]);
    expect(host.asked).toEqual(["add 192.0.2.100", "add 192.0.2.101", "del 192.0.2.100", "del 192.0.2.101"]);
    expect(host.has(1)).toBe(true);
  });

  test("that are there already are taken over without a word to the kernel", async () => {
    const host = fakeHost(there(100));
    const { vips } = vipsOn(host);
    await vips.hold("A", [vip(100)]);
    expect(host.asked).toEqual([]);
  });

  test("left by a killed predecessor are removed by a release without a hold", async () => {
    const host = fakeHost(there(100));
    await vipsOn(host).vips.release("A", [vip(100)]);
    expect(host.has(100)).toBe(false);
  });

  test("that move from one owner to another in the same turn never leave the host", async () => {
    const host = fakeHost();
    const { vips } = vipsOn(host);
    await vips.hold("A", [vip(100)]);
    await Promise.all([vips.release("A", [vip(100)]), vips.hold("B", [vip(100)])]);
    expect(host.asked).toEqual(["add 192.0.2.100"]);
  });

  test("a release in the middle of an addition wins", async () => {
    const host = fakeHost();
    const { vips } = vipsOn(host);
    const adding = vips.hold("A", [vip(100)]);
    await Promise.resolve();
    await Promise.all([adding, vips.release("A", [vip(100)])]);
    expect(host.has(100)).toBe(false);
  });

  test("removed by somebody else are put back, with growing patience, and told each time", async () => {
    const host = fakeHost();
    const { vips, restored } = vipsOn(host);
    await vips.hold("A", [vip(100)]);
    const times: number[] = [];
    const start = performance.now();
    for (let round = 0; round < 5; round++) {
      host.steal(100);
      vips.changed();
      for (let ms = 0; !host.has(100) && ms < 100_000; ms += 10) await vi.advanceTimersByTimeAsync(10);
      times.push(Math.round((performance.now() - start) / 100) / 10);
    }
    expect(restored).toEqual(Array.from({ length: 5 }, () => "A 192.0.2.100"));
    expect(times).toEqual([0, 1, 3, 7, 15]);
  });

  test("with no_track that somebody removed stay away", async () => {
    const host = fakeHost();
    const { vips, restored } = vipsOn(host);
    await vips.hold("A", [{ ...vip(100), noTrack: true }]);
    host.steal(100);
    vips.changed();
    await vi.advanceTimersByTimeAsync(60_000);
    expect([host.has(100), restored]).toEqual([false, []]);
  });

  test("released ones that are gone already, or removed by somebody else, are let be", async () => {
    const host = fakeHost();
    const { vips, restored } = vipsOn(host);
    await vips.hold("A", [vip(100)]);
    await vips.release("A", [vip(100)]);
    vips.changed();
    await vi.advanceTimersByTimeAsync(1000);
    expect([host.has(100), restored]).toEqual([false, []]);
  });

  test("refused by the kernel are tried again until they are there; the log says it once", async () => {
    const host = fakeHost();
    const { vips, records } = vipsOn(host);
    host.refuse.set("192.0.2.100", "ENOMEM");
    await vips.hold("A", [vip(100), vip(101)]);
    expect(host.has(101)).toBe(true);
    await vi.advanceTimersByTimeAsync(5000);
    expect(host.asked.filter((a) => a === "add 192.0.2.100").length).toBeGreaterThan(3);
    host.refuse.clear();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(host.has(100)).toBe(true);
    expect(records.map((r) => r.text)).toEqual([
      "cannot add 192.0.2.100 to eth0: cannot add 192.0.2.100: ENOMEM; tried again",
    ]);
  });

  test("wanted on an interface that does not exist are told with the existing ones", async () => {
    const { vips, records } = vipsOn(fakeHost());
    await vips.hold("A", [vip(100, "eth7")]);
    expect(records.map((r) => r.text)).toEqual([
      "cannot add 192.0.2.100: interface eth7 does not exist; this host has eth0, eth1",
    ]);
  });
});

test("after the plan is carried out every wanted address is there, no surplus one, and all others are as before", () => {
  const anyLast = fc.integer({ min: 1, max: 8 });
  const anyVip = fc.record({ last: anyLast, on: fc.constantFrom("eth0", "eth1") }).map(({ last, on }) => vip(last, on));
  const anyHost = fc.uniqueArray(fc.record({ last: anyLast, on: fc.constantFrom(2, 3) }), {
    selector: (a) => `${a.on} ${a.last}`,
  });
  fc.assert(
    fc.property(fc.array(anyVip), fc.array(anyVip), anyHost, (wanted, surplus, present) => {
      const before = present.map(({ last, on }) => there(last, on));
      const nameOf = (a: AddressKey): string => `${a.interfaceIndex === 2 ? "eth0" : "eth1"} ${a.address}/32`;
      const plan = planVips(wanted, surplus, { links: [eth0, eth1], addresses: before });
      const after = new Set(before.map(nameOf));
      for (const { address } of plan.remove) expect(after.delete(nameOf(address))).toBe(true);
      for (const { request } of plan.add) {
        expect(after.has(nameOf(request))).toBe(false);
        after.add(nameOf(request));
      }
      const wantedKeys = new Set(wanted.map(keyOf));
      const surplusKeys = new Set(surplus.map(keyOf));
      for (const key of wantedKeys) expect(after.has(key)).toBe(true);
      for (const key of surplusKeys) if (!wantedKeys.has(key)) expect(after.has(key)).toBe(false);
      for (const key of before.map(nameOf))
        if (!surplusKeys.has(key) && !wantedKeys.has(key)) expect(after.has(key)).toBe(true);
    }),
  );
});

test.for([
  { name: "the first address of the interface", addresses: [there(1), there(2)], owns: false, source: "192.0.2.1" },
  { name: "never a virtual one", addresses: [there(100), there(2)], owns: false, source: "192.0.2.2" },
  { name: "not another interface's", addresses: [there(1, 3)], owns: false, source: undefined },
  { name: "no IPv6", addresses: [{ ...there(1), address: "fe80::1" }], owns: false, source: undefined },
  { name: "only virtual ones, not the owner", addresses: [there(100)], owns: false, source: undefined },
  { name: "only virtual ones, the owner", addresses: [there(100)], owns: true, source: "192.0.2.100" },
])("adverts come from $name: $source", ({ addresses, owns, source }) => {
  expect(sourceAddress(2, addresses, new Set(["192.0.2.100"]), { family: 4, owns })).toBe(source);
});

const six = (address: string, usable = true) => ({ ...there(1), address, prefixLength: 64, usable });
const peers = (address: string) => ({
  unicast: { peers: [{ address, minTtl: 0, maxTtl: 255 }], ttl: 255, checkSource: false },
});
test.for([
  { name: "a link-local address", addresses: [six("2001:db8::1"), six("fe80::1")], source: "fe80::1" },
  { name: "none while its duplicates are looked for", addresses: [six("fe80::1", false)], source: undefined },
  { name: "never a virtual one", addresses: [six("fe80::100"), six("fe80::1")], source: "fe80::1" },
  { name: "no IPv4", addresses: [there(1)], source: undefined },
  {
    name: "a global one for global peers",
    addresses: [six("fe80::1"), six("2001:db8::1")],
    ...peers("2001:db8::2"),
    source: "2001:db8::1",
  },
  {
    name: "a link-local one for link-local peers",
    addresses: [six("2001:db8::1"), six("fe80::1")],
    ...peers("fe80::2"),
    source: "fe80::1",
  },
])("over IPv6 adverts come from $name: $source", ({ addresses, source, ...part }) => {
  const unicast = "unicast" in part ? part.unicast : undefined;
  expect(sourceAddress(2, addresses, new Set(["fe80::100"]), { family: 6, unicast, owns: false })).toBe(source);
});

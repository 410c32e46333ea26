import { formatAddress, formatLink, MessageType } from "netlink/dist/rt/gen_structs.js";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { encodeAttrs, text, u32 } from "../../../src/netlink/attrs.ts";
import { type FakeAnswer, fakeKernel } from "../../../src/netlink/fake-kernel.ts";
import { writeU16, writeU32 } from "../../../src/netlink/host-order.ts";
import { RouteMonitor } from "../../../src/netlink/route.ts";
import { encodeDeleteAddress, encodeNewAddress } from "../../../src/netlink/route-messages.ts";

type FakeLink = { readonly index: number; readonly name: string; readonly up: boolean };

const linkPayload = ({ index, name, up }: FakeLink, family = 0): Buffer =>
  Buffer.concat([
    formatLink({ family, index, flags: up ? { up: true, running: true } : { up: true } }),
    encodeAttrs({ name: [3, text(16)], mtu: [4, u32] } as const, { name, mtu: 1500 }),
  ]);
const addressPayload = (address: string, interfaceIndex = 2): Buffer =>
  encodeNewAddress({ interfaceIndex, address, prefixLength: 24 });

/** A kernel with these links and addresses, and two sockets to it as RouteMonitor opens them. */
async function host(options: { onTrouble?: () => void } = {}) {
  const links: FakeLink[] = [{ index: 2, name: "eth0", up: true }];
  const addresses = ["192.0.2.1"];
  const during: { dump?: () => void; fail?: string } = {};
  const requests = fakeKernel(({ type }): FakeAnswer => {
    if (during.fail !== undefined) return { errno: during.fail };
    if (type === MessageType.GETLINK) return { type: MessageType.NEWLINK, payloads: links.map((l) => linkPayload(l)) };
    if (type !== MessageType.GETADDR) return { errno: "EEXIST" };
    const found = addresses.map((a) => addressPayload(a));
    during.dump?.();
    return { type: MessageType.NEWADDR, payloads: found };
  });
  const events = fakeKernel(() => undefined);
  const monitor = await RouteMonitor.open({ openRequests: requests.open, openEvents: events.open, ...options });
  let changes = 0;
  monitor.onChange(() => changes++);
  const texts = (): string[] => monitor.addresses().map(({ address }) => address);
  return { links, addresses, during, events, monitor, texts, changes: () => changes };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] }));
afterEach(() => void vi.useRealTimers());

test("links and addresses are known from the start, and the groups of their events joined first", async () => {
  const { monitor, texts, events } = await host();
  expect(monitor.link("eth0")).toMatchObject({ index: 2, mtu: 1500, up: true });
  expect(texts()).toEqual(["192.0.2.1"]);
  expect(events.groups).toEqual([1, 5, 9]);
});

test("a cable pulled is a link that is up no more, told once however many events came together", async () => {
  const { monitor, events, changes } = await host();
  events.notify(MessageType.NEWLINK, linkPayload({ index: 2, name: "eth0", up: false }));
  events.notify(MessageType.NEWADDR, addressPayload("192.0.2.9"));
  await turn();
  expect(monitor.link("eth0")?.up).toBe(false);
  expect(changes()).toBe(1);
});

test("an event that changes nothing is not told", async () => {
  const { events, changes } = await host();
  events.notify(MessageType.NEWLINK, linkPayload({ index: 2, name: "eth0", up: true }));
  events.notify(MessageType.NEWADDR, addressPayload("192.0.2.1"));
  await turn();
  expect(changes()).toBe(0);
});

test("a link that leaves its bridge (AF_BRIDGE) has not gone", async () => {
  const { monitor, events } = await host();
  events.notify(MessageType.DELLINK, linkPayload({ index: 2, name: "eth0", up: true }, 7));
  expect(monitor.link("eth0")).toMatchObject({ index: 2, name: "eth0", up: true });
});

test("a link that goes takes its addresses along", async () => {
  const { monitor, events, texts } = await host();
  events.notify(MessageType.DELLINK, linkPayload({ index: 2, name: "eth0", up: true }));
  expect([monitor.links(), texts()]).toEqual([[], []]);
});

test("after an overrun everything is read again, and what was missed is found", async () => {
  const { events, addresses, texts, changes } = await host();
  addresses.splice(0, 1, "192.0.2.50");
  events.overrun();
  await turn();
  expect(texts()).toEqual(["192.0.2.50"]);
  expect(changes()).toBe(1);
});

test("an event that comes while the tables are being read is newer than they, and is not lost", async () => {
  const { events, during, texts } = await host();
  during.dump = () =>
    events.notify(
      MessageType.DELADDR,
      encodeDeleteAddress({ interfaceIndex: 2, address: "192.0.2.1", prefixLength: 24 }),
    );
  events.overrun();
  await turn();
  expect(texts()).toEqual([]);
});

test("tables that cannot be read stay as they were, are told of, and are tried again every second", async () => {
  const onTrouble = vi.fn();
  const { events, during, addresses, texts } = await host({ onTrouble });
  during.fail = "ENOMEM";
  addresses.push("192.0.2.51");
  events.overrun();
  await turn();
  expect(onTrouble).toHaveBeenCalledWith(expect.objectContaining({ code: "ENOMEM" }));
  expect(texts()).toEqual(["192.0.2.1"]);
  delete during.fail;
  await vi.advanceTimersByTimeAsync(1000);
  await turn();
  expect(texts()).toEqual(["192.0.2.1", "192.0.2.51"]);
});

test("an address that the kernel refuses rejects with its errno and names address and interface", async () => {
  const { monitor } = await host();
  const adding = monitor.addAddress({ interfaceIndex: 2, address: "192.0.2.1", prefixLength: 24 });
  await expect(adding).rejects.toMatchObject({
    code: "EEXIST",
    message: expect.stringContaining("192.0.2.1/24 on interface 2"),
  });
});

test.for([
  { name: "all host bits set", broadcast: "+", expected: [192, 0, 2, 255] },
  { name: "all host bits clear", broadcast: "-", expected: [192, 0, 2, 0] },
  { name: "one that is given", broadcast: "192.0.2.127", expected: [192, 0, 2, 127] },
])("broadcast address: $name", ({ broadcast, expected }) => {
  const payload = encodeNewAddress({ interfaceIndex: 2, address: "192.0.2.1", prefixLength: 24, broadcast });
  expect(payload.includes(Buffer.from([8, 0, 4, 0, ...expected]))).toBe(true);
});

test.for([
  { name: "none", part: {}, flags: 0, long: undefined },
  { name: "noDad", part: { noDad: true }, flags: 0x02, long: undefined },
  { name: "home and noDad", part: { noDad: true, home: true }, flags: 0x12, long: undefined },
  { name: "noPrefixRoute", part: { noPrefixRoute: true, noDad: true }, flags: 0x02, long: 0x202 },
  { name: "autojoin and manageTemporary", part: { autojoin: true, manageTemporary: true }, flags: 0, long: 0x500 },
] as const)("flags of an address: $name", ({ part, flags, long }) => {
  const payload = encodeNewAddress({ interfaceIndex: 2, address: "2001:db8::1", prefixLength: 64, ...part });
  expect(payload.readUInt8(2)).toBe(flags);
  const attribute = Buffer.alloc(8);
  writeU16(attribute, 8, writeU16(attribute, 8, 0));
  writeU32(attribute, long ?? 0, 4);
  expect(payload.includes(long === undefined ? attribute.subarray(0, 4) : attribute)).toBe(long !== undefined);
});

test("a preferred lifetime of 0 is written beside an endless valid one", () => {
  const request = { interfaceIndex: 2, address: "2001:db8::1", prefixLength: 128, preferredLifetimeS: 0 };
  const info = Buffer.alloc(20);
  writeU16(info, 6, writeU16(info, 20, 0));
  writeU32(info, 0xffffffff, 8);
  expect(encodeNewAddress(request).includes(info)).toBe(true);
});

test("a message cut short anywhere is passed over", async () => {
  const { events, monitor } = await host();
  for (const whole of [linkPayload({ index: 3, name: "eth1", up: true }), addressPayload("192.0.2.77", 3)])
    for (let length = 0; length < 16; length++)
      for (const type of [MessageType.NEWLINK, MessageType.NEWADDR, MessageType.DELLINK, MessageType.DELADDR])
        events.notify(type, whole.subarray(0, length));
  expect(monitor.links().map(({ name }) => name)).toEqual(["eth0"]);
  expect(formatAddress({}).length).toBe(8);
});

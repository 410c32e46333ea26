import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { DirectorError } from "../../../src/core/errors.ts";
import { createLogger } from "../../../src/core/log.ts";
import { vrrpEvents } from "../../../src/vrrp/log-events.ts";
import type { HostAddress, Link } from "../../../src/vrrp/network.ts";
import { createOwnInterfaces, type OwnInterfacesOptions } from "../../../src/vrrp/own-interfaces.ts";
import { macBytes, type OwnLink } from "../../../src/vrrp/own-links.ts";

const eth0: Link = {
  index: 2,
  name: "eth0",
  hardwareAddress: macBytes("02:00:00:00:00:0a"),
  mtu: 1500,
  up: true,
  group: 4,
};
const own: OwnLink = {
  kind: "macvlan",
  hardwareAddress: macBytes("00:00:5e:00:01:33"),
  name: "vrrp.51",
  below: "eth0",
  family: 4,
  ipv6: false,
  netlinkNotify: false,
};

/** A host whose kernel does what it is asked, or refuses what `refuse` says. */
function host(...links: Link[]) {
  const calls: string[] = [];
  const addresses: HostAddress[] = [];
  const state: { refuse?: string } = {};
  const done = async (what: string, change: () => void = () => {}): Promise<void> => {
    calls.push(what);
    if (state.refuse !== undefined) throw new DirectorError(state.refuse, `refused: ${state.refuse}`);
    change();
  };
  const at = (index: number): number => links.findIndex((link) => link.index === index);
  let next = 10;
  const network: OwnInterfacesOptions["network"] = {
    link: (name) => links.find((link) => link.name === name),
    links: () => links,
    addresses: () => addresses,
    addLink: ({ name, kind, lowerIndex, group, ...rest }) =>
      done(`add ${name} on ${lowerIndex} group ${group}`, () => {
        const hardwareAddress = "hardwareAddress" in rest ? rest.hardwareAddress : new Uint8Array(6);
        links.push({ index: next++, name, kind, lowerIndex, group, hardwareAddress, mtu: 1500, up: false });
      }),
    changeLink: (index, change) =>
      done(`change ${index}`, () => {
        const found = links[at(index)] as Link;
        links[at(index)] = {
          ...found,
          ...("hardwareAddress" in change && { hardwareAddress: change.hardwareAddress }),
        };
      }),
    setLinkUp: (index) =>
      done(`up ${index}`, () => {
        links[at(index)] = { ...(links[at(index)] as Link), up: true };
      }),
    setLinkGroup: (index, group) => done(`group ${index} ${group}`),
    deleteLink: (index) => done(`delete ${index}`, () => void links.splice(at(index), 1)),
    addAddress: ({ interfaceIndex, address }) => done(`address ${address} on ${interfaceIndex}`),
    deleteAddress: ({ interfaceIndex, address }) => done(`no address ${address} on ${interfaceIndex}`),
  };
  const surrounded: string[][] = [];
  const told: string[] = [];
  const settled = vi.fn();
  const interfaces = createOwnInterfaces({
    network,
    settings: {
      prepare: ({ name }) => void calls.push(`settings of ${name}`),
      surround: (list) => void surrounded.push(list.map(({ name }) => name)),
    },
    guarded: () => Promise.resolve(),
    log: createLogger(vrrpEvents, ({ text }) => void told.push(text)),
    onSettled: settled,
  });
  return { links, calls, state, interfaces, surrounded, told, settled };
}

const settle = async (): Promise<void> => {
  for (let i = 0; i < 30; i++) await Promise.resolve();
};

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test("made down, prepared, then set up, in the group of the one below; once", async () => {
  const { interfaces, calls, surrounded } = host(eth0);
  interfaces.update([own]);
  expect(interfaces.isComing("vrrp.51")).toBe(true);
  await settle();
  expect(interfaces.isComing("vrrp.51")).toBe(false);
  interfaces.update([own]);
  await settle();
  expect(calls).toEqual(["add vrrp.51 on 2 group 4", "settings of vrrp.51", "up 10"]);
  expect(surrounded.at(-1)).toEqual(["vrrp.51"]);
});

test("one that a predecessor left is used as it is", async () => {
  const left: Link = { ...eth0, index: 7, name: "vrrp.51", kind: "macvlan", lowerIndex: 2, up: true };
  const { interfaces, calls, links } = host(eth0, left);
  interfaces.update([own]);
  await settle();
  expect(calls).toEqual(["change 7", "settings of vrrp.51", "up 7"]);
  expect(links[1]?.hardwareAddress).toEqual(macBytes("00:00:5e:00:01:33"));
});

test("one on another interface is replaced; one of another kind is left alone, and told of once", async () => {
  const left: Link = { ...eth0, index: 7, name: "vrrp.51", kind: "macvlan", lowerIndex: 3 };
  const first = host(eth0, left);
  first.interfaces.update([own]);
  await settle();
  expect(first.calls.slice(0, 2)).toEqual(["delete 7", "add vrrp.51 on 2 group 4"]);
  const { kind: _, ...plain } = left;
  const second = host(eth0, plain);
  second.interfaces.update([own]);
  await settle();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(second.calls).toEqual([]);
  expect(second.interfaces.trouble("vrrp.51")).toBe("it exists, and is no macvlan");
  expect(second.told).toEqual(["vrrp.51: it exists, and is no macvlan"]);
});

test("what the kernel refuses is tried again, ever less often, and meanwhile the reason is known", async () => {
  const { interfaces, calls, state } = host(eth0);
  state.refuse = "EBUSY";
  interfaces.update([own]);
  await settle();
  expect(interfaces.trouble("vrrp.51")).toBe("refused: EBUSY");
  await vi.advanceTimersByTimeAsync(60_000);
  expect(calls.length).toBeLessThan(15);
  delete state.refuse;
  await vi.advanceTimersByTimeAsync(60_000);
  expect(interfaces.trouble("vrrp.51")).toBeUndefined();
  expect(interfaces.isComing("vrrp.51")).toBe(false);
});

test("nothing is made while there is no interface below; all of it when that comes", async () => {
  const { interfaces, calls, links } = host();
  interfaces.update([own]);
  await settle();
  expect([calls, interfaces.isComing("vrrp.51")]).toEqual([[], false]);
  links.push(eth0);
  interfaces.update([own]);
  await settle();
  expect(calls[0]).toBe("add vrrp.51 on 2 group 4");
});

test("the source of adverts follows that of the interface below", async () => {
  const { interfaces, calls } = host(eth0);
  const borrowed = (address: string) => ({ address, prefixLength: 64, borrowed: true });
  interfaces.update([{ ...own, source: borrowed("fe80::1") }]);
  await settle();
  interfaces.update([{ ...own, source: borrowed("fe80::2") }]);
  await settle();
  expect(calls.slice(3)).toEqual(["address fe80::1 on 10", "no address fe80::1 on 10", "address fe80::2 on 10"]);
});

test("those not wanted any more are removed, and what was set for them", async () => {
  const { interfaces, calls, links, surrounded } = host(eth0);
  interfaces.update([own]);
  await settle();
  interfaces.update([]);
  await settle();
  expect(calls.at(-1)).toBe("delete 10");
  expect([links, surrounded.at(-1)]).toEqual([[eth0], []]);
  interfaces.update([own]);
  await settle();
  await interfaces.remove();
  expect(links).toEqual([eth0]);
});

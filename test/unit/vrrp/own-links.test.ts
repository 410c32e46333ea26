import { describe, expect, test } from "vitest";
import type { VmacPlan } from "../../../src/vrrp/model.ts";
import {
  addressDevice,
  channelDeviceOf,
  deviceOf,
  macBytes,
  ownLinksOf,
  quietAddresses,
} from "../../../src/vrrp/own-links.ts";
import { settingsOf, surroundings } from "../../../src/vrrp/own-settings.ts";

const vmac: VmacPlan = {
  kind: "macvlan",
  interface: "vrrp.51",
  mac: "00:00:5e:00:01:33",
  transmitBelow: false,
  netlinkNotify: false,
};
const plan = {
  interface: "eth0",
  vrid: 51,
  family: 4,
  vmac,
  addresses: [{ address: "192.0.2.100", prefixLength: 32 }],
  excludedAddresses: [],
} as const;

describe("where an instance's things are", () => {
  test("addresses, and adverts unless they go by the interface below", () => {
    expect([deviceOf(plan), channelDeviceOf(plan)]).toEqual(["vrrp.51", "vrrp.51"]);
    expect(channelDeviceOf({ ...plan, vmac: { ...vmac, transmitBelow: true } })).toBe("eth0");
    expect([deviceOf({ interface: "eth0" }), channelDeviceOf({ interface: "eth0" })]).toEqual(["eth0", "eth0"]);
  });

  test.for([
    { name: "names none", line: {}, device: "vrrp.51" },
    { name: "names the one below", line: { interface: "eth0" }, device: "vrrp.51" },
    { name: "names another", line: { interface: "eth1" }, device: "eth1" },
    { name: "is of the other family", line: { address: "2001:db8::1" }, device: "eth0" },
    { name: "has a VMAC on another", line: { interface: "eth1", vmac: "vrrp1.51" }, device: "vrrp1.51" },
  ])("an address that $name", ({ line, device }) => {
    expect(addressDevice(plan, { address: "192.0.2.100", prefixLength: 32, ...line })).toBe(device);
  });
});

describe("the interfaces that an instance needs", () => {
  test("none without use_vmac", () => {
    const { vmac: _, ...without } = plan;
    expect(ownLinksOf(without, "192.0.2.1")).toEqual([]);
  });

  test("over IPv4 one without IPv6, and without the source of adverts", () => {
    expect(ownLinksOf(plan, "192.0.2.1")).toEqual([
      {
        kind: "macvlan",
        hardwareAddress: macBytes("00:00:5e:00:01:33"),
        name: "vrrp.51",
        below: "eth0",
        family: 4,
        ipv6: false,
        netlinkNotify: false,
      },
    ]);
  });

  test("over IPv6 it has the source of adverts, unless they are sent below", () => {
    const six = { ...plan, family: 6 } as const;
    const source = { address: "fe80::1", prefixLength: 64, borrowed: true };
    expect(ownLinksOf(six, "fe80::1")[0]?.source).toEqual(source);
    expect(ownLinksOf({ ...six, vmac: { ...vmac, transmitBelow: true } }, "fe80::1")[0]).not.toHaveProperty("source");
  });

  test("an ipvlan has an address of its own, and no setting but whether it has IPv6", () => {
    const ipvlan: VmacPlan = {
      ...{ kind: "ipvlan", interface: "vrrp.51", mode: "vepa", transmitBelow: false, netlinkNotify: false },
      address: { address: "192.0.2.9", prefixLength: 32 },
    };
    const links = ownLinksOf({ ...plan, vmac: ipvlan }, "192.0.2.9");
    expect(links).toEqual([
      {
        ...{
          kind: "ipvlan",
          mode: "vepa",
          name: "vrrp.51",
          below: "eth0",
          family: 4,
          ipv6: false,
          netlinkNotify: false,
        },
        source: { address: "192.0.2.9", prefixLength: 32, borrowed: false },
      },
    ]);
    expect(links.flatMap(settingsOf)).toEqual([["ipv6/conf/vrrp.51/disable_ipv6", "1"]]);
    expect(surroundings(links, ["eth0"], () => "1")).toEqual([]);
  });

  test("an ipvlan is for adverts: addresses stand below", () => {
    const own = { ...vmac, kind: "ipvlan" } as const;
    expect(addressDevice({ ...plan, vmac: own }, { address: "192.0.2.1", prefixLength: 32 })).toBe("eth0");
  });

  test("one for each interface that addresses have a VMAC on, with the router's MAC address of their family", () => {
    const on = (address: string, name: string) => ({ address, prefixLength: 24, interface: "eth1", vmac: name });
    const addresses = [on("192.0.2.1", "vrrp1.51"), on("192.0.2.2", "vrrp1.51"), on("2001:db8::1", "vrrp6.51")];
    const links = ownLinksOf({ ...plan, addresses }, undefined).slice(1);
    expect(links.map(({ name, below, ipv6 }) => [name, below, ipv6])).toEqual([
      ["vrrp1.51", "eth1", false],
      ["vrrp6.51", "eth1", true],
    ]);
    expect(links).toMatchObject([
      { hardwareAddress: macBytes("00:00:5e:00:01:33") },
      { hardwareAddress: macBytes("00:00:5e:00:02:33") },
    ]);
  });
});

describe("announcements where no adverts leave (garp_extra_if)", () => {
  const on = (last: number, line: object = {}) => ({ address: `192.0.2.${last}`, prefixLength: 24, ...line });
  const addresses = [
    on(1),
    on(2),
    on(3, { interface: "eth1" }),
    on(4, { interface: "eth1" }),
    on(5, { interface: "eth2", vmac: "vrrp1.51" }),
  ];
  const { vmac: _, ...without } = plan;
  const quiet = (part: object, all: boolean): string[] =>
    quietAddresses({ ...without, addresses, ...part }, all).map(({ address }) => address);

  test.for([
    { name: "VMACs of addresses", part: {}, all: false, found: ["192.0.2.5"] },
    { name: "all other interfaces, one address each", part: {}, all: true, found: ["192.0.2.3", "192.0.2.5"] },
    { name: "not the VMAC that adverts leave by", part: { vmac }, all: false, found: ["192.0.2.5"] },
    {
      name: "that VMAC too where they leave below",
      part: { vmac: { ...vmac, transmitBelow: true } },
      all: false,
      found: ["192.0.2.1", "192.0.2.5"],
    },
  ])("$name", ({ part, all, found }) => {
    expect(quiet(part, all)).toEqual(found);
  });
});

describe("settings of the kernel", () => {
  const [link] = ownLinksOf(plan, undefined);
  const own = link as NonNullable<typeof link>;

  test("of the interface itself", () => {
    expect(Object.fromEntries(settingsOf(own))).toEqual({
      "ipv4/conf/vrrp.51/arp_ignore": "1",
      "ipv4/conf/vrrp.51/accept_local": "1",
      "ipv4/conf/vrrp.51/rp_filter": "0",
      "ipv4/conf/vrrp.51/promote_secondaries": "1",
      "ipv6/conf/vrrp.51/disable_ipv6": "1",
      "ipv6/conf/vrrp.51/addr_gen_mode": "1",
    });
    const six = Object.fromEntries(settingsOf({ ...own, family: 6, ipv6: true }));
    expect(six["ipv6/conf/vrrp.51/disable_ipv6"]).toBe("0");
    expect(six).not.toHaveProperty("ipv4/conf/vrrp.51/rp_filter");
  });

  const around = (links: readonly (typeof own)[], values: Record<string, string>) =>
    Object.fromEntries(
      surroundings(links, ["lo", "eth0", "eth1", "vrrp.51"], (file) => values[file.replace("ipv4/conf/", "")]),
    );

  test("the interface below answers ARP for its own addresses alone", () => {
    expect(around([own], { "all/rp_filter": "0" })).toEqual({
      "ipv4/conf/eth0/arp_ignore": "1",
      "ipv4/conf/eth0/arp_filter": "1",
    });
    expect(around([{ ...own, family: 6 }], { "all/rp_filter": "1" })).toEqual({});
    expect(around([], { "all/rp_filter": "1" })).toEqual({});
  });

  test("a filter of reverse paths that is on for all is on for all the others", () => {
    const values = { "all/rp_filter": "1", "default/rp_filter": "0", "lo/rp_filter": "0", "eth1/rp_filter": "2" };
    expect(around([own], { ...values, "eth0/rp_filter": "1" })).toEqual({
      "ipv4/conf/eth0/arp_ignore": "1",
      "ipv4/conf/eth0/arp_filter": "1",
      "ipv4/conf/default/rp_filter": "1",
      "ipv4/conf/lo/rp_filter": "1",
      "ipv4/conf/all/rp_filter": "0",
    });
  });
});

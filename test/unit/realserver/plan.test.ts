import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readHostRoutes } from "../../../src/realserver/host.ts";
import {
  type HostState,
  hostLength,
  NO_CHANGES,
  type SettingName,
  type Step,
  settingNames,
  WANTED,
} from "../../../src/realserver/model.ts";
import { settingsText, unitText, vipsOfUnit } from "../../../src/realserver/persist.ts";
import { lacksOf, ownedElsewhere, planDown, planUp, vipsOnLo } from "../../../src/realserver/plan.ts";

const VIPS = ["192.0.2.1", "192.0.2.2", "2001:db8::1"] as const;
const zero = Object.fromEntries(settingNames.map((name) => [name, 0])) as HostState["settings"];
const plain: HostState = {
  loIsUp: true,
  addresses: [
    { address: "127.0.0.1", prefixLength: 8, device: "lo" },
    { address: "::1", prefixLength: 128, device: "lo" },
    { address: "192.0.2.10", prefixLength: 24, device: "eth0" },
  ],
  hostRoutes: [],
  settings: zero,
  arpIgnore: [{ device: "eth0", value: 0 }],
};
const onLo = (address: string, prefixLength: number = hostLength(address)) => ({ address, prefixLength, device: "lo" });

/** A host that carries out steps as the kernel does. */
function reach(host: HostState, steps: readonly Step[]): HostState {
  let state = host;
  for (const step of steps)
    switch (step.do) {
      case "set":
        state = { ...state, settings: { ...state.settings, [step.name]: step.value } };
        break;
      case "addAddress":
        state = { ...state, addresses: [...state.addresses, onLo(step.address)] };
        break;
      case "deleteAddress":
        state = { ...state, addresses: state.addresses.filter(({ address }) => address !== step.address) };
        break;
      case "addRoute":
        state = { ...state, hostRoutes: [...state.hostRoutes, step.address] };
        break;
      case "deleteRoute":
        state = { ...state, hostRoutes: state.hostRoutes.filter((address) => address !== step.address) };
        break;
    }
  return state;
}

const anyHost: fc.Arbitrary<HostState> = fc
  .record({
    there: fc.subarray([...VIPS]),
    routed: fc.subarray(["192.0.2.1", "192.0.2.2"]),
    values: fc.tuple(fc.nat(8), fc.nat(2), fc.nat(8), fc.nat(2)),
  })
  .map(({ there, routed, values }) => ({
    ...plain,
    addresses: [...plain.addresses, ...there.map((vip) => onLo(vip))],
    hostRoutes: routed,
    settings: Object.fromEntries(settingNames.map((name, i) => [name, values[i] ?? 0])) as HostState["settings"],
  }));
const anyVips = fc.subarray([...VIPS], { minLength: 1 });

describe("laws", () => {
  test("after `up` nothing is missing, and another `up` does nothing", () => {
    fc.assert(
      fc.property(anyHost, anyVips, (host, vips) => {
        const { steps, changes } = planUp(vips, host, NO_CHANGES);
        const reached = reach(host, steps);
        expect(lacksOf(vips, reached)).toEqual([]);
        expect(planUp(vips, reached, changes)).toEqual({ steps: [], changes });
      }),
    );
  });

  test("`down` puts back exactly what was, whatever was there and however often `up` ran", () => {
    fc.assert(
      fc.property(anyHost, anyVips, anyVips, (host, first, second) => {
        const one = planUp(first, host, NO_CHANGES);
        const two = planUp(second, reach(host, one.steps), one.changes);
        const reached = reach(reach(host, one.steps), two.steps);
        const down = planDown([...VIPS], reached, two.changes);
        expect(reach(reached, down.steps)).toEqual(host);
        expect(down.changes).toEqual(NO_CHANGES);
      }),
    );
  });
});

test("settings come before addresses, and go after them: no answer to ARP in between", () => {
  const { steps, changes } = planUp(VIPS, plain, NO_CHANGES);
  expect(steps.map((step) => step.do).join(" ")).toBe(
    "set set set set addAddress addRoute addAddress addRoute addAddress",
  );
  const down = planDown(VIPS, reach(plain, steps), changes).steps.map((step) => step.do);
  expect(down.slice(-4)).toEqual(["set", "set", "set", "set"]);
});

test("`down` of one of two VIPs leaves the settings to the other", () => {
  const { steps, changes } = planUp(["192.0.2.1", "192.0.2.2"], plain, NO_CHANGES);
  const host = reach(plain, steps);
  const one = planDown(["192.0.2.1"], host, changes);
  expect(one.steps).toEqual([
    { do: "deleteRoute", address: "192.0.2.1" },
    { do: "deleteAddress", address: "192.0.2.1" },
  ]);
  expect(lacksOf(["192.0.2.2"], reach(host, one.steps))).toEqual([]);
});

test("a setting that somebody has changed since stays as they left it", () => {
  const { steps, changes } = planUp(["192.0.2.1"], plain, NO_CHANGES);
  const reached = reach(plain, steps);
  const theirs = { ...reached, settings: { ...reached.settings, "all/arp_ignore": 2 } };
  expect(planDown(["192.0.2.1"], theirs, changes).steps).not.toContainEqual(
    expect.objectContaining({ name: "all/arp_ignore" }),
  );
});

const ready = reach(plain, planUp(["192.0.2.1"], plain, NO_CHANGES).steps);
const set = (name: SettingName, value: number): HostState => ({
  ...ready,
  settings: { ...ready.settings, [name]: value },
});
test.for([
  { name: "nothing", host: ready, says: [] },
  { name: "no address", host: { ...ready, addresses: [] }, says: [/^192\.0\.2\.1 is not on lo/] },
  { name: "no route", host: { ...ready, hostRoutes: [] }, says: [/^192\.0\.2\.1 has no host route/] },
  {
    name: "arp_ignore",
    host: set("all/arp_ignore", 0),
    says: ["arp_ignore is 0 on all: this host answers ARP for the VIP"],
  },
  { name: "arp_ignore 3 answers too", host: set("all/arp_ignore", 3), says: [/^arp_ignore is 3 on all/] },
  { name: "arp_ignore 8 answers nobody", host: set("all/arp_ignore", 8), says: [] },
  { name: "arp_announce", host: set("lo/arp_announce", 1), says: [/^arp_announce is 1 on lo: .*in the name of/] },
  {
    name: "an interface's own, larger one",
    host: { ...ready, arpIgnore: [{ device: "eth0", value: 3 }] },
    says: [/^arp_ignore is 3 on eth0/],
  },
  { name: "lo is down", host: { ...ready, loIsUp: false }, says: [/^lo is down/] },
  {
    name: "a whole network on lo",
    host: { ...ready, addresses: [...ready.addresses, onLo("192.0.2.1", 24)] },
    says: [/with \/24/],
  },
  {
    name: "the VIP on another interface",
    host: { ...ready, addresses: [...ready.addresses, { address: "192.0.2.1", prefixLength: 24, device: "eth0" }] },
    says: [/^192\.0\.2\.1 is on eth0 too/],
  },
])("what is missing: $name", ({ host, says }) => {
  const lacks = lacksOf(["192.0.2.1"], host);
  expect(lacks).toHaveLength(says.length);
  for (const [i, say] of says.entries()) expect(lacks[i]).toEqual(expect.stringMatching(say));
});

test("IPv6 needs no setting: neighbours are answered by the interface that has the address", () => {
  const host = { ...plain, addresses: [...plain.addresses, onLo("2001:db8::1")] };
  expect(lacksOf(["2001:db8::1"], host)).toEqual([]);
});

test("which VIPs a host has, and which of them are a director's", () => {
  expect(vipsOnLo(ready)).toEqual(["192.0.2.1"]);
  expect(ownedElsewhere(["192.0.2.10"], ready)).toMatchObject([{ device: "eth0" }]);
  expect(ownedElsewhere(["192.0.2.1"], ready)).toEqual([]);
});

test("routes of /proc/net/route: single addresses to lo", () => {
  const text = `Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT
eth0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0\t0\t0
lo\t010200C0\t00000000\t0005\t0\t0\t0\tFFFFFFFF\t0\t0\t0
lo\t000200C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0
eth0\t020200C0\t00000000\t0005\t0\t0\t0\tFFFFFFFF\t0\t0\t0
`;
  expect(readHostRoutes(text)).toEqual(["192.0.2.1"]);
});

test("what is written to last: settings, and a unit that tells its VIPs again", () => {
  expect(settingsText({})).toContain("\nnet.ipv4.conf.all.arp_ignore = 1\nnet.ipv4.conf.all.arp_announce = 2\n");
  expect(settingsText({ "all/arp_ignore": { before: 0, set: 1 } })).toContain(
    "\n# all/arp_ignore was 0\nnet.ipv4.conf.all.arp_ignore = 1\n",
  );
  expect(Object.values(WANTED)).toEqual([1, 2, 1, 2]);
  const unit = unitText(["/usr/bin/node", "/opt/a b/100%/main.js"], VIPS);
  expect(unit).toContain('ExecStart=/usr/bin/node "/opt/a b/100%%/main.js" realserver up 192.0.2.1 192.0.2.2');
  expect(vipsOfUnit(unit)).toEqual(VIPS);
});

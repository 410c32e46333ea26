import fc from "fast-check";
import { expect, test } from "vitest";
import { instanceText, vrrpPlanOf } from "./vrrp-planning.ts";

/** One line of virtual_routes in an instance: its plan, and the codes of what is said. */
function route(line: string) {
  const { plan, codes } = vrrpPlanOf(instanceText("A", `virtual_routes {\n${line}\n}`));
  return { plan: plan.instances[0]?.routes?.[0], codes: codes.map((code) => code.split(" ")[0]) };
}

const PLAIN = {
  family: 4,
  type: 1,
  table: 254,
  metric: 0,
  scope: 0,
  protocol: 18,
  tos: 0,
  onlink: false,
  place: "prepend",
  track: true,
};
const NET = { address: "10.1.0.0", prefixLength: 16 };
const GW = { family: 4, address: "10.0.0.9" };

test.for([
  { line: "10.1.0.0/16 via 10.0.0.9 dev eth1", plan: { destination: NET, gateway: GW, interface: "eth1" } },
  { line: "to 10.1.0.0/16 oif eth1", plan: { destination: NET, interface: "eth1", scope: 253 } },
  {
    line: "src 10.0.0.5 to 10.1.0.7 via inet 10.0.0.9 dev eth1",
    plan: {
      destination: { address: "10.1.0.7", prefixLength: 32 },
      preferredSource: "10.0.0.5",
      gateway: GW,
      interface: "eth1",
    },
  },
  {
    line: "default via 10.0.0.9 dev eth1 onlink table 100 metric 7 scope link tos 0x10",
    plan: {
      destination: { address: "0.0.0.0", prefixLength: 0 },
      gateway: GW,
      interface: "eth1",
      onlink: true,
      table: 100,
      metric: 7,
      scope: 253,
      tos: 16,
    },
  },
  {
    line: "any via fe80::1 dev eth1",
    plan: {
      family: 6,
      destination: { address: "::", prefixLength: 0 },
      gateway: { family: 6, address: "fe80::1" },
      interface: "eth1",
    },
  },
  {
    line: "inet6 all dev eth1",
    plan: { family: 6, destination: { address: "::", prefixLength: 0 }, interface: "eth1" },
  },
  {
    line: "default6 dev eth1",
    plan: { family: 6, destination: { address: "::", prefixLength: 0 }, interface: "eth1" },
  },
  {
    line: "10.1.0.0/16 via inet6 fe80::1 dev eth1",
    plan: { destination: NET, gateway: { family: 6, address: "fe80::1" }, interface: "eth1" },
  },
  {
    line: "2001:db8:2::/64 from 2001:db8:1::/64 dev eth1 expires 60 pref high",
    plan: {
      family: 6,
      destination: { address: "2001:db8:2::", prefixLength: 64 },
      source: { address: "2001:db8:1::", prefixLength: 64 },
      interface: "eth1",
      expiresS: 60,
      preference: 1,
    },
  },
  { line: "blackhole 10.1.0.0/16 no_track", plan: { type: 6, destination: NET, track: false } },
  { line: "7 to 10.1.0.0/16 no_track", plan: { type: 7, destination: NET, track: false } },
  { line: "to prohibit 10.1.0.0/16 no_track", plan: { type: 8, destination: NET, track: false } },
  { line: "local 10.1.0.0/16 dev lo", plan: { type: 2, destination: NET, interface: "lo", scope: 254 } },
  {
    line: "10.1.0.0/16 dev eth1 no_track protocol static table local",
    plan: { destination: NET, interface: "eth1", scope: 253, protocol: 4, track: false, table: 255 },
  },
  {
    line: "10.1.0.0/16 dev eth1 priority 3 append vrf blue realms 5/cosmos ttl-propagate disabled",
    plan: {
      destination: NET,
      interface: "eth1",
      scope: 253,
      metric: 3,
      place: "append",
      vrf: "blue",
      realms: { from: 5, to: 0 },
      ttlPropagate: false,
    },
  },
  {
    line: "10.1.0.0/16 dev eth1 mtu lock 1400 advmss 1360 rtt 100ms rttvar lock 2s rto_min 50 hoplimit 9 features ecn congctl lock bbr quickack 1 add",
    plan: {
      destination: NET,
      interface: "eth1",
      scope: 253,
      place: "add",
      metrics: {
        mtu: 1400,
        advertisedMss: 1360,
        rtt: 800,
        rttVariance: 8000,
        minRto: 50,
        hopLimit: 9,
        features: 1,
        congestionControl: "bbr",
        quickAck: 1,
        locked: ["mtu", "rttVariance", "congestionControl"],
      },
    },
  },
  {
    line: "10.1.0.0/16 dev eth1 encap ip id 42 dst 10.9.0.1 ttl 9 via 10.0.0.9",
    plan: {
      destination: NET,
      interface: "eth1",
      gateway: GW,
      encap: { type: "ip", id: "42", destination: "10.9.0.1", ttl: 9 },
    },
  },
  {
    line: "10.1.0.0/16 encap mpls 100/200 ttl 7 dev eth1",
    plan: { destination: NET, interface: "eth1", scope: 253, encap: { type: "mpls", labels: [100, 200], ttl: 7 } },
  },
  {
    line: "10.1.0.0/16 no_track nexthop via 10.0.0.9 dev eth1 weight 3 onlink nexthop dev eth2 realms 7",
    plan: {
      destination: NET,
      track: false,
      nexthops: [
        { gateway: GW, interface: "eth1", weight: 3, onlink: true },
        { interface: "eth2", weight: 1, onlink: false, realms: { to: 7 } },
      ],
    },
  },
  {
    line: "10.1.0.0/16 gw 10.0.0.9 or 10.0.0.10 dev eth1",
    plan: {
      destination: NET,
      interface: "eth1",
      nexthops: [
        { gateway: GW, interface: "eth1", weight: 1, onlink: false },
        { gateway: { family: 4, address: "10.0.0.10" }, interface: "eth1", weight: 1, onlink: false },
      ],
    },
  },
] as const)("$line", ({ line, plan }) => {
  const { plan: actual, codes } = route(line);
  expect(codes.filter((code) => code !== "conf/deprecated")).toEqual([]);
  expect(actual).toEqual({ ...PLAIN, ...plan });
});

test.for([
  ["via 10.0.0.9 dev eth1", "conf/missing-value"],
  ["10.1.0.0/33 dev eth1", "conf/bad-value"],
  ["10.1/16 dev eth1", "conf/bad-value"],
  ["10.1.0.0/16 dev", "conf/missing-value"],
  ["10.1.0.0/16 dev eth1 foo", "conf/unknown-option"],
  ["10.1.0.0/16 10.2.0.0/16", "conf/unknown-option"],
  ["10.1.0.0/16 dev eth1 table nosuch", "route/unknown-name"],
  ["10.1.0.0/16 dev eth1 table 0", "route/table"],
  ["10.1.0.0/16 dev eth1 table 4294967296", "route/unknown-name"],
  ["10.1.0.0/16 dev eth1 scope near", "route/unknown-name"],
  ["10.1.0.0/16 dev eth1 no_track protocol 256", "route/unknown-name"],
  ["10.1.0.0/16 dev eth1 realms 1/nosuch", "route/unknown-name"],
  ["10.1.0.0/16 dev eth1 metric 12abc", "conf/bad-value"],
  ["10.1.0.0/16 dev eth1 rtt 5min", "conf/bad-value"],
  ["10.1.0.0/16 dev eth1 features magic", "conf/bad-value"],
  ["10.1.0.0/16 dev eth1 quickack 2", "conf/bad-value"],
  ["10.1.0.0/16 dev eth1 encap gre 1", "conf/bad-value"],
  ["10.1.0.0/16 dev eth1 encap mpls 1048576", "conf/bad-value"],
  ["10.1.0.0/16 dev eth1 encap ila 1:2:3", "conf/bad-value"],
  ["10.1.0.0/16 via inet6 10.0.0.9 dev eth1", "conf/bad-value"],
  ["10.1.0.0/16 dev eth1 src 2001:db8::1", "route/mixed-families"],
  ["2001:db8::/64 via 10.0.0.9 dev eth1", "route/mixed-families"],
  ["inet inet6 default dev eth1", "route/mixed-families"],
  ["10.1.0.0/16 dev eth1 expires 60", "route/family-option"],
  ["2001:db8::/64 dev eth1 realms 5", "route/family-option"],
  ["2001:db8::/64 dev eth1 pref lowest", "conf/bad-value"],
  ["10.1.0.0/16 dev eth1 or 10.0.0.9", "route/gateways"],
  ["10.1.0.0/16 dev eth1 nexthop via 10.0.0.9 weight 257", "conf/bad-value"],
  ["10.1.0.0/16 dev eth1 nexthop", "conf/missing-value"],
  ["10.1.0.0/16 dev eth1 nexthop via 10.0.0.9 table 5", "conf/unknown-option"],
  ["10.1.0.0/16 dev eth1 constructor", "conf/unknown-option"],
] as const)("wrong: %s", ([line, code]) => {
  expect(route(line).codes).toEqual([code]);
});

test.for([
  ["10.1.0.0/16 via 10.0.0.9", "route/untracked", { track: false }],
  ["10.1.0.0/16 dev eth1 protocol bird", "route/protocol", { protocol: 18 }],
  ["10.1.2.3/16 dev eth1", "route/host-bits", { destination: NET }],
  ["2001:db8::1/64 dev eth1", "route/host-bits", { destination: { address: "2001:db8::", prefixLength: 64 } }],
  ["10.1.0.0/16 dev eth1 add append", "route/place", { place: "add" }],
  ["10.1.0.0/16 dev eth1 metric 1 priority 2", "conf/repeated", { metric: 2 }],
] as const)("warned of: %s", ([line, code, plan]) => {
  const { plan: actual, codes } = route(line);
  expect(codes).toEqual([code]);
  expect(actual).toMatchObject(plan);
});

test("the options of a route may stand in any order before its next hops", () => {
  const options = [
    "10.1.0.0/16",
    "src 10.0.0.5",
    "via 10.0.0.9",
    "dev eth1",
    "table 100",
    "metric 5",
    "onlink",
    "mtu lock 1400",
    "rtt 10ms",
    "encap mpls 16 ttl 3",
    "realms 1/2",
    "append",
    "tos 8",
    "protocol static",
    "no_track",
  ];
  const expected = route(options.join(" ")).plan;
  expect(expected).toBeDefined();
  const order = fc.shuffledSubarray(options, { minLength: options.length, maxLength: options.length });
  fc.assert(
    fc.property(order, (shuffled) => {
      expect(route(shuffled.join(" ")).plan).toEqual(expected);
    }),
  );
});

/** One line of virtual_rules in an instance. */
function rule(line: string) {
  const { plan, codes } = vrrpPlanOf(instanceText("A", `virtual_rules {\n${line}\n}`));
  return { plan: plan.instances[0]?.rules?.[0], codes: codes.map((code) => code.split(" ")[0]) };
}

const RULE = { family: 4, invert: false, tos: 0, preference: 9, protocol: 18, track: true };
const TABLE = { do: "table", table: 100 };

test.for([
  { line: "from 10.1.0.0/16 table 100 preference 9", plan: { from: NET, action: TABLE } },
  { line: "to 10.1.0.0/16 lookup 100 priority 9", plan: { to: NET, action: TABLE } },
  { line: "from any to all lookup main order 9", plan: { action: { do: "table", table: 254 } } },
  { line: "inet6 lookup 100 preference 0x9", plan: { family: 6, action: TABLE } },
  {
    line: "from 2001:db8::1 table 100 preference 9",
    plan: { family: 6, from: { address: "2001:db8::1", prefixLength: 128 }, action: TABLE },
  },
  {
    line: "not from 10.1.0.0/16 blackhole preference 9",
    plan: { invert: true, from: NET, action: { do: "blackhole" } },
  },
  {
    line: "iif eth1 oif eth2 type prohibit preference 9",
    plan: { inputInterface: "eth1", outputInterface: "eth2", action: { do: "prohibit" } },
  },
  { line: "dev eth1 goto 10 preference 9", plan: { inputInterface: "eth1", action: { do: "goto", target: 10 } } },
  { line: "l3mdev preference 9", plan: { action: { do: "l3mdev" } } },
  {
    line: "fwmark 0x10/0xff dsfield EF ipproto tcp sport 80 dport 80-90 uidrange 1-5 tunnel-id 18446744073709551615 nop preference 9",
    plan: {
      mark: { mark: 16, mask: 255 },
      tos: 0xb8,
      ipProtocol: 6,
      sourcePorts: { from: 80, to: 80 },
      destinationPorts: { from: 80, to: 90 },
      users: { from: 1, to: 5 },
      tunnelId: "18446744073709551615",
      action: { do: "nop" },
    },
  },
  { line: "fwmark 7 table 100 preference 9", plan: { mark: { mark: 7, mask: 0xffffffff }, action: TABLE } },
  {
    line: "table 100 realms 5/6 sup_pl 0 sup_group default preference 9",
    plan: {
      realms: { from: 5, to: 6 },
      suppressPrefixLength: 0,
      suppressInterfaceGroup: 0,
      action: TABLE,
    },
  },
  { line: "table 100 protocol 4 no_track preference 9", plan: { protocol: 4, track: false, action: TABLE } },
] as const)("$line", ({ line, plan }) => {
  const { plan: actual, codes } = rule(line);
  expect(codes).toEqual([]);
  expect(actual).toEqual({ ...RULE, ...plan });
});

test.for([
  ["from 10.1.0.0/16 preference 9", "rule/action"],
  ["from 10.1.0.0/16 table 5 blackhole preference 9", "rule/action"],
  ["l3mdev table 5 preference 9", "rule/action"],
  ["goto 9 preference 9", "rule/goto"],
  ["goto preference 9", "conf/bad-value"],
  ["table 0 preference 9", "route/table"],
  ["table nosuch preference 9", "route/unknown-name"],
  ["table 5 ipproto nosuch preference 9", "route/unknown-name"],
  ["from 10.1.0.0/16 to 2001:db8::/64 table 5 preference 9", "route/mixed-families"],
  ["table 5 sport 90-80 preference 9", "conf/bad-value"],
  ["table 5 sport 0-5 preference 9", "conf/bad-value"],
  ["table 5 uidrange 5 preference 9", "conf/bad-value"],
  ["table 5 fwmark x preference 9", "conf/bad-value"],
  ["table 5 fwmark 1/4294967296 preference 9", "conf/bad-value"],
  ["table 5 tunnel-id 18446744073709551616 preference 9", "conf/bad-value"],
  ["table 5 suppress_prefixlength -1 preference 9", "conf/bad-value"],
  ["table 5 pref 9", "conf/unknown-option"],
  ["type table 5 preference 9", "conf/bad-value"],
] as const)("wrong: %s", ([line, code]) => {
  expect(rule(line).codes).toEqual([code]);
});

test.for([
  ["table 5 preference 9 protocol 4", "route/protocol", { protocol: 18 }],
  ["blackhole preference 9 realms 5", "rule/realms", { action: { do: "blackhole" } }],
] as const)("warned of: %s", ([line, code, plan]) => {
  const { plan: actual, codes } = rule(line);
  expect(codes).toEqual([code]);
  expect(actual).toMatchObject(plan);
});

test("rules without a preference are numbered downwards, in the order of the text", () => {
  const rules = (keyword: string, ...tables: readonly number[]) =>
    `${keyword} {\n${tables.map((table) => `table ${table}`).join("\n")}\n}\n`;
  const { plan, codes } = vrrpPlanOf(
    rules("static_rules", 1, 2) +
      instanceText("A", rules("virtual_rules", 3)) +
      `static_rules {\ntable 0\ntable 4\n}\n` +
      instanceText("B", rules("virtual_rules", 5), 52),
  );
  const all = [...(plan.staticRules ?? []), ...plan.instances.flatMap(({ rules: own }) => own ?? [])];
  expect(codes.filter((code) => code.startsWith("rule/preference"))).toHaveLength(5);
  expect(
    all.map(({ preference, action }) => [action.do === "table" ? action.table : undefined, preference]).sort(),
  ).toEqual([
    [1, 16384],
    [2, 16383],
    [3, 16382],
    [4, 16381],
    [5, 16380],
  ]);
});

test("static items name a track_group, which names instances", () => {
  const { plan, codes } = vrrpPlanOf(
    `track_group G {\ngroup {\nA\nNOBODY\n}\n}
static_ipaddress {\n10.9.0.1/24 dev eth3 track_group G\n10.9.0.2/24\n}
static_routes {\n10.1.0.0/16 dev eth1 track_group G\n10.1.0.0/16 via 10.0.0.9 track_group G\n}
static_rules {\ntable 5 preference 9 track_group NOSUCH\n}
${instanceText("A", "")}`,
  );
  expect(codes).toEqual([
    "route/untracked 13",
    "route/track-group 13",
    "vrrp/undefined-name 16",
    "vrrp/undefined-name 4",
  ]);
  expect(plan.trackGroups).toEqual([{ name: "G", members: ["A"] }]);
  expect(plan.staticAddresses).toEqual([
    { address: "10.9.0.1", prefixLength: 24, interface: "eth3", trackGroup: "G" },
    { address: "10.9.0.2", prefixLength: 24, interface: "eth0" },
  ]);
  expect(plan.staticRoutes?.map(({ trackGroup }) => trackGroup)).toEqual(["G", undefined]);
  expect(plan.staticRules?.[0]).not.toHaveProperty("trackGroup");
});

test("a track_group that stands after its use is found, with a warning", () => {
  const { plan, codes } = vrrpPlanOf(
    `static_ipaddress {\n10.9.0.1/24 track_group G\n}\n${instanceText("A", "")}track_group G {\ngroup {\nA\n}\n}\n`,
  );
  expect(codes).toEqual(["vrrp/defined-later 2"]);
  expect(plan.staticAddresses?.[0]?.trackGroup).toBe("G");
});

test.for([
  ["defualt via 10.0.0.9 dev eth1", "did you mean `default`?"],
  ["vai 10.0.0.9 10.1.0.0/16 dev eth1", "did you mean `via`?"],
  ["blackhol 10.1.0.0/16", "did you mean `blackhole`?"],
  ["host.example.net dev eth1", "a name is not enough here: write the address itself"],
  ["gateway 10.0.0.9 dev eth1", "write an address with a prefix length, or `default`"],
  ["10.1.0.0/16 vai 10.0.0.9 dev eth1", "did you mean `via`?"],
  ["10.1.0.0/16 dev eth1 table mian", "did you mean `main`?"],
] as const)("what is probably meant by %s", ([line, hint]) => {
  const { diagnostics } = vrrpPlanOf(instanceText("A", `virtual_routes {\n${line}\n}`));
  expect(diagnostics.map((one) => one.hint)).toEqual([hint]);
});

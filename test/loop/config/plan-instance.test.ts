import { chmodSync, writeFileSync } from "node:fs";
import path from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { loadConfiguration } from "../../../src/process/configuration.ts";
import { folderOfThisFile } from "../folder.ts";

const folder = folderOfThisFile();

/** What is said of a keyword as such. */
const NOT_OF_THE_PLAN: readonly string[] = ["conf/no-effect", "conf/not-supported", "conf/deprecated"];

function load(text: string) {
  const file = path.join(folder, "keepalived.conf");
  writeFileSync(file, text);
  const { plan, diagnostics } = loadConfiguration(file);
  const telling = diagnostics.filter(({ code }) => !NOT_OF_THE_PLAN.includes(code));
  return {
    plan: plan?.vrrp.instances[0],
    instances: plan?.vrrp.instances,
    codes: telling.map(({ code }) => code),
    places: telling.map(({ code, span }) => `${code} ${span?.line}`),
  };
}

/** An instance whose own lines begin at line 4; without `virtual_ipaddress` of theirs it has the address 10.0.0.1. */
const instance = (lines: string, global = "") =>
  load(
    `vrrp_instance A {\ninterface eth0\nvirtual_router_id 51\n${lines}\n${
      lines.includes("virtual_ipaddress") ? "" : "virtual_ipaddress {\n10.0.0.1\n}\n"
    }}\nglobal_defs {\n${global}\n}\n`,
  );
const vips = (...lines: string[]) => `virtual_ipaddress {\n${lines.join("\n")}\n}`;
const peers = (...lines: string[]) => `unicast_peer {\n${lines.join("\n")}\n}`;

const router = (name: string, lines: string) =>
  `vrrp_instance ${name} {\nvirtual_router_id 51\nno_virtual_ipaddress\n${lines}\n}\n`;

test.for([
  {
    name: "an IPv6 address makes it an IPv6 instance of version 3",
    lines: vips("fe80::51/64", "2001:db8::51"),
    plan: {
      family: 6,
      version: 3,
      multicastGroup: "ff02::12",
      addresses: [
        { address: "fe80::51", prefixLength: 64, noDad: true },
        { address: "2001:db8::51", prefixLength: 128, noDad: true, preferredLifetimeS: 0 },
      ],
    },
  },
  {
    name: "native_ipv6 without addresses",
    lines: "native_ipv6\nno_virtual_ipaddress",
    plan: { family: 6, version: 3 },
  },
  {
    name: "the options of an address",
    lines: vips("2001:db8::1 -nodad preferred_lft forever home", "fe80::1/64 mngtmpaddr noprefixroute no_track"),
    plan: {
      addresses: [
        { address: "2001:db8::1", prefixLength: 128, home: true },
        {
          address: "fe80::1",
          prefixLength: 64,
          manageTemporary: true,
          noPrefixRoute: true,
          noTrack: true,
          noDad: true,
        },
      ],
    },
  },
  {
    name: "unicast to peers",
    lines: `unicast_src_ip 10.0.0.2\n${peers("10.0.0.3", "10.0.0.4")}`,
    plan: {
      sourceAddress: "10.0.0.2",
      unicast: {
        peers: [
          { address: "10.0.0.3", minTtl: 0, maxTtl: 255 },
          { address: "10.0.0.4", minTtl: 0, maxTtl: 255 },
        ],
        ttl: 255,
        checkSource: false,
      },
    },
  },
  {
    name: "a TTL of a peer asks for known sources",
    lines: `unicast_ttl 7\n${peers("10.0.0.3 min_ttl 5")}`,
    plan: { unicast: { ttl: 7, checkSource: true } },
  },
  {
    name: "known sources by the global keyword",
    lines: peers("10.0.0.3"),
    global: "vrrp_check_unicast_src",
    plan: { unicast: { checkSource: true } },
  },
  {
    name: "no peers, and FAULT without them",
    lines: "unicast_fault_no_peer",
    plan: { unicast: { peers: [] } },
  },
  {
    name: "a macvlan with the names and the MAC address of the RFC",
    lines: "use_vmac",
    plan: {
      vmac: {
        kind: "macvlan",
        interface: "vrrp.51",
        mac: "00:00:5e:00:01:33",
        transmitBelow: false,
        netlinkNotify: false,
      },
    },
  },
  {
    name: "a macvlan of IPv6, and a prefix of the name",
    lines: `use_vmac\n${vips("fe80::1")}`,
    global: "vmac_prefix vm",
    plan: { vmac: { interface: "vm.51", mac: "00:00:5e:00:02:33" } },
  },
  {
    name: "a MAC address of 5 bytes, and unicast from below",
    lines: `use_vmac v0 02:00:00:00:00 group 7\n${peers("10.0.0.3")}`,
    plan: { vmac: { interface: "v0", mac: "02:00:00:00:00:33", group: 7, transmitBelow: true } },
  },
  {
    name: "an ipvlan, whose address is the source",
    lines: "use_ipvlan ip0 10.0.0.9 vepa\nvmac_xmit_base",
    plan: { sourceAddress: "10.0.0.9", vmac: { kind: "ipvlan", interface: "ip0", mode: "vepa", transmitBelow: true } },
  },
  {
    name: "addresses on macvlans of their own",
    lines: `use_vmac\n${vips("10.0.0.1", "10.1.0.1 dev eth1 use_vmac", "10.1.0.2 dev eth1 use_vmac", "10.2.0.1 dev eth2")}`,
    plan: {
      addresses: [
        { address: "10.0.0.1" },
        { address: "10.1.0.1", interface: "eth1", vmac: "vrrp1.51" },
        { address: "10.1.0.2", interface: "eth1", vmac: "vrrp1.51" },
        { address: "10.2.0.1", interface: "eth2" },
      ],
    },
  },
  {
    name: "an authentication header",
    lines: "authentication {\nauth_type AH\nauth_pass 123456789\n}",
    plan: { ahKey: "12345678" },
    codes: ["vrrp/password-cut"],
  },
  {
    name: "an authentication header starts as BACKUP",
    lines: "state MASTER\npriority 100\nauthentication {\nauth_type AH\nauth_pass 1\n}",
    plan: { ahKey: "1", priority: 100 },
    codes: ["vrrp/ah-master"],
  },
  {
    name: "an owner with an authentication header",
    lines: "state MASTER\npriority 255\nauthentication {\nauth_type AH\nauth_pass 1\n}",
    plan: { ahKey: "1", priority: 255 },
  },
  {
    name: "an HMAC trailer with its defaults",
    lines: `advert_int 2\nauth_hmac {\nkey 1 hex:${"ab".repeat(32)}\nactive_key 1\n}`,
    plan: {
      hmac: {
        keys: [{ id: 1, keyHex: "ab".repeat(32) }],
        activeKey: 1,
        timeWindowMs: 6000,
        antiReplay: "time",
        mode: "enforce",
      },
    },
  },
  { name: "accept, unless strict mode is on", lines: "", plan: { accept: true, strict: false } },
  {
    name: "strict mode drops",
    lines: "strict_mode",
    plan: { accept: false, strict: true, ownerIgnoresAdverts: false },
  },
  { name: "of accept and no_accept the last counts", lines: "accept\nno_accept", plan: { accept: false } },
  { name: "accept in strict mode", lines: "version 3\naccept", global: "vrrp_strict", plan: { accept: true } },
  { name: "an owner preempts", lines: "priority 255", plan: { preempt: true, preemptDelayMs: 0 } },
  {
    name: "the owner accepts, and ignores others in strict mode",
    lines: "state MASTER\npriority 255\nstrict_mode\nno_accept",
    plan: { accept: true, ownerIgnoresAdverts: true },
  },
  {
    name: "owner_ignore_adverts of the instance before the global one",
    lines: "priority 255\nowner_ignore_adverts off",
    global: "vrrp_owner_ignore_adverts",
    plan: { ownerIgnoresAdverts: false },
  },
  {
    name: "further values",
    lines:
      "nopreempt\ntimer_expired_backup\nkernel_rx_buf_size 4096\npromote_secondaries\nlinkbeat_use_polling\nmcast_src_ip 10.0.0.2\ntrack_src_ip",
    plan: {
      timerExpiredBackupPriority: 254,
      receiveBuffer: { bytes: 4096 },
      promoteSecondaries: true,
      pollLink: true,
      trackSource: true,
      sourceAddress: "10.0.0.2",
    },
  },
  {
    name: "announcements elsewhere, and those of IPv6",
    lines: "",
    global: "vrrp_garp_extra_if all 60\nvrrp_gna_interval 0.25",
    plan: { garp: { extra: { all: true, intervalMs: 60_000 }, neighbourIntervalMs: 250 } },
  },
  { name: "notify_deleted without a script", lines: "notify_deleted", plan: { notify: { reportsDeleted: true } } },
  {
    name: "scripts of rare events",
    lines: "notify_deleted /bin/true\nnotify_master_rx_lower_pri /bin/false",
    plan: {
      notify: {
        reportsDeleted: true,
        deleted: { argv: [expect.stringMatching(/true$/)] },
        masterRxLowerPriority: { argv: [expect.stringMatching(/false$/)] },
      },
    },
    codes: ["script/security-off"],
  },
  { name: "priority changes", lines: "notify_priority_changes", plan: { notifyPriorityChanges: true } },
])("$name", ({ lines, global, plan, codes }) => {
  const loaded = instance(lines, global);
  expect(loaded.codes).toEqual(codes ?? []);
  expect(loaded.plan).toMatchObject(plan);
});

test.for([
  {
    name: "an IPv4 address after one of IPv6",
    lines: vips("fe80::1", "10.0.0.1", "10.0.0.2"),
    says: ["vrrp/mixed-families 6"],
  },
  { name: "a source of the other family", lines: "mcast_src_ip 2001:db8::1", says: ["vrrp/mixed-families 4"] },
  { name: "a peer of the other family", lines: peers("10.0.0.2", "2001:db8::1"), says: ["vrrp/mixed-families 6"] },
  { name: "native_ipv6 with an IPv4 address", lines: "native_ipv6", says: ["vrrp/mixed-families 4"] },
  { name: "version 2 over IPv6", lines: `version 2\n${vips("fe80::1")}`, says: ["vrrp/version 4"] },
  { name: "two states", lines: "state MASTER\npriority 100\nstate BACKUP", says: ["vrrp/contradiction 6"] },
  { name: "two versions", lines: "version 2\nversion 3", says: ["vrrp/contradiction 5"] },
  { name: "the same version twice", lines: "version 3\nversion 3", says: [] },
  {
    name: "a VRF beside an interface",
    lines: `vrf blue\n${peers("10.0.0.2")}`,
    says: ["vrrp/vrf-unused 4"],
  },
  { name: "a group of wide scope", lines: `mcast_dst_ip ff05::1\n${vips("fe80::1")}`, says: ["vrrp/group-scope 4"] },
  {
    name: "a group beside peers",
    lines: `mcast_dst_ip 224.0.0.9\n${peers("10.0.0.2")}`,
    says: ["vrrp/no-multicast 4"],
  },
  { name: "an empty list of peers", lines: "unicast_peer {\n}", says: ["vrrp/no-peers 4"] },
  {
    name: "unicast keywords without peers",
    lines: "unicast_ttl 9\nunicast_src_ip 10.0.0.2",
    says: ["vrrp/no-peers 5"],
  },
  { name: "peers with errors only", lines: peers("10.0.0.x"), says: ["conf/bad-value 5"] },
  { name: "a peer twice", lines: peers("10.0.0.2", "10.0.0.2"), says: ["vrrp/peer-twice 6"] },
  {
    name: "itself as a peer",
    lines: `unicast_src_ip 10.0.0.2\n${peers("10.0.0.2", "10.0.0.3")}`,
    says: ["vrrp/own-peer 6"],
  },
  {
    name: "two sources",
    lines: "mcast_src_ip 10.0.0.2\nunicast_src_ip 10.0.0.3\nunicast_peer {\n10.0.0.4\n}",
    says: ["vrrp/two-sources 4"],
  },
  { name: "no addresses in the list", lines: "virtual_ipaddress {\n}", says: ["vrrp/no-addresses 4"] },
  { name: "addresses with errors only", lines: vips("10.0.0.300"), says: ["conf/bad-value 5"] },
  { name: "vmac_xmit_base alone", lines: "vmac_xmit_base", says: ["vrrp/no-vmac 4"] },
  {
    name: "a macvlan and an ipvlan",
    lines: "use_vmac\nuse_ipvlan 10.0.0.9",
    says: ["vrrp/vmac-and-ipvlan 5"],
  },
  {
    name: "a macvlan of the interface's name",
    lines: "use_vmac eth0",
    says: ["vrrp/vmac-name 4"],
  },
  {
    name: "an ipvlan without an address",
    lines: "use_ipvlan",
    says: ["vrrp/ipvlan-address 4"],
  },
  {
    name: "promote_secondaries beside a macvlan",
    lines: "use_vmac\npromote_secondaries",
    says: ["vrrp/vmac-promotes 5"],
  },
  { name: "nopreempt of an owner", lines: "priority 255\nnopreempt", says: ["vrrp/master-preempts 5"] },
  {
    name: "strict mode of version 2 and accept",
    lines: "strict_mode\naccept\ngarp_lower_prio_delay 2",
    says: ["vrrp/strict 5", "vrrp/strict 6"],
  },
  {
    name: "strict mode and advertisements from below",
    lines: "strict_mode\nuse_vmac\nvmac_xmit_base",
    says: ["vrrp/strict 6"],
  },
  { name: "track_src_ip without a source", lines: "track_src_ip", says: ["vrrp/no-source 4"] },
  {
    name: "timer_expired_backup of a router that preempts",
    lines: "timer_expired_backup",
    says: ["vrrp/needs-nopreempt 4"],
  },
  {
    name: "two kinds of authentication",
    lines: `authentication {\nauth_type PASS\nauth_pass 1\n}\nauth_hmac {\nkey 1 ${"k".repeat(32)}\nactive_key 1\n}`,
    says: ["vrrp/two-authentications 8"],
  },
  {
    name: "a trailer without keys",
    lines: "auth_hmac {\nactive_key 1\n}",
    says: ["conf/missing-keyword 4"],
  },
  {
    name: "a key that is not there",
    lines: `auth_hmac {\nkey 1 ${"k".repeat(32)}\nactive_key 2\n}`,
    says: ["vrrp/hmac-key 6"],
  },
  {
    name: "a password with an unknown type",
    lines: "authentication {\nauth_type HMAC\nauth_pass 1\n}",
    says: ["conf/bad-value 5"],
  },
  { name: "a password without type", lines: "authentication {\nauth_pass 1\n}", says: ["vrrp/no-authentication 4"] },
  {
    name: "a password that is too long for version 2, and version 3",
    lines: "version 3\nauthentication {\nauth_type PASS\nauth_pass 123456789\n}",
    says: ["vrrp/no-authentication 5", "vrrp/password-cut 7"],
  },
  {
    name: "strict mode and what it passes over",
    lines: "strict_mode\nstate MASTER\npriority 100\npreempt_delay 5\ndown_timer_adverts 4\nlower_prio_no_advert off",
    says: ["vrrp/strict 5", "vrrp/strict 7", "vrrp/strict 8", "vrrp/strict 9"],
  },
  { name: "strict mode and unicast", lines: `strict_mode\n${peers("10.0.0.2")}`, says: ["vrrp/strict 5"] },
  {
    name: "strict mode and a first address that is not link-local",
    lines: `strict_mode\n${vips("2001:db8::1", "fe80::1")}`,
    says: ["vrrp/strict 6"],
  },
])("$name is said, once", ({ lines, says }) => {
  expect(instance(lines).places.toSorted()).toEqual([...says].sort());
});

test("strict mode has the values of the RFC", () => {
  const { plan } = instance("strict_mode\npreempt_delay 5\ndown_timer_adverts 4\nhigher_prio_send_advert");
  expect(plan).toMatchObject({
    preemptDelayMs: 0,
    downTimerAdverts: 3,
    lowerPrioNoAdvert: true,
    higherPrioSendAdvert: false,
    garp: { lowerPrioRepeat: 0 },
  });
});

test("more addresses than an advertisement has room for are held without it", () => {
  const many = (count: number, address: (n: number) => string) =>
    vips(...Array.from({ length: count }, (_, n) => address(n + 1)));
  const four = instance(many(256, (n) => `10.0.${n >> 8}.${n & 255}`));
  expect(four.places).toEqual(["vrrp/many-addresses 260"]);
  expect([four.plan?.addresses.length, four.plan?.excludedAddresses.length]).toEqual([255, 1]);
  const six = instance(many(91, (n) => `fe80::${n}`));
  expect([six.plan?.addresses.length, six.plan?.excludedAddresses.length]).toEqual([90, 1]);
});

test("an instance without interface: unicast with a source address, and a place for each address", () => {
  const without = (lines: string) => load(`vrrp_instance A {\nvirtual_router_id 51\n${lines}\n}\n`);
  const unicast = `unicast_src_ip 10.0.0.2\n${peers("10.0.0.3")}\nvrf blue`;
  const placed = without(`${unicast}\n${vips("10.0.0.1 dev eth0")}`);
  expect(placed.plan).toMatchObject({ interface: "", vrf: "blue" });
  expect(placed.codes).toEqual([]);
  expect(without(`${unicast}\n${vips("10.0.0.1")}`).codes).toContain("vrrp/no-device");
  expect(without(vips("10.0.0.1 dev eth0")).codes).toEqual(["conf/missing-keyword"]);
  expect(without(`${unicast}\nuse_vmac\n${vips("10.0.0.1 dev eth0")}`).codes).toContain("vrrp/no-device");
  const local = `unicast_src_ip fe80::2\n${peers("fe80::3")}\n${vips("fe80::1 dev eth0")}`;
  expect(without(local).codes).toEqual(["vrrp/no-device"]);
});

test("room for adverts: the instance's own wish, else what vrrp_rx_bufs_policy makes of its packets", () => {
  const room = (policy: string, lines = "") =>
    load(
      `global_defs {\n${policy}\n}\nvrrp_instance A {\ninterface eth0\nvirtual_router_id 51\n${lines}\n${vips("10.0.0.1")}\n}\n`,
    ).plan?.receiveBuffer;
  expect(room("")).toBeUndefined();
  expect(room("vrrp_rx_bufs_policy MTU")).toEqual({ packets: 3, of: "mtu" });
  // IPv4 and VRRP headers, one address, the authentication field of version 2
  expect(room("vrrp_rx_bufs_policy ADVERT\nvrrp_rx_bufs_multiplier 5")).toEqual({ bytes: 5 * (20 + 8 + 4 + 8) });
  expect(room("vrrp_rx_bufs_policy 70000")).toEqual({ bytes: 70_000 });
  expect(room("vrrp_rx_bufs_policy 70000", "kernel_rx_buf_size 9")).toEqual({ bytes: 9 });
});

test("a mistake in the first address's line does not change the family", () => {
  const { places } = instance(`mcast_src_ip 10.0.0.2\n${vips("10.0.0.1/24 dve eth1", "10.0.0.2/24")}`);
  expect(places).toEqual(["conf/unknown-option 6"]);
});

test("a source and peers of the other family are one mistake", () => {
  const { places } = instance(`unicast_src_ip 10.0.0.2\n${peers("10.0.0.3", "10.0.0.4")}\n${vips("2001:db8::1")}`);
  expect(places).toEqual(["vrrp/mixed-families 4"]);
});

test("property: every address is held once, in the order of the file", () => {
  const lines = fc.uniqueArray(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 300 });
  fc.assert(
    fc.property(lines, lines, (carried, excluded) => {
      const list = (keyword: string, numbers: readonly number[]) =>
        `${keyword} {\n${numbers.map((n) => `10.0.${n >> 8}.${n & 255}`).join("\n")}\n}`;
      const { plan } = instance(
        `${list("virtual_ipaddress", carried)}\n${list("virtual_ipaddress_excluded", excluded)}`,
      );
      const held = [...(plan?.addresses ?? []), ...(plan?.excludedAddresses ?? [])].map(({ address }) => address);
      expect(held).toEqual([...new Set([...carried, ...excluded])].map((n) => `10.0.${n >> 8}.${n & 255}`));
      expect(plan?.addresses.length).toBe(Math.min(255, carried.length));
    }),
    { numRuns: 30 },
  );
});

test("what else is wrong with an instance that misses something is said in the same run", () => {
  const { places } = load(
    "vrrp_instance A {\nadvert_int 0.5\nuse_vmac\nvirtual_ipaddress {\n10.0.0.1\n10.0.0.1\n}\n}\n",
  );
  expect(places.toSorted()).toEqual([
    "conf/missing-keyword 1",
    "conf/missing-keyword 1",
    "vrrp/address-twice 6",
    "vrrp/interval 2",
  ]);
});

test("a group of none, and of one that does not exist", () => {
  const group = (members: string) =>
    load(`${router("A", "interface eth0")}vrrp_sync_group G {\n${members}\n}\n`).places;
  expect(group("")).toEqual(["vrrp/empty-group 6"]);
  expect(group("group {\nA\nB\n}")).toContain("vrrp/undefined-name 9");
});

test("a key in a file: for its owner only, and of the right size", () => {
  const file = path.join(folder, "vrrp.key");
  const withKey = (content: string, mode: number) => {
    writeFileSync(file, content);
    chmodSync(file, mode);
    return instance(`auth_hmac {\nkey 1 file:${file}\nactive_key 1\n}`);
  };
  expect(withKey(`${"k".repeat(32)}\n`, 0o600).plan?.hmac?.keys).toEqual([{ id: 1, keyHex: "6b".repeat(32) }]);
  for (const faulty of [withKey("k".repeat(32), 0o640), withKey("k".repeat(31), 0o600), withKey("k".repeat(99), 0o600)])
    expect(faulty.codes).toContain("vrrp/key-file");
  expect(instance("auth_hmac {\nkey 1 file:/nonexistent/key\nactive_key 1\n}").places).toContain("vrrp/key-file 5");
  expect(instance("auth_hmac {\nkey 1 file:/dev/zero\nactive_key 1\n}").places).toContain("vrrp/key-file 5");
});

test.for([
  { name: "multicast twice", a: "interface eth0", b: "interface eth0", same: true },
  { name: "of another group", a: "interface eth0", b: "interface eth0\nmcast_dst_ip 224.0.0.9", same: false },
  { name: "of another family", a: "interface eth0", b: "interface eth0\nnative_ipv6", same: false },
  { name: "one by unicast", a: "interface eth0", b: `interface eth0\n${peers("10.0.0.2")}`, same: false },
  {
    name: "both by unicast",
    a: `interface eth0\n${peers("10.0.0.3")}`,
    b: `interface eth0\n${peers("10.0.0.2")}`,
    same: true,
  },
])("one VRID in two instances, $name", ({ a, b, same }) => {
  const codes = load(router("A", a) + router("B", b)).codes.filter((code) => code === "vrrp/duplicate-vrid");
  expect(codes.length).toBe(same ? 1 : 0);
});

test("no two instances get one interface of their own", () => {
  const vmacs = (text: string) => load(text).instances?.map(({ vmac }) => vmac?.interface);
  const [a, b] = [router("A", "interface eth0\nuse_vmac"), router("B", "interface eth1\nuse_vmac")];
  expect(vmacs(a + b)).toEqual(["vrrp.51", "vrrp1.51"]);
  expect(vmacs(a + b.replace("use_vmac", "use_vmac vrrp.51"))).toEqual(["vrrp1.51", "vrrp.51"]);
  const twice = a.replace("use_vmac", "use_vmac v") + b.replace("use_vmac", "use_vmac v");
  expect(load(twice).codes).toContain("vrrp/vmac-name");
});

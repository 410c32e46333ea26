import fc from "fast-check";
import { expect, test } from "vitest";
import { valuesOf } from "./reading.ts";

const instance = (line: string) => {
  const { values, codes } = valuesOf(`vrrp_instance A {\n${line}\n}`);
  return {
    block: values.vrrp_instance[0],
    codes: codes.filter((code) => !/no-effect|not-supported|deprecated/.test(code)),
  };
};

const KEY = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

test.for([
  ["use_vmac", "use_vmac", {}],
  ["use_vmac", "use_vmac vrrp51", { interface: "vrrp51" }],
  ["use_vmac", "use_vmac name group", { interface: "group" }],
  ["use_vmac", "use_vmac 0:a:5e:0:1", { mac: "00:0a:5e:00:01" }],
  ["use_vmac", "use_vmac v0 02:00:00:00:00:FF", { interface: "v0", mac: "02:00:00:00:00:ff" }],
  ["use_vmac", "use_vmac group 7 netlink_notify_msg", { group: 7, netlinkNotify: true }],
  ["use_vmac", "use_vmac group vips", { group: "vips" }],
  ["use_ipvlan", "use_ipvlan", {}],
  [
    "use_ipvlan",
    "use_ipvlan ip0 10.0.0.9 vepa group 2",
    { interface: "ip0", address: "10.0.0.9", mode: "vepa", group: 2 },
  ],
  ["use_ipvlan", "use_ipvlan 10.0.0.9/24", { address: "10.0.0.9", prefixLength: 24 }],
  ["use_ipvlan", "use_ipvlan 2001:db8:0::9 private", { address: "2001:db8::9", mode: "private" }],
  ["garp_extra_if", "garp_extra_if 60", { all: false, intervalMs: 60_000 }],
  ["use_vmac", "use_vmac 02:0:0:0:0:", { mac: "02:00:00:00:00" }],
  ["garp_extra_if", "garp_extra_if 60 all", { all: true, intervalMs: 60_000 }],
  ["garp_extra_if", "vmac_garp_intvl all 0", { all: true, intervalMs: 0 }],
  ["old_unicast_checksum", "old_unicast_checksum", "use"],
  ["old_unicast_checksum", "old_unicast_checksum never", "never"],
  ["timer_expired_backup", "timer_expired_backup", 254],
  ["timer_expired_backup", "thread_timer_expired 7", 7],
  ["notify_deleted", "notify_deleted", {}],
  ["notify_deleted", 'notify_deleted "/x a" nobody', { script: { words: ["/x", "a"], user: "nobody" } }],
  ["unicast_ttl", "unicast_ttl 0", 0],
  ["kernel_rx_buf_size", "kernel_rx_buf_size 4294967295", 4_294_967_295],
] as const)("%s: %s", ([keyword, line, value]) => {
  const { block, codes } = instance(line);
  expect(codes).toEqual([]);
  expect(block?.[keyword]).toEqual(value);
});

test.for([
  ["use_vmac a b", "conf/bad-value 2:12"],
  ["use_vmac 01:00:5e:00:00:01", "conf/bad-value 2:10"],
  ["use_vmac 0:1:2:3", "conf/bad-value 2:10"],
  ["use_vmac 00:1:2:3:4:5:6", "conf/bad-value 2:10"],
  ["use_vmac 00:00:5e:00:01:33", "conf/bad-value 2:10"],
  ["authentication {\nauth_type pass\n}", "conf/bad-value 3:11"],
  ["use_vmac group", "conf/missing-value 2:1"],
  ["use_vmac group 7x", "conf/bad-value 2:16"],
  ["use_vmac name", "conf/missing-value 2:1"],
  ["use_vmac a-name-far-too-long", "conf/bad-value 2:10"],
  ["use_ipvlan 10.0.0.9 10.0.0.1x", "conf/bad-value 2:21"],
  ["garp_extra_if 86401", "conf/bad-value 2:15"],
  ["garp_extra_if all", "conf/missing-value 2:1"],
  ["old_unicast_checksum always", "conf/bad-value 2:22"],
  ["timer_expired_backup 255", "conf/bad-value 2:22"],
  ["unicast_ttl 256", "conf/bad-value 2:13"],
  ["unicast_peer {\n10.0.0.2 min_ttl 9 max_ttl 8\n}", "vrrp/ttl 3:1"],
  ["unicast_peer {\n10.0.0.2 ttl 9\n}", "conf/unknown-option 3:10"],
  ["unicast_peer {\nexample.org\n}", "conf/bad-value 3:1"],
  ["auth_hmac {\nkey 0 hex:00\n}", "conf/bad-value 3:5"],
  ["auth_hmac {\nkey 1 short\n}", "conf/bad-value 3:7"],
  ["auth_hmac {\nkey 1 hex:0g\n}", "conf/bad-value 3:7"],
  ["auth_hmac {\nkey 1 file:here\n}", "conf/bad-value 3:7"],
  ["auth_hmac {\nkey 1\n}", "conf/missing-value 3:1"],
  ["auth_hmac {\ntime_window 301\n}", "conf/bad-value 3:13"],
  ["auth_hmac {\nmode strict\n}", "conf/bad-value 3:6"],
])("%s: %s", ([line, code]) => {
  expect(instance(line as string).codes).toEqual([code]);
});

test("peers: TTLs from 0 to 255 unless they are given", () => {
  const { block, codes } = instance("unicast_peer {\n10.0.0.2\n10.0.0.3 max_ttl 9\n2001:DB8::1 min_ttl 3 max_ttl 4\n}");
  expect(codes).toEqual([]);
  expect(block?.unicast_peer).toMatchObject([
    { address: "10.0.0.2", minTtl: 0, maxTtl: 255, ttlGiven: false },
    { address: "10.0.0.3", minTtl: 0, maxTtl: 9, ttlGiven: true },
    { address: "2001:db8::1", minTtl: 3, maxTtl: 4, ttlGiven: true },
  ]);
});

test("keys: text, hexadecimal digits with blanks between them, a file", () => {
  const { block, codes } = instance(
    `auth_hmac {\nkey 1 ${"k".repeat(32)}\nkey 2 hex:${KEY.slice(0, 32)} ${KEY.slice(32).toUpperCase()}\nkey 255 file:/etc/key\n}`,
  );
  expect(codes).toEqual([]);
  expect(block?.auth_hmac[0]?.key).toMatchObject([
    { id: 1, keyHex: "6b".repeat(32) },
    { id: 2, keyHex: KEY },
    { id: 255, file: "/etc/key" },
  ]);
});

const address = (line: string) => {
  const { block, codes } = instance(`virtual_ipaddress {\n${line}\n}`);
  return { line: block?.virtual_ipaddress?.[0], codes };
};

test.for([
  ["10.0.0.1", { address: "10.0.0.1", prefixLength: 32 }],
  ["2001:db8:0::1", { address: "2001:db8::1", prefixLength: 128 }],
  ["10.0.0.1/24 dev eth1 scope site", { prefixLength: 24, interface: "eth1", scope: 200 }],
  ["10.0.0.1 scope 7 label eth0:1", { scope: 7, label: "eth0:1" }],
  ["10.0.0.1/24 brd +", { broadcast: "+" }],
  ["10.0.0.1/24 broadcast 10.0.0.255", { broadcast: "10.0.0.255" }],
  ["10.0.0.1 peer 10.0.0.2", { prefixLength: 32, peer: "10.0.0.2" }],
  ["10.0.0.1 peer 10.0.0.2/24", { prefixLength: 24, peer: "10.0.0.2" }],
  ["10.0.0.1 noprefixroute autojoin no_track", { noPrefixRoute: true, autojoin: true, noTrack: true }],
  ["2001:db8::1/64 home -nodad mngtmpaddr", { home: true, duplicateDetection: true, manageTemporary: true }],
  ["2001:db8::1 preferred_lft forever", { preferredLifetimeS: "forever" }],
  ["2001:db8::1/64 preferred_lft 0", { preferredLifetimeS: 0 }],
  ["10.0.0.1 dev eth1 use_vmac", { useVmac: true }],
] as const)("address line %s", ([text, line]) => {
  const read = address(text);
  expect(read.codes).toEqual([]);
  expect(read.line).toMatchObject(line);
});

test.for([
  ["10.0.0.1/33", ["conf/bad-value 3:1"], false],
  ["10.0.0.1/x", ["conf/bad-value 3:1"], false],
  ["10.0.0.1 dev", ["conf/missing-value 3:10"], false],
  ["10.0.0.1 scope wide", ["conf/bad-value 3:16"], false],
  ["10.0.0.1 preferred_lft -1", ["conf/bad-value 3:24"], false],
  ["10.0.0.1 label a-label-far-too-long", ["conf/bad-value 3:16"], false],
  ["10.0.0.1 track_group G", ["conf/unknown-option 3:10"], false],
  ["10.0.0.1 peer 2001:db8::2", ["conf/bad-value 3:15"], false],
  ["10.0.0.1 brd +", ["vrrp/no-broadcast 3:10"], true],
  ["10.0.0.1/24 brd + peer 10.0.0.2", ["vrrp/no-broadcast 3:13"], true],
  ["2001:db8::1/64 brd +", ["conf/bad-value 3:16"], false],
  ["2001:db8::1/64 scope link label a", ["vrrp/ipv4-option 3:16", "vrrp/ipv4-option 3:27"], true],
] as const)("address line %s: %s", ([text, codes, kept]) => {
  const read = address(text);
  expect(read.codes).toEqual(codes);
  expect(read.line !== undefined).toBe(kept);
});

test("options of an address that cannot be had are not in its value", () => {
  const { line } = address("2001:db8::1/64 scope link label a");
  expect(line).not.toHaveProperty("scope");
  expect(line).not.toHaveProperty("label");
  expect(address("10.0.0.1 brd +").line).not.toHaveProperty("broadcast");
});

test("property: the order of an address line's options does not matter", () => {
  const options = ["dev eth1", "scope link", "brd 10.0.0.255", "label eth1:1", "noprefixroute", "preferred_lft 9"];
  const { at: _, ...expected } = address(`10.0.0.1/24 ${options.join(" ")}`).line as { at: unknown };
  fc.assert(
    fc.property(fc.shuffledSubarray(options, { minLength: options.length }), (order) => {
      const { at: _at, ...line } = address(`10.0.0.1/24 ${order.join(" ")}`).line as { at: unknown };
      expect(line).toEqual(expected);
    }),
  );
});

test("property: whatever words a line has, it is read or something is said of it", () => {
  const word = fc.oneof(
    fc.constantFrom("name", "group", "dev", "peer", "10.0.0.1", "::1", "+", "brd", "min_ttl", "all", "hex:", "9"),
    fc.string({ unit: fc.constantFrom(..."abc:/.-0123456789") }).filter((text) => text.length > 0),
  );
  const lines = fc.array(word, { minLength: 1, maxLength: 6 }).map((words) => words.join(" "));
  fc.assert(
    fc.property(lines, (line) => {
      for (const [keyword, text] of [
        ["use_vmac", `use_vmac ${line}`],
        ["use_ipvlan", `use_ipvlan ${line}`],
        ["garp_extra_if", `garp_extra_if ${line}`],
      ] as const) {
        const { block, codes } = instance(text);
        expect(block?.[keyword] !== undefined || codes.length > 0).toBe(true);
      }
      for (const list of ["virtual_ipaddress", "unicast_peer"] as const) {
        const { block, codes } = instance(`${list} {\n${line}\n}`);
        expect((block?.[list] ?? []).length + codes.length).toBeGreaterThan(0);
      }
    }),
  );
});

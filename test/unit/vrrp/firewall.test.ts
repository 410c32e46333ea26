import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { createLogger } from "../../../src/core/log.ts";
import { err, ok } from "../../../src/core/result.ts";
import { createFirewall } from "../../../src/vrrp/firewall.ts";
import { vrrpEvents } from "../../../src/vrrp/log-events.ts";
import type { NftFailure } from "../../../src/vrrp/nft.ts";
import { defaultFirewall, isTableName, ruleset } from "../../../src/vrrp/nft-rules.ts";

const on = (address: string, name = "eth0") => ({ address, interface: name });
const macvlan = { name: "vrrp.51", below: "eth0", belowIndex: 2, ipv4: true, ipv6: false };
const CLEAN = [
  "table ip keepalived {}",
  "delete table ip keepalived",
  "table ip6 keepalived {}",
  "delete table ip6 keepalived",
  "",
];
const CLEAN_6 = CLEAN.slice(2);

describe("the rules, as nft(8) reads them", () => {
  test("nothing wanted: no tables", () => {
    expect(ruleset(defaultFirewall, { blocked: [], guarded: [] }).split("\n")).toEqual(CLEAN);
  });

  test("IPv4 addresses are dropped both ways, each once", () => {
    const wanted = { blocked: [on("192.0.2.1"), on("192.0.2.2"), on("192.0.2.1", "eth1")], guarded: [] };
    expect(ruleset(defaultFirewall, wanted).split("\n")).toEqual([
      "table ip keepalived {}",
      "delete table ip keepalived",
      "table ip keepalived {",
      "set vips { type ipv4_addr; elements = { 192.0.2.1, 192.0.2.2 }; }",
      "chain in {",
      "type filter hook input priority -1; policy accept;",
      "ip daddr @vips drop",
      "}",
      "chain out {",
      "type filter hook output priority -1; policy accept;",
      "ip saddr @vips drop",
      "}",
      "}",
      ...CLEAN_6,
    ]);
  });

  test("of IPv6, neighbour discovery goes through first; link-local addresses are those of their interface", () => {
    const settings = { table: "lvs", priority: -10, counters: true, byInterfaceIndex: false };
    const blocked = [on("fe80::100"), on("2001:db8::100")];
    expect(ruleset(settings, { blocked, guarded: [] }).split("\n").slice(4)).toEqual([
      "table ip6 lvs {",
      "set vips { type ipv6_addr; elements = { 2001:db8::100 }; }",
      'set vips_link_local { type ipv6_addr . ifname; elements = { fe80::100 . "eth0" }; }',
      "chain in {",
      "type filter hook input priority -10; policy accept;",
      "icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } accept",
      "ip6 daddr . iifname @vips_link_local counter drop",
      "ip6 daddr @vips counter drop",
      "}",
      "chain out {",
      "type filter hook output priority -10; policy accept;",
      "icmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } accept",
      "ip6 saddr . oifname @vips_link_local counter drop",
      "ip6 saddr @vips counter drop",
      "}",
      "}",
      "",
    ]);
    const byIndex = ruleset({ ...settings, byInterfaceIndex: true }, { blocked, guarded: [] });
    expect(byIndex).toContain("type ipv6_addr . iface_index;");
    expect(byIndex).toContain("ip6 daddr . iif @vips_link_local");
  });

  test("reports of groups that leave a macvlan leave by the interface below", () => {
    const text = ruleset(defaultFirewall, { blocked: [], guarded: [{ ...macvlan, ipv6: true }] });
    expect(text).toContain('oifname "vrrp.51" ip protocol igmp dup to ip daddr device "eth0" drop');
    expect(text).toContain('oifname "vrrp.51" icmpv6 type mld2-listener-report dup to ip6 daddr device "eth0" drop');
    expect(text).toContain('oifname "vrrp.51" icmpv6 type nd-router-solicit drop');
    expect(text).not.toContain("hook input");
  });

  test("a name that nft would take for something else is left out", () => {
    expect(ruleset(defaultFirewall, { blocked: [on("fe80::1", 'a"*')], guarded: [] }).split("\n")).toEqual(CLEAN);
    expect(["lvs", "a_1", "_x"].every(isTableName)).toBe(true);
    expect(["", "1a", "a b", "a;flush", "ä"].some(isTableName)).toBe(false);
  });
});

/** Rules that a kernel takes, unless `failure` says otherwise. */
function bench(table = "keepalived") {
  const scripts: string[] = [];
  const told: string[] = [];
  const state: { failure?: (script: string) => NftFailure | undefined; stuck?: boolean } = {};
  const firewall = createFirewall({
    settings: { ...defaultFirewall, table },
    log: createLogger(vrrpEvents, ({ level, text }) => void told.push(`${level} ${text}`)),
    run: async (script) => {
      scripts.push(script);
      if (state.stuck) await new Promise(() => {});
      const failure = state.failure?.(script);
      return failure ? err(failure) : ok(undefined);
    },
  });
  return { firewall, scripts, told, state };
}

describe("the worker", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  test("nft is never run where no instance needs it", async () => {
    const { firewall, scripts } = bench();
    firewall.need({ blocking: false, guarding: false });
    firewall.guard([]);
    await firewall.unblock("a");
    await firewall.remove();
    expect(scripts).toEqual([]);
  });

  test("what a predecessor left goes at the start; then one run for all that came together", async () => {
    const { firewall, scripts } = bench();
    firewall.need({ blocking: true, guarding: false });
    await firewall.settled();
    expect(scripts.map((s) => s.split("\n"))).toEqual([CLEAN]);
    await Promise.all([firewall.block("a", [on("192.0.2.1")]), firewall.block("b", [on("192.0.2.2")])]);
    expect(scripts.length).toBe(2);
    expect(scripts[1]).toContain("192.0.2.1, 192.0.2.2");
    await firewall.unblock("a");
    expect(scripts[2]).not.toContain("192.0.2.1,");
    await firewall.unblock("a");
    await firewall.remove();
    expect(scripts.length).toBe(4);
    expect(scripts[3]?.split("\n")).toEqual(CLEAN);
  });

  test("without nft: one warning, and nothing waits", async () => {
    const { firewall, told, scripts, state } = bench();
    state.failure = () => ({ code: "missing", message: "ENOENT" });
    firewall.need({ blocking: true, guarding: true });
    await firewall.block("a", [on("192.0.2.1")]);
    await firewall.unblock("a");
    expect(scripts.length).toBe(1);
    expect(told).toEqual([
      "warn nft is not installed: addresses of instances with no_accept or strict_mode answer all the same. Install nftables",
    ]);
    delete state.failure;
    firewall.need({ blocking: true, guarding: true }); // a reload
    await firewall.block("a", [on("192.0.2.1")]);
    expect(scripts.at(-1)).toContain("192.0.2.1");
  });

  test("a run that takes long holds nobody up", async () => {
    const { firewall, state } = bench();
    state.stuck = true;
    firewall.need({ blocking: true, guarding: false });
    const blocked = firewall.block("a", [on("192.0.2.1")]);
    await vi.advanceTimersByTimeAsync(300);
    await blocked;
  });

  test("what is refused is tried again, and told of once", async () => {
    const { firewall, scripts, told, state } = bench();
    state.failure = () => ({ code: "refused", message: "Operation not permitted" });
    firewall.need({ blocking: true, guarding: false });
    await firewall.block("a", [on("192.0.2.1")]);
    await vi.advanceTimersByTimeAsync(30_000);
    expect(told).toEqual(["error nftables: Operation not permitted; it is tried again"]);
    expect(scripts.length).toBeGreaterThan(2);
    expect(scripts.length).toBeLessThan(10);
    delete state.failure;
    await vi.advanceTimersByTimeAsync(120_000);
    const count = scripts.length;
    await vi.advanceTimersByTimeAsync(300_000);
    expect(scripts.length).toBe(count);
  });

  test("a kernel that cannot send another way drops all the same", async () => {
    const { firewall, scripts, told, state } = bench();
    state.failure = (script) => (script.includes("dup to") ? { code: "refused", message: "no dup" } : undefined);
    firewall.need({ blocking: true, guarding: true });
    firewall.guard([macvlan]);
    await firewall.block("a", [on("192.0.2.1")]);
    expect(scripts.at(-1)).toContain("ip daddr @vips drop");
    expect(told).toHaveLength(1);
  });

  test("an interface below that has come back is another", async () => {
    const { firewall, scripts } = bench();
    firewall.need({ blocking: false, guarding: true });
    firewall.guard([macvlan]);
    await firewall.settled();
    firewall.guard([macvlan]);
    await firewall.settled();
    expect(scripts.length).toBe(1);
    firewall.guard([{ ...macvlan, belowIndex: 7 }]);
    await firewall.settled();
    expect(scripts.length).toBe(2);
  });

  test("a table whose name nft cannot take is told of, and the standard one used", async () => {
    const { firewall, scripts, told } = bench("a b");
    firewall.need({ blocking: true, guarding: false });
    await firewall.settled();
    expect(scripts[0]).toContain("table ip keepalived");
    expect(told).toHaveLength(1);
  });
});

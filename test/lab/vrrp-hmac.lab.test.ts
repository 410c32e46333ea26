import { describe, expect, test } from "vitest";
import type { HmacPlan, VrrpInstancePlan } from "../../src/vrrp/model.ts";
import { Bench, eventually, type Host, instance, isRoot, plan, type Running, throughout, VIP } from "./vrrp-bench.ts";

// No keepalived of Debian's knows auth_hmac: it is the outsider here, and a peer while `receive-only` lets it be one.

const GLOBAL = "2001:db8::100";
const hmac = (part: Partial<HmacPlan> = {}): HmacPlan => ({
  keys: [{ id: 1, keyHex: "000102030405060708090a0b0c0d0e0f".repeat(2) }],
  activeKey: 1,
  timeWindowMs: 5000,
  antiReplay: "time",
  mode: "enforce",
  ...part,
});
const fast = { version: 3, advertIntervalMs: 300 } as const;
const six = {
  ...{ ...fast, family: 6, multicastGroup: "ff02::12" },
  addresses: [
    { address: "fe80::100", prefixLength: 64, noDad: true },
    { address: GLOBAL, prefixLength: 64, noDad: true },
  ],
} as const;

const start = (bench: Bench, host: Host, part: Partial<VrrpInstancePlan>): Promise<Running> =>
  bench.room(host, plan(instance(part)));

async function lay(): Promise<Bench> {
  const bench = await Bench.start();
  for (const host of ["a", "b"] as const)
    await eventually(`${host} has its link-local address`, 10_000, async () => {
      const shown = await bench.ip(host, "-o", "-6", "addr", "show", "dev", "eth0", "scope", "link");
      return shown.includes("fe80:") && !shown.includes("tentative");
    });
  return bench;
}

const outsider = (priority: number): string =>
  `vrrp_instance VI_1 {\n interface eth0\n virtual_router_id 51\n priority ${priority}\n version 3\n advert_int 0.3\n virtual_ipaddress { ${VIP} }\n}\n`;

describe.skipIf(!isRoot)("adverts with a trailer", () => {
  test.concurrent.for([
    { name: "version 2", part: {}, vip: VIP, bytes: 20 + 28 },
    { name: "version 3", part: fast, vip: VIP, bytes: 12 + 28 },
    { name: "version 3 over IPv6", part: six, vip: GLOBAL, bytes: 40 + 28 },
  ])("$name: election, failover by stop, return", async ({ part, vip, bytes }) => {
    await using bench = await lay();
    const only = (host: Host) => async (): Promise<boolean> =>
      (await bench.owns(host, vip)) && !(await bench.owns(host === "a" ? "b" : "a", vip));
    const dump = await bench.capture("b", "ip proto 112 or ip6 proto 112");
    const a = await start(bench, "a", { ...part, hmac: hmac(), priority: 150 });
    const b = await start(bench, "b", { ...part, hmac: hmac(), priority: 100 });
    await eventually("a holds the VIP", 8000, only("a"));
    await throughout("b stays backup", 1500, only("a"));
    await a.end();
    await eventually("b holds it", 4000, () => bench.owns("b", vip));
    await start(bench, "a", { ...part, hmac: hmac(), priority: 150 });
    await eventually("a has it back", 8000, only("a"));
    expect(b.stderr).not.toContain("dropped an advert");
    expect(dump.stdout).toContain(`length ${bytes}`);
  });

  test.concurrent("an outsider of higher priority takes nothing, and is named once", async () => {
    await using bench = await lay();
    const a = await start(bench, "a", { ...fast, hmac: hmac(), priority: 100 });
    await eventually("a holds the VIP", 8000, () => bench.owns("a"));
    await bench.keepalived("b", outsider(200));
    await eventually("it says so", 4000, () =>
      a.stderr.includes("dropped an advert from 192.0.2.2: it has no trailer of auth_hmac"),
    );
    await throughout("a keeps it", 2000, () => bench.owns("a"));
    expect(a.stderr.match(/no trailer/g)).toHaveLength(1);
  });

  test.concurrent("another key is no peer's; both keys on one side join them", async () => {
    await using bench = await lay();
    const second = { id: 2, keyHex: "ff".repeat(32) };
    const a = await start(bench, "a", { ...fast, hmac: hmac(), priority: 150 });
    await eventually("a holds the VIP", 8000, () => bench.owns("a"));
    const alone = hmac({ keys: [second], activeKey: 2 });
    const b = await start(bench, "b", { ...fast, hmac: alone, priority: 100 });
    await eventually("both hold it", 8000, () => bench.owns("b"));
    expect(b.stderr).toContain("there is no key 1");
    const both = { ...alone, keys: [...alone.keys, ...hmac().keys] };
    await bench.writePlan("b", plan(instance({ ...fast, hmac: both, priority: 100 })));
    b.signal("SIGHUP");
    await eventually("b yields", 8000, async () => !(await bench.owns("b")));
    expect(a.running && (await bench.owns("a"))).toBe(true);
  });

  test.concurrent("receive-only beside a keepalived that knows none: one master, both ways", async () => {
    await using bench = await lay();
    const a = await start(bench, "a", { ...fast, hmac: hmac({ mode: "receive-only" }), priority: 150 });
    await eventually("a holds the VIP", 8000, () => bench.owns("a"));
    await bench.keepalived("b", outsider(100));
    await throughout("b stays backup", 2000, async () => !(await bench.owns("b")));
    await a.end();
    await eventually("b holds it", 4000, () => bench.owns("b"));
    await start(bench, "a", { ...fast, hmac: hmac({ mode: "receive-only" }), priority: 50 });
    await throughout("a stays backup", 2000, async () => !(await bench.owns("a")));
  });
});

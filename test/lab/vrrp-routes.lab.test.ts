import { writeFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { loadConfiguration } from "../../src/process/configuration.ts";
import type { VrrpProcessPlan } from "../../src/vrrp/model.ts";
import { Bench, eventually, type Host, isRoot, VIP } from "./vrrp-bench.ts";

const configuration = (vrid: number): string => `
static_ipaddress {
    192.0.2.200/24 dev eth0
}
static_routes {
    10.20.0.0/16 via 192.0.2.254 dev eth0
}
static_rules {
    from 10.21.0.0/16 table 101 preference 900
}
vrrp_instance VI_1 {
    interface eth0
    virtual_router_id ${vrid}
    version 3
    advert_int 0.2
    priority 100
    virtual_ipaddress {
        ${VIP}/24
    }
    virtual_routes {
        10.1.0.0/16 via 192.0.2.254 dev eth0
        10.2.0.0/16 via 192.0.2.254 dev eth0 metric 50 table 100
        10.3.0.0/16 dev eth0 src ${VIP} scope link
        blackhole 10.4.0.0/16
        10.5.0.0/16 via 192.0.2.254 dev eth0 mtu lock 1400 advmss 1300
        10.6.0.0/16 nexthop via 192.0.2.253 dev eth0 weight 2 nexthop via 192.0.2.254 dev eth0 weight 1
        10.7.0.0/16 via 192.0.2.254 dev eth0 tos 16 initcwnd 20
        2001:db8:1::/48 via fe80::1 dev eth0
        default via 192.0.2.254 table 1000
    }
    virtual_rules {
        from 10.9.0.0/16 table 100 preference 1000
        to 10.8.0.0/16 fwmark 5/0xff prohibit preference 1001
        iif eth0 ipproto tcp dport 80-90 table 100 preference 1002
        not from 10.10.0.0/16 lookup 1000 preference 1003
        from 2001:db8:2::/48 table 100 preference 1004
    }
}
`;

/** The routes with keepalived's mark and all rules, as the kernel tells them, without what differs from host to host. */
async function tables(bench: Bench, host: Host): Promise<string> {
  const shown = await Promise.all([
    ...["-4", "-6"].map((family) => bench.ip(host, "-d", family, "route", "show", "table", "all", "proto", "18")),
    ...["-4", "-6"].map((family) => bench.ip(host, family, "rule", "show")),
  ]);
  return shown.map((text) => text.split("\n").sort().join("\n")).join("\n--\n");
}

async function planOf(bench: Bench, text: string): Promise<VrrpProcessPlan> {
  const file = path.join(bench.folder, "ours.conf");
  await writeFile(file, text);
  const { plan, diagnostics } = loadConfiguration(file);
  if (!plan) throw new Error(JSON.stringify(diagnostics));
  return plan.vrrp;
}

const hasRoute = async (bench: Bench, host: Host, destination: string): Promise<boolean> =>
  (await bench.ip(host, "route", "show", "table", "all")).includes(destination);

describe.skipIf(!isRoot)("virtual and static routes and rules", () => {
  test.concurrent("the kernel has what it has from Debian's keepalived; all of it is gone after the stop", async () => {
    await using bench = await Bench.start();
    const before = { a: await tables(bench, "a"), b: await tables(bench, "b") };
    expect(before.a).toBe(before.b);
    const [a, b] = await Promise.all([
      bench.room("a", await planOf(bench, configuration(51))),
      bench.keepalived("b", configuration(52)),
    ]);
    for (const host of ["a", "b"] as const)
      await eventually(`${host} has the last rule`, 8000, async () =>
        (await bench.ip(host, "-6", "rule", "show")).includes("1004:"),
      );
    const ours = await tables(bench, "a");
    for (const part of ["10.6.0.0/16", "nexthop via 192.0.2.253", "blackhole 10.4.0.0/16", "2001:db8:1::/48", "1002:"])
      expect(ours).toContain(part);
    expect(ours).toBe(await tables(bench, "b"));
    expect(await bench.owns("a", "192.0.2.200")).toBe(true);
    expect(a.stderr).not.toMatch(/tried again|cannot/);
    await Promise.all([a.end(), b.end()]);
    expect(await tables(bench, "a")).toBe(before.a);
    expect(await bench.owns("a", "192.0.2.200")).toBe(false);
  });

  test.concurrent("what somebody removes is put back, and told; a link that was down has its routes again", async () => {
    await using bench = await Bench.start();
    const a = await bench.room("a", await planOf(bench, configuration(51)));
    await eventually("a has its routes", 6000, () => hasRoute(bench, "a", "10.1.0.0/16"));
    await eventually("and its rules", 6000, async () => (await bench.ip("a", "rule", "show")).includes("1003:"));
    await bench.ip("a", "route", "del", "10.1.0.0/16");
    await eventually("the route is back", 5000, () => hasRoute(bench, "a", "10.1.0.0/16"));
    expect(a.stderr).toContain(
      "the route to 10.1.0.0/16 via 192.0.2.254 dev eth0 was removed by somebody else; put back",
    );
    await bench.ip("a", "rule", "del", "preference", "1000");
    await eventually("the rule is back", 5000, async () => (await bench.ip("a", "rule", "show")).includes("1000:"));
    await bench.ip("a", "link", "set", "eth0", "down");
    await eventually("FAULT", 5000, () => a.stderr.includes("Entering FAULT STATE"));
    await eventually("no rules in FAULT", 5000, async () => !(await bench.ip("a", "rule", "show")).includes("1000:"));
    await bench.ip("a", "link", "set", "eth0", "up");
    await eventually("all is there again", 10_000, async () => {
      const there = await Promise.all(
        ["10.1.0.0/16", "10.6.0.0/16", "10.20.0.0/16"].map((d) => hasRoute(bench, "a", d)),
      );
      return there.every(Boolean) && (await bench.ip("a", "rule", "show")).includes("1003:");
    });
  });
});

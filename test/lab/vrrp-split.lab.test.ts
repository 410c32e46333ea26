import { existsSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import type { VmacPlan, VrrpInstancePlan, VrrpStatus } from "../../src/vrrp/model.ts";
import {
  addressOf,
  Bench,
  eventually,
  type Host,
  instance,
  isRoot,
  plan,
  type Running,
  throughout,
  VIP,
} from "./vrrp-bench.ts";

const v3 = { version: 3, advertIntervalMs: 200 } as const;
const HOSTS = ["a", "b"] as const;
const full = process.env.LVSKEEPER_LAB_FULL === "1";
/** No batch of the take-over comes later. */
const onlyAtOnce = { ...instance().garp, masterDelayMs: 0 };

/** Whether multicast reaches b: without it b hears nothing, and is heard all the same. */
const deaf = (bench: Bench, is: boolean): Promise<string> =>
  bench.ip("sw", "link", "set", "port-b", "type", "bridge_slave", "mcast_flood", is ? "off" : "on");

/** The classic split brain: a firewall on each director lets no VRRP in, and everything else. */
async function filter(bench: Bench, on: boolean): Promise<void> {
  const rules = on
    ? "add table inet split; add chain inet split in { type filter hook input priority 0; }; add rule inet split in meta l4proto 112 drop"
    : "delete table inet split";
  for (const host of HOSTS) await bench.run(host, "nft", rules);
}

const macOf = async (bench: Bench, host: Host): Promise<string> =>
  /link\/ether (\S+)/.exec(await bench.ip(host, "link", "show", "eth0"))?.[1] ?? "none";

/** The status of its one instance, asked for anew. */
async function statusOf(room: Running): Promise<VrrpStatus["instances"][number] | undefined> {
  const answers = (): VrrpStatus[] => room.messages().flatMap((m) => (m.t === "status" ? [m.status] : []));
  const before = answers().length;
  room.signal("SIGUSR2");
  await eventually("a status", 3000, () => answers().length > before);
  return answers().at(-1)?.instances[0];
}

describe.skipIf(!isRoot)("two masters", () => {
  test("the better one says who the other is, since when and how often, announces again, and says when it is over", async () => {
    await using bench = await Bench.start();
    const a = await bench.room("a", plan(instance({ ...v3, priority: 150, garp: onlyAtOnce })));
    await eventually("a holds the VIP", 3000, () => bench.owns("a"));
    const b = await bench.room("b", plan(instance({ ...v3, priority: 100 })));
    expect((await statusOf(a))?.secondMaster).toBeUndefined();

    const capture = await bench.capture("b", `arp and ether src ${await macOf(bench, "a")}`);
    await deaf(bench, true);
    await eventually("b holds the VIP too", 3000, async () => (await bench.owns("b")) && (await bench.owns("a")));
    await eventually("a tells of it", 3000, () =>
      a.stderr.includes(`(VI_1) split brain: ${addressOf.b} (priority 100) is MASTER too, 2 adverts heard`),
    );
    const seen = await statusOf(a);
    expect(seen?.secondMaster).toMatchObject({ address: addressOf.b, priority: 100 });
    expect(seen?.secondMaster?.adverts).toBe(seen?.counters.second_master);
    await eventually("a announces the VIP again", 3000, () => capture.stdout.includes(`who-has ${VIP}`));

    await deaf(bench, false);
    await eventually("b gives way", 3000, async () => !(await bench.owns("b")));
    await eventually("a tells that it is over", 3000, () =>
      new RegExp(`split brain is over: \\d+ adverts of ${addressOf.b} within`).test(a.stderr),
    );
    expect(a.stderr.match(/is MASTER too/g)).toHaveLength(1);
    expect((await statusOf(a))?.secondMaster).toBeUndefined();
    expect(b.running).toBe(true);
  });
});

describe.skipIf(!isRoot || !full)("10 ms adverts (LVSKEEPER_LAB_FULL)", () => {
  test("who preempts again and again tells of no split brain, and neither does who gives way", async () => {
    await using bench = await Bench.start();
    const quick = { version: 3, advertIntervalMs: 10 } as const;
    const b = await bench.room("b", plan(instance({ ...quick, priority: 100 })));
    await eventually("b is MASTER", 5000, () => bench.owns("b"));
    for (let round = 0; round < 10; round++) {
      const a = await bench.room("a", plan(instance({ ...quick, priority: 150 })));
      await eventually("a alone is MASTER", 5000, async () => (await bench.owns("a")) && !(await bench.owns("b")));
      expect(a.stderr).not.toContain("split brain");
      await a.end();
      await eventually("b is MASTER again", 5000, () => bench.owns("b"));
    }
    expect(b.stderr).not.toContain("split brain");
  });
});

describe.skipIf(!isRoot)("VRRP that is filtered between two directors", () => {
  test("both say who claims the address, claim it back, and tell their scripts; afterwards there is one again", async () => {
    await using bench = await Bench.start();
    const told = (host: Host): string => path.join(bench.folder, `${host}.told`);
    const withHook = (host: Host, priority: number) => {
      const masterRxLowerPriority = { argv: ["/usr/bin/touch", told(host)] };
      return plan(instance({ ...v3, priority, notify: { masterRxLowerPriority } }));
    };
    const rooms = { a: await bench.room("a", withHook("a", 150)), b: await bench.room("b", withHook("b", 100)) };
    await eventually("a is MASTER", 5000, () => bench.owns("a"));
    await filter(bench, true);
    await eventually("there are two masters", 5000, async () => (await bench.owns("a")) && (await bench.owns("b")));
    for (const [host, other] of [HOSTS, [...HOSTS].reverse()] as [Host, Host][]) {
      const claim = { address: VIP, hardwareAddress: await macOf(bench, other), interface: "eth0" };
      await eventually(`${host} tells of it`, 5000, () =>
        rooms[host].stderr.includes(`(VI_1) split brain: ${VIP} is claimed by ${claim.hardwareAddress} on eth0`),
      );
      const seen = await statusOf(rooms[host]);
      expect(seen?.addressClaim).toMatchObject(claim);
      expect(seen?.counters.address_claimed).toBe(seen?.addressClaim?.claims);
      expect(seen?.secondMaster).toBeUndefined();
      await eventually(`the script of ${host} runs`, 5000, () => existsSync(told(host)));
    }
    await filter(bench, false);
    await eventually("b gives way", 5000, async () => !(await bench.owns("b")));
    await eventually("b has no claim left", 5000, () => /no longer claimed by/.test(rooms.b.stderr));
    expect(await bench.owns("a")).toBe(true);
  });
});

describe.skipIf(!isRoot)("takeover_check", () => {
  const takeoverCheck = { timeoutMs: 300, onConflict: "hold", noWitness: "hold", witnesses: [] } as const;

  test("no two masters when VRRP is filtered; the backup takes over when the master's host is gone", async () => {
    await using bench = await Bench.start();
    await bench.room("a", plan(instance({ ...v3, priority: 150, takeoverCheck })));
    await eventually("a is MASTER", 5000, () => bench.owns("a"));
    const b = await bench.room("b", plan(instance({ ...v3, priority: 100, takeoverCheck })));
    await eventually("b hears a", 5000, async () => (await statusOf(b))?.master !== undefined);
    await filter(bench, true);
    const held = `(VI_1) does not take over: ${VIP} is answered for by ${await macOf(bench, "a")}, though no advert is heard`;
    await eventually("b is held", 5000, () => b.stderr.includes(held));
    await throughout("b is BACKUP", 2000, async () => !(await bench.owns("b")));
    const seen = await statusOf(b);
    expect(seen).toMatchObject({ state: "backup", takeover: { heldBy: "conflict", address: VIP } });
    expect(b.stderr.split(held)).toHaveLength(2);
    await bench.part("a", true);
    await eventually("b takes over", 2000, () => bench.owns("b"));
    expect((await statusOf(b))?.why).toBe("no advert from 192.0.2.1 for 0.72 s, and takeover_check lets it");
  });

  test("a real crash costs the time of the questions, an orderly stop none; without a witness nobody takes over", async () => {
    await using bench = await Bench.start();
    const witness = { kind: "ping", address: "192.0.2.254" } as const;
    await bench.ip("sw", "addr", "add", `${witness.address}/24`, "dev", "br0");
    const a = await bench.room("a", plan(instance({ ...v3, priority: 150 })));
    await eventually("a is MASTER", 5000, () => bench.owns("a"));
    const checked = { ...takeoverCheck, witnesses: [witness] };
    const b = await bench.room("b", plan(instance({ ...v3, priority: 100, takeoverCheck: checked })));
    await eventually("b hears a", 5000, async () => (await statusOf(b))?.master !== undefined);
    const masterDownMs = 3 * 200 + ((256 - 100) / 256) * 200;
    await bench.part("a", true);
    const tookMs = await eventually("b takes over", 5000, () => bench.owns("b"));
    expect(tookMs).toBeGreaterThan(masterDownMs - 200 - 50); // the last advert may have left an interval ago
    await bench.part("a", false);
    await eventually("b gives way", 5000, async () => !(await bench.owns("b")));
    await bench.part("b", true);
    await eventually("b is held", 5000, () => b.stderr.includes("does not take over: none of its witnesses answers"));
    expect((await statusOf(b))?.takeover?.heldBy).toBe("no-witness");
    await bench.part("b", false);
    await eventually("b hears a again", 5000, async () => (await statusOf(b))?.takeover === undefined);
    expect(await bench.owns("b")).toBe(false);
    await a.end("SIGTERM");
    await eventually("b takes over", 3000, () => bench.owns("b"));
    expect((await statusOf(b))?.why).toMatch(/^no advert from 192\.0\.2\.1 for [\d.]+ s$/); // it did not ask
  });

  const six: Partial<VrrpInstancePlan> = {
    ...({ version: 3, family: 6, advertIntervalMs: 200, multicastGroup: "ff02::12" } as const),
    addresses: [
      { address: "fe80::100", prefixLength: 64, noDad: true },
      { address: "2001:db8::100", prefixLength: 64, noDad: true },
    ],
  };
  const vmac: VmacPlan = {
    ...({ kind: "macvlan", interface: "vrrp.51", mac: "00:00:5e:00:01:33" } as const),
    ...{ transmitBelow: false, netlinkNotify: false },
  };
  test.skipIf(!full).for([
    { name: "IPv6", part: six, vip: "fe80::100" },
    { name: "a VMAC, which both have", part: { ...v3, vmac }, vip: VIP },
  ])("$name: no two masters, and a real crash (LVSKEEPER_LAB_FULL)", async ({ part, vip }) => {
    await using bench = await Bench.start();
    await bench.room("a", plan(instance({ ...part, priority: 150, takeoverCheck })));
    await eventually("a is MASTER", 8000, () => bench.owns("a", vip));
    const b = await bench.room("b", plan(instance({ ...part, priority: 100, takeoverCheck })));
    await eventually("b hears a", 8000, async () => (await statusOf(b))?.master !== undefined);
    await filter(bench, true);
    await eventually("b is held", 5000, () =>
      b.stderr.includes(`(VI_1) does not take over: ${vip} is answered for by`),
    );
    await throughout("b is BACKUP", 2000, async () => !(await bench.owns("b", vip)));
    await bench.part("a", true);
    await eventually("b takes over", 3000, () => bench.owns("b", vip));
  });

  test.skipIf(!full)(
    "a master that is keepalived answers as well, until it is stopped (LVSKEEPER_LAB_FULL)",
    async () => {
      await using bench = await Bench.start();
      const lines = ["interface eth0", "virtual_router_id 51", "priority 150", "version 3", "advert_int 0.2"];
      const text = `vrrp_instance VI_1 {\n${lines.join("\n")}\nvirtual_ipaddress { ${VIP} }\n}\n`;
      const keepalived = await bench.keepalived("b", text);
      await eventually("keepalived is MASTER", 8000, () => bench.owns("b"));
      const a = await bench.room("a", plan(instance({ ...v3, priority: 100, takeoverCheck })));
      await eventually("a hears it", 8000, async () => (await statusOf(a))?.master !== undefined);
      await filter(bench, true);
      const mac = await macOf(bench, "b");
      await eventually("a is held", 5000, () =>
        a.stderr.includes(`does not take over: ${VIP} is answered for by ${mac}`),
      );
      await throughout("a is BACKUP", 2000, async () => !(await bench.owns("a")));
      await keepalived.end("SIGTERM");
      await eventually("a takes over", 5000, () => bench.owns("a"));
      const again = await bench.keepalived("b", text);
      await eventually("keepalived is MASTER too", 8000, () => bench.owns("b"));
      await eventually("a sees it", 5000, () => a.stderr.includes(`split brain: ${VIP} is claimed by ${mac} on eth0`));
      expect(again.running).toBe(true);
    },
  );

  test.skipIf(!full)("IPv6: two masters say whose neighbour advertisement it was (LVSKEEPER_LAB_FULL)", async () => {
    await using bench = await Bench.start();
    const a = await bench.room("a", plan(instance({ ...six, priority: 150 })));
    await eventually("a is MASTER", 8000, () => bench.owns("a", "fe80::100"));
    const b = await bench.room("b", plan(instance({ ...six, priority: 100 })));
    await eventually("b hears a", 8000, async () => (await statusOf(b))?.master !== undefined);
    await filter(bench, true);
    const claims = async (host: Host) => `split brain: fe80::100 is claimed by ${await macOf(bench, host)} on eth0`;
    const [byA, byB] = await Promise.all(HOSTS.map(claims));
    await eventually("both tell of it", 8000, () => a.stderr.includes(byB ?? "") && b.stderr.includes(byA ?? ""));
  });
});

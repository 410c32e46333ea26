import { describe, expect, test } from "vitest";
import type { VrrpProcessSaved } from "../../src/vrrp/model.ts";
import { addressOf, Bench, eventually, instance, isRoot, plan, throughout, VIP } from "./vrrp-bench.ts";

/** Beyond what the timers say, for a busy machine. */
const SLACK_MS = 1200;
const v3 = { version: 3, advertIntervalMs: 200 } as const;

describe.skipIf(!isRoot)("two of our directors", () => {
  test.concurrent("the higher priority holds the VIP; stopped, the other has it within the skew; back, it takes it back", async () => {
    await using bench = await Bench.start();
    const a = await bench.room("a", plan(instance({ priority: 150, authPass: "1111" })));
    const runs = performance.now();
    const b = await bench.room("b", plan(instance({ priority: 100, authPass: "1111" })));
    await eventually("a holds the VIP", 6000, () => bench.owns("a"));
    expect(performance.now() - runs).toBeGreaterThan(1500);
    expect(await bench.owns("b")).toBe(false);

    expect(await a.end()).toBe(0);
    expect(await bench.owns("a")).toBe(false);
    const skewMs = (156 / 256) * 1000;
    expect(await eventually("b holds the VIP", 3000, () => bench.owns("b"))).toBeLessThan(skewMs + SLACK_MS);

    await bench.room("a", plan(instance({ priority: 150, authPass: "1111" })));
    await eventually("a holds the VIP again", 6000, async () => (await bench.owns("a")) && !(await bench.owns("b")));
    expect(b.stderr).toContain(`(VI_1) Master received advert from ${addressOf.a} with higher priority 150, ours 100`);
  });

  test.concurrent("a pulled cable: FAULT on the one, the other takes over after three intervals and the skew; take-back", async () => {
    await using bench = await Bench.start();
    const a = await bench.room("a", plan(instance({ ...v3, priority: 150 })));
    await eventually("a holds the VIP", 3000, () => bench.owns("a"));
    await bench.room("b", plan(instance({ ...v3, priority: 100 })));
    await bench.cut("a");
    const took = await eventually("b holds the VIP", 3000, () => bench.owns("b"));
    expect(took).toBeLessThan(3 * 200 + (156 / 256) * 200 + SLACK_MS);
    await eventually("a gave it up", 2000, async () => !(await bench.owns("a")));
    expect(a.stderr).toContain("(VI_1) Entering FAULT STATE (interface eth0 is down)");
    await bench.restore("a");
    await eventually("a holds it again, alone", 8000, async () => (await bench.owns("a")) && !(await bench.owns("b")));
  });

  test.concurrent("tcpdump reads our adverts: TTL 255, right checksum, version 2 and 3, and our gratuitous ARP", async () => {
    await using bench = await Bench.start();
    const capture = await bench.capture("b", "vrrp or arp");
    const addresses = [{ address: "192.0.2.110", prefixLength: 24 }];
    await bench.room(
      "a",
      plan(
        instance({ priority: 150, authPass: "1111" }),
        instance({ ...v3, name: "V3", vrid: 52, addresses, priority: 200 }),
        instance({ ...v3, name: "V3plain", vrid: 53, v3ChecksumAsV2: true, addresses: [] }),
      ),
    );
    const own = (word: string): string[] => capture.stdout.split("\n").filter((line) => line.includes(word));
    await eventually("all three send", 8000, () =>
      ["vrid 51", "vrid 52", "vrid 53", `tell ${VIP}`].every((word) => own(word).length > 1),
    );
    expect(own("vrid 51")[0]).toContain(
      `${addressOf.a} > 224.0.0.18: VRRPv2, Advertisement, vrid 51, prio 150, authtype simple, intvl 1s, length 20, addrs: ${VIP} auth "1111"`,
    );
    expect(own("vrid 52")[0]).toContain(
      "VRRPv3, Advertisement, vrid 52, prio 200, intvl 20cs, length 12, addrs: 192.0.2.110",
    );
    expect(own("proto VRRP").every((line) => line.includes("tos 0xc0, ttl 255"))).toBe(true);
    const checked = own("Advertisement").filter((line) => !line.includes("vrid 53"));
    expect(checked.filter((line) => line.includes("bad"))).toEqual([]);
    expect(own(`who-has ${VIP} (ff:ff:ff:ff:ff:ff) tell ${VIP}`).length).toBe(5);
  });

  test.concurrent("a nopreempt pair: the VIP stays where it is when the better router comes back", async () => {
    await using bench = await Bench.start();
    const better = plan(instance({ ...v3, priority: 150, preempt: false }));
    const a = await bench.room("a", better);
    await eventually("a holds the VIP", 3000, () => bench.owns("a"));
    await bench.room("b", plan(instance({ ...v3, priority: 100, preempt: false })));
    await a.end();
    await eventually("b holds the VIP", 3000, () => bench.owns("b"));
    await bench.room("a", better);
    await throughout("b keeps the VIP", 2500, async () => (await bench.owns("b")) && !(await bench.owns("a")));
  });

  test.concurrent("kill -9 and a successor with the saved state: the VIP never leaves, the peer never takes over", async () => {
    await using bench = await Bench.start();
    const better = plan(instance({ priority: 150 }));
    const a = await bench.room("a", better);
    const b = await bench.room("b", plan(instance({ priority: 100 })));
    await eventually("a holds the VIP", 6000, () => bench.owns("a"));
    const watch = throughout(
      "a holds the VIP, b does not",
      5000,
      async () => (await bench.owns("a")) && !(await bench.owns("b")),
    );
    watch.catch(() => undefined); // it may fail before it is awaited
    await a.end("SIGKILL");
    const saved: VrrpProcessSaved = { instances: {}, scripts: {} };
    for (const message of a.messages())
      if (message.t === "saved") Object.assign(saved.instances, (message.part as Partial<VrrpProcessSaved>).instances);
    expect(saved.instances.VI_1?.state).toBe("master");
    const successor = await bench.room("a", better, saved);
    await watch;
    expect(successor.stderr).toContain("(VI_1) continues as MASTER, its addresses stay");
    expect(b.stderr).not.toContain("Entering MASTER STATE");
  });

  test.concurrent("two masters after a parted network: the better one stays, and announces again", async () => {
    await using bench = await Bench.start();
    const garp = { ...instance().garp, masterDelayMs: 0, lowerPrioDelayMs: 500 };
    const a = await bench.room("a", plan(instance({ ...v3, priority: 150, garp })));
    await eventually("a holds the VIP", 3000, () => bench.owns("a"));
    await bench.part("a", true);
    await bench.room("b", plan(instance({ ...v3, priority: 100, garp, higherPrioSendAdvert: true })));
    await eventually("both hold the VIP", 5000, async () => (await bench.owns("a")) && (await bench.owns("b")));
    const capture = await bench.capture("a", "arp and ether src not 00:00:00:00:00:00");
    await bench.part("a", false);
    await eventually("only a holds it", 5000, async () => (await bench.owns("a")) && !(await bench.owns("b")));
    await eventually("a announced again", 3000, () => capture.stdout.split(`tell ${VIP}`).length > 5);
    expect(a.stderr).toMatch(
      /Received advert from 192\.0\.2\.2 with lower priority 100, ours 150, forcing new election/,
    );
  });

  test.concurrent("a VIP that somebody removes from a master is put back and announced", async () => {
    await using bench = await Bench.start();
    const a = await bench.room("a", plan(instance({ ...v3 })));
    await eventually("a holds the VIP", 3000, () => bench.owns("a"));
    const capture = await bench.capture("b", "arp");
    await bench.ip("a", "addr", "del", `${VIP}/32`, "dev", "eth0");
    await eventually("it is back", 2000, () => bench.owns("a"));
    await eventually("it is announced", 2000, () => capture.stdout.includes(`tell ${VIP}`));
    expect(a.stderr).toContain(`(VI_1) ${VIP} was removed from eth0 by somebody else; put back`);
  });

  test.concurrent("an interface that disappears and comes back under another index is used again", async () => {
    await using bench = await Bench.start();
    const own = instance({
      ...v3,
      name: "VI_d",
      interface: "dum0",
      addresses: [{ address: "198.51.100.9", prefixLength: 32 }],
    });
    const a = await bench.room("a", plan(own));
    expect(a.stderr).toMatch(/\(VI_d\) interface dum0 does not exist; this host has lo, eth0/);
    const appear = async (): Promise<void> => {
      await bench.ip("a", "link", "add", "dum0", "type", "veth", "peer", "name", "dum1");
      await bench.ip("a", "addr", "add", "198.51.100.1/24", "dev", "dum0");
      for (const end of ["dum0", "dum1"]) await bench.ip("a", "link", "set", end, "up");
      await eventually("it holds its VIP", 4000, () => bench.owns("a", "198.51.100.9"));
    };
    await appear();
    await bench.ip("a", "link", "del", "dum0");
    await eventually("FAULT", 2000, () => a.stderr.includes("Entering FAULT STATE (interface dum0 does not exist)"));
    await appear();
  });
});

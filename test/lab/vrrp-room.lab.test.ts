import { existsSync, readFileSync } from "node:fs";
import { rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, test } from "vitest";
import type { VrrpInstancePlan, VrrpProcessPlan, VrrpScriptPlan } from "../../src/vrrp/model.ts";
import { addressOf, Bench, eventually, instance, isRoot, plan, throughout, VIP } from "./vrrp-bench.ts";

const v3 = { version: 3, advertIntervalMs: 200 } as const;
const SECOND_VIP = "192.0.2.101";

/** A vrrp_script that succeeds while a file exists, as the nginx check of many a pair. */
const fileScript = (file: string, weight: number): VrrpScriptPlan => ({
  name: "chk_file",
  script: { argv: ["/usr/bin/test", "-e", file] },
  intervalMs: 200,
  timeoutMs: 1000,
  weight,
  reverse: false,
  rise: 1,
  fall: 1,
  initFail: false,
});
const tracking = (weight: number): Pick<VrrpInstancePlan, "trackScripts"> => ({
  trackScripts: [{ name: "chk_file", weight, reverse: false }],
});
const recorder = (bench: Bench, file: string): { argv: string[] } => ({
  argv: ["/bin/sh", "-c", `echo "$@" >> ${path.join(bench.folder, file)}`, "notify"],
});

/** Times between the adverts of VRID 51 and priority 150 that tcpdump saw. */
function advertGapsMs(tcpdump: string): number[] {
  const seen = tcpdump.matchAll(/^(\d\d):(\d\d):([\d.]+) IP .*\n.*vrid 51, prio 150/gm);
  const times = [...seen].map(([, h, m, s]) => (Number(h) * 3600 + Number(m) * 60 + Number(s)) * 1000);
  return times.slice(1).map((t, i) => t - (times[i] as number));
}

describe.skipIf(!isRoot)("what a room does for its instances", () => {
  test.concurrent("a script of weight -20 that fails moves the VIP, and back", async () => {
    await using bench = await Bench.start();
    const file = path.join(bench.folder, "nginx-runs");
    await writeFile(file, "");
    const scripts = [fileScript(file, -20)];
    const a = await bench.room("a", { ...plan(instance({ ...v3, ...tracking(-20), priority: 100 })), scripts });
    await bench.room("b", plan(instance({ ...v3, priority: 90 })));
    await eventually("a holds the VIP", 3000, async () => (await bench.owns("a")) && !(await bench.owns("b")));
    await rm(file);
    await eventually("b holds it alone", 4000, async () => (await bench.owns("b")) && !(await bench.owns("a")));
    expect(a.stderr).toContain("VRRP_Script(chk_file) failed (exited with status 1)");
    expect(a.stderr).toContain("(VI_1) Changing effective priority from 100 to 80");
    await writeFile(file, "");
    await eventually("a holds it again", 4000, async () => (await bench.owns("a")) && !(await bench.owns("b")));
    expect(a.stderr).toContain("(VI_1) Changing effective priority from 80 to 100");
  });

  test.concurrent("a script of weight 0 is waited for, then its failure is a FAULT and its success ends it", async () => {
    await using bench = await Bench.start();
    const file = path.join(bench.folder, "runs");
    const scripts = [fileScript(file, 0)];
    const a = await bench.room("a", { ...plan(instance({ ...v3, ...tracking(0) })), scripts });
    await eventually("FAULT", 2000, () => a.stderr.includes("(VI_1) Entering FAULT STATE (script chk_file failed)"));
    expect(a.stderr).not.toContain("Entering BACKUP STATE");
    await writeFile(file, "");
    await eventually("MASTER", 3000, () => bench.owns("a"));
  });

  test.concurrent("a tracked interface that loses its carrier puts the instance in FAULT", async () => {
    await using bench = await Bench.start();
    await bench.ip("a", "link", "add", "up0", "type", "veth", "peer", "name", "up1");
    for (const end of ["up0", "up1"]) await bench.ip("a", "link", "set", end, "up");
    const trackInterfaces = [{ name: "up0", weight: 0, reverse: false }];
    const a = await bench.room("a", plan(instance({ ...v3, trackInterfaces })));
    await eventually("MASTER", 4000, () => bench.owns("a"));
    await bench.ip("a", "link", "set", "up1", "down");
    await eventually("FAULT", 2000, async () => !(await bench.owns("a")));
    expect(a.stderr).toContain("Entering FAULT STATE (tracked interface up0 is down)");
    await bench.ip("a", "link", "set", "up1", "up");
    await eventually("MASTER again", 4000, () => bench.owns("a"));
  });

  test.concurrent("notify scripts: the state's own, then the generic one with its four words, in order", async () => {
    await using bench = await Bench.start();
    const own = recorder(bench, "log");
    const notify = {
      master: { argv: [...own.argv, "own-master"] },
      backup: { argv: [...own.argv, "own-backup"] },
      stop: { argv: [...own.argv, "own-stop"] },
      any: own,
    };
    const a = await bench.room("a", plan(instance({ ...v3, notify, priority: 120 })));
    const log = (): string[] => {
      const file = path.join(bench.folder, "log");
      return existsSync(file) ? readFileSync(file, "utf8").trim().split("\n") : [];
    };
    await eventually("MASTER is notified", 4000, () => log().length === 4);
    expect(await a.end()).toBe(0);
    expect(log()).toEqual([
      "own-backup",
      "INSTANCE VI_1 BACKUP 120",
      "own-master",
      "INSTANCE VI_1 MASTER 120",
      "own-stop",
      "INSTANCE VI_1 STOP 120",
    ]);
  });

  test.concurrent("a reload keeps MASTER: no advert late, only changed addresses touched, others let go", async () => {
    await using bench = await Bench.start();
    const slower = { version: 3, advertIntervalMs: 400 } as const;
    const keep = instance({ ...slower, priority: 150 });
    const gone = instance({
      ...slower,
      name: "VI_gone",
      vrid: 60,
      addresses: [{ address: "192.0.2.160", prefixLength: 32 }],
    });
    const a = await bench.room("a", plan(keep, gone));
    await eventually(
      "both are MASTER",
      4000,
      async () => (await bench.owns("a")) && (await bench.owns("a", "192.0.2.160")),
    );
    const capture = await bench.capture("b", "vrrp or arp");
    const monitor = bench.spawn("a", "ip", "-o", "monitor", "address");
    await throughout("time passes", 900, () => true);

    const renamed = {
      ...keep,
      name: "VI_new",
      addresses: [...keep.addresses, { address: SECOND_VIP, prefixLength: 24 }],
    };
    await bench.writePlan("a", plan(renamed));
    a.signal("SIGHUP");
    await eventually("the new VIP is there", 2000, () => bench.owns("a", SECOND_VIP));
    await eventually("the removed instance let go", 2000, async () => !(await bench.owns("a", "192.0.2.160")));
    await eventually("it is announced", 2000, () => capture.stdout.includes(`tell ${SECOND_VIP}`));
    await throughout("time passes", 1700, () => bench.owns("a"));
    expect(capture.stdout).toContain("vrid 60, prio 0");
    expect(capture.stdout).not.toContain(`tell ${VIP}`);
    expect(monitor.stdout).not.toContain(` ${VIP}/`);
    const gaps = advertGapsMs(capture.stdout);
    expect(gaps.length).toBeGreaterThan(5);
    expect(Math.max(...gaps)).toBeLessThan(1.5 * 400);
    expect(a.stderr).not.toMatch(/VI_new\) Entering/);
  });

  test.concurrent("a refused reload changes nothing", async () => {
    await using bench = await Bench.start();
    const a = await bench.room("a", plan(instance(v3)));
    await eventually("MASTER", 4000, () => bench.owns("a"));
    await bench.writePlan("a", plan(instance(v3), instance({ ...v3, name: "twice" })));
    a.signal("SIGHUP");
    await eventually("it is refused", 2000, () => a.stdout.includes("both use virtual_router_id 51 on eth0"));
    await throughout("still MASTER", 500, () => bench.owns("a"));
  });

  test.concurrent("a sync group moves as one: a fault of one member moves both VIPs, and both come back", async () => {
    await using bench = await Bench.start();
    const file = path.join(bench.folder, "ok");
    await writeFile(file, "");
    const second = { name: "VI_2", vrid: 52, addresses: [{ address: SECOND_VIP, prefixLength: 32 }] };
    const group = { name: "G", members: ["VI_1", "VI_2"], notify: { any: recorder(bench, "group") }, smtpAlert: false };
    const pair = (priority: number, part: Partial<VrrpInstancePlan>): VrrpProcessPlan => ({
      instances: [instance({ ...v3, priority, ...part }), instance({ ...v3, ...second, priority })],
      groups: [group],
      scripts: [fileScript(file, 0)],
    });
    const both = (host: "a" | "b") => async (): Promise<boolean> =>
      (await bench.owns(host)) && (await bench.owns(host, SECOND_VIP));
    const a = await bench.room("a", pair(150, tracking(0)));
    await eventually("a holds both", 4000, both("a"));
    await bench.room("b", pair(100, {}));
    await rm(file);
    await eventually("b holds both", 4000, both("b"));
    expect(await bench.owns("a", SECOND_VIP)).toBe(false);
    expect(a.stderr).toContain("(VI_2) Entering FAULT STATE (sync group G has a faulty member)");
    const before = a.stderr.split("Entering").length;
    a.signal("SIGHUP");
    await eventually("a has reloaded", 2000, () => a.stdout.includes('"reloaded"'));
    expect(a.stderr.split("Entering").length).toBe(before);
    await writeFile(file, "");
    await eventually("a holds both again", 5000, both("a"));
    const log = readFileSync(path.join(bench.folder, "group"), "utf8");
    expect(log).toContain("GROUP G MASTER 0");
    expect(log).toContain("GROUP G FAULT 0");
  });

  test.concurrent("addresses that a killed process left are removed by a start without saved state; -V leaves them", async () => {
    await using bench = await Bench.start();
    const a = await bench.room("a", plan(instance(v3)));
    await eventually("MASTER", 4000, () => bench.owns("a"));
    await a.end("SIGKILL");
    expect(await bench.owns("a")).toBe(true);
    const next = await bench.room("a", plan(instance({ ...v3, advertIntervalMs: 400 })), undefined, true);
    await eventually("the leftover is gone", 1000, async () => !(await bench.owns("a")));
    await eventually("MASTER", 4000, () => bench.owns("a"));
    await next.end();
    expect(await bench.owns("a")).toBe(true);
  });

  test.concurrent("a stopped (SIGSTOP) backup that wakes up reads what it missed before it concludes silence", async () => {
    await using bench = await Bench.start();
    const slow = { version: 3, advertIntervalMs: 500 } as const;
    await bench.room("a", plan(instance({ ...slow, priority: 150 })));
    const b = await bench.room("b", plan(instance({ ...slow, priority: 100 })));
    await eventually("a holds the VIP", 6000, async () => (await bench.owns("a")) && !(await bench.owns("b")));
    const before = b.stderr.split("Entering MASTER STATE").length;
    for (let round = 0; round < 2; round++) {
      b.signal("SIGSTOP");
      await throughout("b is stopped for longer than its timer", 2500, () => true);
      b.signal("SIGCONT");
      await throughout("b stays BACKUP", 500, async () => !(await bench.owns("b")));
    }
    expect(b.stderr.split("Entering MASTER STATE").length).toBe(before);
  });

  test.concurrent("a stopped (SIGSTOP) master that wakes up listens before it sends again, then takes over", async () => {
    await using bench = await Bench.start();
    const slow = { version: 3, advertIntervalMs: 500 } as const;
    const a = await bench.room("a", plan(instance({ ...slow, priority: 150 })));
    await bench.room("b", plan(instance({ ...slow, priority: 100 })));
    await eventually("a holds the VIP alone", 6000, async () => (await bench.owns("a")) && !(await bench.owns("b")));
    a.signal("SIGSTOP");
    await eventually("b holds it too", 6000, () => bench.owns("b"));
    await throughout("a is stopped for longer than b waits", 1500, () => true);
    a.signal("SIGCONT");
    await eventually("a has let go", 1000, async () => !(await bench.owns("a")));
    const listens = /\(VI_1\) stood still for [\d.]+ s while MASTER: it listens before it sends again/;
    await eventually("it says so", 1000, () => {
      if (!listens.test(a.stderr)) throw new Error(a.stderr);
      return true;
    });
    expect(await bench.owns("b")).toBe(true);
    await eventually("a holds it alone again", 6000, async () => (await bench.owns("a")) && !(await bench.owns("b")));
    expect(a.stderr).not.toContain("Received lower priority");
  });

  test.concurrent("a stopped (SIGSTOP) master that is alone keeps the VIP while it listens", async () => {
    await using bench = await Bench.start();
    const a = await bench.room("a", plan(instance({ version: 3, advertIntervalMs: 500, priority: 150 })));
    await eventually("a holds the VIP", 6000, () => bench.owns("a"));
    const capture = await bench.capture("b", `vrrp and src host ${addressOf.a}`);
    const adverts = (): number => capture.stdout.split("VRRPv3, Advertisement").length;
    a.signal("SIGSTOP");
    await throughout("a is stopped for longer than a backup waits", 2500, () => bench.owns("a"));
    const before = adverts();
    a.signal("SIGCONT");
    await eventually("it says so", 1000, () => a.stderr.includes("listens before it sends again"));
    await throughout(
      "it is silent, and holds the VIP",
      1200,
      async () => adverts() === before && (await bench.owns("a")),
    );
    await eventually("it sends again", 3000, () => adverts() > before + 1);
    expect(await bench.owns("a")).toBe(true);
    expect(a.stderr.split("Entering MASTER STATE").length).toBe(2);
  });

  test.concurrent("10 ms adverts: the other has the VIP within half a second of the stop", async () => {
    await using bench = await Bench.start();
    const fast = { version: 3, advertIntervalMs: 10 } as const;
    const a = await bench.room("a", plan(instance({ ...fast, priority: 150 })));
    await eventually("a holds the VIP", 3000, () => bench.owns("a"));
    const b = await bench.room("b", plan(instance({ ...fast, priority: 100 })));
    await a.end();
    await eventually("b holds the VIP", 500, () => bench.owns("b"));
    expect(b.stderr).toContain("Entering MASTER STATE");
  });

  test.concurrent("a flood of hostile packets: adverts stay on time, the VIP stays, the log stays short", async () => {
    await using bench = await Bench.start();
    const a = await bench.room("a", plan(instance({ version: 3, advertIntervalMs: 400, priority: 150 })));
    await eventually("a holds the VIP", 4000, () => bench.owns("a"));
    const capture = await bench.capture("b", `vrrp and src host ${addressOf.a}`);
    const flood = bench.program("b", "flood", "eth0", addressOf.b, "3");
    await throughout("a holds the VIP", 3000, () => bench.owns("a"));
    await flood.exited;
    expect(Number(flood.stdout)).toBeGreaterThan(20_000);
    const gaps = advertGapsMs(capture.stdout);
    expect(gaps.length).toBeGreaterThan(7);
    expect(gaps.length).toBeLessThan(400);
    expect(Math.max(...gaps)).toBeLessThan(2 * 400);
    expect(a.stderr.split("\n").length).toBeLessThan(60);
  });
});

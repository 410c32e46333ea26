import { describe, expect, test } from "vitest";
import type { VrrpInstancePlan } from "../../src/vrrp/model.ts";
import { addressOf, Bench, eventually, type Host, instance, isRoot, plan, type Running, VIP } from "./vrrp-bench.ts";
import { startFrr } from "./vrrp-routers.ts";
import { other } from "./vrrp-rows.ts";

const SLACK_MS = 1200;

const configuration = (p: VrrpInstancePlan): string => `
vrrp_instance ${p.name} {
  state BACKUP
  interface eth0
  virtual_router_id ${p.vrid}
  version ${p.version}
  priority ${p.priority}
  advert_int ${p.advertIntervalMs / 1000}
  ${p.preempt ? "" : "nopreempt"}
  ${p.authPass ? `authentication { auth_type PASS\n auth_pass ${p.authPass} }` : ""}
  virtual_ipaddress { ${VIP} }
}
`;
const start = (bench: Bench, host: Host, who: "ours" | "keepalived", p: VrrpInstancePlan): Promise<Running> =>
  who === "ours" ? bench.room(host, plan(p)) : bench.keepalived(host, configuration(p));

const v2 = { version: 2, advertIntervalMs: 1000, authPass: "1111" } as const;
const v3 = { version: 3, advertIntervalMs: 200 } as const;

describe.skipIf(!isRoot)("with Debian's keepalived", () => {
  test.concurrent.for([
    { name: "version 2, master ours", a: "ours", b: "keepalived", timing: v2 },
    { name: "version 2, backup ours", a: "keepalived", b: "ours", timing: v2 },
    { name: "version 3, master ours", a: "ours", b: "keepalived", timing: v3 },
    { name: "version 3, backup ours", a: "keepalived", b: "ours", timing: v3 },
  ] as const)("$name: placement, stop, return, pulled cable, return", async ({ a, b, timing }) => {
    await using bench = await Bench.start();
    const only = (host: Host) => async (): Promise<boolean> =>
      (await bench.owns(host)) && !(await bench.owns(other[host]));
    const better = instance({ ...timing, priority: 150 });
    const master = await start(bench, "a", a, better);
    await eventually("a holds the VIP", 6000, only("a"));
    const backup = await start(bench, "b", b, instance({ ...timing, priority: 100 }));
    const unit = timing.version === 2 ? 1000 : timing.advertIntervalMs;
    const skewMs = (156 / 256) * unit;

    const stopped = eventually("b holds the VIP after the stop", 4000, () => bench.owns("b"));
    master.signal("SIGTERM");
    expect(await stopped).toBeLessThan(skewMs + SLACK_MS);
    await master.exited;
    const again = await start(bench, "a", a, better);
    await eventually("a took it back", 8000, only("a"));

    await bench.cut("a");
    const cutMs = await eventually("b holds the VIP after the cut", 6000, () => bench.owns("b"));
    expect(cutMs).toBeLessThan(3 * timing.advertIntervalMs + skewMs + SLACK_MS);
    await bench.restore("a");
    await eventually("a took it back again", 12_000, only("a"));

    const keepalived = a === "keepalived" ? again : backup;
    expect(keepalived.stderr).not.toMatch(/checksum|invalid|mismatch|bogus|differ|expected/i);
    const ours = a === "ours" ? again : backup;
    expect(ours.stderr).not.toMatch(/dropped an advert|advert from .*(list|interval)/);
  });

  test.concurrent("another password: both sides refuse each other's adverts, ours says so once", async () => {
    await using bench = await Bench.start();
    await bench.keepalived("a", configuration(instance({ ...v2, priority: 150 })));
    await eventually("keepalived is master", 8000, () => bench.owns("a"));
    const b = await bench.room("b", plan(instance({ ...v2, priority: 100, authPass: "2222" })));
    await eventually("both are master", 8000, async () => (await bench.owns("a")) && (await bench.owns("b")));
    await eventually("some were dropped", 5000, () => {
      b.signal("SIGUSR2");
      const last = b.messages().findLast((m) => m.t === "status");
      return last?.t === "status" && (last.status.instances[0]?.counters.auth_failure ?? 0) >= 2;
    });
    expect(b.stderr.split("the password is another").length - 1).toBe(1);
    expect(b.stderr).toContain(`(VI_1) dropped an advert from ${addressOf.a}: the password is another`);
  });

  test.concurrent("equal priorities: the higher address wins on both sides", async () => {
    await using bench = await Bench.start();
    await bench.part("a", true);
    await bench.room("b", plan(instance({ ...v3 })));
    await bench.keepalived("a", configuration(instance({ ...v3 })));
    await eventually("both are master", 4000, async () => (await bench.owns("a")) && (await bench.owns("b")));
    await bench.part("a", false);
    await eventually("b alone", 4000, async () => (await bench.owns("b")) && !(await bench.owns("a")));
  });
});

describe.skipIf(!isRoot)("with FRR's vrrpd, version 3", () => {
  test.concurrent("placement by priority, take-over within the skew when ours stops, and back", async () => {
    await using bench = await Bench.start();
    const { status } = await startFrr(bench, "b", { version: 3, family: 4, intervalMs: 1000, priority: 100 });
    await eventually("FRR is master alone", 10_000, async () => (await status()) === "Master");
    const ours = plan(instance({ ...v3, advertIntervalMs: 1000, priority: 150 }));
    const a = await bench.room("a", ours);
    await eventually("ours took over", 8000, () => bench.owns("a"));
    await eventually("FRR yielded", 4000, async () => (await status()) === "Backup");
    await a.end();
    expect(await eventually("FRR took over", 4000, async () => (await status()) === "Master")).toBeLessThan(
      (156 / 256) * 1000 + 2 * SLACK_MS,
    );
    expect(a.stderr).not.toMatch(/dropped an advert/);
  });
});

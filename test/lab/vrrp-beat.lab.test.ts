import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, test } from "vitest";
import type { VrrpInstancePlan, VrrpStatus } from "../../src/vrrp/model.ts";
import { leaseMs } from "../../src/vrrp/timing.ts";
import { addressOf, Bench, eventually, instance, isRoot, plan, type Running } from "./vrrp-bench.ts";

const v3 = { version: 3, advertIntervalMs: 100 } as const;
const unicastTo = (address: string): Partial<VrrpInstancePlan> => ({
  unicast: { peers: [{ address, minTtl: 255, maxTtl: 255 }], ttl: 255, checkSource: true },
});
const hmac: VrrpInstancePlan["hmac"] = {
  keys: [{ id: 1, keyHex: "00112233445566778899aabbccddeeff" }],
  activeKey: 1,
  mode: "enforce",
  antiReplay: "time",
  timeWindowMs: 30_000,
};

/** Keeps the JavaScript of a room busy, and resolves with when that was: ms since 1970. */
async function keepBusy(bench: Bench, room: Running, busyMs: number): Promise<{ beganMs: number; endedMs: number }> {
  const file = path.join(bench.folder, "a.json");
  await writeFile(file, JSON.stringify({ ...JSON.parse(await readFile(file, "utf8")), busyMs }));
  const find = () => room.messages().findLast((message) => message.t === "busy");
  const before = find();
  room.signal("SIGWINCH");
  await eventually("JavaScript was busy", busyMs + 5000, () => find() !== before);
  return find() as { beganMs: number; endedMs: number };
}

async function statusOf(room: Running): Promise<VrrpStatus["instances"][number]> {
  const count = (): number => room.messages().filter(({ t }) => t === "status").length;
  const before = count();
  room.signal("SIGUSR2");
  await eventually("a status", 5000, () => count() > before);
  const last = room.messages().findLast((message) => message.t === "status");
  return (last as { status: VrrpStatus }).status.instances[0] as VrrpStatus["instances"][number];
}

/** Looks at the adverts of host a from b; `timesMs` are when they came, in ms since 1970. */
async function watching(bench: Bench): Promise<{ timesMs: () => number[] }> {
  const filter = `(proto 112 or proto 51 or ip6 proto 112) and not src ${addressOf.b}`;
  const dump = bench.spawn("b", "tcpdump", "-i", "eth0", "-n", "-tt", "-l", "-Q", "in", "--immediate-mode", filter);
  await eventually("tcpdump listens", 10_000, () => dump.stderr.includes("listening on"));
  return { timesMs: () => [...dump.stdout.matchAll(/^(\d+\.\d+) IP/gm)].map(([, at]) => Number(at) * 1000) };
}

const between = (timesMs: readonly number[], fromMs: number, toMs: number): number[] =>
  timesMs.filter((at) => at > fromMs && at < toMs);

describe.skipIf(!isRoot)("a master whose JavaScript is busy", () => {
  test.concurrent.for<{ name: string; part: Partial<VrrpInstancePlan>; here?: object; there?: object }>([
    { name: "version 3", part: v3 },
    { name: "version 3, IPv6", part: { ...v3, family: 6, multicastGroup: "ff02::12", addresses: [] } },
    { name: "version 3, unicast", part: v3, here: unicastTo(addressOf.b), there: unicastTo(addressOf.a) },
    { name: "version 3 with an HMAC", part: { ...v3, hmac } },
    { name: "version 2, PASS", part: { authPass: "1111" } },
    { name: "version 2, AH", part: { ahKey: "secret" } },
  ])("$name: adverts go on, and the peer takes each of them", async ({ part, here, there }) => {
    await using bench = await Bench.start();
    const a = await bench.room("a", plan(instance({ ...part, ...here, priority: 150 })));
    await eventually("a is MASTER", 8000, () => a.stderr.includes("Entering MASTER STATE"));
    const b = await bench.room("b", plan(instance({ ...part, ...there, priority: 100 })));
    await eventually("b is BACKUP", 8000, () => b.stderr.includes("Entering BACKUP STATE"));
    const seen = await watching(bench);
    const before = await statusOf(b);
    const { advertIntervalMs } = instance(part);
    const { beganMs, endedMs } = await keepBusy(bench, a, leaseMs(advertIntervalMs) * 0.7);
    const during = between(seen.timesMs(), beganMs, endedMs);
    expect(during.length).toBeGreaterThanOrEqual(Math.floor((endedMs - beganMs) / advertIntervalMs) - 1);
    const after = await statusOf(b);
    const { advert_rcvd, ...others } = after.counters;
    expect(advert_rcvd).toBeGreaterThan((before.counters.advert_rcvd ?? 0) + during.length - 2);
    expect(others).toEqual({ ...before.counters, advert_rcvd: undefined });
    expect(b.stderr).not.toContain("Entering MASTER STATE");
    const { counters } = await statusOf(a);
    expect(counters.send_err).toBe(0);
  });

  test.concurrent("for longer than its lease falls silent, and the peer has taken over before it goes on", async () => {
    await using bench = await Bench.start();
    const a = await bench.room("a", plan(instance({ ...v3, priority: 150 })));
    const b = await bench.room("b", plan(instance({ ...v3, priority: 100 })));
    await eventually("a is MASTER", 8000, () => a.stderr.includes("Entering MASTER STATE"));
    const seen = await watching(bench);
    const { beganMs, endedMs } = await keepBusy(bench, a, 2000);
    const during = between(seen.timesMs(), beganMs, endedMs);
    expect(during.length).toBeGreaterThan(2);
    expect(during.at(-1)).toBeLessThan(beganMs + leaseMs(100) + 100);
    expect(b.stderr).toContain("Entering MASTER STATE");
    const lastOf = (state: string): number => b.stderr.lastIndexOf(`Entering ${state} STATE`);
    await eventually("b is BACKUP again", 3000, () => lastOf("BACKUP") > lastOf("MASTER"));
  });

  test.concurrent("steps down at once when a better master has come meanwhile, without a word of its own", async () => {
    await using bench = await Bench.start();
    const a = await bench.room("a", plan(instance({ ...v3, priority: 150 })));
    await eventually("a is MASTER", 8000, () => a.stderr.includes("Entering MASTER STATE"));
    const busy = keepBusy(bench, a, 3000);
    await bench.room("b", plan(instance({ ...v3, priority: 200 })));
    const seen = await watching(bench);
    const { endedMs } = await busy;
    await eventually("a is BACKUP", 3000, () => a.stderr.includes("Entering BACKUP STATE"));
    await eventually("a has given up the addresses", 3000, async () => !(await bench.owns("a")));
    expect(between(seen.timesMs(), endedMs - 1500, endedMs + 1000).length).toBeLessThanOrEqual(1);
  });
});

import { expect, test } from "vitest";
import { Bench, eventually, instance, isRoot, plan, throughout } from "./vrrp-bench.ts";

/** `npm run lab:full` looks on for ten minutes. */
const full = process.env.LVSKEEPER_LAB_FULL === "1";
const DURATION_MS = full ? 600_000 : 6000;
const HOGS = 2;
const BESIDE = "192.0.2.150";

const keepalived = (priority: number): string => `
vrrp_instance BESIDE {
    interface eth0
    virtual_router_id 60
    version 3
    advert_int 0.01
    priority ${priority}
    virtual_ipaddress {
        ${BESIDE}/32
    }
}
`;

const takeOvers = (log: string): number => log.split("Entering MASTER STATE").length - 1;

test.skipIf(!isRoot)(
  "10 ms adverts while two programs want all the processor time: nobody takes over",
  { timeout: DURATION_MS + 60_000 },
  async ({ annotate }) => {
    await using bench = await Bench.start();
    const fast = { version: 3, advertIntervalMs: 10 } as const;
    const a = await bench.room("a", plan(instance({ ...fast, priority: 150 })));
    await eventually("a is MASTER", 8000, () => bench.owns("a"));
    const b = await bench.room("b", plan(instance({ ...fast, priority: 100 })));
    const other = await bench.keepalived("a", keepalived(150));
    await eventually("keepalived is MASTER beside it", 8000, () => bench.owns("a", BESIDE));
    const backup = await bench.keepalived("b", keepalived(100));
    const before = takeOvers(backup.stderr);
    const hogs = Array.from({ length: HOGS }, () => bench.spawn("a", "sh", "-c", "while :; do :; done"));
    await throughout("the hogs run", DURATION_MS, () => hogs.every(({ running }) => running));
    const theirs = takeOvers(backup.stderr) - before;
    const ours = takeOvers(b.stderr);
    const beside = `keepalived's took over ${theirs} times\na wrote: ${a.stderr}\nb wrote: ${b.stderr}`;
    expect(ours, beside).toBe(0);
    expect(await bench.owns("a")).toBe(true);
    for (const hog of hogs) expect(hog.running).toBe(true);
    expect(other.running).toBe(true);
    a.signal("SIGUSR2");
    await eventually("a status", 5000, () => a.messages().some(({ t }) => t === "status"));
    const status = a.messages().find((message) => message.t === "status");
    const delay = status?.t === "status" ? status.status.instances[0]?.advertDelay : undefined;
    await annotate(
      `peers took over: ours ${ours} times, keepalived's ${theirs} times; latest advert of ours: ${delay?.mostMs} ms late`,
    );
  },
);

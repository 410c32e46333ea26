import { describe, expect, test } from "vitest";
import type { VrrpStatus } from "../../src/vrrp/model.ts";
import { addressOf, Bench, eventually, instance, isRoot, plan, type Running, VIP } from "./vrrp-bench.ts";

const v3 = { version: 3, advertIntervalMs: 200 } as const;
/** No batch of the take-over comes later. */
const onlyAtOnce = { ...instance().garp, masterDelayMs: 0 };

/** Whether multicast reaches b: without it b hears nothing, and is heard all the same. */
const deaf = (bench: Bench, is: boolean): Promise<string> =>
  bench.ip("sw", "link", "set", "port-b", "type", "bridge_slave", "mcast_flood", is ? "off" : "on");

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

    const mac = /link\/ether (\S+)/.exec(await bench.ip("a", "link", "show", "eth0"))?.[1] ?? "none";
    const capture = await bench.capture("b", `arp and ether src ${mac}`);
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
    expect(a.stderr.match(/split brain: /g)).toHaveLength(1);
    expect((await statusOf(a))?.secondMaster).toBeUndefined();
    expect(b.running).toBe(true);
  });
});

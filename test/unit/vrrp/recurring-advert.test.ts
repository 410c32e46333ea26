import { describe, expect, test } from "vitest";
import { createLogger } from "../../../src/core/log.ts";
import { Instance } from "../../../src/vrrp/instance.ts";
import type { InstanceHost } from "../../../src/vrrp/instance-host.ts";
import { vrrpEvents } from "../../../src/vrrp/log-events.ts";
import type { VrrpInstancePlan } from "../../../src/vrrp/model.ts";
import { advertPacket } from "../../../src/vrrp/packet.ts";
import { decodeIpv4 } from "../../../src/vrrp/wire/ipv4.ts";
import { instancePlan } from "../../instance-plan.ts";

const GROUP = "224.0.0.18";
const MASTER = "192.0.2.2";
const planOf = (part: Partial<VrrpInstancePlan>): VrrpInstancePlan =>
  instancePlan({
    version: 3,
    advertIntervalMs: 100,
    addresses: [{ address: "192.0.2.100", prefixLength: 24 }],
    notifyPriorityChanges: false,
    ...part,
  });

/** A backup whose socket counts what it is told to know. */
function backup(part: Partial<VrrpInstancePlan> = {}) {
  const plan = planOf(part);
  const done = Promise.resolve();
  let now = 1000;
  let known: Uint8Array | undefined;
  let counted: { adverts: number; lastAt: number } | undefined;
  let deadline: number | undefined;
  const host: InstanceHost = {
    log: createLogger(vrrpEvents, () => {}),
    vips: { hold: () => done, release: () => done },
    fib: { hold: () => done, release: () => done },
    firewall: { block: () => done, unblock: () => done },
    now: () => now,
    wallMs: () => now,
    createDeadline: () => ({
      set: (at) => {
        deadline = at;
      },
    }),
    send: () => undefined,
    announce: () => {},
    silence: () => {},
    mayLead: () => true,
    moved: () => {},
    notify: () => {},
    electionForced: () => {},
    ear: {
      know: (_, packet) => {
        known = packet;
      },
      forget: () => {
        known = undefined;
        counted = undefined;
      },
      heard: () => {
        const heard = counted;
        counted = undefined;
        return heard;
      },
    },
  };
  const instance = new Instance(plan, host, () => false);
  instance.source = "192.0.2.1";
  instance.dispatch({ type: "start", now });
  return {
    instance,
    get knows() {
      return known !== undefined;
    },
    get deadline() {
      return deadline;
    },
    hear(priority: number, from = MASTER) {
      const bytes = advertPacket(plan, { source: from, destination: GROUP }, priority, { id: 1, sequence: 1 });
      const packet = decodeIpv4(bytes);
      if (packet.ok) instance.receive(packet.value);
    },
    /** So many come by the socket alone, the last one at `lastAt`. */
    count(adverts: number, lastAt: number) {
      counted = { adverts, lastAt };
      now = lastAt + 5;
    },
  };
}

describe("the advert of a master", () => {
  test("is handed over once and then counted; its timer starts at the last one", () => {
    const one = backup();
    one.hear(150);
    expect([one.knows, one.deadline]).toEqual([true, 1000 + 300 + (156 / 256) * 100]);
    one.count(7, 1700);
    one.instance.catchUp();
    expect(one.deadline).toBe(1700 + 300 + (156 / 256) * 100);
    const { counters, peers } = one.instance.status();
    expect(counters.advert_rcvd).toBe(8);
    expect(peers).toMatchObject([{ address: MASTER, priority: 150, adverts: 8, lastAdvertWallMs: 1700 }]);
  });

  test.for<{ name: string; part?: Partial<VrrpInstancePlan>; priority: number }>([
    { name: "a lower one that is preempted", priority: 90 },
    { name: "a goodbye", priority: 0 },
    { name: "one that a preemption delay waits for", part: { preemptDelayMs: 5000 }, priority: 90 },
    {
      name: "one with an authentication header",
      part: { version: 2, advertIntervalMs: 1000, ahKey: "x" },
      priority: 150,
    },
  ])("is handed over each time: $name", ({ part, priority }) => {
    const one = backup(part);
    one.hear(priority);
    one.hear(priority);
    expect(one.knows).toBe(false);
  });

  test("of any priority is counted where nobody is preempted", () => {
    const one = backup({ preempt: false });
    one.hear(90);
    expect(one.knows).toBe(true);
  });

  test.for<{ name: string; deed: (one: ReturnType<typeof backup>) => void }>([
    {
      name: "another priority",
      deed: ({ instance }) => instance.dispatch({ type: "priority", now: 2000, priority: 90 }),
    },
    { name: "a fault", deed: ({ instance }) => instance.dispatch({ type: "fault", now: 2000, reason: "x" }) },
    { name: "a reload", deed: ({ instance }) => instance.reconfigure(planOf({ priority: 90 })) },
    { name: "another router", deed: (one) => one.hear(90, "192.0.2.3") },
    { name: "its end", deed: ({ instance }) => instance.close() },
  ])("is looked at again after $name, and what was counted is not lost", ({ deed }) => {
    const one = backup();
    one.hear(150);
    one.count(3, 1300);
    deed(one);
    expect(one.knows).toBe(false);
    expect(one.instance.counters.advert_rcvd).toBeGreaterThanOrEqual(4);
  });

  test("that came before the counters were cleared is not counted after it", () => {
    const one = backup();
    one.hear(150);
    one.count(3, 1300);
    one.instance.clearCounters();
    one.count(2, 1500);
    expect(one.instance.status().counters.advert_rcvd).toBe(2);
  });
});

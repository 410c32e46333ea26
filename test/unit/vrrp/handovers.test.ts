import { describe, expect, test } from "vitest";
import { DirectorError } from "../../../src/core/errors.ts";
import type { Logger } from "../../../src/core/log.ts";
import { handedOverFault } from "../../../src/vrrp/conditions.ts";
import { Handovers } from "../../../src/vrrp/handovers.ts";
import type { Instance } from "../../../src/vrrp/instance.ts";
import type { vrrpEvents } from "../../../src/vrrp/log-events.ts";
import { deadlineOf, type Event, type State, step } from "../../../src/vrrp/machine.ts";
import { parseVrrpCommand } from "../../../src/vrrp/vrrp-command.ts";
import { advert, kinds, master, v2 } from "./machine-cases.ts";

const DOWN_MS = 3000 + (156 / 256) * 1000;
const WALL_MS = Date.UTC(2026, 10, 21, 8, 50, 12);

/** An instance of priority 100 that is MASTER at 10 s, a clock that stands, and the one deadline that is set. */
function bench(more: readonly string[] = []) {
  const world = {
    now: 10_500,
    deadline: undefined as number | undefined,
    sent: [] as string[],
    logged: [] as string[],
  };
  const instance = {
    name: "VI_1",
    plan: v2,
    state: master as State,
    handedOverSinceWallMs: undefined as number | undefined,
    dispatch(event: Event) {
      const { state, effects } = step(instance.state, event, v2);
      instance.state = state;
      world.sent.push(...kinds(effects));
    },
  };
  let due: (now: number) => void = () => {};
  const handovers = new Handovers({
    log: { warn: (name: string) => world.logged.push(name) } as unknown as Logger<typeof vrrpEvents>,
    now: () => world.now,
    wallMs: () => WALL_MS,
    createDeadline: (_, then) => {
      due = then;
      const set = (at: number | undefined): void => {
        world.deadline = at;
      };
      return { set };
    },
    changed: () => {
      const since = instance.handedOverSinceWallMs;
      const faults = [...more, ...(since === undefined ? [] : [handedOverFault(since)])];
      for (const reason of faults) instance.dispatch({ type: "fault", now: world.now, reason });
      for (const reason of instance.state.faults.filter((fault) => !faults.includes(fault)))
        instance.dispatch({ type: "clear", now: world.now, reason });
    },
  });
  const pass = (): void => {
    world.now = world.deadline ?? world.now;
    world.deadline = undefined;
    due(world.now);
  };
  return { world, handovers, pass, given: instance, instance: instance as unknown as Instance };
}

describe("an instance that is handed over", () => {
  test("leaves MASTER with priority 0, and answers with the peer's first advert and the time to it", async () => {
    const { world, handovers, instance } = bench();
    const answer = handovers.failOver(instance);
    expect(world.sent).toEqual(["send 0", "enter fault", "removeAddresses", "send 0", "notify"]);
    expect(instance.state.faults).toEqual(["handed over by the administrator since 2026-11-21 08:50:12 UTC"]);
    world.now += 610;
    handovers.heard(instance, advert(0));
    handovers.heard(instance, advert(90, { order: 0 }));
    handovers.heard(instance, advert(90));
    const takenBy = { address: "192.0.2.9", priority: 90, afterMs: 610 };
    expect(await answer).toEqual({ did: "failover", instance: "VI_1", was: "master", sinceWallMs: WALL_MS, takenBy });
    expect(world.deadline).toBe(world.now + DOWN_MS);
    expect(await handovers.failOver(instance)).toMatchObject({ was: "fault", sinceWallMs: WALL_MS });
  });

  test("takes part again when nobody is heard for the Master_Down_Interval, and does not wait a second one", async () => {
    const { world, handovers, instance, pass } = bench();
    const answer = handovers.failOver(instance);
    pass();
    await expect(answer).rejects.toMatchObject({ code: "handover/no-peer", message: /within 3\.61 s/ });
    expect([instance.state.name, world.logged]).toEqual(["backup", ["vrrp.peerLost"]]);
    expect(deadlineOf(instance.state)).toBe(10_500 + DOWN_MS);
    instance.dispatch({ type: "timer", now: world.now, mayLead: true });
    expect(instance.state.name).toBe("master");
  });

  test("of a peer that stops in order only the skew is waited for", () => {
    const { world, handovers, instance, pass } = bench();
    void handovers.failOver(instance);
    handovers.heard(instance, advert(90));
    handovers.heard(instance, advert(0));
    expect(world.deadline).toBe(world.now + (156 / 256) * 1000);
    pass();
    expect(instance.state.name).toBe("backup");
  });

  test("stays so as long as something else keeps it from running, since it cannot hear or cannot serve", async () => {
    const { handovers, instance, pass, world } = bench(["interface eth0 is down"]);
    const answer = handovers.failOver(instance);
    pass();
    await expect(answer).rejects.toMatchObject({ message: expect.stringContaining("interface eth0 is down") });
    expect(instance.handedOverSinceWallMs).toBe(WALL_MS);
    expect(world.deadline).toBe(world.now + DOWN_MS);
  });

  test("resumed, it is BACKUP with a whole Master_Down_Interval ahead; whoever waited is told", async () => {
    const { world, handovers, instance } = bench();
    const answer = handovers.failOver(instance);
    expect(handovers.resume(instance)).toEqual({ did: "resume", instance: "VI_1", downMs: 0 });
    await expect(answer).rejects.toMatchObject({ code: "handover/resumed" });
    expect([instance.state.name, deadlineOf(instance.state)]).toEqual(["backup", world.now + DOWN_MS]);
    expect(world.deadline).toBeUndefined();
    expect(() => handovers.resume(instance)).toThrow(DirectorError);
  });

  test("a backup is taken out without a word, and without waiting", async () => {
    const { world, handovers, given, instance } = bench();
    given.dispatch({ ...advert(200), now: 10_400 });
    world.sent.length = 0;
    expect(await handovers.failOver(instance)).toMatchObject({ was: "backup" });
    expect(world.sent).toEqual(["enter fault", "notify"]);
  });
});

test.for([
  [{ do: "failover", instance: "VI_1" }, true],
  [{ do: "resume", instance: "VI 1", more: 1 }, true],
  [{ do: "stop", instance: "VI_1" }, false],
  [{ do: "failover", instance: "" }, false],
  [{ do: "failover", instance: 3 }, false],
  [null, false],
  ["failover", false],
] as const)("%j is a command: %s", ([value, is]) => {
  const { do: what, instance } = (value ?? {}) as Record<string, unknown>;
  expect(parseVrrpCommand(value)).toEqual(is ? { do: what, instance } : undefined);
});

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  deadlineOf,
  OFF,
  respawnDelayMs,
  type SupervisorEffect,
  type SupervisorEvent,
  type SupervisorState,
  step,
} from "../../../src/process/supervisor.ts";

const limits = { watchdogTimeoutMs: 3000, startTimeoutMs: 20_000 };

/** Feeds events in order; what all of them asked for, and where they led. */
function run(...events: readonly SupervisorEvent[]): { state: SupervisorState; effects: SupervisorEffect[] } {
  return events.reduce<{ state: SupervisorState; effects: SupervisorEffect[] }>(
    (at, event) => {
      const next = step(at.state, event, limits);
      return { state: next.state, effects: [...at.effects, ...next.effects] };
    },
    { state: OFF, effects: [] },
  );
}

const start = { type: "start", now: 0 } as const;
const heard = (now: number, ready = false): SupervisorEvent => ({ type: "heard", now, ready });
const timer = (now: number): SupervisorEvent => ({ type: "timer", now });
const died = (now: number, inOrder = false): SupervisorEvent => ({ type: "exited", now, inOrder });
const last = (effects: readonly SupervisorEffect[]): SupervisorEffect | undefined => effects.at(-1);

describe("respawn: at once the first time, then 1 s, 2 s … 60 s while a child lives less than 60 s", () => {
  test.for([
    { earlyDeaths: 0, livedMs: 10, waitMs: 0 },
    { earlyDeaths: 1, livedMs: 10, waitMs: 1000 },
    { earlyDeaths: 2, livedMs: 10, waitMs: 2000 },
    { earlyDeaths: 3, livedMs: 59_999, waitMs: 4000 },
    { earlyDeaths: 6, livedMs: 10, waitMs: 32_000 },
    { earlyDeaths: 7, livedMs: 10, waitMs: 60_000 },
    { earlyDeaths: 5000, livedMs: 10, waitMs: 60_000 },
    { earlyDeaths: 7, livedMs: 60_000, waitMs: 0 },
  ])("after $earlyDeaths early deaths and a life of $livedMs ms: $waitMs ms", ({ earlyDeaths, livedMs, waitMs }) => {
    expect(respawnDelayMs(earlyDeaths, livedMs)).toBe(waitMs);
  });

  test("a long life forgets the deaths before it", () => {
    const { state, effects } = run(start, died(10), died(20), timer(1020), heard(1030, true), died(70_000));
    expect(last(effects)).toEqual({ do: "spawn", continues: true });
    expect(state.earlyDeaths).toBe(0);
    expect(state.respawns).toBe(3);
  });

  test("a reload cuts the wait short", () => {
    const { effects } = run(start, died(10), died(20), { type: "start", now: 30 });
    expect(effects.filter((e) => e.do === "spawn")).toHaveLength(3);
  });

  test("a child that stopped in order has let go of everything, so its successor starts afresh", () => {
    expect(last(run(start, heard(5, true), died(10, true)).effects)).toEqual({ do: "spawn", continues: false });
  });

  test("also when that successor has to wait", () => {
    const { effects } = run(start, died(10), died(20, true), timer(1020));
    expect(last(effects)).toEqual({ do: "spawn", continues: false });
  });
});

describe("heartbeats", () => {
  test("silence longer than watchdog_timeout kills", () => {
    expect(last(run(start, heard(100, true), timer(3100)).effects)).toEqual({ do: "kill", why: "silent" });
  });
  test("one word in time keeps it alive", () => {
    const { state, effects } = run(start, heard(100, true), heard(3000), timer(3100));
    expect(effects.some((e) => e.do === "kill")).toBe(false);
    expect(deadlineOf(state)).toBe(6000);
  });
  test("a child that has said nothing yet has time to load", () => {
    expect(run(start, timer(19_999)).effects).toHaveLength(1);
    expect(last(run(start, timer(20_000)).effects)).toEqual({ do: "kill", why: "silent" });
  });
  test("a parent that was itself stopped blames nobody: the child gets the whole time again", () => {
    const { state, effects } = run(start, heard(100, true), timer(60_000));
    expect(effects.some((e) => e.do === "kill")).toBe(false);
    expect(deadlineOf(state)).toBe(63_000);
  });
  test("nothing is started until the kernel reports the end of the one that was killed", () => {
    const killed = run(start, heard(100, true), timer(3100));
    expect(deadlineOf(killed.state)).toBeUndefined();
    const after = step(killed.state, died(3150), limits);
    expect(after.effects).toEqual([
      { do: "reportDeath", respawnInMs: 0 },
      { do: "spawn", continues: true },
    ]);
  });
});

describe("stop", () => {
  test("in order, then by SIGKILL once overdue; told when it is gone, and not replaced", () => {
    const { state, effects } = run(
      start,
      heard(5, true),
      { type: "stop", now: 10, withinMs: 5000 },
      timer(5010),
      died(5020),
    );
    expect(effects.slice(1)).toEqual([{ do: "orderStop" }, { do: "kill", why: "overdue" }, { do: "stopped" }]);
    expect(state).toEqual(OFF);
  });
  test("of a child that waits to be replaced: it is not", () => {
    expect(run(start, died(10), died(20), { type: "stop", now: 30, withinMs: 5000 }).state).toEqual(OFF);
  });
  test("of a child that is being killed: told at its end", () => {
    const { effects } = run(start, heard(1), timer(3001), { type: "stop", now: 3002, withinMs: 5000 }, died(3003));
    expect(last(effects)).toEqual({ do: "stopped" });
  });
});

describe("patience with a machine that is too busy", () => {
  test("setting up a large configuration has the time of a start, heartbeats or not", () => {
    expect(run(start, heard(100), timer(3100)).effects).toHaveLength(1);
    expect(last(run(start, heard(100), timer(20_100)).effects)).toEqual({ do: "kill", why: "silent" });
  });

  test("who follows one that was killed for silence has twice the time, up to eight times", () => {
    let state = run(start, heard(0, true)).state;
    const limitsSeen: number[] = [];
    for (let n = 0, now = 0; n < 6; n += 1) {
      const silentAt = deadlineOf(state) ?? 0;
      limitsSeen.push(silentAt - now);
      state = step(state, timer(silentAt), limits).state;
      state = step(state, died(silentAt), limits).state;
      now = deadlineOf(state) ?? silentAt;
      if (state.phase.name === "waiting") state = step(state, timer(now), limits).state;
      else now = silentAt;
      state = step(state, heard(now, true), limits).state;
    }
    expect(limitsSeen).toEqual([3000, 6000, 12_000, 24_000, 24_000, 24_000]);
  });

  test("after a long life it is as at first", () => {
    const { state } = run(start, heard(0, true), timer(3000), died(3001), heard(3002, true), died(70_000));
    expect(state.silentDeaths).toBe(0);
  });
});

test("whatever happens, at most one child runs at a time, and none while one is waited for", () => {
  const anyEvent = fc.oneof(
    fc.constant({ type: "start" as const }),
    fc.boolean().map((ready) => ({ type: "heard" as const, ready })),
    fc.constant({ type: "timer" as const }),
    fc.boolean().map((inOrder) => ({ type: "exited" as const, inOrder })),
    fc.nat(6000).map((withinMs) => ({ type: "stop" as const, withinMs })),
  );
  fc.assert(
    fc.property(fc.array(fc.tuple(anyEvent, fc.nat(4000)), { maxLength: 200 }), (events) => {
      let state: SupervisorState = OFF;
      let now = 0;
      let running = 0;
      for (const [event, afterMs] of events) {
        now += afterMs;
        if (event.type === "exited") {
          if (running === 0) continue; // the kernel reports each end once
          running = 0;
        }
        const next = step(state, { ...event, now } as SupervisorEvent, limits);
        state = next.state;
        running += next.effects.filter((e) => e.do === "spawn").length;
        expect(running).toBeLessThanOrEqual(1);
        if (state.phase.name === "off" || state.phase.name === "waiting") expect(running).toBe(0);
      }
    }),
  );
});

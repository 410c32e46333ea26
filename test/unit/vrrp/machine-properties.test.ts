import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  deadlineOf,
  type Event,
  initialState,
  type MachineConfig,
  type State,
  step,
} from "../../../src/vrrp/machine.ts";
import { advert, backup, v2 } from "./machine-cases.ts";

describe("whatever happens", () => {
  const reasons = ["a", "b", "c"] as const;
  const anyEvent: fc.Arbitrary<{ wait: number; event: (now: number, due: number | undefined) => Event }> = fc.record({
    wait: fc.integer({ min: 0, max: 4000 }),
    event: fc.oneof(
      fc.boolean().map(
        (mayLead) =>
          (now: number, due?: number): Event => ({ type: "timer", now: Math.max(now, due ?? now), mayLead }),
      ),
      fc.record({ priority: fc.constantFrom(0, 1, 80, 99, 100, 101, 254, 255), order: fc.constantFrom(-1, 0, 1) }).map(
        ({ priority, order }) =>
          (now: number): Event => ({ ...advert(priority, { order: order as -1 | 0 | 1 }), now }),
      ),
      fc
        .record({ type: fc.constantFrom("fault", "clear", "hold", "release"), reason: fc.constantFrom(...reasons) })
        .map((e) => (now: number) => ({ ...e, now }) as Event),
      fc.constantFrom("lead", "announce", "start").map((type) => (now: number) => ({ type, now }) as Event),
      fc.constant((now: number): Event => ({ type: "yield", now, why: "group" })),
      fc.integer({ min: 1, max: 254 }).map(
        (priority) =>
          (now: number): Event => ({ type: "priority", now, priority }),
      ),
      fc.constant((now: number): Event => ({ type: "configured", now, previous: v2 })),
    ),
  });
  const anyConfig: fc.Arbitrary<MachineConfig> = fc
    .record({
      version: fc.constantFrom(2 as const, 3 as const),
      priority: fc.constantFrom(1, 100, 254, 255),
      preempt: fc.boolean(),
      preemptDelayMs: fc.constantFrom(0, 5000),
      quickStart: fc.boolean(),
    })
    .map((part) => ({ ...v2, ...part }));

  test("addresses are held exactly while MASTER, adverts and announcements of a master leave only from a master", () => {
    fc.assert(
      fc.property(anyConfig, fc.array(anyEvent, { maxLength: 60 }), (c, events) => {
        let state: State = initialState(c.priority);
        let held = false;
        let now = 0;
        for (const { wait, event } of [
          { wait: 0, event: (at: number): Event => ({ type: "start", now: at }) },
          ...events,
        ]) {
          const e = event(now + wait, deadlineOf(state));
          now = e.now;
          const next = step(state, e, c);
          for (const effect of next.effects) {
            if (effect.do === "addAddresses") held = true;
            if (effect.do === "removeAddresses") held = false;
            if (effect.do === "announce") expect(next.state.name).toBe("master");
            if (effect.do === "send" && effect.priority > 0)
              expect([state.name, next.state.name].includes("master")).toBe(true);
          }
          const order = next.effects.map((effect) => effect.do);
          if (order.includes("addAddresses")) expect(order.indexOf("send")).toBeLessThan(order.indexOf("addAddresses"));
          state = next.state;
          expect(held).toBe(state.name === "master");
          expect(deadlineOf(state) !== undefined).toBe(state.name === "backup" || state.name === "master");
          expect(state.faults.length > 0).toBe(state.name === "fault");
        }
      }),
      { numRuns: 500 },
    );
  });

  test("faults come and go in any order: it runs again exactly when the set is empty", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.boolean(), fc.constantFrom(...reasons)), { maxLength: 40 }), (moves) => {
        let state: State = backup;
        const set = new Set<string>();
        moves.forEach(([raise, reason], now) => {
          if (raise) set.add(reason);
          else set.delete(reason);
          state = step(state, { type: raise ? "fault" : "clear", now, reason }, v2).state;
          expect([...state.faults]).toEqual([...set].sort());
          expect(state.name).toBe(set.size === 0 ? "backup" : "fault");
        });
      }),
    );
  });

  test("a due timer always moves the deadline into the future", () => {
    fc.assert(
      fc.property(anyConfig, fc.array(anyEvent, { maxLength: 40 }), fc.boolean(), (c, events, mayLead) => {
        let { state } = step(initialState(c.priority), { type: "start", now: 0 }, c);
        let now = 0;
        for (const { wait, event } of events) {
          const e = event(now + wait, deadlineOf(state));
          now = e.now;
          state = step(state, e, c).state;
        }
        const due = deadlineOf(state);
        if (due === undefined) return;
        const at = Math.max(due, now);
        expect(deadlineOf(step(state, { type: "timer", now: at, mayLead }, c).state)).toBeGreaterThan(at);
      }),
    );
  });
});

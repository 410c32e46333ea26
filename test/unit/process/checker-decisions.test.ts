import fc from "fast-check";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { CheckerState } from "../../../src/checkers/model.ts";
import { currentPlan } from "../../../src/process/checker-current-plan.ts";
import { createDecisions } from "../../../src/process/checker-decisions.ts";
import { InheritedVerdicts } from "../../../src/process/checker-inherited.ts";
import { createLater } from "../../../src/process/later.ts";
import { startFleet } from "../../../src/virtual-server/fleet.ts";
import { checkerState, downWith, processPlan, server, service } from "../virtual-server/plans.ts";

beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setImmediate", "clearImmediate"] }));
afterEach(() => void vi.useRealTimers());

const [firstKey, secondKey] = ["tcp:10.0.1.1:80", "tcp:10.0.1.2:80"];

/** What decisions do, in its order: `table SERVERS` as wanted of the kernel, `told EVENT…`, `reported`. */
function deciding() {
  const done: string[] = [];
  const states = new Map<string, Partial<CheckerState>>();
  const view = (id: string): CheckerState => checkerState(states.get(id));
  const current = currentPlan(processPlan([service(1, [server(2), server(3)]), service(2, [server(4)])]), {});
  const decisions = createDecisions({
    current: () => current,
    view,
    want: async ({ table }) => {
      const servers = [...table.values()].map(({ destinations }) => [...destinations.keys()].join(" "));
      done.push(`table ${servers.join(", ")}`);
    },
    inherited: new InheritedVerdicts(),
    reporter: { report: () => done.push("reported") },
    carryOut(effects) {
      const events = effects.flatMap((effect) => (effect.do === "log" ? [effect.event] : []));
      done.push(`told ${events.join(" ")}`);
    },
    onStates: () => {},
    later: createLater(),
  });
  decisions.become(startFleet(current.plan.virtualServers, view, 0).fleet);
  const turn = () => vi.advanceTimersByTimeAsync(1);
  return { decisions, states, done, turn };
}

test("all that is known anew in a turn is one table, and the world is told after it", async () => {
  const { decisions, states, done, turn } = deciding();
  decisions.open();
  states.set("c2", downWith("refused")).set("c4", downWith("refused"));
  decisions.wake([firstKey]);
  decisions.wake([secondKey]);
  expect(done).toEqual([]);
  await turn();
  expect(done).toEqual(["table 10.0.0.3:80, ", "reported", "told rs.down rs.down quorum.lost"]);
});

test("a server that died waits for no other: the first of a turn is decided at once, the rest with its end", async () => {
  const { decisions, states, done, turn } = deciding();
  decisions.open();
  states.set("c2", downWith("refused"));
  decisions.wake([firstKey]);
  await Promise.resolve();
  expect(done).toEqual(["table 10.0.0.3:80, 10.0.0.4:80"]);
  states.set("c3", downWith("refused"));
  decisions.wake([firstKey]);
  await Promise.resolve();
  states.set("c4", downWith("refused"));
  decisions.wake([secondKey]);
  await Promise.resolve();
  expect(done).toHaveLength(1);
  await turn();
  expect(done.filter((what) => what.startsWith("table"))).toEqual(["table 10.0.0.3:80, 10.0.0.4:80", "table , "]);
});

test("however verdicts are cut into turns, the table is in the end as with all of them at once, and never knows less than was said", async () => {
  const servers = { c2: firstKey, c3: firstKey, c4: secondKey } as const;
  type Id = keyof typeof servers;
  const verdict = fc.record({ id: fc.constantFrom<Id>("c2", "c3", "c4"), isUp: fc.boolean() });
  const pause = fc.constantFrom("none", "microtask", "turn");
  const tableOf = (up: ReadonlySet<Id>): string => {
    const shown = (ids: readonly Id[]) => ids.filter((id) => up.has(id)).map((id) => `10.0.0.${id.slice(1)}:80`);
    return `table ${shown(["c2", "c3"]).join(" ")}, ${shown(["c4"]).join(" ")}`;
  };
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(verdict, pause), { maxLength: 30 }), async (steps) => {
      const { decisions, states, done, turn } = deciding();
      decisions.open();
      const up = new Set<Id>(["c2", "c3", "c4"]);
      /** The tables that were right at some moment, in their order. */
      const right = [tableOf(up)];
      for (const [{ id, isUp }, then] of steps) {
        states.set(id, isUp ? {} : downWith("refused"));
        if (isUp) up.add(id);
        else up.delete(id);
        right.push(tableOf(up));
        decisions.wake([servers[id]]);
        if (then === "microtask") await Promise.resolve();
        if (then === "turn") await turn();
      }
      await turn();
      await turn();
      const tables = done.filter((what) => what.startsWith("table"));
      let at = 0;
      for (const table of tables) {
        at = right.indexOf(table, at);
        expect(at).toBeGreaterThanOrEqual(0);
      }
      if (steps.length > 0) expect(tables.at(-1)).toBe(tableOf(up));
    }),
    { numRuns: 200, seed: 1 },
  );
});

test("what is known before the start has been told waits for that", async () => {
  const { decisions, states, done, turn } = deciding();
  states.set("c2", downWith("refused"));
  decisions.wake([firstKey]);
  await turn();
  expect(done).toEqual([]);
  decisions.open();
  await turn();
  expect(done[0]).toBe("table 10.0.0.3:80, 10.0.0.4:80");
});

test("settled at once it is done once: the turn that was to decide it finds nothing", async () => {
  const { decisions, states, done, turn } = deciding();
  decisions.open();
  states.set("c2", downWith("refused"));
  decisions.wake([firstKey]);
  decisions.settle([secondKey]);
  const expected = ["table 10.0.0.3:80, 10.0.0.4:80", "reported", expect.stringContaining("rs.")];
  expect(done).toEqual(expected);
  await turn();
  expect(done).toEqual(expected);
});

test("a stop leaves undecided what was pending", async () => {
  const { decisions, states, done, turn } = deciding();
  decisions.open();
  states.set("c2", downWith("refused"));
  decisions.wake([firstKey]);
  decisions.stop();
  await turn();
  expect(done).toEqual([]);
});

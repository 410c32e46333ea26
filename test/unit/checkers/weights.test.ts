import fc from "fast-check";
import { expect, test } from "vitest";
import type { CheckerState } from "../../../src/checkers/model.ts";
import { desiredDestinations } from "../../../src/virtual-server/desired.ts";
import { settle, start } from "../../../src/virtual-server/state.ts";
import { checker, downWith, server, service, sorry, view } from "../virtual-server/plans.ts";

const file = (id: string) => ({ kind: "FILE_CHECK", id, trackFile: id, weight: 1, alpha: false }) as const;
const plan = service(
  1,
  [server(2, { weight: 10, checkers: [checker("c2")], tracked: [file("f"), file("g")] }), server(3)],
  {
    quorum: 2,
    sorryServer: sorry(9),
  },
);

/** What the table has after these states, one set after the other. */
function after(...states: readonly Record<string, Partial<CheckerState>>[]): string[] {
  let { state } = start(plan, view(), 0);
  for (const [at, one] of states.entries()) state = settle(state, plan, view(one), at + 1).state;
  return [...desiredDestinations(plan, state)].map(([key, { weight }]) => `${key} ${weight}`);
}
const [ONE, SORRY] = ["10.0.0.3:80 1", "10.0.0.9:80 1"];

test("what misc_dynamic asks for takes the place of the configured weight, and what files say is added to it", () => {
  expect(after({ c2: { weight: 5 } })).toEqual(["10.0.0.2:80 5", ONE]);
  expect(after({ f: { delta: 7 }, g: { delta: -3 } })).toEqual(["10.0.0.2:80 14", ONE]);
  expect(after({ c2: { weight: 5 }, f: { delta: 7 }, g: { delta: -3 } })).toEqual(["10.0.0.2:80 9", ONE]);
  expect(after({ c2: { weight: 5 }, f: { delta: 7 } }, { f: { delta: 7 } })).toEqual(["10.0.0.2:80 17", ONE]);
});

test("whatever is asked for, the weight is one that IPVS takes: the sum, not below 0 and not above 2147483647", () => {
  const some = fc.integer({ min: -(2 ** 32), max: 2 ** 32 });
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 253 }), some, some, (weight, first, second) => {
      const wanted = Math.min(Math.max(weight + first + second, 0), 2 ** 31 - 1);
      const alone = service(1, [plan.realServers[0] as never]);
      const states = view({ c2: { weight }, f: { delta: first }, g: { delta: second } });
      const { state } = settle(start(alone, view(), 0).state, alone, states, 1);
      expect([...desiredDestinations(alone, state).values()].map((one) => one.weight)).toEqual([wanted]);
    }),
  );
});

test("a weight that changes while a sorry server stands in, or the server is down, counts when it is in again", () => {
  const lost = { c3: downWith("x"), c2: { weight: 1 } };
  expect(after(lost)).toEqual([SORRY]);
  expect(after(lost, { ...lost, c2: { weight: 0 } })).toEqual([SORRY]);
  expect(after(lost, { ...lost, c2: { weight: 4 } })).toEqual(["10.0.0.2:80 4"]);
  expect(after({ c2: downWith("x"), f: { delta: 5 } }, { f: { delta: 5 } })).toEqual(["10.0.0.2:80 15", ONE]);
});

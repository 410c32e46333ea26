import { expect, test } from "vitest";
import { currentPlan } from "../../../src/process/checker-current-plan.ts";
import { stateAtReload } from "../../../src/process/checker-reload.ts";
import { startFleet } from "../../../src/virtual-server/fleet.ts";
import { checker, downWith, processPlan, server, service, view } from "../virtual-server/plans.ts";

const plan = (alpha: boolean) =>
  processPlan([service(1, [server(2, { checkers: [checker("c2"), checker("new", { alpha })] })])]);
const fleetOf = (states: Parameters<typeof view>[0]) => startFleet([service(1, [server(2)])], view(states), 1000).fleet;

test.each([
  { name: "without alpha: as its plan says", alpha: false, fleet: fleetOf({}), up: undefined },
  { name: "with alpha, of a server that serves: up", alpha: true, fleet: fleetOf({}), up: true },
  {
    name: "with alpha, of a server that is out: it waits for a success",
    alpha: true,
    fleet: fleetOf({ c2: downWith("refused") }),
    up: undefined,
  },
  { name: "with alpha, of a server that is new: the same", alpha: true, fleet: new Map(), up: undefined },
])("a checker that a reload brings, $name", ({ alpha, fleet, up }) => {
  expect(stateAtReload({ id: "new", alpha }, currentPlan(plan(alpha), {}), fleet, 2000)?.up).toBe(up);
});

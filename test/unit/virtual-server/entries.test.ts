import { expect, test } from "vitest";
import { desiredTable, type Entries, nextEntries } from "../../../src/virtual-server/entries.ts";
import { startFleet } from "../../../src/virtual-server/fleet.ts";
import type { GroupPlan, RealServerPlan, VirtualServerPlan } from "../../../src/virtual-server/model.ts";
import { virtualServerKey } from "../../../src/virtual-server/names.ts";
import { downWith, server, service, sorry, view } from "./plans.ts";

const ranges: GroupPlan["ranges"] = [
  {
    kind: "addresses",
    protocol: "tcp",
    first: "10.0.1.1",
    last: "10.0.1.1",
    count: 1,
    firstPort: 80,
    lastPort: 80,
  },
];
const member = (position: number, servers: readonly RealServerPlan[], more: Partial<VirtualServerPlan> = {}) =>
  service(1, servers, { name: `[g]:${position}`, group: { name: "g", position, ranges }, ...more });
const mapOf = (plans: readonly VirtualServerPlan[]) => new Map(plans.map((plan) => [virtualServerKey(plan), plan]));
const shown = ({ table }: Pick<Entries, "table">): string[] =>
  [...table.values()].flatMap(({ service: { scheduler }, destinations }) =>
    [...destinations].map(([key, { weight }]) => `${scheduler} ${key} ${weight}`),
  );

const both = [member(0, [server(2)], { scheduler: "wrr" }), member(1, [server(3), server(4)])];

test("virtual servers of one group: the real servers of all stand behind each service", () => {
  const { fleet } = startFleet(both, view(), 0);
  expect(shown({ table: desiredTable(both, fleet) })).toEqual([
    "wrr 10.0.0.2:80 1",
    "wrr 10.0.0.3:80 1",
    "wrr 10.0.0.4:80 1",
  ]);
});

test("each has its own quorum, and a server of both is there where one of them has it serving", () => {
  const plans = [
    member(0, [server(2, { inhibitOnFailure: true })], { sorryServer: sorry(9) }),
    member(1, [server(2, { weight: 5, checkers: [] })]),
  ];
  const { fleet } = startFleet(plans, view({ c2: downWith("x") }), 0);
  expect(shown({ table: desiredTable(plans, fleet) })).toEqual(["rr 10.0.0.2:80 5", "rr 10.0.0.9:80 1"]);
});

test("what changes in one of them is not hidden by what was known of the other", () => {
  const first = startFleet(both, view(), 0).fleet;
  const before = nextEntries(mapOf(both), first);
  const second = new Map(first);
  const changed = startFleet(both, view({ c4: downWith("x") }), 1).fleet.get("group g:1");
  if (changed) second.set("group g:1", changed);
  expect(shown(nextEntries(mapOf(both), second, before))).toEqual(["wrr 10.0.0.2:80 1", "wrr 10.0.0.3:80 1"]);
});

test("entries whose state is as it was are the same values", () => {
  const plans = mapOf([service(1, [server(2)]), service(2, [server(3)])]);
  const { fleet } = startFleet([...plans.values()], view(), 0);
  const before = nextEntries(plans, fleet);
  const after = nextEntries(plans, new Map(fleet), before);
  expect([...after.table.values()].every((entry, i) => entry === [...before.table.values()][i])).toBe(true);
});

test("another plan makes other entries, where the state is the same value too", () => {
  const plans = [service(1, [server(2)])];
  const { fleet } = startFleet(plans, view(), 0);
  const before = nextEntries(mapOf(plans), fleet);
  const same = nextEntries(mapOf(plans), fleet, before);
  expect([...same.table.values()][0]).toBe([...before.table.values()][0]);
  const limited = plans.map((plan) => ({ ...plan, realServers: [server(2, { upperThreshold: 9 })] }));
  const [entry] = nextEntries(mapOf(limited), fleet, before).table.values();
  expect([...(entry?.destinations.values() ?? [])].map(({ upperThreshold }) => upperThreshold)).toEqual([9]);
});

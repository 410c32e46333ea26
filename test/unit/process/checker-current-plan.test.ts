import { describe, expect, test } from "vitest";
import { currentPlan, isCheckerSuspended, trackingServers } from "../../../src/process/checker-current-plan.ts";
import { newIds } from "../../../src/process/checker-uses.ts";
import { command } from "../../../src/virtual-server/overrides.ts";
import { parseRsCommand, type RsCommand } from "../../../src/virtual-server/rs-command.ts";
import { checker, processPlan, server, service } from "../virtual-server/plans.ts";

const [firstKey, secondKey] = ["tcp:10.0.1.1:80", "tcp:10.0.1.2:80"];

test("what was said at run time is in the plan, and not in what the configuration says", () => {
  const configured = processPlan([service(1, [server(2)]), service(2, [server(3)])]);
  const heavy = parseRsCommand({ do: "weight", server: "10.0.0.3", weight: 7 }) as RsCommand;
  const { overrides } = command({}, heavy, configured.virtualServers, 0);
  const current = currentPlan(configured, overrides);
  expect([...current.virtualServers.keys()]).toEqual([firstKey, secondKey]);
  expect(current.virtualServers.get(secondKey)?.realServers[0]?.override).toEqual({ weight: 7, place: "as checked" });
  expect(current.plan.virtualServers).toEqual([...current.virtualServers.values()]);
  expect(current.configured).toBe(configured);
  expect(currentPlan(configured, {}).plan).toEqual(configured);
});

describe("ha_suspend", () => {
  const shared = server(2, { checkers: [checker("shared")] });
  const suspendable = service(1, [shared, server(3)], { haSuspend: true });

  test.each([
    { name: "its only virtual server is suspended", more: {}, suspended: [firstKey], id: "c3", rests: true },
    { name: "none is", more: {}, suspended: [], id: "c3", rests: false },
    { name: "one of two is", more: { haSuspend: true }, suspended: [firstKey], id: "shared", rests: false },
    { name: "both are", more: { haSuspend: true }, suspended: [firstKey, secondKey], id: "shared", rests: true },
    { name: "the other asks for no rest", more: {}, suspended: [firstKey, secondKey], id: "shared", rests: false },
  ])("a checker rests when all who use it do: $name", ({ more, suspended, id, rests }) => {
    const current = currentPlan(processPlan([suspendable, service(2, [shared], more)]), {});
    const names = new Set(suspended.map((key) => current.virtualServers.get(key)?.name));
    expect(isCheckerSuspended(current, id, ({ name }) => names.has(name))).toBe(rests);
  });
});

test("virtual servers that follow a file are found by the check that says another thing", () => {
  const tracked = [{ kind: "FILE_CHECK", id: "file", trackFile: "load", weight: 0, alpha: false }] as const;
  const current = currentPlan(processPlan([service(1, [server(2)]), service(2, [server(3, { tracked })])]), {});
  expect(trackingServers(current)).toEqual([secondKey]);
  expect(trackingServers(current, new Set(["file"]))).toEqual([secondKey]);
  expect(trackingServers(current, new Set(["other"]))).toEqual([]);
});

test("checkers that a plan brings, and those that it takes away", () => {
  const before = currentPlan(processPlan([service(1, [server(2), server(3)])]), {}).uses;
  const now = currentPlan(processPlan([service(1, [server(3), server(4)])]), {}).uses;
  expect([newIds(now, before), newIds(before, now)]).toEqual([["c4"], ["c2"]]);
});

import { describe, expect, test } from "vitest";
import type { Plan } from "../../../src/process/plan.ts";
import { reloadChanges } from "../../../src/process/reload-changes.ts";
import type { CheckerProcessPlan } from "../../../src/virtual-server/model.ts";
import { processPlan, server, service } from "../virtual-server/plans.ts";
import { instanceText, vrrpPlanOf } from "./vrrp-planning.ts";

const planOf = (checker: CheckerProcessPlan, vrrp = instanceText("VI_1", "priority 100")): Plan =>
  ({ checker, vrrp: vrrpPlanOf(vrrp).plan, global: {} }) as unknown as Plan;
const plain = processPlan([service(1, [server(2), server(3)])]);

describe("what a reload changed", () => {
  test("nothing", () => {
    expect(reloadChanges(planOf(plain), planOf(structuredClone(plain)))).toEqual({ changes: [], more: 0 });
  });

  test("servers and services that come, go and are another way", () => {
    const other = processPlan([service(1, [server(2, { weight: 3 }), server(4)]), service(2, [])]);
    expect(reloadChanges(planOf(plain), planOf(other)).changes).toEqual([
      "+ virtual server [10.0.1.2]:tcp:80",
      "~ real server [10.0.0.2]:tcp:80 of [10.0.1.1]:tcp:80: weight 1 → 3",
      "+ real server [10.0.0.4]:tcp:80 of [10.0.1.1]:tcp:80",
      "- real server [10.0.0.3]:tcp:80 of [10.0.1.1]:tcp:80",
      ...[expect.stringContaining("[10.0.0.4]"), expect.stringContaining("[10.0.0.3]")],
    ]);
  });

  test("an instance, its addresses, and never a password", () => {
    const vrrp = instanceText("VI_1", "priority 90\nadvert_int 2\nauthentication { auth_type PASS\nauth_pass s3cret }");
    const changes = reloadChanges(planOf(plain), planOf(plain, vrrp.replace("10.0.0.51", "10.0.0.52"))).changes;
    expect(changes).toEqual([
      "~ instance VI_1: priority 100 → 90, advert interval (ms) 1000 → 2000, auth pass",
      "+ 10.0.0.52/32 on eth0 of VI_1",
      "- 10.0.0.51/32 on eth0 of VI_1",
    ]);
    expect(changes.join()).not.toContain("s3cret");
  });

  test("of many changes the first 20, and how many more", () => {
    const many = processPlan([
      service(
        1,
        Array.from({ length: 100 }, (_, i) => server(i + 2)),
      ),
    ]);
    const { changes, more } = reloadChanges(planOf(processPlan([service(1, [])])), planOf(many));
    expect(changes).toHaveLength(20);
    expect(more).toBe(100 + 100 - 20);
  });
});

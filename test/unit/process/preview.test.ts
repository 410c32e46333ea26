import { describe, expect, test } from "vitest";
import type { CheckerPlan } from "../../../src/checkers/model.ts";
import { isEmpty, type Kernel, type Next, previewOf, previewText, type Running } from "../../../src/process/preview.ts";
import { desiredTable } from "../../../src/virtual-server/entries.ts";
import { startFleet } from "../../../src/virtual-server/fleet.ts";
import type { CheckerProcessPlan, CheckerProcessSaved } from "../../../src/virtual-server/model.ts";
import type { VrrpProcessPlan } from "../../../src/vrrp/model.ts";
import { checker, checkerState, processPlan, server, service, view } from "../virtual-server/plans.ts";
import { vrrpPlanOf } from "./vrrp-planning.ts";

const noVrrp = { instances: [] } as unknown as VrrpProcessPlan;
const next = (checkerPlan: CheckerProcessPlan, vrrp = noVrrp): Next => ({ checker: checkerPlan, vrrp });

/** A director that runs this plan, all its checkers up but these, and the kernel as it has made it. */
function running(plan: CheckerProcessPlan, saved: Partial<CheckerProcessSaved> = {}, vrrp = noVrrp) {
  const states = Object.fromEntries(
    plan.virtualServers.flatMap((vs) =>
      vs.realServers.flatMap((rs) => rs.checkers.map(({ id }) => [id, checkerState()])),
    ),
  );
  const { fleet } = startFleet(plan.virtualServers, view({ ...states, ...saved.checkers }), 0);
  const known = { checkers: { ...states, ...saved.checkers }, virtualServers: {}, realServers: {}, ...saved };
  const now: Running = { checker: plan, vrrp, saved: known as CheckerProcessSaved };
  const kernel: Kernel = { table: desiredTable(plan.virtualServers, fleet), isLocal: () => false };
  return { now, kernel };
}

const plan = processPlan([service(1, [server(2), server(3)])]);

describe("the table", () => {
  test("a reload that changes nothing", () => {
    const { now, kernel } = running(plan);
    const preview = previewOf(next(plan), now, kernel, 9);
    expect(isEmpty(preview)).toBe(true);
    expect(previewText(preview)).toBe("nothing changes\n");
  });

  test("weights, servers and services that come and go", () => {
    const { now, kernel } = running(plan);
    const other = processPlan([
      service(1, [server(2, { weight: 3 }), server(4)]),
      service(2, [server(2, { forwarding: { method: "nat" } })]),
    ]);
    expect(previewOf(next(other), now, kernel, 9).table.map(({ kind, text }) => `${kind}: ${text}`)).toEqual([
      "add: add [10.0.0.4]:tcp:80 to [10.0.1.1]:tcp:80 (weight 1, method DR)",
      "change: change [10.0.0.2]:tcp:80 of [10.0.1.1]:tcp:80 (weight 1 → 3)",
      "remove: delete [10.0.0.3]:tcp:80 from [10.0.1.1]:tcp:80",
      "add: add the virtual service [10.0.1.2]:tcp:80 (scheduler rr)",
      "add: add [10.0.0.2]:tcp:80 to [10.0.1.2]:tcp:80 (weight 1, method NAT)",
    ]);
  });

  test("a server that is down stays out, and what was said of servers at run time holds", () => {
    const overrides = {
      "tcp:10.0.1.1:80 10.0.0.3:80": {
        virtualServer: "tcp:10.0.1.1:80",
        address: "10.0.0.3",
        port: 80,
        mode: "disable" as const,
        sinceWallMs: 0,
      },
    };
    const { now, kernel } = running(plan, { checkers: { c2: checkerState({ up: false }) }, overrides });
    const heavier = processPlan([service(1, [server(2, { weight: 5 }), server(3, { weight: 5 })])]);
    expect(previewOf(next(heavier), now, kernel, 9).table.map(({ text }) => text)).toEqual([
      "delete [10.0.0.3]:tcp:80 from [10.0.1.1]:tcp:80", // it is there still: somebody else put it back
    ]);
  });

  test("what somebody else did to our services is mended, services of others are left alone", () => {
    const { now, kernel } = running(plan);
    const foreign = desiredTable(service7.virtualServers, startFleet(service7.virtualServers, view(), 0).fleet);
    const first = [...kernel.table.values()][0];
    const table = new Map([
      ...foreign,
      ["tcp:10.0.1.1:80", { service: first?.service as never, destinations: new Map() }],
    ]);
    expect(previewOf(next(plan), now, { ...kernel, table }, 9).table.map(({ op }) => op)).toEqual([
      "addDest",
      "addDest",
    ]);
  });

  test("without a director it is what a start would do; with lvs_flush the table is emptied first", () => {
    const flushing = { ...plan, flushAtStart: true };
    const foreign = desiredTable(service7.virtualServers, startFleet(service7.virtualServers, view(), 0).fleet);
    const kernel = { table: foreign, isLocal: () => false };
    expect(previewOf(next(plan), undefined, kernel, 9).table.map(({ op }) => op)).toEqual([
      "addService",
      "addDest",
      "addDest",
    ]);
    expect(previewOf(next(flushing), undefined, kernel, 9).table.at(-1)?.op).toBe("delService");
  });
});

const service7 = processPlan([service(7, [server(9)])]);

describe("checks", () => {
  const name = "TCP_CHECK of 10.0.0.2:80 for [10.0.0.2]:tcp:80 of VS [10.0.1.1]:tcp:80";
  const planOf = (...checkers: readonly CheckerPlan[]) => processPlan([service(1, [server(2, { checkers })])]);
  const changes = (before: CheckerProcessPlan, after: CheckerProcessPlan) => {
    const { now, kernel } = running(before);
    return previewOf(next(after), now, kernel, 9).checks;
  };

  test("those that come and go, and rules that change", () => {
    const elsewhere = checker("new", {
      probe: { kind: "TCP_CHECK", endpoint: { host: "10.0.0.2", port: 81 }, connectTimeoutMs: 1000 },
    });
    const changed = checker("c2", { delayLoopMs: 3000, retry: 2 });
    expect(changes(planOf(checker("c2")), planOf(changed, elsewhere))).toEqual([
      { kind: "change", text: `${name}: delay_loop 1 s → 3 s, retry 0 → 2` },
      { kind: "add", text: name.replace("10.0.0.2:80", "10.0.0.2:81") },
    ]);
    expect(changes(planOf(checker("c2"), elsewhere), planOf(checker("c2")))).toEqual([
      { kind: "remove", text: name.replace("10.0.0.2:80", "10.0.0.2:81") },
    ]);
  });

  test("one that asks otherwise is one change, with what is other", () => {
    const { probe } = checker("c2");
    const patient = checker("other", { probe: { ...probe, connectTimeoutMs: 4000 } as CheckerPlan["probe"], retry: 1 });
    expect(changes(planOf(checker("c2")), planOf(patient))).toEqual([
      { kind: "change", text: `${name}: asks otherwise (connect_timeout) and starts anew, retry 0 → 1` },
    ]);
  });

  test("equal ones are told apart by their number", () => {
    expect(changes(planOf(checker("a"), checker("b")), planOf(checker("a")))).toEqual([{ kind: "remove", text: name }]);
  });

  test("files and BFD sessions that are followed", () => {
    const tracking = (weight: number) =>
      processPlan([
        service(1, [
          server(2, {
            checkers: [],
            tracked: [{ kind: "FILE_CHECK", id: "f", trackFile: "maintenance", weight, alpha: false }],
          }),
        ]),
      ]);
    const text = "FILE_CHECK of maintenance for [10.0.0.2]:tcp:80 of VS [10.0.1.1]:tcp:80";
    expect(changes(planOf(), tracking(1))).toEqual([{ kind: "add", text }]);
    expect(changes(tracking(1), tracking(2))).toEqual([{ kind: "change", text: `${text}: weight 1 → 2` }]);
  });
});

test("connection sync: daemons that come, change and go", () => {
  const always = (more: object) => processPlan([], { syncAlways: { interface: "eth0", syncId: 7, ...more } });
  const following = processPlan([], { syncInstances: [{ instance: "VI_1", interface: "eth0", syncId: 51 }] });
  const changes = (before: CheckerProcessPlan, after: CheckerProcessPlan) => {
    const { now, kernel } = running(before);
    return previewOf(next(after), now, kernel, 9).sync.map(({ kind, text }) => `${kind}: ${text}`);
  };
  expect(changes(plan, always({ port: 9000 }))).toEqual([
    "add: the master and the backup sync daemon (interface eth0, id 7, port 9000)",
  ]);
  expect(changes(always({ port: 9000 }), always({ syncId: 8 }))).toEqual([
    "change: the master and the backup sync daemon (interface eth0, id 8): id 7 → 8, port 9000 → none",
  ]);
  expect(changes(following, plan)).toEqual([
    "remove: the sync daemon that VI_1 makes master or backup (interface eth0, id 51)",
  ]);
  expect(changes(following, following)).toEqual([]);
});

test("addresses, with what is on this host now; and settings of the kernel", () => {
  const instance = (addresses: string): VrrpProcessPlan =>
    vrrpPlanOf(
      `vrrp_instance VI_1 {\n interface eth0\n virtual_router_id 51\n virtual_ipaddress {\n${addresses}\n}\n}\n`,
    ).plan;
  const settings = { timeouts: { tcpMs: 900_000 }, sysctl: { drop_entry: "1" } };
  const { now } = running({ ...plan, ...settings }, {}, instance("10.1.0.1/24\n10.1.0.2"));
  const kernel: Kernel = { table: new Map(), isLocal: (address) => address === "10.1.0.2" };
  const changed = { ...plan, timeouts: { tcpMs: 60_000, udpMs: 1000 } };
  const preview = previewOf(next(changed, instance("10.1.0.1/24\n10.1.0.3 dev eth1")), now, kernel, 9);
  expect(previewText({ ...preview, table: [], checks: [] })).toBe(
    `Virtual addresses
  + 10.1.0.3/32 on eth1 of VI_1
  - 10.1.0.2/32 on eth0 of VI_1, which is on this host now

Settings of IPVS
  ~ timeout tcp: 900 → 60
  + timeout udp = 1
  - net.ipv4.vs.drop_entry, back to what it was
`,
  );
});

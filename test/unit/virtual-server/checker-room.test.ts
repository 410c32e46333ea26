import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { LogRecord } from "../../../src/core/log.ts";
import { serviceKey } from "../../../src/ipvs/model.ts";
import { startCheckerRoom } from "../../../src/process/checker-main.ts";
import type { CheckerStatus, GroupPlan } from "../../../src/virtual-server/model.ts";
import { FakeIpvs } from "./fake-ipvs.ts";
import { checker, processPlan, server, service, sorry } from "./plans.ts";
import { diedStarting, elapse, global, groupOf, guarded, refused, reload, roomOf, status } from "./room.ts";

beforeEach(() => {
  vi.useFakeTimers({
    toFake: ["setTimeout", "clearTimeout", "setImmediate", "clearImmediate", "performance", "Date"],
  });
});
afterEach(() => {
  vi.useRealTimers();
});

const both = processPlan([service(1, [guarded(2), guarded(3)])]);

describe("a group of services", () => {
  const quorumUp = { argv: ["/up.sh"] };
  const planOf = (group: GroupPlan) =>
    processPlan([
      service(1, [guarded(2), guarded(3)], { name: "[g]:0", notify: { quorumUp }, sorryServer: sorry(9), group }),
    ]);

  test("shares its real servers, their checks and one quorum", async () => {
    const { kernel, results, runs, room, records } = await roomOf(
      planOf({
        ...groupOf("10.0.1.1", 1),
        ranges: [...groupOf("10.0.1.1", 2, 80, 81).ranges, { kind: "fwmark", family: 4, fwmark: 7 }],
      }),
    );
    const table = (servers: (port: number) => string): string[] => [
      `10.0.1.1:80 → ${servers(80)}`,
      `10.0.1.1:81 → ${servers(81)}`,
      `10.0.1.2:80 → ${servers(80)}`,
      `10.0.1.2:81 → ${servers(81)}`,
      `fwm 7 → ${servers(0)}`,
    ];
    expect(kernel.show()).toEqual(table((port) => `10.0.0.2:${port} w1, 10.0.0.3:${port} w1`));
    expect(runs.map(({ hook }) => hook)).toEqual(["quorum_up"]);
    results.set("10.0.0.2", refused);
    await elapse(1100);
    expect(kernel.show()).toEqual(table((port) => `10.0.0.3:${port} w1`));
    results.set("10.0.0.3", refused);
    await elapse(1100);
    expect(kernel.show()).toEqual(table((port) => `10.0.0.9:${port} w1`));
    expect(records.filter(({ event }) => event === "quorum.lost").length).toBe(1);
    expect(status(room).virtualServers.map(({ name, realServers }) => [name, realServers.length])).toEqual([
      ["[g]:0", 2],
    ]);
    const stopping = room.stop({ orphaned: false });
    await elapse(2000);
    await stopping;
    expect(kernel.show()).toEqual([]);
  });

  test("changes by its lines at a reload: what stays is not written, and nobody is told", async () => {
    const harness = await roomOf(planOf(groupOf("10.0.1.1", 2)));
    const { kernel, runs } = harness;
    const [told, written] = [runs.length, kernel.commands.length];
    await reload(harness, planOf(groupOf("10.0.1.2", 2)));
    expect(kernel.show().sort()).toEqual([
      "10.0.1.2:80 → 10.0.0.2:80 w1, 10.0.0.3:80 w1",
      "10.0.1.3:80 → 10.0.0.2:80 w1, 10.0.0.3:80 w1",
    ]);
    const touched = kernel.commands.slice(written).map(({ service: { id } }) => serviceKey(id));
    expect(touched.every((key) => key !== "tcp:10.0.1.2:80")).toBe(true);
    expect(runs.length).toBe(told);
  });

  test("left in the table by a predecessor is known again, and nothing is written", async () => {
    const first = await roomOf(planOf(groupOf("10.0.1.1", 3)));
    const saved = first.saved.value();
    const survivor = new FakeIpvs();
    for (const [key, entry] of first.kernel.table) survivor.table.set(key, entry);
    const { kernel } = await roomOf(planOf(groupOf("10.0.1.1", 3)), { kernel: survivor, saved });
    await elapse(1500);
    expect(kernel.commands).toEqual([]);
    expect(kernel.show().length).toBe(3);
  });
});

describe("the checker process", () => {
  test("serves all servers at once, takes out the one that fails, says why and since when, and takes it back", async () => {
    const { kernel, results, room } = await roomOf(both);
    expect(kernel.show()).toEqual(["10.0.1.1:80 → 10.0.0.2:80 w1, 10.0.0.3:80 w1"]);
    results.set("10.0.0.2", refused);
    await elapse(1100);
    expect(kernel.show()).toEqual(["10.0.1.1:80 → 10.0.0.3:80 w1"]);
    const [failed, fine] = status(room).virtualServers[0]?.realServers ?? [];
    expect(failed).toMatchObject({
      name: "[10.0.0.2]:tcp:80",
      alive: false,
      inTable: false,
      why: "it refused the connection",
    });
    expect(Date.now() - (failed?.sinceWallMs ?? 0)).toBeLessThan(200);
    expect(fine).toMatchObject({ alive: true, inTable: true, why: "" });
    results.delete("10.0.0.2");
    await elapse(1000);
    expect(kernel.show()).toEqual(["10.0.1.1:80 → 10.0.0.2:80 w1, 10.0.0.3:80 w1"]);
    expect(kernel.emptied).toEqual([]);
  });

  test("tells what the kernel counts where that is asked for, and the rest where the kernel is silent", async () => {
    const { kernel, room } = await roomOf(both);
    kernel.active.set("10.0.0.2:80", 3);
    const asked = async (): Promise<CheckerStatus> => (await room.fullStatus?.()) as CheckerStatus;
    const [service] = (await asked()).virtualServers;
    expect(service?.traffic?.activeConnections).toBe(3);
    expect(service?.realServers.map(({ traffic }) => traffic?.activeConnections)).toEqual([3, 0]);
    await elapse(2000);
    kernel.read = () => new Promise(() => {});
    const late = asked();
    await elapse(1000);
    expect((await late).virtualServers[0]).toEqual({ ...status(room).virtualServers[0], traffic: undefined });
  });

  test("never touches IPVS without virtual servers and sync daemons", async () => {
    const { kernel, room } = await roomOf(processPlan([]));
    expect(await room.fullStatus?.()).toMatchObject({ transport: "none" });
    await room.stop({ orphaned: false });
    expect([kernel.reads, kernel.closed]).toEqual([0, false]);
  });

  test("an ordinary stop clears the table, with -I leaves it, and so does the death of the parent", async () => {
    const left = async (keepTable: boolean, orphaned: boolean): Promise<number> => {
      const { kernel, room } = await roomOf(both, { kernel: new FakeIpvs(), keepTable });
      const stopping = room.stop({ orphaned });
      await elapse(2000);
      await stopping;
      expect(kernel.closed).toBe(true);
      return kernel.table.size;
    };
    expect([await left(false, false), await left(true, false), await left(false, true)]).toEqual([0, 1, 1]);
  });

  test("runs notify_down in the queue of its server, and quorum_up at the start", async () => {
    const notify = { up: { argv: ["up.sh"] }, down: { argv: ["down.sh"] } };
    const plan = processPlan([
      service(1, [{ ...guarded(2), notify }, guarded(3)], { notify: { quorumUp: { argv: ["quorum.sh"] } } }),
    ]);
    const { results, runs } = await roomOf(plan);
    results.set("10.0.0.2", refused);
    await elapse(1100);
    results.delete("10.0.0.2");
    await elapse(1000);
    expect(runs.map(({ hook, script }) => `${hook} ${script.argv[0]}`)).toEqual([
      "quorum_up quorum.sh",
      "notify_down down.sh",
      "notify_up up.sh",
    ]);
    expect(runs[1]?.queue).toBe(runs[2]?.queue);
  });

  test("a server whose steady success is unchanged causes no message and no write", async () => {
    const harness = await roomOf(both);
    await elapse(1200);
    harness.kernel.commands.length = 0;
    const merge = vi.spyOn(harness.saved, "merge");
    const before = harness.probes;
    await elapse(10_000);
    expect(harness.probes).toBeGreaterThan(before + 15);
    expect([harness.kernel.commands.length, merge.mock.calls.length]).toEqual([0, 0]);
  });
});

describe("a successor of a checker process that was killed", () => {
  const plan = processPlan([service(1, [guarded(2, { retry: 1 }), guarded(3, { retry: 1 })])]);

  test("keeps every verdict and writes nothing until a probe says otherwise, and probes promptly", async () => {
    const first = await roomOf(plan);
    first.results.set("10.0.0.2", refused);
    await elapse(1200);
    expect(first.kernel.show()).toEqual(["10.0.1.1:80 → 10.0.0.3:80 w1"]);
    first.kernel.commands.length = 0;

    const next = await roomOf(plan, { kernel: first.kernel, saved: first.saved.value() });
    next.results.set("10.0.0.2", refused);
    expect(next.kernel.commands).toEqual([]);
    expect(status(next.room).virtualServers[0]?.realServers[0]).toMatchObject({
      alive: false,
      why: "it refused the connection",
    });
    expect(next.runs).toEqual([]);
    await elapse(1100);
    expect(next.probes).toBeGreaterThanOrEqual(2);
    expect(next.kernel.commands).toEqual([]);

    next.results.clear();
    await elapse(1100);
    expect(next.kernel.show()).toEqual(["10.0.1.1:80 → 10.0.0.2:80 w1, 10.0.0.3:80 w1"]);
  });

  test("knows since when servers are up of which nothing was said, because they never changed", async () => {
    const first = await roomOf(plan);
    const sinceOf = ({ room }: typeof first) =>
      status(room).virtualServers.flatMap((vs) => vs.realServers.map((rs) => [rs.name, rs.alive, rs.sinceWallMs]));
    const before = sinceOf(first);
    await elapse(1200);
    const { realServers } = first.saved.value() as { realServers: object };
    expect(realServers).toEqual({});
    const next = await roomOf(plan, { kernel: first.kernel, saved: first.saved.value() });
    expect(sinceOf(next)).toEqual(before);
    expect(next.runs).toEqual([]);
  });

  test("trusts the kernel over an inherited verdict until it has probed itself", async () => {
    const first = await roomOf(plan);
    await elapse(1200);
    // Its predecessor removed 10.0.0.2 and died before it could tell.
    first.kernel.table.get("tcp:10.0.1.1:80")?.destinations.delete("10.0.0.2:80");
    first.kernel.commands.length = 0;
    const next = await roomOf(plan, { kernel: first.kernel, saved: first.saved.value() });
    next.results.set("10.0.0.2", refused);
    await elapse(400);
    expect(next.kernel.commands).toEqual([]);
    await elapse(3000);
    expect(next.kernel.show()).toEqual(["10.0.1.1:80 → 10.0.0.3:80 w1"]);
    expect(next.kernel.commands.filter(({ op }) => op === "addDest")).toEqual([]);
  });

  test.each([0, 1, 2])(
    "starts as the first did where that died after %d commands of its first table",
    async (commands) => {
      const left = await diedStarting(plan, commands);
      const again = await diedStarting(plan, 0, left);
      const next = await roomOf(plan, again);
      expect(next.kernel.show()).toEqual(["10.0.1.1:80 → 10.0.0.2:80 w1, 10.0.0.3:80 w1"]);
      next.results.set("10.0.0.2", refused);
      await elapse(3000);
      expect(next.kernel.show()).toEqual(["10.0.1.1:80 → 10.0.0.3:80 w1"]);
      await next.room.stop({ orphaned: false });
      expect(next.kernel.show()).toEqual([]);
    },
  );

  test("removes a service that a reload takes away later, though only its predecessor made it", async () => {
    const first = await roomOf(plan);
    const next = await roomOf(plan, { kernel: first.kernel, saved: first.saved.value() });
    await reload(next, processPlan([]));
    expect(next.kernel.show()).toEqual([]);
  });
});

describe("a reload", () => {
  test.each([
    ["that changes nothing", () => structuredClone(both)],
    ["to the very plan that runs", () => both],
  ])("%s keeps verdicts and schedule, and writes nothing", async (_what, next) => {
    const harness = await roomOf(both);
    harness.results.set("10.0.0.2", refused);
    await elapse(1200);
    harness.kernel.commands.length = 0;
    await reload(harness, next());
    expect(harness.kernel.commands).toEqual([]);
    expect(status(harness.room).virtualServers[0]?.realServers.map(({ alive }) => alive)).toEqual([false, true]);
    harness.results.delete("10.0.0.2");
    await elapse(1200);
    expect(harness.kernel.commands.length).toBeGreaterThan(0);
  });

  test("that changes the check of a serving alpha server does not take it out before a probe has failed", async () => {
    const alpha = (id: string) => processPlan([service(1, [server(2, { checkers: [checker(id, { alpha: true })] })])]);
    const harness = await roomOf(alpha("old"));
    expect(harness.kernel.show()).toEqual(["10.0.1.1:80 → "]);
    await elapse(1200);
    await reload(harness, alpha("new"));
    expect(harness.kernel.show()).toEqual(["10.0.1.1:80 → 10.0.0.2:80 w1"]);
    harness.results.set("10.0.0.2", refused);
    await elapse(1200);
    expect(harness.kernel.show()).toEqual(["10.0.1.1:80 → "]);
  });

  test("is refused, and changes nothing, when IPVS cannot be opened for the first virtual server", async () => {
    const records: LogRecord[] = [];
    const message = {
      t: "start",
      role: "checker",
      plan: processPlan([]),
      global,
      stop: { keepTable: false, keepVips: false },
    } as const;
    const starting = startCheckerRoom(
      message,
      { sink: (record) => records.push(record), send: () => {} },
      {
        openIpvs: () => Promise.reject(new Error("no ip_vs")),
      },
    );
    await elapse(1);
    const room = await starting;
    await expect(room.reload(both, global)).rejects.toThrow("no ip_vs");
    expect(status(room).virtualServers).toEqual([]);
  });
});

test("the kernel's sync daemons follow the VRRP states", async () => {
  const plan = processPlan([], {
    syncInstances: [
      { instance: "bl_one", interface: "eth0", syncId: 38 },
      { instance: "bl_two", interface: "eth0", syncId: 48 },
    ],
  });
  const { kernel, room } = await roomOf(plan);
  room.vrrpState?.("bl_one", "backup");
  expect(kernel.daemons).toEqual([]);
  room.vrrpState?.("bl_two", "backup");
  await elapse(1);
  expect(kernel.daemons).toEqual([{ role: "backup", interface: "eth0", syncId: 0 }]);
  room.vrrpState?.("bl_one", "master");
  await elapse(1);
  expect(kernel.daemons).toEqual([
    { role: "master", interface: "eth0", syncId: 38 },
    { role: "backup", interface: "eth0", syncId: 48 },
  ]);
  const stopping = room.stop({ orphaned: false });
  await elapse(2000);
  await stopping;
  expect(kernel.daemons).toEqual([]);
});

test("a table that somebody emptied is repaired with what else was ours: sync daemons and timeouts", async () => {
  const plan = processPlan([service(1, [server(2)])], {
    resyncMs: 1000,
    timeouts: { tcpMs: 20_000 },
    syncAlways: { interface: "eth0", syncId: 7 },
  });
  const { kernel } = await roomOf(plan);
  await elapse(10);
  const [table, daemons, timeouts] = [kernel.show(), kernel.daemons, kernel.kernelTimeouts];
  expect([daemons.length, timeouts.tcpS]).toEqual([2, 20]);
  kernel.table.clear();
  kernel.daemons = [];
  kernel.kernelTimeouts = { tcpS: 900, tcpFinS: 120, udpS: 300 };
  await elapse(1100);
  expect([kernel.show(), kernel.daemons, kernel.kernelTimeouts]).toEqual([table, daemons, timeouts]);
});

test("ha_suspend: checked only while the address is here; what was last known stays meanwhile", async () => {
  const local = new Set<string>();
  const plan = processPlan([service(1, [guarded(2)], { haSuspend: true }), service(2, [guarded(3)])]);
  const harness = await roomOf(plan, { local });
  harness.results.set("10.0.0.2", refused);
  harness.results.set("10.0.0.3", refused);
  await elapse(5000);
  expect(harness.kernel.show()).toEqual(["10.0.1.1:80 → 10.0.0.2:80 w1", "10.0.1.2:80 → "]);
  expect(status(harness.room).virtualServers.map(({ suspended }) => suspended)).toEqual([true, undefined]);
  local.add("10.0.1.1");
  await elapse(2100);
  expect(harness.kernel.show()).toEqual(["10.0.1.1:80 → ", "10.0.1.2:80 → "]);
  local.clear();
  harness.results.clear();
  await elapse(2100);
  expect(harness.kernel.show()).toEqual(["10.0.1.1:80 → ", "10.0.1.2:80 → 10.0.0.3:80 w1"]);
});

test("rs_init_notifies: servers that are taken for up at the start, or that a reload brings, are told to be", async () => {
  const notify = { up: { argv: ["/up.sh"] } };
  const init = { initNotifies: true };
  const harness = await roomOf(processPlan([service(1, [{ ...guarded(2), notify }])], init));
  expect(harness.runs.map(({ subject }) => subject)).toEqual(["[10.0.0.2]:tcp:80 of VS [10.0.1.1]:tcp:80"]);
  await reload(
    harness,
    processPlan(
      [
        service(
          1,
          [guarded(2), guarded(3)].map((rs) => ({ ...rs, notify })),
        ),
      ],
      init,
    ),
  );
  expect(harness.runs.map(({ subject }) => subject).slice(1)).toEqual(["[10.0.0.3]:tcp:80 of VS [10.0.1.1]:tcp:80"]);
});

test.each([
  { lvs_flush_on_stop: "no", told: ["down", "q-down"], left: ["10.0.1.9:80 → 10.0.0.7:80 w1"] },
  { lvs_flush_on_stop: "own", told: ["q-down"], left: ["10.0.1.9:80 → 10.0.0.7:80 w1"] },
  { lvs_flush_on_stop: "all", told: ["q-down"], left: [] },
] as const)(
  "lvs_flush_on_stop $lvs_flush_on_stop: what is left of the table, and whether the scripts of omega are run",
  async (row) => {
    const kernel = new FakeIpvs();
    const foreign = await roomOf(processPlan([service(9, [server(7)])]), { kernel, keepTable: true });
    await foreign.room.stop({ orphaned: true });
    const notify = { down: { argv: ["/down.sh"] } };
    const quorum = { notify: { quorumDown: { argv: ["/q-down.sh"] } } };
    const omega = service(1, [{ ...guarded(2), notify }], { omega: true, ...quorum });
    const plan = processPlan([omega], { flushAtStop: row.lvs_flush_on_stop });
    const { room, runs } = await roomOf(plan, { kernel });
    await elapse(2000);
    expect(kernel.show()).toEqual(["10.0.1.9:80 → 10.0.0.7:80 w1", "10.0.1.1:80 → 10.0.0.2:80 w1"]);
    const before = runs.length;
    const stopping = room.stop({ orphaned: false });
    await elapse(2000);
    await stopping;
    expect(kernel.show()).toEqual(row.left);
    expect(runs.slice(before).map(({ script }) => script.argv[0])).toEqual(row.told.map((what) => `/${what}.sh`));
  },
);

import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Verdict } from "../../../src/checkers/model.ts";
import type { LogRecord } from "../../../src/core/log.ts";
import { serviceKey } from "../../../src/ipvs/model.ts";
import { startCheckerRoom } from "../../../src/process/checker-main.ts";
import { allServices } from "../../../src/virtual-server/group.ts";
import type {
  CheckerProcessPlan,
  CheckerProcessSaved,
  GroupPlan,
  RealServerPlan,
} from "../../../src/virtual-server/model.ts";
import { realServerKey, savedKey, virtualServerKey } from "../../../src/virtual-server/names.ts";
import type { RsCommand } from "../../../src/virtual-server/rs-command.ts";
import { FakeIpvs } from "./fake-ipvs.ts";
import { checker, processPlan, server, service, sorry } from "./plans.ts";
import { elapse, global, groupOf, guarded, type Harness, refused, reload, roomOf, status, up } from "./room.ts";

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

  test("never touches IPVS without virtual servers and sync daemons", async () => {
    const { kernel, room } = await roomOf(processPlan([]));
    expect(status(room).transport).toBe("none");
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

  test("removes a service that a reload takes away later, though only its predecessor made it", async () => {
    const first = await roomOf(plan);
    const next = await roomOf(plan, { kernel: first.kernel, saved: first.saved.value() });
    await reload(next, processPlan([]));
    expect(next.kernel.show()).toEqual([]);
  });
});

describe("a reload", () => {
  test("that changes nothing keeps verdicts and schedule, and writes nothing", async () => {
    const harness = await roomOf(both);
    harness.results.set("10.0.0.2", refused);
    await elapse(1200);
    harness.kernel.commands.length = 0;
    await reload(harness, structuredClone(both));
    expect(harness.kernel.commands).toEqual([]);
    expect(status(harness.room).virtualServers[0]?.realServers.map(({ alive }) => alive)).toEqual([false, true]);
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

type RsWords = RsCommand extends infer C ? (C extends RsCommand ? Omit<C, "server" | "service"> : never) : never;
type Said = Map<string, RsCommand>;

/** Says it to the room, and notes of which servers it is said; a room that knows none refuses. */
function say({ room }: Harness, plan: CheckerProcessPlan, said: Said, command: RsCommand): void {
  const keys = plan.virtualServers.flatMap((vs) =>
    vs.realServers
      .filter((rs) => rs.address === command.server.address)
      .map((rs) => savedKey(virtualServerKey(vs), realServerKey(rs))),
  );
  const gone = [...said].filter(([, { server: named }]) => named.address === command.server.address);
  const meant = command.do === "enable" ? gone.map(([key]) => key) : keys;
  if (meant.length === 0) expect(() => room.override?.(command)).toThrow(command.server.address);
  else expect(room.override?.(command).servers).toHaveLength(meant.length);
  for (const key of meant) {
    if (command.do === "enable") said.delete(key);
    else said.set(key, command);
  }
}

test("for any sequence of results, reloads, crashes and overrides the table is what they make of the configuration", async () => {
  type Step =
    | { readonly server: number; readonly up: boolean }
    | { readonly plan: number }
    | { readonly said: RsCommand }
    | { readonly restart: true };
  const servers = [2, 3, 4];
  const withSorry = { sorryServer: sorry(9) };
  const plans = [
    processPlan([service(1, [guarded(2), guarded(3)], withSorry)]),
    processPlan([service(1, [guarded(3), guarded(4)], withSorry), service(2, [guarded(2)])]),
    processPlan([service(2, [guarded(2), guarded(4)], { quorum: 2, sorryServer: sorry(9) })]),
    processPlan([service(1, [{ ...guarded(2), weight: 7, inhibitOnFailure: true }, guarded(3)])]),
    processPlan([service(1, [guarded(2), guarded(3)], { ...withSorry, group: groupOf("10.0.1.1", 2) })]),
    processPlan([service(3, [guarded(3), guarded(4)], { ...withSorry, group: groupOf("10.0.1.3", 2, 80, 81) })]),
  ];
  const expected = (plan: CheckerProcessPlan, isUp: (n: number) => boolean, said: Said): string[] =>
    plan.virtualServers.flatMap((configured) => {
      const saidOf = (rs: RealServerPlan) => said.get(savedKey(virtualServerKey(configured), realServerKey(rs)));
      const isOut = (rs: RealServerPlan): boolean => {
        const given = saidOf(rs);
        return given?.do === "disable" || (given?.do === "drain" && given.after === "remove");
      };
      const realServers = configured.realServers.flatMap((rs) => {
        const given = saidOf(rs);
        if (isOut(rs)) return [];
        if (given?.do === "weight") return [{ ...rs, weight: given.weight }];
        return [given?.do === "drain" ? { ...rs, weight: 0 } : rs];
      });
      const vs = { ...configured, realServers };
      const alive = vs.realServers.filter((rs) => isUp(Number(rs.address.split(".")[3])));
      const sum = alive.reduce((total, rs) => total + rs.weight, 0);
      const standIn = vs.sorryServer && !(sum > 0 && sum >= vs.quorum);
      const list = vs.realServers.flatMap((rs) => {
        if (alive.includes(rs) && (!standIn || saidOf(rs)?.do === "drain")) return [`${rs.address} w${rs.weight}`];
        return rs.inhibitOnFailure ? [`${rs.address} w0`] : [];
      });
      if (standIn) list.push("10.0.0.9 w1");
      return allServices(vs).map((id) => {
        const [address, port] = id.kind === "address" ? [id.address, id.port] : ["", 0];
        return `${address}:${port} → ${list.sort().join(", ").replaceAll(" w", `:${port} w`)}`;
      });
    });
  const anySaid: fc.Arbitrary<RsCommand> = fc
    .tuple(
      fc.constantFrom(...servers).map((n) => ({ address: `10.0.0.${n}` })),
      fc.constantFrom<RsWords>(
        { do: "drain", after: "remove" },
        { do: "drain", after: "stay" },
        { do: "disable" },
        { do: "enable" },
        { do: "weight", weight: 0 },
        { do: "weight", weight: 9 },
      ),
    )
    .map(([named, words]): RsCommand => ({ server: named, ...words }));
  const anyStep: fc.Arbitrary<Step> = fc.oneof(
    { weight: 4, arbitrary: fc.record({ server: fc.constantFrom(...servers), up: fc.boolean() }) },
    { weight: 2, arbitrary: fc.record({ plan: fc.nat(plans.length - 1) }) },
    { weight: 1, arbitrary: fc.record({ restart: fc.constant(true as const) }) },
    { weight: 3, arbitrary: fc.record({ said: anySaid }) },
  );
  await fc.assert(
    fc.asyncProperty(fc.array(anyStep, { maxLength: 12 }), async (steps) => {
      let plan = plans[0] as CheckerProcessPlan;
      let harness = await roomOf(plan);
      const results = new Map<string, Verdict>();
      const said: Said = new Map();
      for (const step of steps) {
        if ("server" in step) results.set(`10.0.0.${step.server}`, step.up ? up : refused);
        else if ("plan" in step) {
          plan = plans[step.plan] as CheckerProcessPlan;
          await reload(harness, plan);
        } else if ("said" in step) {
          say(harness, plan, said, step.said);
        } else {
          const { kernel, saved } = harness;
          kernel.apply = () => new Promise(() => {}); // the predecessor writes no more
          const survivor = new FakeIpvs();
          for (const [key, entry] of kernel.table) survivor.table.set(key, entry);
          harness = await roomOf(plan, { kernel: survivor, saved: saved.value() });
        }
        for (const [host, verdict] of results) harness.results.set(host, verdict);
        await elapse(300);
      }
      await elapse(2500);
      const isUp = (n: number): boolean => results.get(`10.0.0.${n}`)?.up !== false;
      expect(harness.kernel.show().sort()).toEqual(expected(plan, isUp, said).sort());
      const kept = harness.saved.value() as CheckerProcessSaved;
      const keysOf = (record: object): string[] => Object.keys(record).sort();
      const services = plan.virtualServers.map((vs) => virtualServerKey(vs));
      const reals = plan.virtualServers.flatMap((vs) =>
        vs.realServers.map((rs) => savedKey(virtualServerKey(vs), realServerKey(rs))),
      );
      expect([keysOf(kept.virtualServers), keysOf(kept.realServers)]).toEqual([services.sort(), reals.sort()]);
      const guards = new Set(
        plan.virtualServers.flatMap((vs) => vs.realServers.flatMap((rs) => rs.checkers.map(({ id }) => id))),
      );
      expect(keysOf(kept.checkers)).toEqual([...guards].sort());
      for (const id of guards) expect(kept.checkers[id]?.up).toBe(isUp(Number(id.slice(1))));
    }),
    { numRuns: 60 },
  );
}, 60_000);

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

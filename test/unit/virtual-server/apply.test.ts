import { describe, expect, test, vi } from "vitest";
import type { LogRecord } from "../../../src/core/log.ts";
import type { TableEntry } from "../../../src/ipvs/model.ts";
import { openTableKeeper, type TableKeeper } from "../../../src/virtual-server/apply.ts";
import { desiredTable } from "../../../src/virtual-server/entries.ts";
import { startFleet } from "../../../src/virtual-server/fleet.ts";
import type { VirtualServerPlan } from "../../../src/virtual-server/model.ts";
import { FakeIpvs } from "./fake-ipvs.ts";
import { downWith, server, service, sorry, view } from "./plans.ts";

const tableOf = (plans: readonly VirtualServerPlan[], down: readonly string[] = []): Map<string, TableEntry> => {
  const states = Object.fromEntries(down.map((id) => [id, downWith("x")]));
  return new Map(desiredTable(plans, startFleet(plans, view(states), 0).fleet));
};

async function keeperOf(
  kernel: FakeIpvs,
  resyncMs = 0,
  reportsDrift = () => false,
): Promise<{ keeper: TableKeeper; records: LogRecord[] }> {
  const records: LogRecord[] = [];
  const options = { flush: false, resyncMs: () => resyncMs, reportsDrift };
  return { keeper: await openTableKeeper(kernel, (record) => records.push(record), options), records };
}

const one = [service(1, [server(2), server(3)])];
const foreign = [service(7, [server(8)])];

test("an empty kernel gets the whole table, and an unchanged wish writes nothing", async () => {
  const kernel = new FakeIpvs();
  const { keeper } = await keeperOf(kernel);
  await keeper.want({ table: tableOf(one) });
  expect(kernel.show()).toEqual(["10.0.1.1:80 → 10.0.0.2:80 w1, 10.0.0.3:80 w1"]);
  const written = kernel.commands.length;
  await keeper.want({ table: tableOf(one) });
  expect(kernel.commands).toHaveLength(written);
});

test("a table that is there already is adopted without a write, and the services of others are left alone", async () => {
  const kernel = new FakeIpvs();
  const first = await keeperOf(kernel);
  await first.keeper.want({ table: tableOf([...one, ...foreign]) });
  kernel.commands.length = 0;
  const { keeper, records } = await keeperOf(kernel);
  await keeper.want({ table: tableOf(one) });
  expect(kernel.commands).toEqual([]);
  expect(records.map(({ event }) => event)).toEqual(["ipvs.adopted"]);
  await keeper.want({ table: new Map() });
  expect(kernel.show()).toEqual(["10.0.1.7:80 → 10.0.0.8:80 w1"]);
});

test("leftover destinations in our services are removed, old attributes are corrected", async () => {
  const kernel = new FakeIpvs();
  const { keeper: old } = await keeperOf(kernel);
  await old.want({ table: tableOf([service(1, [server(2, { weight: 9 }), server(5)], { scheduler: "wlc" })]) });
  const { keeper } = await keeperOf(kernel);
  await keeper.want({ table: tableOf(one) });
  expect(kernel.show()).toEqual(["10.0.1.1:80 → 10.0.0.2:80 w1, 10.0.0.3:80 w1"]);
  expect(kernel.table.get("tcp:10.0.1.1:80")?.service.scheduler).toBe("rr");
});

test("wishes of one turn of the event loop are written once", async () => {
  const kernel = new FakeIpvs();
  const { keeper } = await keeperOf(kernel);
  const apply = vi.spyOn(kernel, "apply");
  await Promise.all([
    keeper.want({ table: tableOf(one) }),
    keeper.want({ table: tableOf(one, ["c2"]) }),
    keeper.want({ table: tableOf(one, ["c3"]) }),
  ]);
  expect(apply).toHaveBeenCalledTimes(1);
  expect(kernel.show()).toEqual(["10.0.1.1:80 → 10.0.0.2:80 w1"]);
});

test.for(Array.from({ length: 24 }, (_, i) => i))(
  "a wish %i microtasks after another was written is written too",
  async (wait) => {
    const kernel = new FakeIpvs();
    const { keeper } = await keeperOf(kernel);
    const apply = kernel.apply.bind(kernel);
    let wished: Promise<void> | undefined;
    kernel.apply = (commands) => {
      kernel.apply = apply;
      const applied = apply(commands);
      wished = applied.then(async () => {
        for (let i = 0; i < wait; i++) await null;
        void keeper.want({ table: tableOf(one, ["c3"]) });
      });
      return applied;
    };
    await keeper.want({ table: tableOf(one) });
    await wished;
    await vi.waitFor(() => expect(kernel.show()).toEqual(["10.0.1.1:80 → 10.0.0.2:80 w1"]));
  },
);

test("a wish that comes while another is written is written after it", async () => {
  const kernel = new FakeIpvs();
  const { keeper } = await keeperOf(kernel);
  const apply = kernel.apply.bind(kernel);
  kernel.apply = async (commands) => {
    kernel.apply = apply;
    void keeper.want({ table: tableOf(one, ["c2"]) });
    return apply(commands);
  };
  await keeper.want({ table: tableOf(one) });
  expect(kernel.show()).toEqual(["10.0.1.1:80 → 10.0.0.3:80 w1"]);
});

test("the sorry server goes in before the last servers go out, and they come back before it goes", async () => {
  const kernel = new FakeIpvs();
  const plans = [service(1, [server(2), server(3)], { quorum: 2, sorryServer: sorry(9) })];
  const { keeper } = await keeperOf(kernel);
  await keeper.want({ table: tableOf(plans) });
  await keeper.want({ table: tableOf(plans, ["c2"]) });
  expect(kernel.show()).toEqual(["10.0.1.1:80 → 10.0.0.9:80 w1"]);
  await keeper.want({ table: tableOf(plans) });
  expect(kernel.emptied).toEqual([]);
});

test("a refused command is told, and tried again after the kernel was read again", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  try {
    const kernel = new FakeIpvs();
    const { keeper, records } = await keeperOf(kernel);
    kernel.refuse = ({ op }) => (op === "addDest" ? "ENOMEM" : undefined);
    await keeper.want({ table: tableOf(one) });
    expect(keeper.status().error).toContain("cannot add [10.0.0.2]:tcp:80 to [10.0.1.1]:tcp:80: ENOMEM");
    expect(records.filter(({ event }) => event === "ipvs.refused").length).toBeGreaterThan(0);
    kernel.refuse = () => undefined;
    await vi.advanceTimersByTimeAsync(1000);
    await vi.waitFor(() => expect(keeper.status().error).toBeUndefined());
    expect(kernel.show()).toEqual(["10.0.1.1:80 → 10.0.0.2:80 w1, 10.0.0.3:80 w1"]);
  } finally {
    vi.useRealTimers();
  }
});

test("a table changed by somebody else under our hands is read again at once: nothing is refused twice", async () => {
  const kernel = new FakeIpvs();
  const { keeper } = await keeperOf(kernel);
  await keeper.want({ table: tableOf(one) });
  kernel.table.clear();
  await keeper.want({ table: tableOf(one, ["c2"]) });
  expect(kernel.show()).toEqual(["10.0.1.1:80 → 10.0.0.3:80 w1"]);
  expect(keeper.status().error).toBeUndefined();
});

test("a kernel that cannot be asked is asked again, with growing delays", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  try {
    const kernel = new FakeIpvs();
    const { keeper } = await keeperOf(kernel);
    kernel.unreachable = true;
    await keeper.want({ table: tableOf(one) });
    expect(keeper.status().error).toBe("the kernel does not answer");
    await vi.advanceTimersByTimeAsync(1000);
    kernel.unreachable = false;
    await vi.advanceTimersByTimeAsync(2000);
    await vi.waitFor(() => expect(keeper.status().error).toBeUndefined());
  } finally {
    vi.useRealTimers();
  }
});

describe("what somebody else changed in our services", () => {
  const meddle = ({ table }: FakeIpvs): void => {
    const destinations = table.get("tcp:10.0.1.1:80")?.destinations;
    const other = destinations?.get("10.0.0.3:80");
    destinations?.delete("10.0.0.2:80");
    if (other) destinations?.set("10.0.0.3:80", { ...other, weight: 9 });
  };
  const changes =
    "add [10.0.0.2]:tcp:80 to [10.0.1.1]:tcp:80 (weight 1, method DR); " +
    "change [10.0.0.3]:tcp:80 of [10.0.1.1]:tcp:80 (weight 9 → 1)";

  test("is found at the resync, counted, told by what it was, and repaired", async () => {
    const kernel = new FakeIpvs();
    const { keeper, records } = await keeperOf(kernel, 20);
    await keeper.want({ table: tableOf(one) });
    meddle(kernel);
    await vi.waitFor(() => expect(kernel.show()).toEqual(["10.0.1.1:80 → 10.0.0.2:80 w1, 10.0.0.3:80 w1"]));
    expect(keeper.status()).toEqual({ driftRepairs: 2 });
    expect(records.filter(({ event }) => event === "ipvs.drift").map(({ text }) => text)).toEqual([
      `The kernel's table was changed by somebody else: 2 entries are repaired: ${changes}`,
    ]);
    await keeper.stop("nothing");
  });

  test("with `ipvs_drift report` is told once and left; what changes of ours goes on beside it", async () => {
    const kernel = new FakeIpvs();
    const { keeper, records } = await keeperOf(kernel, 20, () => true);
    await keeper.want({ table: tableOf([...one, ...foreign]) });
    meddle(kernel);
    await vi.waitFor(() => expect(keeper.status().driftRepairs).toBe(2));
    const { reads } = kernel;
    await vi.waitFor(() => expect(kernel.reads).toBeGreaterThan(reads + 2));
    expect(keeper.status()).toEqual({ driftRepairs: 2, error: `changed by somebody else, and left so: ${changes}` });
    expect(records.filter(({ event }) => event === "ipvs.driftLeft")).toHaveLength(1);
    await keeper.want({ table: tableOf([...one, ...foreign], ["c8"]) });
    expect(kernel.show()).toEqual(["10.0.1.1:80 → 10.0.0.3:80 w9", "10.0.1.7:80 → "]);
    await keeper.stop("own");
    expect([kernel.show(), records.filter(({ event }) => event === "ipvs.refused")]).toEqual([[], []]);
  });

  test("a change of ours that is refused for it puts it right", async () => {
    const kernel = new FakeIpvs();
    const { keeper } = await keeperOf(kernel, 20, () => true);
    await keeper.want({ table: tableOf(one) });
    kernel.table.clear();
    await vi.waitFor(() => expect(keeper.status().driftRepairs).toBe(3));
    await keeper.want({ table: tableOf(one, ["c2"]) });
    expect(kernel.show()).toEqual(["10.0.1.1:80 → 10.0.0.3:80 w1"]);
    expect(keeper.status().error).toBeUndefined();
    await keeper.stop("nothing");
  });

  test("a wish of ours at the same time is not counted", async () => {
    const kernel = new FakeIpvs();
    const { keeper, records } = await keeperOf(kernel, 20);
    await keeper.want({ table: tableOf(one) });
    const read = kernel.read.bind(kernel);
    kernel.read = async () => {
      void keeper.want({ table: tableOf(one, ["c2"]) });
      kernel.read = read;
      return read();
    };
    await vi.waitFor(() => expect(kernel.show()).toEqual(["10.0.1.1:80 → 10.0.0.3:80 w1"]));
    expect([keeper.status(), records]).toEqual([{ driftRepairs: 0 }, []]);
    await keeper.stop("nothing");
  });
});

test("what nobody is sure of stays as the kernel has it", async () => {
  const kernel = new FakeIpvs();
  const { keeper: old } = await keeperOf(kernel);
  await old.want({ table: tableOf(one, ["c2"]) });
  kernel.commands.length = 0;
  const { keeper } = await keeperOf(kernel);
  await keeper.want({ table: tableOf(one), isUnsure: () => true });
  expect(kernel.commands).toEqual([]);
  await keeper.want({ table: tableOf(one), isUnsure: (_service, destination) => destination === "10.0.0.3:80" });
  expect(kernel.commands.map(({ op }) => op)).toEqual(["addDest"]);
});

test.for([
  { clear: "nothing", left: ["10.0.1.1:80 → 10.0.0.2:80 w1, 10.0.0.3:80 w1", "10.0.1.7:80 → 10.0.0.8:80 w1"] },
  { clear: "own", left: ["10.0.1.7:80 → 10.0.0.8:80 w1"] },
  { clear: "all", left: [] },
] as const)("at the stop $clear is removed", async ({ clear, left }) => {
  const kernel = new FakeIpvs();
  const { keeper } = await keeperOf(kernel);
  await keeper.want({ table: tableOf(one) });
  const { keeper: other } = await keeperOf(kernel);
  await other.want({ table: tableOf(foreign) });
  await keeper.stop(clear);
  expect(kernel.show()).toEqual(left);
});

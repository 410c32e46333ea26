import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { LogRecord } from "../../../src/core/log.ts";
import { createSyncKeeper } from "../../../src/virtual-server/sync-apply.ts";
import { FakeIpvs } from "./fake-ipvs.ts";

const plan = { syncInstances: [{ instance: "VI_1", interface: "eth0", syncId: 51 }] };

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
});
afterEach(() => {
  vi.useRealTimers();
});

test("a daemon that cannot be started is tried again, less and less often", async () => {
  const kernel = new FakeIpvs();
  const records: LogRecord[] = [];
  let attempts = 0;
  const start = kernel.startSyncDaemon.bind(kernel);
  kernel.startSyncDaemon = () => {
    attempts += 1;
    return Promise.reject(new Error("no such device"));
  };
  const keeper = createSyncKeeper(
    async () => kernel,
    (record) => records.push(record),
  );
  await keeper.follow(plan, () => true);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(attempts).toBeGreaterThan(3);
  expect(attempts).toBeLessThan(8);
  kernel.startSyncDaemon = start;
  await vi.advanceTimersByTimeAsync(60_000);
  expect(keeper.running()).toEqual([{ role: "master", interface: "eth0", syncId: 51 }]);
});

test("the latest state wins, however quickly they follow each other", async () => {
  const kernel = new FakeIpvs();
  const keeper = createSyncKeeper(
    async () => kernel,
    () => {},
  );
  const all = [true, false, true, false].map((master) => keeper.follow(plan, () => master));
  await Promise.all(all);
  expect(kernel.daemons).toEqual([{ role: "backup", interface: "eth0", syncId: 51 }]);
});

test("daemons of others are left alone where none are configured", async () => {
  const kernel = new FakeIpvs();
  kernel.daemons = [{ role: "backup", interface: "eth9", syncId: 1 }];
  const keeper = createSyncKeeper(
    async () => kernel,
    () => {},
  );
  await keeper.follow({ syncInstances: [] }, () => false);
  await keeper.stop(false);
  expect(kernel.daemons).toHaveLength(1);
});

test("a reload that no longer wants them stops them; an orphan leaves them", async () => {
  const kernel = new FakeIpvs();
  const keeper = createSyncKeeper(
    async () => kernel,
    () => {},
  );
  await keeper.follow(plan, () => true);
  await keeper.follow({ syncInstances: [] }, () => true);
  expect(kernel.daemons).toEqual([]);
  await keeper.follow(plan, () => true);
  await keeper.stop(true);
  expect(kernel.daemons).toHaveLength(1);
});

test("a successor that is stopped before it knows the VRRP states stops what its predecessor started", async () => {
  const kernel = new FakeIpvs();
  kernel.daemons = [{ role: "backup", interface: "eth0", syncId: 0 }];
  const keeper = createSyncKeeper(
    async () => kernel,
    () => {},
  );
  keeper.adopt(plan);
  await keeper.stop(false);
  expect(kernel.daemons).toEqual([]);
});

test("what a later wish has put right is not tried again as it was", async () => {
  const kernel = new FakeIpvs();
  const start = kernel.startSyncDaemon.bind(kernel);
  kernel.startSyncDaemon = async (daemon) => {
    if (daemon.interface === "eth0") throw new Error("no such device");
    await start(daemon);
  };
  const keeper = createSyncKeeper(
    async () => kernel,
    () => {},
  );
  const other = { syncInstances: [{ instance: "VI_1", interface: "eth1", syncId: 51 }] };
  await Promise.all([keeper.follow(plan, () => true), keeper.follow(other, () => true)]);
  kernel.startSyncDaemon = start;
  await vi.advanceTimersByTimeAsync(120_000);
  expect(kernel.daemons).toEqual([{ role: "master", interface: "eth1", syncId: 51 }]);
});

import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createSyncFollower } from "../../../src/process/checker-sync.ts";
import type { SyncPlan } from "../../../src/virtual-server/sync.ts";
import type { SyncKeeper } from "../../../src/virtual-server/sync-apply.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const instance = (name: string) => ({ instance: name, interface: "eth0", syncId: 1 });

/** Which instances are MASTER, each time that the daemons follow. */
function follower(names: readonly string[]) {
  const followed: string[][] = [];
  const keeper: SyncKeeper = {
    follow: async (_plan, isMaster) => void followed.push(names.filter(isMaster)),
    adopt: () => {},
    running: () => [],
    stop: async () => {},
  };
  const plan: SyncPlan = { syncInstances: names.map(instance) };
  return { sync: createSyncFollower(keeper, () => plan), followed };
}

test("nothing is done until every instance has said where it is", () => {
  const { sync, followed } = follower(["one", "two"]);
  sync.begin();
  sync.hear("one", "master");
  expect(followed).toEqual([]);
  sync.hear("two", "backup");
  sync.hear("two", "master");
  expect(followed).toEqual([["one"], ["one", "two"]]);
});

test("an instance that never speaks is awaited for 3 s", () => {
  const { sync, followed } = follower(["one", "two"]);
  sync.begin();
  sync.hear("one", "master");
  vi.advanceTimersByTime(2999);
  expect(followed).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(followed).toEqual([["one"]]);
});

test("without instances nobody is awaited, and after a stop nothing follows", async () => {
  const none = follower([]);
  none.sync.begin();
  expect(none.followed).toEqual([[]]);
  const { sync, followed } = follower(["one"]);
  sync.begin();
  await sync.stop(false);
  vi.advanceTimersByTime(10_000);
  expect(followed).toEqual([]);
});

import fc from "fast-check";
import { expect, test } from "vitest";
import type { SyncDaemon } from "../../../src/ipvs/model.ts";
import { desiredSyncDaemons, diffSyncDaemons } from "../../../src/virtual-server/sync.ts";

const one = { instance: "bl_one", interface: "eth0", syncId: 38 };
const two = { instance: "bl_two", interface: "eth0", syncId: 48 };
const plan = { syncInstances: [one, two] };
const daemon = (role: SyncDaemon["role"], syncId: number): SyncDaemon => ({ role, interface: "eth0", syncId });

test.for([
  { name: "no instance is MASTER: one backup daemon for all ids", masters: [], want: [daemon("backup", 0)] },
  {
    name: "MASTER of one, BACKUP of the other: a daemon each, with their ids",
    masters: ["bl_one"],
    want: [daemon("master", 38), daemon("backup", 48)],
  },
  { name: "the other way round", masters: ["bl_two"], want: [daemon("master", 48), daemon("backup", 38)] },
  {
    name: "MASTER of both: one master daemon with the id of the first",
    masters: ["bl_one", "bl_two"],
    want: [daemon("master", 38)],
  },
])("$name", ({ masters, want }) => {
  expect(desiredSyncDaemons(plan, (instance) => (masters as string[]).includes(instance), [])).toEqual(want);
});

test("a master daemon that still serves one of the MASTER instances is not restarted", () => {
  const running = [daemon("master", 48), daemon("backup", 38)];
  const desired = desiredSyncDaemons(plan, () => true, running);
  expect(diffSyncDaemons(desired, running)).toEqual([{ op: "stop", daemon: daemon("backup", 38) }]);
});

test("lvs_sync_daemon without an instance runs both, whatever the VRRP state", () => {
  const always = { syncInstances: [], syncAlways: { interface: "eth1", syncId: 7 } };
  const [master, backup] = desiredSyncDaemons(always, () => false, []);
  expect([master, backup]).toEqual([
    { role: "master", interface: "eth1", syncId: 7 },
    { role: "backup", interface: "eth1", syncId: 7 },
  ]);
});

test("maxlen, port, ttl and group go to both daemons; what the kernel says back of them is the same daemon", () => {
  const options = { maxLength: 500, port: 9000, ttl: 3, group: "239.1.1.1" };
  const always = { syncInstances: [], syncAlways: { interface: "eth1", syncId: 7, ...options } };
  const desired = desiredSyncDaemons(always, () => false, []);
  expect(desired).toEqual([
    { role: "master", interface: "eth1", syncId: 7, ...options },
    { role: "backup", interface: "eth1", syncId: 7, ...options },
  ]);
  const said = desired.map((wanted) => (wanted.role === "backup" ? { ...wanted, maxLength: 1024 } : wanted));
  expect(diffSyncDaemons(desired, said)).toEqual([]);
});

test.for([
  { name: "another port", running: { port: 9000, ttl: 1, group: "224.0.0.81" }, restarts: true },
  { name: "another time to live", running: { port: 8848, ttl: 2, group: "224.0.0.81" }, restarts: true },
  { name: "another group", running: { port: 8848, ttl: 1, group: "224.0.0.82" }, restarts: true },
  { name: "what the kernel takes by itself", running: { port: 8848, ttl: 1, group: "224.0.0.81", maxLength: 1472 } },
  { name: "a kernel that does not say", running: {} },
])("a running daemon with $name, where the file says nothing of it", ({ running, restarts = false }) => {
  const now = { ...daemon("master", 38), ...running };
  expect(diffSyncDaemons([daemon("master", 38)], [now]).map(({ op }) => op)).toEqual(restarts ? ["stop", "start"] : []);
});

test("nothing configured, nothing wanted", () => {
  expect(desiredSyncDaemons({ syncInstances: [] }, () => true, [])).toEqual([]);
});

test("from any running daemons the changes reach the desired ones, stopping before starting, and then there is nothing to do", () => {
  const anyMasters = fc.subarray(["bl_one", "bl_two"]);
  fc.assert(
    fc.property(anyMasters, anyMasters, (before, after) => {
      const isMaster = (masters: string[]) => (instance: string) => masters.includes(instance);
      let running = desiredSyncDaemons(plan, isMaster(before), []);
      const desired = desiredSyncDaemons(plan, isMaster(after), running);
      for (const { op, daemon: changed } of diffSyncDaemons(desired, running)) {
        if (op === "stop") running = running.filter((other) => other.role !== changed.role);
        else {
          expect(running.some((other) => other.role === changed.role)).toBe(false);
          running = [...running, changed];
        }
      }
      expect(diffSyncDaemons(desiredSyncDaemons(plan, isMaster(after), running), running)).toEqual([]);
    }),
  );
});

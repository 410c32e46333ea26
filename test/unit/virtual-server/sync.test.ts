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

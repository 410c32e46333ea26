import type { SyncDaemon } from "../ipvs/model.ts";
import type { CheckerProcessPlan } from "./model.ts";

export type SyncPlan = Pick<CheckerProcessPlan, "syncInstances" | "syncAlways">;

const sameDaemon = (a: SyncDaemon, b: SyncDaemon): boolean =>
  a.role === b.role && a.interface === b.interface && a.syncId === b.syncId;

/** The connection sync daemons the kernel should run: it can run one of each role. A master daemon sends with the id of
 *  the first MASTER instance; a backup daemon listens for the id of the only instance that is not MASTER, or for all ids
 *  (0) when there are several. A `running` daemon that still serves is kept, since a restart loses what it has queued. */
export function desiredSyncDaemons(
  plan: SyncPlan,
  isMaster: (instance: string) => boolean,
  running: readonly SyncDaemon[],
): SyncDaemon[] {
  if (plan.syncAlways) {
    const { interface: name, syncId } = plan.syncAlways;
    return [
      { role: "master", interface: name, syncId },
      { role: "backup", interface: name, syncId },
    ];
  }
  const masters = plan.syncInstances.filter(({ instance }) => isMaster(instance));
  const others = plan.syncInstances.filter(({ instance }) => !isMaster(instance));
  return [...masterDaemon(masters, running), ...backupDaemon(others)];
}

function masterDaemon(masters: SyncPlan["syncInstances"], running: readonly SyncDaemon[]): SyncDaemon[] {
  const candidates = masters.map(
    ({ interface: name, syncId }): SyncDaemon => ({ role: "master", interface: name, syncId }),
  );
  const kept = candidates.find((candidate) => running.some((daemon) => sameDaemon(daemon, candidate)));
  return kept ? [kept] : candidates.slice(0, 1);
}

function backupDaemon(others: SyncPlan["syncInstances"]): SyncDaemon[] {
  const [first] = others;
  if (!first) return [];
  const oneId = others.every(({ syncId }) => syncId === first.syncId);
  return [{ role: "backup", interface: first.interface, syncId: oneId ? first.syncId : 0 }];
}

export type SyncChange = { readonly op: "start" | "stop"; readonly daemon: SyncDaemon };

/** What turns the running daemons into the desired ones: stops before starts, since a role cannot run twice. */
export function diffSyncDaemons(desired: readonly SyncDaemon[], running: readonly SyncDaemon[]): SyncChange[] {
  const stops = running.filter((daemon) => !desired.some((other) => sameDaemon(daemon, other)));
  const starts = desired.filter((daemon) => !running.some((other) => sameDaemon(daemon, other)));
  return [
    ...stops.map((daemon): SyncChange => ({ op: "stop", daemon })),
    ...starts.map((daemon): SyncChange => ({ op: "start", daemon })),
  ];
}

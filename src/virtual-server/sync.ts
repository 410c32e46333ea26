import type { SyncDaemon, SyncOptions } from "../ipvs/model.ts";
import type { CheckerProcessPlan } from "./model.ts";

export type SyncPlan = Pick<CheckerProcessPlan, "syncInstances" | "syncAlways">;

/** What the kernel takes where nothing is asked for (net/netfilter/ipvs/ip_vs_sync.c); its longest message depends on the
 *  MTU of the interface. */
const kernelDefaults = { port: 8848, ttl: 1, group: "224.0.0.81" } as const;
/** The kernel's own bounds of the longest message: 1024 for a backup, and what an IPv6 packet can carry. */
const backupMinLength = 1024;
const ip6MaxLength = 65_487;

/** Whether a running daemon is the wanted one. What the kernel does not say of it is taken for right. */
const serves = (wanted: SyncDaemon, running: SyncDaemon): boolean =>
  wanted.role === running.role &&
  wanted.interface === running.interface &&
  wanted.syncId === running.syncId &&
  (["port", "ttl", "group"] as const).every(
    (name) => running[name] === undefined || (wanted[name] ?? kernelDefaults[name]) === running[name],
  ) &&
  (wanted.maxLength === undefined ||
    running.maxLength === undefined ||
    lengthOf(wanted, wanted.maxLength) === running.maxLength);

function lengthOf({ role, group }: SyncDaemon, asked: number): number {
  const most = group?.includes(":") ? ip6MaxLength : asked;
  return Math.max(Math.min(asked, most), role === "backup" ? backupMinLength : 1);
}

const daemonOf = (
  role: SyncDaemon["role"],
  { interface: name, maxLength, port, ttl, group }: SyncOptions & { readonly interface: string },
  syncId: number,
): SyncDaemon => ({
  role,
  interface: name,
  syncId,
  ...(maxLength !== undefined && { maxLength }),
  ...(port !== undefined && { port }),
  ...(ttl !== undefined && { ttl }),
  ...(group !== undefined && { group }),
});

/** The connection sync daemons the kernel should run: it can run one of each role. A master daemon sends with the id of
 *  the first MASTER instance; a backup daemon listens for the id of the only instance that is not MASTER, or for all ids
 *  (0) when there are several. A `running` daemon that still serves is kept, since a restart loses what it has queued. */
export function desiredSyncDaemons(
  plan: SyncPlan,
  isMaster: (instance: string) => boolean,
  running: readonly SyncDaemon[],
): SyncDaemon[] {
  if (plan.syncAlways) {
    const { syncId } = plan.syncAlways;
    return [daemonOf("master", plan.syncAlways, syncId), daemonOf("backup", plan.syncAlways, syncId)];
  }
  const masters = plan.syncInstances.filter(({ instance }) => isMaster(instance));
  const others = plan.syncInstances.filter(({ instance }) => !isMaster(instance));
  return [...masterDaemon(masters, running), ...backupDaemon(others)];
}

function masterDaemon(masters: SyncPlan["syncInstances"], running: readonly SyncDaemon[]): SyncDaemon[] {
  const candidates = masters.map((sync) => daemonOf("master", sync, sync.syncId));
  const kept = candidates.find((candidate) => running.some((daemon) => serves(candidate, daemon)));
  return kept ? [kept] : candidates.slice(0, 1);
}

function backupDaemon(others: SyncPlan["syncInstances"]): SyncDaemon[] {
  const [first] = others;
  if (!first) return [];
  const oneId = others.every(({ syncId }) => syncId === first.syncId);
  return [daemonOf("backup", first, oneId ? first.syncId : 0)];
}

export type SyncChange = { readonly op: "start" | "stop"; readonly daemon: SyncDaemon };

/** What turns the running daemons into the desired ones: stops before starts, since a role cannot run twice. */
export function diffSyncDaemons(desired: readonly SyncDaemon[], running: readonly SyncDaemon[]): SyncChange[] {
  const stops = running.filter((daemon) => !desired.some((wanted) => serves(wanted, daemon)));
  const starts = desired.filter((daemon) => !running.some((other) => serves(daemon, other)));
  return [
    ...stops.map((daemon): SyncChange => ({ op: "stop", daemon })),
    ...starts.map((daemon): SyncChange => ({ op: "start", daemon })),
  ];
}

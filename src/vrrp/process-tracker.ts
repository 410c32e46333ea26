import { wallMs } from "../core/clock.ts";
import { messageOf } from "../core/errors.ts";
import type { Logger } from "../core/log.ts";
import { openProcessEvents, type ProcessEvent, type ProcessEvents } from "../netlink/process-events.ts";
import type { vrrpEvents } from "./log-events.ts";
import type { VrrpStatus } from "./model.ts";
import { matchesProcess, quorumMet } from "./process-match.ts";
import { type ProcessTable, procTable } from "./process-table.ts";
import type { TrackProcessPlan } from "./tracked-model.ts";

/** Counts the processes of each vrrp_track_process. */
export type ProcessTracker = {
  configure(plans: readonly TrackProcessPlan[]): void;
  /** Whether as many run as are wanted; undefined for a name that is not tracked. */
  up(name: string): boolean | undefined;
  list(): NonNullable<VrrpStatus["processes"]>;
  stop(): void;
};

export type ProcessTrackerOptions = {
  readonly log: Logger<typeof vrrpEvents>;
  readonly onChange: (name: string, up: boolean) => void;
  readonly table?: ProcessTable;
  readonly openEvents?: typeof openProcessEvents;
};

/** Without the kernel's events, as in a container with process numbers of its own, /proc is read this often. */
const POLL_MS = 1000;
/** A process that was just started takes another name and command line soon, without an event for each of them. */
const SETTLE_MS = 50;

type Entry = {
  plan: TrackProcessPlan;
  readonly pids: Set<number>;
  up: boolean;
  /** Since when it is up, or not. */
  sinceWallMs: number;
  /** The end of the delay after which a change counts. */
  timer: NodeJS.Timeout | undefined;
};

export function createProcessTracker({
  log,
  onChange,
  table = procTable,
  openEvents = openProcessEvents,
}: ProcessTrackerOptions): ProcessTracker {
  let entries = new Map<string, Entry>();
  let events: ProcessEvents | undefined;
  let poll: NodeJS.Timeout | undefined;
  const settling = new Map<number, NodeJS.Timeout>();

  const turn = (entry: Entry): void => {
    entry.timer = undefined;
    const up = quorumMet(entry.plan, entry.pids.size);
    if (up === entry.up) return;
    entry.up = up;
    entry.sinceWallMs = wallMs();
    const fields = { process: entry.plan.name, count: entry.pids.size };
    if (up) log.info("process.up", fields);
    else log.warn("process.down", fields);
    onChange(entry.plan.name, up);
  };

  /** A change counts after its delay, and not at all when it is undone before. */
  const judge = (entry: Entry): void => {
    const { plan, pids } = entry;
    clearTimeout(entry.timer);
    entry.timer = undefined;
    const up = quorumMet(plan, pids.size);
    if (up === entry.up) return;
    const delayMs = up ? plan.forkDelayMs : plan.terminateDelayMs;
    if (delayMs > 0) entry.timer = setTimeout(turn, delayMs, entry);
    else turn(entry);
  };

  const look = (pid: number): void => {
    const seen = table.look(pid);
    for (const entry of entries.values()) {
      const counts = seen !== undefined && matchesProcess(entry.plan, seen);
      if (counts === entry.pids.has(pid)) continue;
      if (counts) entry.pids.add(pid);
      else entry.pids.delete(pid);
      judge(entry);
    }
  };

  /** Now, and once more when it has had the time to become what it is. */
  const lookTwice = (pid: number): void => {
    look(pid);
    clearTimeout(settling.get(pid));
    const again = setTimeout(() => {
      settling.delete(pid);
      look(pid);
    }, SETTLE_MS);
    settling.set(pid, again);
  };

  const count = (): void => {
    const counted = new Map([...entries.values()].map((entry) => [entry, new Set<number>()]));
    for (const pid of table.pids()) {
      const seen = table.look(pid);
      if (seen) for (const [entry, pids] of counted) if (matchesProcess(entry.plan, seen)) pids.add(pid);
    }
    for (const [entry, pids] of counted) {
      entry.pids.clear();
      for (const pid of pids) entry.pids.add(pid);
    }
  };

  const recount = (): void => {
    count();
    for (const entry of entries.values()) judge(entry);
  };

  const onEvent = (event: ProcessEvent): void => {
    if (event.type === "exit") {
      for (const entry of entries.values()) if (entry.pids.delete(event.pid)) judge(entry);
    } else if (event.type === "fork") {
      for (const entry of entries.values())
        if (entry.pids.has(event.parent)) {
          entry.pids.add(event.pid);
          judge(entry);
        }
    } else lookTwice(event.pid);
  };

  const listen = (): void => {
    if (events || poll) return;
    try {
      if (!table.hasKernelsNumbers()) throw new Error("process numbers differ in this container");
      events = openEvents(onEvent, recount);
    } catch (error) {
      log.info("process.polled", { everyMs: POLL_MS, error: messageOf(error) });
      poll = setInterval(recount, POLL_MS);
    }
  };

  const hush = (): void => {
    events?.close();
    events = undefined;
    clearInterval(poll);
    poll = undefined;
    for (const timer of settling.values()) clearTimeout(timer);
    settling.clear();
    for (const entry of entries.values()) clearTimeout(entry.timer);
  };

  return {
    configure(plans) {
      if (plans.length === 0) hush();
      const next = new Map<string, Entry>();
      for (const plan of plans) {
        const old = entries.get(plan.name);
        if (old) old.plan = plan;
        next.set(plan.name, old ?? { plan, pids: new Set(), up: true, sinceWallMs: wallMs(), timer: undefined });
      }
      const added = [...next.values()].filter((entry) => !entries.has(entry.plan.name));
      for (const [name, entry] of entries) if (!next.has(name)) clearTimeout(entry.timer);
      entries = next;
      if (plans.length === 0) return;
      listen(); // before the count, so that nothing happens between them unseen
      count();
      for (const entry of entries.values())
        if (added.includes(entry)) entry.up = quorumMet(entry.plan, entry.pids.size);
        else judge(entry);
    },
    up: (name) => entries.get(name)?.up,
    list: () =>
      [...entries.values()].map(({ plan, up, pids, sinceWallMs }) => ({
        name: plan.name,
        up,
        count: pids.size,
        sinceWallMs,
      })),
    stop() {
      hush();
      entries.clear();
    },
  };
}

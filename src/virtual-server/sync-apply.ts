import { messageOf } from "../core/errors.ts";
import { createLogger, type LogSink } from "../core/log.ts";
import type { IpvsClient, SyncDaemon } from "../ipvs/model.ts";
import { virtualServerEvents } from "./log-events.ts";
import { desiredSyncDaemons, diffSyncDaemons, type SyncPlan } from "./sync.ts";

/** Keeps the kernel's connection sync daemons in step with the VRRP states. */
export type SyncKeeper = {
  /** Sets plan and states, and follows them. Resolves when that was tried once. */
  follow(plan: SyncPlan, isMaster: (instance: string) => boolean): Promise<void>;
  /** Takes what runs for ours, where the plan asks for daemons: a predecessor of this process started it. */
  adopt(plan: SyncPlan): void;
  running(): readonly SyncDaemon[];
  /** Stops the daemons we started or took over, unless they are to be left. */
  stop(leave: boolean): Promise<void>;
};

const wantsDaemons = ({ syncAlways, syncInstances }: SyncPlan): boolean =>
  syncAlways !== undefined || syncInstances.length > 0;

/** After a failure it is tried again after this, then twice as long each time. */
const firstRetryMs = 1000;
const longestRetryMs = 60_000;

export function createSyncKeeper(client: () => Promise<IpvsClient>, sink: LogSink): SyncKeeper {
  const log = createLogger(virtualServerEvents, sink);
  let running: readonly SyncDaemon[] = [];
  let ours = false;
  let stopped = false;
  let retry: NodeJS.Timeout | undefined;
  let retryMs = firstRetryMs;
  let queue: Promise<void> = Promise.resolve();

  const change = async (kernel: IpvsClient, plan: SyncPlan, isMaster: (instance: string) => boolean): Promise<void> => {
    running = await kernel.syncDaemons();
    for (const { op, daemon } of diffSyncDaemons(desiredSyncDaemons(plan, isMaster, running), running)) {
      if (op === "stop") await kernel.stopSyncDaemon(daemon.role, daemon.syncId);
      else await kernel.startSyncDaemon(daemon);
      log.info(op === "stop" ? "sync.stopped" : "sync.started", daemon);
    }
    running = await kernel.syncDaemons();
  };

  const attempt = async (plan: SyncPlan, isMaster: (instance: string) => boolean): Promise<void> => {
    clearTimeout(retry); // of a wish before this one, which failed while this one waited
    const wanted = wantsDaemons(plan);
    if (stopped || !(wanted || ours)) return; // daemons of others are left alone
    ours = wanted;
    try {
      await change(await client(), plan, isMaster);
      retryMs = firstRetryMs;
    } catch (cause) {
      log.error("sync.failed", { message: messageOf(cause) });
      if (stopped) return;
      retry = setTimeout(() => void follow(plan, isMaster), retryMs);
      retryMs = Math.min(2 * retryMs, longestRetryMs);
    }
  };

  const follow = (plan: SyncPlan, isMaster: (instance: string) => boolean): Promise<void> => {
    queue = queue.then(() => attempt(plan, isMaster));
    return queue;
  };

  return {
    follow,
    adopt: (plan) => {
      ours ||= wantsDaemons(plan);
    },
    running: () => running,
    async stop(leave) {
      stopped = true;
      clearTimeout(retry);
      await queue;
      if (leave || !ours) return;
      try {
        const kernel = await client();
        for (const daemon of await kernel.syncDaemons()) await kernel.stopSyncDaemon(daemon.role, daemon.syncId);
      } catch (cause) {
        log.error("sync.failed", { message: messageOf(cause) });
      }
    },
  };
}

import { KnownSessions } from "../bfd/known.ts";
import type { BfdVerdicts } from "../bfd/model.ts";
import { wallMs } from "../core/clock.ts";
import type { Logger } from "../core/log.ts";
import type { vrrpEvents } from "./log-events.ts";
import type { VrrpProcessPlan, VrrpStatus } from "./model.ts";
import { CHECKER_NAME } from "./tracking-options.ts";

/** What instances track of the checker process: quorums of virtual servers, and whether it is there. */
export type CheckerTracker = {
  /** Of a virtual server, or of CHECKER_NAME. Undefined: it is not known yet. */
  up(name: string): boolean | undefined;
  /** `known`: what a predecessor of this process knew. */
  configure(plan: VrrpProcessPlan, known: Readonly<Record<string, boolean>> | undefined): void;
  /** What the checker process tells; undefined: nobody is at the other end. */
  hear(quorums: BfdVerdicts | undefined): void;
  list(): NonNullable<VrrpStatus["balancing"]>;
  stop(): void;
};

export type CheckerTrackerOptions = {
  readonly log: Logger<typeof vrrpEvents>;
  /** Instances that track this have to be looked at again. */
  readonly onChange: (name: string) => void;
  /** What a successor has to know; null: nobody knows any more. */
  readonly onKnown: (name: string, up: boolean | null) => void;
};

/** So long the checker process may be away. Its successor is there within a second, and one that hangs is replaced after
 *  watchdog_timeout: longer, and it fails again and again. */
export const CHECKER_AWAY_MS = 10_000;

export function createCheckerTracker({ log, onChange, onKnown }: CheckerTrackerOptions): CheckerTracker {
  let quorums = new KnownSessions();
  let checker: boolean | undefined;
  let tracked: ReadonlyMap<string, readonly string[]> = new Map();
  const since = new Map<string, number>();
  let away: NodeJS.Timeout | undefined;
  const up = (name: string): boolean | undefined => (name === CHECKER_NAME ? checker : quorums.up(name));

  /** Does something that may change what is known, and tells of what has changed. */
  const learn = (deed: () => void): void => {
    const before = new Map([...tracked.keys()].map((name) => [name, up(name)]));
    deed();
    for (const [name, instances] of tracked) {
      const now = up(name);
      if (now === before.get(name)) continue;
      since.set(name, wallMs());
      onKnown(name, now ?? null);
      for (const instance of instances) tell(instance, name, now);
      onChange(name);
    }
  };
  const tell = (instance: string, virtualServer: string, now: boolean | undefined): void => {
    if (now === undefined) return; // it is no longer configured
    if (virtualServer === CHECKER_NAME)
      now
        ? log.info("checker.trackedUp", { instance })
        : log.warn("checker.trackedDown", { instance, awayMs: CHECKER_AWAY_MS });
    else if (now) log.info("virtualServer.trackedUp", { instance, virtualServer });
    else log.warn("virtualServer.trackedDown", { instance, virtualServer });
  };
  const wait = (): void => {
    away ??= setTimeout(() => {
      away = undefined;
      learn(() => {
        checker = false;
      });
    }, CHECKER_AWAY_MS);
  };
  const stop = (): void => {
    clearTimeout(away);
    away = undefined;
  };
  return {
    up,
    configure(plan, known) {
      if (known) {
        const { [CHECKER_NAME]: there, ...servers } = known;
        quorums = new KnownSessions(servers);
        checker = there;
      }
      tracked = trackedNames(plan);
      for (const name of since.keys()) if (!tracked.has(name)) since.delete(name);
      for (const name of tracked.keys()) if (!since.has(name)) since.set(name, wallMs());
      if (tracked.size === 0) {
        stop();
        quorums = new KnownSessions();
        checker = undefined;
      } else if (checker === undefined || known) wait();
    },
    hear(told) {
      if (told === undefined) {
        if (checker !== false) wait();
        return;
      }
      stop();
      learn(() => {
        checker = true;
        quorums.hear(told);
      });
    },
    list: () =>
      [...tracked.keys()].map((name) => {
        const now = up(name);
        return { name, ...(now !== undefined && { up: now }), sinceWallMs: since.get(name) ?? 0 };
      }),
    stop,
  };
}

/** Each tracked name with the instances that track it. */
function trackedNames({ instances }: VrrpProcessPlan): ReadonlyMap<string, readonly string[]> {
  const names = new Map<string, string[]>();
  for (const { name: instance, trackBalancing = [] } of instances)
    for (const { name } of trackBalancing) {
      const tracking = names.get(name);
      if (tracking) tracking.push(instance);
      else names.set(name, [instance]);
    }
  return names;
}

import { KnownSessions } from "../bfd/known.ts";
import type { BfdVerdicts } from "../bfd/model.ts";
import { wallMs } from "../core/clock.ts";
import type { Logger } from "../core/log.ts";
import type { vrrpEvents } from "./log-events.ts";
import type { VrrpProcessPlan, VrrpStatus } from "./model.ts";

/** The BFD sessions that instances track. */
export type BfdTracker = {
  /** Undefined: it is not known yet. */
  up(session: string): boolean | undefined;
  /** `known`: what a predecessor of this process knew. `fresh`: there was none, and a session counts as down until it is up,
   *  as in keepalived. What a reload brings changes nothing before it is known. */
  configure(plan: VrrpProcessPlan, known: Readonly<Record<string, boolean>> | undefined, fresh: boolean): void;
  /** What the BFD process tells. */
  hear(verdicts: BfdVerdicts): void;
  list(): NonNullable<VrrpStatus["bfds"]>;
};

export type BfdTrackerOptions = {
  readonly log: Logger<typeof vrrpEvents>;
  /** Instances that track the session have to be looked at again. */
  readonly onChange: (session: string) => void;
  /** What a successor has to know; null: nobody knows any more. */
  readonly onKnown: (session: string, up: boolean | null) => void;
};

export function createBfdTracker({ log, onChange, onKnown }: BfdTrackerOptions): BfdTracker {
  let known = new KnownSessions();
  let assumedDown: ReadonlySet<string> = new Set();
  let tracked: ReadonlyMap<string, readonly string[]> = new Map();
  const since = new Map<string, number>();
  const up = (session: string): boolean | undefined =>
    known.up(session) ?? (assumedDown.has(session) ? false : undefined);
  return {
    up,
    configure(plan, before, fresh) {
      if (before) known = new KnownSessions(before);
      tracked = trackedSessions(plan);
      if (fresh) {
        assumedDown = new Set(tracked.keys());
        for (const session of assumedDown) onKnown(session, false);
      }
      for (const session of since.keys()) if (!tracked.has(session)) since.delete(session);
      for (const session of tracked.keys()) if (!since.has(session)) since.set(session, wallMs());
    },
    hear(verdicts) {
      const before = new Map([...tracked.keys()].map((session) => [session, up(session)]));
      known.hear(verdicts);
      for (const [session, instances] of tracked) {
        const now = up(session);
        if (now === before.get(session)) continue;
        since.set(session, wallMs());
        for (const instance of instances) log.info(now ? "bfd.trackedUp" : "bfd.trackedDown", { instance, session });
        onKnown(session, now ?? null);
        onChange(session);
      }
    },
    list: () =>
      [...tracked.keys()].map((name) => {
        const now = up(name);
        return { name, ...(now !== undefined && { up: now }), sinceWallMs: since.get(name) ?? 0 };
      }),
  };
}

/** Each session with the instances that track it. */
function trackedSessions({ instances }: VrrpProcessPlan): ReadonlyMap<string, readonly string[]> {
  const sessions = new Map<string, string[]>();
  for (const { name, trackBfds = [] } of instances)
    for (const track of trackBfds) {
      const tracking = sessions.get(track.name);
      if (tracking) tracking.push(name);
      else sessions.set(track.name, [name]);
    }
  return sessions;
}

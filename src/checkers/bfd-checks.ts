import { KnownSessions } from "../bfd/known.ts";
import type { BfdVerdicts } from "../bfd/model.ts";
import { wallMs } from "../core/clock.ts";
import { createLogger, type LogSink } from "../core/log.ts";
import { checkerEvents } from "./log-events.ts";
import type { CheckerState, TrackedCheckPlan } from "./model.ts";
import { trackedState } from "./tracked-state.ts";

export type BfdCheckPlan = Extract<TrackedCheckPlan, { readonly kind: "BFD_CHECK" }>;

/** The BFD_CHECKs of all real servers. They have a verdict at any time, and a new one as soon as their session has. */
export type BfdChecks = {
  /** The checks from now on. */
  configure(checks: Iterable<BfdCheckPlan>): void;
  /** What the BFD process tells. */
  hear(verdicts: BfdVerdicts): void;
  state(id: string): CheckerState | undefined;
};

export type BfdChecksOptions = {
  readonly sink: LogSink;
  /** What a predecessor knew: true is up. */
  readonly known?: Readonly<Record<string, boolean>> | undefined;
  /** Checks with another verdict, by their ids; not during configure(). */
  readonly onChange: (ids: ReadonlySet<string>) => void;
  /** What a successor has to know; null: nobody knows any more. */
  readonly onKnown: (session: string, up: boolean | null) => void;
};

export function createBfdChecks({ sink, known: before, onChange, onKnown }: BfdChecksOptions): BfdChecks {
  const log = createLogger(checkerEvents, sink);
  const known = new KnownSessions(before);
  const states = new Map<string, CheckerState>();
  let checks = new Map<string, BfdCheckPlan>();

  const judge = (isAsked: (check: BfdCheckPlan) => boolean): ReadonlySet<string> => {
    const changed = new Set<string>();
    for (const [id, check] of checks) {
      if (!isAsked(check)) continue;
      const earlier = states.get(id);
      const state = stateOf(check, known.up(check.instance), earlier);
      states.set(id, state);
      if (earlier?.up !== state.up) changed.add(id);
    }
    return changed;
  };

  return {
    configure(plans) {
      checks = new Map([...plans].map((check) => [check.id, check]));
      for (const id of states.keys()) if (!checks.has(id)) states.delete(id);
      judge(() => true);
    },
    hear(verdicts) {
      const moved = known.hear(verdicts);
      const asked = new Set([...checks.values()].map(({ instance }) => instance));
      for (const session of moved) {
        if (!asked.has(session)) continue;
        const up = known.up(session);
        onKnown(session, up ?? null);
        if (up !== undefined) log.info("bfd.value", { session, up });
      }
      if (moved.size === 0) return;
      const changed = judge(({ instance }) => moved.has(instance));
      if (changed.size > 0) onChange(changed);
    },
    state: (id) => states.get(id),
  };
}

/** A session that nobody knows yet leaves the server as it would start: up, or with alpha down. */
function stateOf(
  { instance, alpha }: BfdCheckPlan,
  known: boolean | undefined,
  before: CheckerState | undefined,
): CheckerState {
  const up = known ?? before?.up ?? !alpha;
  const detail = `BFD session ${instance} is ${known === undefined ? "not known yet" : known ? "up" : "down"}`;
  return trackedState({ up, reason: "bfd", detail }, known !== undefined, before, wallMs());
}

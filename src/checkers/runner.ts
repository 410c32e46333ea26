import { nowMs as monotonicMs } from "../core/clock.ts";
import { createLogger, type LogSink } from "../core/log.ts";
import { type CheckMeter, CheckMeters, type CheckRuns, type GroupCounts } from "./check-meter.ts";
import type { Turn } from "./checker.ts";
import { runProbe, type Slot, slotOf, startProbe } from "./kinds.ts";
import { createLauncher, type Run } from "./launcher.ts";
import { openFilesLimit, placesFor } from "./limits.ts";
import { checkerEvents } from "./log-events.ts";
import type { CheckerPlan, CheckerState, CheckerSubject, Probe, Verdict } from "./model.ts";
import { createParts } from "./parts.ts";
import { createSchedule, type Due } from "./schedule.ts";
import { type Flight, Flights } from "./share.ts";
import { connectorObstacle } from "./socket-connector.ts";
import { firstDelayMs, initialState, type Step, step, urlCount } from "./state.ts";
import { createTurnClock } from "./turn-clock.ts";

/** Tells that a checker's state differs from what was told before. `change` is what it means for the real server. */
export type OnChange = (id: string, state: CheckerState, change: Step["change"]) => void;

/** Tells of every finished run. */
export type OnResult = (id: string, verdict: Verdict) => void;

export type CheckerRunner = {
  /** Makes these the checkers: new ones start with `stateOf(id)`, or as their plan says; those that stay keep state and
   *  schedule; those that are gone are cancelled. One id may be guarded by several real servers; the first names it. */
  replace(subjects: readonly CheckerSubject[], options?: ReplaceOptions): void;
  /** Those on hold run from now on. */
  begin(): void;
  state(id: string): CheckerState | undefined;
  /** Its runs since it was made. */
  runs(id: string): CheckRuns | undefined;
  /** In how many ms it runs next; undefined while it runs, or waits for its turn. */
  nextInMs(id: string): number | undefined;
  /** The end of what its program wrote in its last run. */
  output(id: string): string | undefined;
  /** What all checks of a kind in a virtual server came to. */
  groups(): readonly GroupCounts[];
  readonly size: number;
  /** Cancels all. Resolves when nothing is in flight any more. */
  stop(): Promise<void>;
};

export type ReplaceOptions = {
  /** The state a new checker starts with; undefined: as its plan says. */
  readonly stateOf?: (subject: CheckerSubject) => CheckerState | undefined;
  /** Run new checkers soon, in place of after their warmup: their predecessor has run them already. */
  readonly resume?: boolean;
  /** None runs before begin(). */
  readonly hold?: boolean;
};

export type RunnerOptions = {
  readonly probe?: (probe: Probe, turn: Turn, signal: AbortSignal) => Promise<Verdict>;
  readonly random?: () => number;
  readonly limits?: Readonly<Record<Slot, number>>;
  readonly onResult?: OnResult;
  /** Whether a checker that is due is passed over until it is due again. */
  readonly isSuspended?: (id: string) => boolean;
};

/** Resumed checkers run within this time, or as many a millisecond as this: what all of them ask at once is lost on its way,
 *  and servers that are well would be taken for dead. */
const resumeSpreadMs = 1000;
const resumedPerMs = 2;
/** What happens within this time happens together; regular runs at least on multiples of it, at most of the second. */
const togetherMs = 20;
const longestBeatMs = 100;
/** What is due within this time begins now. Timers know whole milliseconds and end up to one late, and what is due has the
 *  end of its millisecond for its time: who waited for that would begin one to two late. */
const earlyMs = 2;
/** So many runs begin in one turn of the event loop, and then what they say is acted upon before the next begin: of many
 *  servers that die together none waits in the table for all the others to be asked, and where there is more to do than there
 *  is time for, the kernel's table, heartbeats and results have their turns all the same. */
const beginTogether = 32;
/** A check whose last run took longer than this is a slow one. */
const slowMs = 250;
/** How often it is said that checks are late. */
const lateEveryMs = 60_000;
/** setTimeout cannot wait longer. */
const maxTimerMs = 2 ** 31 - 1;

type Entry = Due &
  Run & {
    subject: CheckerSubject;
    state: CheckerState;
    readonly meter: CheckMeter;
    /** Ends the run that is under way. */
    stop: (() => void) | undefined;
    startedMs: number;
    output: string | undefined;
    /** Of a check that shares its probe: the run that it leads or follows. */
    flight?: Flight<Entry> | undefined;
  };

/** Runs the probes when they are due: one timer for all, bounded concurrency, the state rules of state.ts after each. */
export function createCheckerRunner(sink: LogSink, onChange: OnChange, options: RunnerOptions = {}): CheckerRunner {
  const { random = Math.random, limits = placesFor(openFilesLimit()), onResult, isSuspended } = options;
  const log = createLogger(checkerEvents, sink);
  const entries = new Map<string, Entry>();
  const schedule = createSchedule<Entry>();
  const meters = new CheckMeters();
  const { nowMs, wallMs, renew } = createTurnClock();
  const flights = new Flights<Entry>(togetherMs);
  let timer: NodeJS.Timeout | undefined;
  let onBegin: (() => void) | undefined;
  let lateToldMs = Number.NEGATIVE_INFINITY;
  let armedForMs = Number.POSITIVE_INFINITY;
  let isObstacleTold = false;

  const arm = (): void => {
    const next = schedule.nextMs() ?? Number.POSITIVE_INFINITY;
    if (next >= armedForMs) return;
    clearTimeout(timer);
    armedForMs = next;
    timer = setTimeout(onTimer, Math.min(Math.max(0, Math.floor(next - monotonicMs()) - 1), maxTimerMs));
  };

  const onTimer = (): void => {
    armedForMs = Number.POSITIVE_INFINITY;
    const now = nowMs();
    const soon = now + earlyMs;
    for (let entry = schedule.take(soon); entry; entry = schedule.take(soon)) {
      const { id, delayLoopMs } = entry.subject.plan;
      if (isSuspended?.(id)) schedule.set(entry, now + Math.max(delayLoopMs, togetherMs));
      else admit(entry);
    }
    arm();
    due.go();
  };

  /** Whether its verdict comes with the run of another that asks the same. */
  const follows = (entry: Entry): boolean => {
    const { share } = entry.subject;
    if (share === undefined) return false;
    const joined = flights.join(share, entry.state.nextUrl ?? 0, entry, nowMs());
    entry.flight = joined.flight;
    if (joined.follows) entry.phase = "running";
    return joined.follows;
  };

  /** Whoever follows the run of another does so from now on: that one may be over before the next turn. */
  const admit = (entry: Entry): void => {
    if (follows(entry)) return;
    entry.phase = "waiting";
    due.add(entry);
  };

  const due = createParts<Entry>(beginTogether, (entry) => {
    if (entry.phase !== "waiting") return;
    entry.place = slotOf(entry.subject.plan.probe);
    entry.lane = (entry.state.lastLatencyMs ?? 0) > slowMs ? "slow" : "fast";
    launcher.admit(entry);
  });

  const begin = (entry: Entry): void => {
    entry.startedMs = nowMs();
    if (entry.flight) entry.flight.startedMs = entry.startedMs;
    const { probe: what } = entry.subject.plan;
    const turn = { url: entry.state.nextUrl ?? 0 };
    const attempt = options.probe ? undefined : startProbe(what, turn, (verdict) => ended(entry, verdict));
    if (attempt)
      entry.stop = () => {
        attempt.cancel();
        launcher.ended(entry);
      };
    else beginPromised(entry, what, turn);
  };

  const beginPromised = (entry: Entry, what: Probe, turn: Turn): void => {
    const abort = new AbortController();
    entry.stop = () => abort.abort();
    (options.probe ?? runProbe)(what, turn, abort.signal).then(
      (verdict) => ended(entry, verdict),
      // A probe rejects only on a bug of ours: let the process end, so that a fresh one takes over.
      (bug: unknown) =>
        queueMicrotask(() => {
          throw bug;
        }),
    );
  };

  const ended = (entry: Entry, verdict: Verdict): void => {
    entry.stop = undefined;
    launcher.ended(entry);
    if (entry.phase === "running") land(entry, verdict);
  };

  const tellLate = ({ dueMs }: Entry, waiting: number, limit: number): void => {
    if (dueMs < lateToldMs + lateEveryMs) return;
    lateToldMs = dueMs;
    log.warn("checker.late", { waiting, limit });
  };

  /** Once. */
  const tellObstacle = (): void => {
    const reason = options.probe || isObstacleTold ? undefined : connectorObstacle();
    isObstacleTold = true;
    if (reason !== undefined) log.warn("checker.withoutAddon", { reason });
  };

  const launcher = createLauncher<Entry>({ limits, begin, onWaiting: tellLate });

  const land = (entry: Entry, verdict: Verdict): void => {
    const { flight, startedMs } = entry;
    if (flight) flights.end(flight);
    finish(entry, verdict);
    for (const follower of flight?.followers ?? []) {
      if (follower.phase !== "running" || follower.flight !== flight) continue;
      follower.startedMs = startedMs;
      finish(follower, verdict);
    }
  };

  const finish = (entry: Entry, given: Verdict): void => {
    entry.output = given.output;
    const verdict = given.output === undefined ? given : withoutOutput(given);
    const { plan } = entry.subject;
    const before = entry.state;
    const endedMs = nowMs();
    entry.meter.add(verdict, endedMs - entry.startedMs);
    const after = step(before, { verdict, startedMs: entry.startedMs, endedMs, wallMs: wallMs() }, plan);
    entry.phase = "idle";
    entry.flight = undefined;
    entry.state = after.state;
    const dueMs = together(endedMs + after.nextDelayMs, entry.startedMs - entry.dueMs, after);
    schedule.set(entry, isRegular(after, plan) ? withOthers(entry, dueMs) : dueMs);
    arm();
    if (after.note) tell(entry.subject, before, after);
    const warning = warningOf(verdict);
    if (warning !== undefined && warning !== warningOf(before.lastVerdict))
      log.warn("checker.warning", { subject: entry.subject, detail: warning });
    if (tellsMore(before, after)) onChange(plan.id, after.state, after.change);
    onResult?.(plan.id, verdict);
  };

  const tell = (subject: CheckerSubject, before: CheckerState, { note, state }: Step): void => {
    const verdict = state.lastVerdict;
    const detail = verdict && verdict.up !== true ? verdict.detail : "";
    if (note === "succeeded") log.info("checker.succeeded", { subject });
    else if (note === "urlPassed") log.info("checker.urlPassed", { subject, url: before.nextUrl ?? 0 });
    else if (note === "failed") log.warn("checker.failed", { subject, detail, retries: before.failures });
    else if (note === "unknown") log.warn("checker.unknown", { subject, detail });
    else log.info("checker.attempt", { subject, detail });
  };

  const withOthers = ({ subject: { share } }: Entry, dueMs: number, latestMs?: number): number =>
    share === undefined ? dueMs : flights.beat(share, nowMs() + earlyMs, dueMs, latestMs); // not the one that began early

  /** Those that follow its run, if it leads one, make one of their own. */
  const drop = (entry: Entry): void => {
    const { flight } = entry;
    schedule.delete(entry);
    entry.phase = "gone";
    entry.flight = undefined;
    entry.stop?.();
    if (flight?.leader !== entry) return;
    flights.end(flight);
    for (const follower of flight.followers)
      if (follower.phase === "running" && follower.flight === flight) admit(follower);
    due.go();
  };

  const add = (subject: CheckerSubject, { stateOf }: ReplaceOptions): Entry => {
    const { plan } = subject;
    const given = stateOf?.(subject);
    const state = withinUrls(given ?? initialState(plan, wallMs()), urlCount(plan));
    const meter = meters.make(subject.virtualServer, plan.probe.kind);
    const entry: Entry = {
      ...{ subject, state, meter, phase: "idle", place: "socket", lane: "fast" },
      ...{ stop: undefined, startedMs: 0, output: undefined, flight: undefined, dueMs: 0, slot: -1, at: -1 },
    };
    entries.set(plan.id, entry);
    log.info("checker.activated", { subject });
    return entry;
  };

  /** When those run first that are new. */
  const scheduleFirst = (added: readonly Entry[], resume: boolean): void => {
    if (added.length > 0) tellObstacle();
    renew(); // to make 100,000 takes seconds: what is due meanwhile would run in one burst, now and ever after
    const now = nowMs();
    const spreadMs = Math.max(resumeSpreadMs, entries.size / resumedPerMs);
    for (const entry of added) {
      const { plan } = entry.subject;
      const delayMs = (part: number): number =>
        resume ? part * Math.min(spreadMs, plan.delayLoopMs) : firstDelayMs(plan, part);
      schedule.set(entry, withOthers(entry, now + delayMs(random()), now + delayMs(1)));
    }
    arm();
  };

  const keep = (entry: Entry, subject: CheckerSubject): void => {
    entry.subject = subject;
    entry.state = withinUrls(entry.state, urlCount(subject.plan));
    if (entry.phase !== "idle") return;
    const latestMs = nowMs() + subject.plan.delayLoopMs; // a shortened delay_loop holds from now on
    if (entry.dueMs > latestMs) schedule.set(entry, latestMs);
  };

  return {
    replace(subjects, replaceOptions = {}) {
      const wanted = new Map<string, CheckerSubject>();
      for (const subject of subjects) if (!wanted.has(subject.plan.id)) wanted.set(subject.plan.id, subject);
      const gone = [...entries.values()].filter(({ subject: { plan } }) => !wanted.has(plan.id));
      for (const entry of gone) entries.delete(entry.subject.plan.id);
      for (const entry of gone) drop(entry);
      const shares = new Set<string>();
      for (const { share } of wanted.values()) if (share !== undefined) shares.add(share);
      flights.keep(shares);
      meters.keep(new Set([...wanted.values()].map(({ virtualServer }) => virtualServer)));
      const added: Entry[] = [];
      for (const [id, subject] of wanted) {
        const entry = entries.get(id);
        if (entry) keep(entry, subject);
        else added.push(add(subject, replaceOptions));
      }
      const { resume = false, hold = false } = replaceOptions;
      if (hold) onBegin = () => scheduleFirst(added, resume);
      else scheduleFirst(added, resume);
    },
    begin() {
      onBegin?.();
      onBegin = undefined;
    },
    state: (id) => entries.get(id)?.state,
    runs: (id) => entries.get(id)?.meter.read(),
    nextInMs(id) {
      const entry = entries.get(id);
      return entry?.phase === "idle" && entry.at >= 0 ? Math.max(0, entry.dueMs - nowMs()) : undefined;
    },
    output: (id) => entries.get(id)?.output,
    groups: () => meters.read(),
    get size() {
      return entries.size;
    },
    stop() {
      clearTimeout(timer);
      due.stop();
      onBegin = undefined;
      const all = [...entries.values()];
      entries.clear();
      for (const entry of all) entry.phase = "gone"; // nobody takes over the run of another
      for (const entry of all) drop(entry);
      return launcher.idle();
    },
  };
}

/** Regular runs of many checkers begin together, at most 1 % before or after their time, which saves this process most of
 *  its wake-ups; retries, recoveries and short intervals keep their own time. That this process was late for the run before
 *  does not put off the next, by up to a quarter of its interval: what was late together would be together ever after. */
function together(dueMs: number, lateMs: number, { state, nextDelayMs }: Step): number {
  const beatMs = Math.min(Math.floor(nextDelayMs / 50), longestBeatMs);
  const isRegular = state.up && state.failures === 0 && beatMs >= togetherMs;
  const madeUpMs = Math.min(Math.max(0, lateMs), nextDelayMs / 4);
  return isRegular ? Math.round((dueMs - madeUpMs) / beatMs) * beatMs : dueMs;
}

function withoutOutput({ output: _output, ...verdict }: Verdict): Verdict {
  return verdict;
}

const warningOf = (verdict: Verdict | undefined): string | undefined =>
  verdict?.up === true ? verdict.warning : undefined;

/** Whether the next run is one of those that come every delay_loop. */
const isRegular = ({ state, nextDelayMs }: Step, { delayLoopMs }: CheckerPlan): boolean =>
  state.failures === 0 && nextDelayMs <= delayLoopMs;

/** Whether a successor, or the status of the real server, must know the new state: not of every success. */
function tellsMore(before: CheckerState, { state, change }: Step): boolean {
  return (
    change !== "none" ||
    state.hasRun !== before.hasRun ||
    state.failures !== before.failures ||
    (!state.up && state.nextUrl !== before.nextUrl) ||
    state.passedUrls !== before.passedUrls ||
    state.why !== before.why ||
    state.lastVerdict?.up !== before.lastVerdict?.up
  );
}

/** A state with an url index the plan has: a saved one may be from a plan with more urls. */
function withinUrls(state: CheckerState, count: number): CheckerState {
  if ((state.nextUrl ?? 0) < Math.max(count, 1)) return state;
  const { nextUrl: _nextUrl, ...rest } = state;
  return rest.up ? rest : { ...rest, passedUrls: 0 };
}

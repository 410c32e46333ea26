/** When a child process is started, taken for hung, killed and replaced. Pure: `now` and every deadline are monotonic ms;
 *  the shell performs the effects in list order and calls back at deadlineOf(state). */

export type Limits = {
  /** Silence of a running child that costs it its life. */
  readonly watchdogTimeoutMs: number;
  /** The same for a child whose room does not run yet: Node has to load and a large configuration to be set up, on a
   *  machine that may be busy. */
  readonly startTimeoutMs: number;
};

export type SupervisorState = {
  readonly phase: Phase;
  /** Deaths in a row of children that lived less than a minute. */
  readonly earlyDeaths: number;
  readonly respawns: number;
  /** Children killed for their silence since the last one that lived long. Each gives the next one twice the time: one that
   *  is only slow, on a machine too busy for it, must not be killed for ever. */
  readonly silentDeaths: number;
};

type Phase =
  | { readonly name: "off" }
  | { readonly name: "starting" | "running"; readonly spawnedAtMs: number; readonly silentAtMs: number }
  /** SIGKILL was sent; nothing is done until the kernel reports the end. */
  | { readonly name: "killed"; readonly spawnedAtMs: number }
  | { readonly name: "waiting"; readonly respawnAtMs: number; readonly continues: boolean }
  | { readonly name: "stopping"; readonly overdueAtMs: number }
  | { readonly name: "overdue" };

export type SupervisorEvent =
  | { readonly type: "start"; readonly now: number }
  /** Any message of the child; `ready` once its room runs. */
  | { readonly type: "heard"; readonly now: number; readonly ready: boolean }
  | { readonly type: "timer"; readonly now: number }
  | { readonly type: "exited"; readonly now: number; readonly inOrder: boolean }
  | { readonly type: "stop"; readonly now: number; readonly withinMs: number };

export type SupervisorEffect =
  /** `continues`: hand over the predecessor's state. One that stopped in order has let go of everything: start afresh. */
  | { readonly do: "spawn"; readonly continues: boolean }
  | { readonly do: "orderStop" }
  | { readonly do: "kill"; readonly why: "silent" | "overdue" }
  | { readonly do: "reportDeath"; readonly respawnInMs: number }
  | { readonly do: "stopped" };

type Step = { readonly state: SupervisorState; readonly effects: readonly SupervisorEffect[] };

export const OFF: SupervisorState = { phase: { name: "off" }, earlyDeaths: 0, respawns: 0, silentDeaths: 0 };

/** A child that lived this long had not died of what killed its predecessor. */
const HEALTHY_LIFE_MS = 60_000;
const LONGEST_WAIT_MS = 60_000;
/** A timer that fires this much too late means that we were stopped or starved, not the child: it gets a new chance. */
const OWN_ABSENCE_MS = 500;

/** So much more patience at most: the 3 s of VRRP become 24 s. */
const MOST_DOUBLINGS = 3;

const patienceMs = (state: SupervisorState, ms: number): number =>
  ms * 2 ** Math.min(state.silentDeaths, MOST_DOUBLINGS);

/** How long to wait before the next child is started: at once after a long life or a first death, then 1 s, 2 s … 60 s. */
export function respawnDelayMs(earlyDeaths: number, livedMs: number): number {
  if (livedMs >= HEALTHY_LIFE_MS || earlyDeaths === 0) return 0;
  return Math.min(LONGEST_WAIT_MS, 1000 * 2 ** Math.min(earlyDeaths - 1, 16));
}

/** When `timer` is due; undefined when nothing is awaited. */
export function deadlineOf({ phase }: SupervisorState): number | undefined {
  switch (phase.name) {
    case "starting":
    case "running":
      return phase.silentAtMs;
    case "waiting":
      return phase.respawnAtMs;
    case "stopping":
      return phase.overdueAtMs;
    case "off":
    case "killed":
    case "overdue":
      return undefined;
  }
}

export function step(state: SupervisorState, event: SupervisorEvent, limits: Limits): Step {
  switch (event.type) {
    case "start":
      return started(state, event.now, limits);
    case "heard":
      return keep(heard(state, event, limits));
    case "timer":
      return timer(state, event.now, limits);
    case "exited":
      return exited(state, event, limits);
    case "stop":
      return stop(state, event);
  }
}

const keep = (state: SupervisorState): Step => ({ state, effects: [] });

/** Starting is also how a wait is cut short: an administrator who reloads has mended something. */
function started(state: SupervisorState, now: number, limits: Limits): Step {
  const { phase } = state;
  if (phase.name === "off") return spawn(state, now, limits, false);
  if (phase.name !== "waiting") return keep(state);
  return spawn({ ...state, earlyDeaths: 0, respawns: state.respawns + 1 }, now, limits, phase.continues);
}

function spawn(state: SupervisorState, now: number, limits: Limits, continues: boolean): Step {
  const phase = {
    name: "starting",
    spawnedAtMs: now,
    silentAtMs: now + patienceMs(state, limits.startTimeoutMs),
  } as const;
  return { state: { ...state, phase }, effects: [{ do: "spawn", continues }] };
}

function heard(
  state: SupervisorState,
  event: { readonly now: number; readonly ready: boolean },
  limits: Limits,
): SupervisorState {
  const { phase } = state;
  if (phase.name !== "starting" && phase.name !== "running") return state;
  const name = event.ready ? "running" : phase.name;
  const limitMs = name === "running" ? limits.watchdogTimeoutMs : limits.startTimeoutMs;
  return { ...state, phase: { ...phase, name, silentAtMs: event.now + patienceMs(state, limitMs) } };
}

function timer(state: SupervisorState, now: number, limits: Limits): Step {
  const { phase } = state;
  const deadlineMs = deadlineOf(state);
  if (deadlineMs === undefined || now < deadlineMs) return keep(state);
  switch (phase.name) {
    case "starting":
    case "running": {
      if (now - deadlineMs > OWN_ABSENCE_MS)
        return keep({ ...state, phase: { ...phase, silentAtMs: now + patienceMs(state, limits.watchdogTimeoutMs) } });
      const silentDeaths = state.silentDeaths + 1;
      const killed = { ...state, silentDeaths, phase: { name: "killed", spawnedAtMs: phase.spawnedAtMs } as const };
      return { state: killed, effects: [{ do: "kill", why: "silent" }] };
    }
    case "waiting":
      return spawn({ ...state, respawns: state.respawns + 1 }, now, limits, phase.continues);
    case "stopping":
      return { state: { ...state, phase: { name: "overdue" } }, effects: [{ do: "kill", why: "overdue" }] };
    case "off":
    case "killed":
    case "overdue":
      return keep(state);
  }
}

function exited(state: SupervisorState, event: { now: number; inOrder: boolean }, limits: Limits): Step {
  const { phase } = state;
  switch (phase.name) {
    case "stopping":
    case "overdue":
      return { state: OFF, effects: [{ do: "stopped" }] };
    case "off":
    case "waiting":
      return keep(state);
    case "starting":
    case "running":
    case "killed": {
      const livedMs = event.now - phase.spawnedAtMs;
      const respawnInMs = respawnDelayMs(state.earlyDeaths, livedMs);
      const lived = livedMs >= HEALTHY_LIFE_MS;
      const counted = {
        ...state,
        earlyDeaths: lived ? 0 : state.earlyDeaths + 1,
        silentDeaths: lived && phase.name !== "killed" ? 0 : state.silentDeaths,
      };
      const report = { do: "reportDeath", respawnInMs } as const;
      if (respawnInMs === 0) {
        const next = spawn({ ...counted, respawns: counted.respawns + 1 }, event.now, limits, !event.inOrder);
        return { state: next.state, effects: [report, ...next.effects] };
      }
      const respawnAtMs = event.now + respawnInMs;
      const waiting = { name: "waiting", respawnAtMs, continues: !event.inOrder } as const;
      return { state: { ...counted, phase: waiting }, effects: [report] };
    }
  }
}

function stop(state: SupervisorState, event: { now: number; withinMs: number }): Step {
  switch (state.phase.name) {
    case "off":
    case "waiting":
      return { state: OFF, effects: [{ do: "stopped" }] };
    case "starting":
    case "running":
      return {
        state: { ...state, phase: { name: "stopping", overdueAtMs: event.now + event.withinMs } },
        effects: [{ do: "orderStop" }],
      };
    case "killed":
      return keep({ ...state, phase: { name: "overdue" } });
    case "stopping":
    case "overdue":
      return keep(state);
  }
}

import type { CheckerState } from "../checkers/model.ts";
import { remembered } from "../core/remembered.ts";
import { type Effects, effectsOf } from "./effects.ts";
import { MAX_WEIGHT, type RealServerPlan, type SavedVerdicts, type VirtualServerPlan } from "./model.ts";
import { realServerKey, savedKey, virtualServerKey } from "./names.ts";

/** A real server as its checkers have it. `weight` is the effective one, also while it is down. */
export type RealServerState = {
  readonly alive: boolean;
  readonly weight: number;
  readonly sinceWallMs: number;
  /** slow_start: since when its weight rises, and what it has come to; absent: it has `weight`. */
  readonly rampFromWallMs?: number;
  readonly served?: number;
  /** It takes no new connections, as was said at run time. */
  readonly held?: true;
};

export type VirtualServerState = {
  readonly quorumUp: boolean;
  readonly sinceWallMs: number;
  /** By realServerKey(), in the order of the plan. */
  readonly realServers: ReadonlyMap<string, RealServerState>;
};

/** The state of a checker by its id; undefined is not expected, and counts as up. */
export type CheckerView = (id: string) => Pick<CheckerState, "up" | "weight" | "delta" | "why"> | undefined;

export type Outcome = { readonly state: VirtualServerState; readonly effects: Effects };

/** A real server is alive while none of its checkers has failed, and nothing that it tracks. */
const isAlive = ({ checkers, tracked = [] }: RealServerPlan, view: CheckerView): boolean =>
  checkers.every(({ id }) => view(id)?.up !== false) && tracked.every(({ id }) => view(id)?.up !== false);

/** What was said at run time; else the configured weight, and what misc_dynamic checkers and tracked files add to
 *  it or take away. */
function effectiveWeight(rs: RealServerPlan, view: CheckerView): number {
  if (rs.override) return rs.override.weight;
  let weight = rs.weight;
  for (const { id } of rs.checkers) weight += (view(id)?.weight ?? rs.weight) - rs.weight;
  for (const { id } of rs.tracked ?? []) weight += view(id)?.delta ?? 0;
  return Math.min(Math.max(weight, 0), MAX_WEIGHT);
}

/** Why a real server is down, in the words of its failed checkers; empty while it is up. */
export const whyDown = (rs: RealServerPlan, view: CheckerView): string =>
  [...rs.checkers, ...(rs.tracked ?? [])]
    .map(({ id }) => view(id))
    .flatMap((checker) => (checker && !checker.up ? [checker.why ?? "its check failed"] : []))
    .join("; ");

/** Quorum with hysteresis: gained at quorum + hysteresis, lost below quorum - hysteresis or when nobody is left. */
export function quorumAfter(up: boolean, sum: number, { quorum, hysteresis }: VirtualServerPlan): boolean {
  if (up) return sum > 0 && sum >= quorum - hysteresis;
  return sum >= quorum + hysteresis;
}

function aliveWeight(state: VirtualServerState): number {
  let sum = 0;
  for (const rs of state.realServers.values()) if (rs.alive) sum += rs.weight;
  return sum;
}

/** A first start: servers are taken for up or (alpha) down without a word; the quorum counts as not yet reached, so that
 *  quorum_up runs whenever it is. `initNotifies` (rs_init_notifies) tells of those that are taken for up. */
export function start(plan: VirtualServerPlan, view: CheckerView, wallMs: number, initNotifies = false): Outcome {
  const realServers = new Map(plan.realServers.map((rs) => [realServerKey(rs), freshState(rs, view, wallMs)]));
  const state = { quorumUp: false, sinceWallMs: wallMs, realServers };
  const effects = effectsOf(plan);
  if (initNotifies)
    for (const rs of plan.realServers) if (realServers.get(realServerKey(rs))?.alive) effects.realServerStarted(rs);
  const settled = settleQuorum(state, plan, wallMs, effects, false);
  if (!settled.quorumUp && plan.sorryServer) effects.startingWithoutQuorum(aliveWeight(settled));
  return { state: settled, effects: effects.list };
}

/** The state a predecessor of this process left; nothing is told again. */
export function resume(plan: VirtualServerPlan, saved: SavedVerdicts, view: CheckerView, wallMs: number): Outcome {
  const vsKey = virtualServerKey(plan);
  const before = saved.virtualServers[vsKey];
  if (!before) return start(plan, view, wallMs);
  const realServers = new Map(
    plan.realServers.map((rs) => {
      const was = saved.realServers[savedKey(vsKey, realServerKey(rs))];
      const weight = effectiveWeight(rs, view);
      return [realServerKey(rs), was ? { ...was, weight } : freshState(rs, view, saved.startedWallMs ?? wallMs)];
    }),
  );
  // What changed between the last word of the predecessor and its end is settled like any other change.
  return settle({ ...before, realServers }, plan, view, wallMs);
}

/** After any change of the checkers: who is alive, with what weight, and what that makes of the quorum. */
export function settle(
  before: VirtualServerState,
  plan: VirtualServerPlan,
  view: CheckerView,
  wallMs: number,
): Outcome {
  const effects = effectsOf(plan);
  const realServers = new Map<string, RealServerState>();
  for (const rs of plan.realServers) {
    const key = realServerKey(rs);
    const was = before.realServers.get(key) ?? freshState(rs, view, wallMs);
    const alive = isAlive(rs, view);
    const weight = effectiveWeight(rs, view);
    if (alive !== was.alive) effects.realServerChanged(rs, alive, whyDown(rs, view));
    if (weight !== was.weight) effects.weightChanged(rs, alive, was.weight, weight);
    realServers.set(key, isAsBefore(rs, was, alive, weight) ? was : changed(rs, was, { alive, weight }, wallMs));
  }
  return { state: settleQuorum({ ...before, realServers }, plan, wallMs, effects, true), effects: effects.list };
}

/** Whether there is nothing new about a real server, as of nearly all when one of them dies: then its state is the same value,
 *  for what is made anew each time costs more than all that is decided. */
const isAsBefore = (rs: RealServerPlan, was: RealServerState, alive: boolean, weight: number): boolean =>
  alive === was.alive && weight === was.weight && was.rampFromWallMs === undefined && !was.held && !isHeld(rs);

function changed(
  rs: RealServerPlan,
  was: RealServerState,
  now: Pick<RealServerState, "alive" | "weight">,
  wallMs: number,
): RealServerState {
  const sinceWallMs = now.alive === was.alive ? was.sinceWallMs : wallMs;
  return { ...now, sinceWallMs, ...ramp(rs, was, now, wallMs) };
}

/** A reload: servers that stay keep their state, those that are gone are told down, new ones are taken as at a start. Of the
 *  same plan, with `before` being settled, that is the very same state. */
export function reload(
  before: VirtualServerState,
  oldPlan: VirtualServerPlan,
  plan: VirtualServerPlan,
  view: CheckerView,
  wallMs: number,
  initNotifies = false,
): Outcome {
  if (plan === oldPlan && !isTracking(plan)) return { state: before, effects: [] };
  const kept = new Set(plan.realServers.map(realServerKey));
  const effects = effectsOf(oldPlan);
  for (const rs of oldPlan.realServers)
    if (!kept.has(realServerKey(rs)))
      effects.realServerGone(rs, before.realServers.get(realServerKey(rs))?.alive ?? false);
  const settled = settle(before, plan, view, wallMs);
  const added = effectsOf(plan);
  if (initNotifies)
    for (const rs of plan.realServers)
      if (!before.realServers.has(realServerKey(rs)) && settled.state.realServers.get(realServerKey(rs))?.alive)
        added.realServerStarted(rs);
  return { state: settled.state, effects: [...effects.list, ...added.list, ...settled.effects] };
}

/** Whether its servers follow files or BFD sessions, which others may follow too and a reload reads anew. */
const isTracking = remembered(({ realServers }: VirtualServerPlan) => realServers.some(({ tracked }) => tracked));

/** A virtual server that a reload removed. */
export function remove(before: VirtualServerState, plan: VirtualServerPlan): Effects {
  const effects = effectsOf(plan);
  effects.virtualServerGone();
  for (const rs of plan.realServers)
    effects.realServerGone(rs, before.realServers.get(realServerKey(rs))?.alive ?? false);
  if (before.quorumUp) effects.quorumGone();
  return effects.list;
}

/** An orderly stop: silent, unless omega asks for the scripts and mails of going down. Where a flush takes all real servers at
 *  once (`flushed`), nothing is told of each. */
export function stop(before: VirtualServerState, plan: VirtualServerPlan, flushed = false): Effects {
  const effects = effectsOf(plan);
  for (const rs of flushed ? [] : plan.realServers)
    effects.realServerStopped(rs, before.realServers.get(realServerKey(rs))?.alive ?? false);
  if (plan.omega) effects.quorumStopped(); // where it is lost already too, as in keepalived
  return effects.list;
}

function freshState(rs: RealServerPlan, view: CheckerView, wallMs: number): RealServerState {
  const state = { alive: isAlive(rs, view), weight: effectiveWeight(rs, view), sinceWallMs: wallMs };
  return isHeld(rs) ? { ...state, held: true } : state; // most are not, and have no room for it
}

const isHeld = ({ override }: RealServerPlan): boolean => override !== undefined && override.place !== "as checked";

/** slow_start: from the moment a server comes back, by its checks or because somebody enables it, its weight rises evenly.
 *  A clock that was put back ends it. */
function ramp(
  rs: RealServerPlan,
  was: RealServerState,
  { alive, weight }: Pick<RealServerState, "alive" | "weight">,
  wallMs: number,
): Pick<RealServerState, "rampFromWallMs" | "served" | "held"> {
  if (isHeld(rs)) return { held: true };
  const { slowStartMs = 0 } = rs;
  const fromWallMs = was.alive && !was.held ? was.rampFromWallMs : wallMs;
  if (!alive || slowStartMs === 0 || fromWallMs === undefined) return {};
  const elapsedMs = wallMs - fromWallMs;
  if (elapsedMs < 0 || elapsedMs >= slowStartMs) return {};
  const share = Math.floor((weight * elapsedMs) / slowStartMs);
  return { rampFromWallMs: fromWallMs, served: Math.min(weight, Math.max(1, share)) };
}

/** Whether time alone will change it: the weight of one of its servers rises. */
export const isRamping = remembered(({ realServers }: VirtualServerState): boolean => {
  for (const { served } of realServers.values()) if (served !== undefined) return true;
  return false;
});

function settleQuorum(
  state: VirtualServerState,
  plan: VirtualServerPlan,
  wallMs: number,
  effects: ReturnType<typeof effectsOf>,
  sorryMoves: boolean,
): VirtualServerState {
  const sum = aliveWeight(state);
  const quorumUp = quorumAfter(state.quorumUp, sum, plan);
  if (quorumUp === state.quorumUp) return state;
  effects.quorumChanged(quorumUp, sum, sorryMoves);
  return { ...state, quorumUp, sinceWallMs: wallMs };
}

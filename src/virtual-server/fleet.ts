import type { Effect, Effects } from "./effects.ts";
import type { SavedVerdicts, VirtualServerPlan } from "./model.ts";
import { realServerKey, realServerName, savedKey, virtualServerKey } from "./names.ts";
import {
  type CheckerView,
  type Outcome,
  reload,
  remove,
  resume,
  settle,
  start,
  stop,
  type VirtualServerState,
} from "./state.ts";

/** All virtual servers by their key, in the order of the configuration. */
export type Fleet = ReadonlyMap<string, VirtualServerState>;

export type FleetOutcome = { readonly fleet: Fleet; readonly effects: Effects };

function each(
  plans: readonly VirtualServerPlan[],
  decide: (plan: VirtualServerPlan, key: string) => Outcome,
  first: Effects = [],
): FleetOutcome {
  const fleet = new Map<string, VirtualServerState>();
  const effects: Effect[] = [...first];
  for (const plan of plans) {
    const key = virtualServerKey(plan);
    const outcome = decide(plan, key);
    fleet.set(key, outcome.state);
    effects.push(...outcome.effects);
  }
  return { fleet, effects };
}

/** `initNotifies`: real servers that are new and taken for up are told to be (rs_init_notifies). */
type StartOptions = { readonly initNotifies?: boolean | undefined };

/** A first start, or with `saved` the continuation of a predecessor that died. */
export const startFleet = (
  plans: readonly VirtualServerPlan[],
  view: CheckerView,
  wallMs: number,
  { saved, initNotifies }: { readonly saved?: SavedVerdicts | undefined } & StartOptions = {},
): FleetOutcome =>
  each(plans, (plan) => (saved ? resume(plan, saved, view, wallMs) : start(plan, view, wallMs, initNotifies)));

/** After a change of checkers of these virtual servers; the others stay as they are, and without any so does the fleet. */
export function settleFleet(
  fleet: Fleet,
  changed: readonly VirtualServerPlan[],
  view: CheckerView,
  wallMs: number,
): FleetOutcome {
  if (changed.length === 0) return { fleet, effects: [] };
  const next = new Map(fleet);
  const effects: Effect[] = [];
  for (const plan of changed) {
    const key = virtualServerKey(plan);
    const before = next.get(key);
    if (!before) continue;
    const outcome = settle(before, plan, view, wallMs);
    next.set(key, outcome.state);
    effects.push(...outcome.effects);
  }
  return { fleet: next, effects };
}

/** A reload: what is gone first, then in the order of the new configuration. */
export function reloadFleet(
  fleet: Fleet,
  oldPlans: readonly VirtualServerPlan[],
  plans: readonly VirtualServerPlan[],
  view: CheckerView,
  wallMs: number,
  { initNotifies }: StartOptions = {},
): FleetOutcome {
  const oldByKey = new Map(oldPlans.map((plan) => [virtualServerKey(plan), plan]));
  const kept = new Set(plans.map(virtualServerKey));
  const gone = [...oldByKey].flatMap(([key, plan]) => {
    const before = fleet.get(key);
    return before && !kept.has(key) ? remove(before, plan) : [];
  });
  const decide = (plan: VirtualServerPlan, key: string): Outcome => {
    const [before, oldPlan] = [fleet.get(key), oldByKey.get(key)];
    return before && oldPlan
      ? reload(before, oldPlan, plan, view, wallMs, initNotifies)
      : start(plan, view, wallMs, initNotifies);
  };
  return each(plans, decide, gone);
}

export const stopFleet = (fleet: Fleet, plans: readonly VirtualServerPlan[], flushed: boolean): Effects =>
  plans.flatMap((plan) => {
    const state = fleet.get(virtualServerKey(plan));
    return state ? stop(state, plan, flushed) : [];
  });

/** The keys under which savedServers() told of what is no more. */
export function goneServers(before: Fleet, now: Fleet): { virtualServers: string[]; realServers: string[] } {
  const virtualServers: string[] = [];
  const realServers: string[] = [];
  for (const [key, was] of before) {
    const state = now.get(key);
    if (state === was) continue;
    if (!state) virtualServers.push(key);
    for (const rsKey of was.realServers.keys())
      if (!state?.realServers.has(rsKey)) realServers.push(savedKey(key, rsKey));
  }
  return { virtualServers, realServers };
}

type SavedServers = Pick<SavedVerdicts, "virtualServers" | "realServers">;

/** What a successor must know of these virtual servers, leaving out what `before` says already, and real servers that are up
 *  since `startedWallMs`, as nearly all of them are at a start. */
export function savedServers(fleet: Fleet, before?: Fleet, startedWallMs?: number): SavedServers {
  const virtualServers: Record<string, SavedVerdicts["virtualServers"][string]> = {};
  const realServers: Record<string, SavedVerdicts["realServers"][string]> = {};
  for (const [key, state] of fleet) {
    const was = before?.get(key);
    if (was === state) continue;
    const { quorumUp, sinceWallMs } = state;
    if (was?.quorumUp !== quorumUp || was.sinceWallMs !== sinceWallMs) virtualServers[key] = { quorumUp, sinceWallMs };
    for (const [rsKey, rs] of state.realServers) {
      const rsWas = was?.realServers.get(rsKey);
      const { alive, sinceWallMs, rampFromWallMs, held } = rs;
      const same = rsWas
        ? rsWas.alive === alive && rsWas.sinceWallMs === sinceWallMs
        : alive && sinceWallMs === startedWallMs;
      if (same && rsWas?.rampFromWallMs === rampFromWallMs && rsWas?.held === held) continue;
      const saved = { alive, sinceWallMs };
      realServers[savedKey(key, rsKey)] =
        rampFromWallMs === undefined && !held
          ? saved
          : { ...saved, ...(rampFromWallMs !== undefined && { rampFromWallMs }), ...(held && { held }) };
    }
  }
  return { virtualServers, realServers };
}

/** How all virtual and real servers stand, as lines of keepalived's FIFOs. */
export const currentEvents = (plans: readonly VirtualServerPlan[], fleet: Fleet): string[] =>
  plans.flatMap((plan) => {
    const state = fleet.get(virtualServerKey(plan));
    if (!state) return [];
    const servers = plan.realServers.map((rs) => {
      const alive = state.realServers.get(realServerKey(rs))?.alive;
      return `RS ${realServerName(plan, rs)} ${plan.name} ${alive ? "UP" : "DOWN"}\n`;
    });
    return [...servers, `VS ${plan.name} ${state.quorumUp ? "UP" : "DOWN"}\n`];
  });

import type { AdvertEvent, Backup, Effect, Event, MachineConfig, Step } from "./machine-model.ts";
import { keep, takeOver, timing, toBackup } from "./machine-moves.ts";
import { answered, askNext, metRival, type TakeoverCheck, type Turn } from "./takeover.ts";
import type { Obstacle, TakeoverCheckPlan } from "./takeover-model.ts";
import { type Ms, masterDownMs, skewMs } from "./timing.ts";

// BACKUP: who is waited for, and what is asked before it takes over.

export function backupTimer(s: Backup, e: { readonly now: Ms; readonly mayLead: boolean }, c: MachineConfig): Step {
  if (e.now < s.deadline) return keep(s);
  const timeout: Effect[] = s.check ? [] : [{ do: "log", what: "timeout" }];
  const turn = c.takeoverCheck && mustAsk(s, e.now, c) ? askNext(s.check, e.now, c.takeoverCheck) : undefined;
  if (turn && turn.check.phase !== "over") return asking(s, turn, timeout);
  const warned = turn?.met ? [obstacleMet(turn.met, false)] : [];
  if (!e.mayLead) {
    // A preemption delay that has run out stays so: begun anew it would end at another time than that of the others.
    const waiting = { ...toBackup(e.now, s, c, s.masterIntervalMs, s.master), wantsMaster: true };
    return keep({ ...waiting, ...(s.preemptAt !== undefined && { preemptAt: s.preemptAt }) }, ...warned);
  }
  const from = s.master ? ` from ${s.master.address}` : "";
  const silentS = (masterDownMs(timing(s, c), c.downTimerAdverts) / 1000).toFixed(2);
  const asked = turn?.check.phase === "over" ? ", and takeover_check lets it" : "";
  const { state, effects } = takeOver(e.now, s, c, `no advert${from} for ${silentS} s${asked}`);
  return keep(state, ...timeout, ...warned, ...effects);
}

/** A master that has said goodbye is gone, and one that is heard is preempted: its adverts are not silent. */
const mustAsk = (s: Backup, now: Ms, c: MachineConfig): boolean =>
  !s.dismissed && !(s.lowerAt !== undefined && now - s.lowerAt < masterDownMs(timing(s, c), c.downTimerAdverts));

/** BACKUP while it asks; what holds it up holds up its sync group. */
function asking(s: Backup, { check, ask, met }: Turn, first: readonly Effect[] = []): Step {
  const wantsMaster = s.wantsMaster && check.obstacle === undefined;
  const effects: Effect[] = ask ? [{ do: "ask", witnesses: ask === "all" }] : [];
  const told = met ? [obstacleMet(met, check.phase !== "over")] : [];
  return keep({ ...s, check, wantsMaster, deadline: check.nextAt }, ...first, ...effects, ...told);
}

const obstacleMet = (obstacle: Obstacle, held: boolean): Effect => ({
  do: "log",
  what: "obstacle",
  obstacle,
  held,
});

/** Somebody has the addresses of a master that is not heard. */
export function contested(s: Backup, e: Event & { readonly type: "claimed" }, c: MachineConfig): Step {
  if (!s.check || !c.takeoverCheck) return keep(s);
  const { address, hardwareAddress } = e;
  return asking(s, answered(s.check, { kind: "conflict", address, hardwareAddress }, e.now, c.takeoverCheck));
}

/** What else is heard while it asks. */
export function heardOf(
  s: Backup,
  check: TakeoverCheck,
  e: Event & { readonly type: "rival" | "witness" },
  plan: TakeoverCheckPlan,
): Backup {
  if (e.type === "witness") return { ...s, check: { ...check, witnessed: true } };
  const next = metRival(check, e.outranks, e.now, plan);
  return { ...s, check: next, deadline: next.nextAt };
}

/** RFC 9568 §6.4.2. A lower advert that is not accepted does not restart the timer, so the loser is outlived. */
export function backupAdvert(s: Backup, e: AdvertEvent & { readonly now: Ms }, c: MachineConfig): Step {
  if (e.priority === 0) return keep({ ...s, dismissed: true, deadline: e.now + skewMs(timing(s, c)) });
  const lower = e.priority < s.priority;
  const delayed = lower && c.preempt && c.preemptDelayMs > 0;
  const preemptAt = delayed ? (s.preemptAt ?? e.now + c.preemptDelayMs) : undefined;
  const accepted = !lower || !c.preempt || (preemptAt !== undefined && e.now < preemptAt);
  if (!accepted)
    return keep(c.takeoverCheck ? { ...s, lowerAt: e.now } : s, { do: "log", what: "discarded", advert: e });
  const state = toBackup(e.now, s, c, e.intervalMs, { address: e.from, priority: e.priority });
  return keep({ ...state, ...(preemptAt !== undefined && { preemptAt }) });
}

import { frozenMs } from "./frozen.ts";
import { backupAdvert, backupTimer, contested, heardOf } from "./machine-backup.ts";
import { defended, hasBetterClaim, masterAdvert, masterTimer, reannounced } from "./machine-master.ts";
import {
  type AdvertEvent,
  type Effect,
  type Event,
  type Fault,
  type Init,
  initialState,
  type MachineConfig,
  type Master,
  type State,
  type Step,
} from "./machine-model.ts";
import { common, keep, leave, notify, takeOver, timing, toBackup, withItem, without } from "./machine-moves.ts";
import { type Ms, masterDownMs, skewMs } from "./timing.ts";

export * from "./machine-model.ts";

// The VRRP state machine of RFC 3768 §6 (version 2) and RFC 9568 §6 (version 3), with keepalived's additions: faults,
// preemption delay, sync groups. No clock, socket or log: events carry `now`, and effects run in list order.

export function step(s: State, e: Event, c: MachineConfig): Step {
  if (s.name !== "master") return decide(s, e, c);
  if (s.listensUntil !== undefined) return listening(s, s.listensUntil, e, c);
  const silentMs = frozenMs(e, s, c);
  return silentMs === undefined ? decide(s, e, c) : thawed(silentMs, s, e, c);
}

function decide(s: State, e: Event, c: MachineConfig): Step {
  switch (e.type) {
    case "fault":
      return s.faults.includes(e.reason) ? keep(s) : withFault(e, { ...s, faults: withItem(s.faults, e.reason) });
    case "clear":
      return s.faults.includes(e.reason) ? cleared(e, { ...s, faults: without(s.faults, e.reason) }, c) : keep(s);
    case "hold":
      return keep(s.name === "init" ? { ...s, holds: withItem(s.holds, e.reason) } : s);
    case "release":
      return released(e, { ...s, holds: without(s.holds, e.reason) }, c);
    case "priority":
      return reprioritised(s, e.priority, c);
    case "start":
      return s.name !== "init" || s.started
        ? keep(s)
        : settle(e.now, { ...s, started: true, ...(e.resumed && { resumed: e.resumed }) }, c);
    case "stop":
      return stopped(s);
    case "timer":
      return s.name === "backup" ? backupTimer(s, e, c) : s.name === "master" ? masterTimer(s, e.now, c) : keep(s);
    case "advert":
      return s.name === "backup" ? backupAdvert(s, e, c) : s.name === "master" ? masterAdvert(s, e, c) : keep(s);
    case "sent":
      return keep(s.name === "master" ? { ...s, sentAt: e.now, advertAt: e.nextAt } : s);
    case "lead":
      return s.name === "backup" ? takeOver(e.now, s, c, "its sync group became MASTER") : keep(s);
    case "yield":
      return s.name === "master"
        ? leave(toBackup(e.now, s, c), [{ do: "send", priority: 0 }], e.why)
        : keep(s.name === "backup" ? { ...s, wantsMaster: false } : s);
    case "announce":
      return s.name === "master" ? reannounced(s, e.now, c) : keep(s);
    case "claimed":
      return s.name === "master" ? defended(s, e, c) : s.name === "backup" ? contested(s, e, c) : keep(s);
    case "unclaimed":
      return s.name === "master" ? defended(s, e, c) : keep(s);
    case "rival":
    case "witness":
      return s.name === "backup" && s.check && c.takeoverCheck
        ? keep(heardOf(s, s.check, e, c.takeoverCheck))
        : keep(s);
    case "configured":
      return configured(s, e, c);
  }
}

/** Where an instance goes that was started or freed of its last fault or hold. */
function settle(now: Ms, s: State, c: MachineConfig): Step {
  if (s.name !== "init" || !s.started) return keep(s);
  const before = s.resumed?.state;
  const fresh = (state: "backup" | "fault"): Effect[] => (before === state ? [] : [notify(state)]);
  if (s.faults.length > 0) {
    const goodbye: Effect[] = before === "master" ? [{ do: "send", priority: 0 }] : [];
    const enter: Effect = { do: "enter", state: "fault", why: s.faults.join(", ") };
    return keep({ ...common(s), name: "fault" }, ...goodbye, enter, { do: "removeAddresses" }, ...fresh("fault"));
  }
  if (before === "master") return takeOver(now, s, c, "it was MASTER before its process was replaced", true);
  if (s.holds.length > 0) return held(s);
  const owns = c.priority === 255;
  if (owns && !c.withOthers) return takeOver(now, s, c, "it owns the addresses (priority 255)");
  const state = toBackup(now, s, c, s.resumed?.masterIntervalMs);
  const quick = c.quickStart ? now + masterDownMs({ ...timing(state, c), priority: 255 }, 1) : state.deadline;
  const deadline = owns ? now : quick;
  const enter: Effect = { do: "enter", state: "backup", why: "init" };
  return keep({ ...state, deadline }, { do: "removeAddresses" }, enter, ...fresh("backup"));
}

const held = (s: State): Step => {
  const state: Init = { ...common(s), name: "init", started: true };
  return keep(state, { do: "enter", state: "init", why: s.holds.join(", ") }, { do: "removeAddresses" });
};

const released = (e: { readonly now: Ms }, s: State, c: MachineConfig): Step =>
  s.holds.length > 0 ? keep(s) : settle(e.now, s, c);

function withFault(e: { readonly now: Ms; readonly reason: string }, s: State): Step {
  const fault: Fault = { ...common(s), name: "fault" };
  if (s.name === "master") return leave(fault, [{ do: "send", priority: 0 }], e.reason);
  if (s.name === "backup") return keep(fault, { do: "enter", state: "fault", why: e.reason }, notify("fault"));
  if (s.name === "init" && s.started)
    return keep(fault, { do: "enter", state: "fault", why: e.reason }, notify("fault"));
  return keep(s);
}

function cleared(
  e: { readonly now: Ms; readonly reason: string; readonly overdue?: true },
  s: State,
  c: MachineConfig,
): Step {
  if (s.name !== "fault" || s.faults.length > 0) return keep(s);
  if (s.holds.length > 0) return held(s);
  const why = `no longer: ${e.reason}`;
  const owns = c.priority === 255;
  if (owns && !c.withOthers) return takeOver(e.now, s, c, why);
  const backup = toBackup(e.now, s, c);
  const state = e.overdue || owns ? { ...backup, deadline: e.now } : backup;
  return keep(state, { do: "enter", state: "backup", why }, notify("backup"));
}

/** The running timer moves by as much as the new priority changes the skew. */
function reprioritised(s: State, priority: number, c: MachineConfig): Step {
  if (s.priority === priority) return keep(s);
  const log: Effect = { do: "log", what: "priority", from: s.priority, to: priority };
  if (s.name !== "backup" || s.check) return keep({ ...s, priority }, log);
  const moved = skewMs({ ...timing(s, c), priority }) - skewMs(timing(s, c));
  return keep({ ...s, priority, deadline: s.deadline + moved }, log);
}

/** A master that stood still listens, since another may lead by now: what has woken it finds it so. */
function thawed(silentMs: Ms, s: Master, e: Event, c: MachineConfig): Step {
  const { again: _, refreshAt: _refresh, ...rest } = s;
  const listener: Master = { ...rest, perhapsSecond: true };
  const { state, effects } = listening(listener, toBackup(e.now, s, c).deadline, e, c);
  return keep(state, { do: "log", what: "frozen", silentMs }, ...effects);
}

/** A master that keeps its addresses and is silent. It says no goodbye either: nobody waits for one, and it would have the
 *  backups of another master take over from that. */
function listening(s: Master, until: Ms, e: Event, c: MachineConfig): Step {
  const { listensUntil: _, ...leader } = s;
  const on = (listensUntil: Ms): Step => keep({ ...s, listensUntil });
  switch (e.type) {
    case "timer":
      if (e.now < until) return on(until);
      if (e.now - until > toBackup(0, s, c).deadline) return on(toBackup(e.now, s, c).deadline); // stood still once more
      return takeOver(e.now, leader, c, "stood still while MASTER, and nobody has taken over", true);
    case "advert":
      if (e.priority === 0)
        return on(Math.min(until, e.now + skewMs({ ...c, priority: s.priority, intervalMs: c.advertIntervalMs })));
      return e.priority === s.priority && e.order === 0
        ? keepListening(masterAdvert(s, e, c), until)
        : outrun(leader, e, c);
    case "yield":
      return leave(toBackup(e.now, s, c), [], e.why);
    case "announce":
    case "claimed":
    case "unclaimed":
    case "configured":
      return on(until);
    default:
      return keepListening(decide(leader, e, c), until);
  }
}

const keepListening = ({ state, effects }: Step, listensUntil: Ms): Step => ({
  state: state.name === "master" ? { ...state, listensUntil } : state,
  effects: effects.filter((effect) => effect.do !== "send"),
});

/** Another has taken over meanwhile. One with the better claim is told that there were two, one with the lower meets a
 *  backup, which preempts it or not. */
function outrun(s: Master, e: AdvertEvent & { readonly now: Ms }, c: MachineConfig): Step {
  if (hasBetterClaim(e, s)) return masterAdvert(s, e, c);
  const left = leave(toBackup(e.now, s, c), [], `${e.from} has taken over while it stood still`);
  const { state, effects } = decide(left.state, e, c);
  return keep(state, ...left.effects, ...effects);
}

function stopped(s: State): Step {
  const state = initialState(s.priority);
  const notifyStop: Effect = { do: "notify", state: "STOP" };
  if (s.name === "init" && !s.started) return keep(state);
  const enter: Effect = { do: "enter", state: "init", why: "stopped" };
  if (s.name !== "master") return keep(state, enter, notifyStop);
  return keep(state, { do: "send", priority: 0 }, enter, { do: "removeAddresses" }, notifyStop);
}

/** A master proves itself with an advert at each reload; a backup's timer starts afresh only if its length changed. */
function configured(s: State, e: { readonly now: Ms; readonly previous: MachineConfig }, c: MachineConfig): Step {
  if (s.name === "backup") {
    const masterIntervalMs = c.version === 2 ? c.advertIntervalMs : s.masterIntervalMs;
    const fresh = toBackup(e.now, s, c, masterIntervalMs, s.master);
    const before = masterDownMs(timing(s, e.previous), e.previous.downTimerAdverts);
    const changed = masterDownMs(timing(fresh, c), c.downTimerAdverts) !== before;
    return keep(changed ? fresh : s);
  }
  if (s.name !== "master") return keep(s);
  const { refreshAt, ...rest } = s;
  const refreshMs = c.garp.masterRefreshMs;
  const refresh = refreshMs > 0 && { refreshAt: Math.min(refreshAt ?? Infinity, e.now + refreshMs) };
  const state: Master = { ...rest, ...refresh, sentAt: e.now, advertAt: e.now + c.advertIntervalMs };
  return keep(state, { do: "send", priority: s.priority });
}

import { frozenMs } from "./frozen.ts";
import type { GarpPlan, InstanceStateName } from "./model.ts";
import { answered, askNext, metRival, type TakeoverCheck, type Turn } from "./takeover.ts";
import type { Obstacle, TakeoverCheckPlan } from "./takeover-model.ts";
import { ANNOUNCE_GAP_MS, DEFEND_GAP_MS, type Ms, masterDownMs, reassertGapMs, skewMs } from "./timing.ts";

// The VRRP state machine of RFC 3768 §6 (version 2) and RFC 9568 §6 (version 3), with keepalived's additions: faults,
// preemption delay, sync groups. No clock, socket or log: events carry `now`, and effects run in list order.

/** The configuration that decisions depend on. `priority` is the configured one; 255 makes the owner of the addresses.
 *  `withOthers`: in a sync group with members that do not own theirs; `quickStart`: the first wait is one interval and the least skew (`state MASTER` within a sync group). */
export type MachineConfig = {
  readonly version: 2 | 3;
  readonly priority: number;
  readonly advertIntervalMs: number;
  readonly downTimerAdverts: number;
  readonly preempt: boolean;
  readonly preemptDelayMs: number;
  readonly lowerPrioNoAdvert: boolean;
  readonly higherPrioSendAdvert: boolean;
  /** No advert of another makes the owner of the addresses do more than announce them again. */
  readonly ownerIgnoresAdverts?: boolean;
  readonly quickStart: boolean;
  readonly withOthers?: boolean;
  /** After standing still for longer than a backup of this priority waits, a master listens; absent: of its own. */
  readonly timerExpiredBackupPriority?: number;
  readonly garp: GarpPlan;
  /** What is asked before it takes over from a master that has fallen silent. */
  readonly takeoverCheck?: TakeoverCheckPlan;
};

export type MasterSeen = { readonly address: string; readonly priority: number };

/** `priority` is the effective one. `faults` name what keeps the instance down, `holds` the scripts whose first result a
 *  start waits for; both sorted, without repetition. */
type Common = { readonly priority: number; readonly faults: readonly string[]; readonly holds: readonly string[] };
type Init = Common & { readonly name: "init"; readonly started: boolean; readonly resumed?: Resumed };
type Backup = Common & {
  readonly name: "backup";
  readonly deadline: Ms;
  readonly masterIntervalMs: number;
  readonly master?: MasterSeen;
  /** The end of the running preemption delay. */
  readonly preemptAt?: Ms;
  /** The last master has said goodbye by priority 0, and nobody else has been heard since. */
  readonly dismissed?: true;
  /** Its timer ran out, and it waits for the rest of its sync group. */
  readonly wantsMaster: boolean;
  /** With takeoverCheck: when an advert was heard last that it preempts the sender of. */
  readonly lowerAt?: Ms;
  /** Its timer ran out, and it asks whether the master is gone. */
  readonly check?: TakeoverCheck;
};
type Master = Common & {
  readonly name: "master";
  readonly advertAt: Ms;
  readonly sentAt: Ms;
  readonly announcedAt: Ms;
  /** There may be another master that is not heard: the last one has not said goodbye. */
  readonly perhapsSecond: boolean;
  /** The batch that repeats an announcement for switches that missed it. */
  readonly again?: { readonly at: Ms; readonly repeat: number };
  readonly refreshAt?: Ms;
  /** Another one has claimed its addresses by ARP: when they were claimed back last. */
  readonly defendedAt?: Ms;
  /** It stood still, so that another may lead by now: until then it keeps its addresses, and nothing leaves. */
  readonly listensUntil?: Ms;
};
type Fault = Common & { readonly name: "fault" };
export type State = Init | Backup | Master | Fault;

/** What a predecessor of this process held, so that nothing is announced or notified twice. */
export type Resumed = { readonly state: InstanceStateName; readonly masterIntervalMs?: number };

export type AdvertEvent = {
  readonly type: "advert";
  readonly from: string;
  readonly priority: number;
  readonly intervalMs: number;
  /** How the sender's address compares with ours as an unsigned integer; 0 is our own address. */
  readonly order: -1 | 0 | 1;
};

export type Event = { readonly now: Ms } & (
  | { readonly type: "start"; readonly resumed?: Resumed }
  | { readonly type: "stop" }
  /** The deadline has come. `mayLead`: the rest of the sync group wants MASTER too (true without a group). */
  | { readonly type: "timer"; readonly mayLead: boolean }
  | AdvertEvent
  | { readonly type: "fault" | "hold" | "release"; readonly reason: string }
  /** `overdue`: no advert has been heard for a whole Master_Down_Interval already. */
  | { readonly type: "clear"; readonly reason: string; readonly overdue?: true }
  | { readonly type: "priority"; readonly priority: number }
  /** Adverts have left without a timer event: the last one now, and the next is due at `nextAt`. */
  | { readonly type: "sent"; readonly nextAt: Ms }
  /** The sync group: become MASTER now; leave MASTER; announce the addresses again. */
  | { readonly type: "lead" | "announce" }
  /** Another hardware address claims one of the addresses, or nobody has for a while; `outranks`: it is the higher one. */
  | { readonly type: "claimed"; readonly address: string; readonly hardwareAddress: string; readonly outranks: boolean }
  | { readonly type: "unclaimed" }
  /** Another one asks for an address as well; `outranks` as above. */
  | { readonly type: "rival"; readonly outranks: boolean }
  /** One of the witnesses has answered. */
  | { readonly type: "witness" }
  | { readonly type: "yield"; readonly why: string }
  /** The configuration passed to this step replaces `previous`. */
  | { readonly type: "configured"; readonly previous: MachineConfig }
);

export type NotifiedState = "MASTER" | "BACKUP" | "FAULT" | "STOP" | "DELETED";
export type Effect =
  | { readonly do: "send"; readonly priority: number }
  | { readonly do: "addAddresses" | "removeAddresses" }
  /** Gratuitous ARP for every address, `repeat` times. */
  | { readonly do: "announce"; readonly repeat: number }
  /** `resumed`: what a predecessor of this process was already. */
  | { readonly do: "enter"; readonly state: InstanceStateName; readonly why: string; readonly resumed?: true }
  /** Scripts and mail, once the addresses are in place or gone. */
  | { readonly do: "notify"; readonly state: NotifiedState }
  /** A master with a lower claim was answered; the other masters of the sync group announce too. */
  | { readonly do: "electionForced" }
  /** Asks who has the addresses, and the witnesses whether they are there. */
  | { readonly do: "ask"; readonly witnesses: boolean }
  | { readonly do: "log"; readonly what: "timeout" }
  /** What speaks against taking over; `held`: it does not, for that reason. */
  | { readonly do: "log"; readonly what: "obstacle"; readonly obstacle: Obstacle; readonly held: boolean }
  | { readonly do: "log"; readonly what: "frozen"; readonly silentMs: Ms }
  | { readonly do: "log"; readonly what: "discarded" | "election" | "higher" | "own"; readonly advert: AdvertEvent }
  | { readonly do: "log"; readonly what: "priority"; readonly from: number; readonly to: number };

export type Step = { readonly state: State; readonly effects: readonly Effect[] };

export const initialState = (priority: number): State => ({
  name: "init",
  started: false,
  priority,
  faults: [],
  holds: [],
});

/** When the next "timer" event is due: the one deadline a shell arms. `unaidedUntil`: adverts leave without one before. */
export function deadlineOf(s: State, unaidedUntil?: Ms): Ms | undefined {
  if (s.name === "backup") return s.deadline;
  if (s.name !== "master") return undefined;
  if (s.listensUntil !== undefined) return s.listensUntil;
  return Math.min(unaidedUntil ?? s.advertAt, s.again?.at ?? Infinity, s.refreshAt ?? Infinity);
}

/** MASTER, and its adverts leave. */
export const isLeading = (s: State): s is Master => s.name === "master" && s.listensUntil === undefined;

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

const keep = (state: State, ...effects: Effect[]): Step => ({ state, effects });
const withItem = (list: readonly string[], item: string): readonly string[] => [...new Set([...list, item])].sort();
const without = (list: readonly string[], item: string): readonly string[] => list.filter((other) => other !== item);
const common = ({ priority, faults, holds }: State): Common => ({ priority, faults, holds });
const timing = (s: Backup, c: MachineConfig) => ({
  version: c.version,
  priority: s.priority,
  intervalMs: c.version === 2 ? c.advertIntervalMs : s.masterIntervalMs,
});

/** BACKUP with a full Master_Down_Interval ahead. */
function toBackup(
  now: Ms,
  s: State,
  c: MachineConfig,
  masterIntervalMs = c.advertIntervalMs,
  master?: MasterSeen,
): Backup {
  const backup = { ...common(s), name: "backup" as const, masterIntervalMs, wantsMaster: false, deadline: now };
  const down = masterDownMs(timing(backup, c), c.downTimerAdverts);
  return { ...backup, deadline: now + down, ...(master && { master }) };
}

/** MASTER from anywhere: the advert leaves before the addresses come, since it is what keeps other backups quiet. */
function takeOver(now: Ms, s: State, c: MachineConfig, why: string, quiet = false): Step {
  const { garp } = c;
  const state: Master = {
    ...common(s),
    name: "master",
    advertAt: now + c.advertIntervalMs,
    sentAt: now,
    announcedAt: now,
    perhapsSecond: !(s.name === "backup" && s.dismissed),
    ...(garp.masterDelayMs > 0 && { again: { at: now + garp.masterDelayMs, repeat: garp.masterRepeat } }),
    ...(garp.masterRefreshMs > 0 && { refreshAt: now + garp.masterRefreshMs }),
  };
  return keep(
    state,
    { do: "send", priority: s.priority },
    { do: "enter", state: "master", why, ...(quiet && { resumed: true as const }) },
    { do: "addAddresses" },
    { do: "announce", repeat: garp.masterRepeat },
    ...(quiet ? [] : [{ do: "notify", state: "MASTER" } as const]),
  );
}

function leave(state: Backup | Fault, first: readonly Effect[], why: string): Step {
  const again = state.name === "fault" ? first : [];
  const effects: Effect[] = [...first, { do: "enter", state: state.name, why }, { do: "removeAddresses" }, ...again];
  return { state, effects: [...effects, notify(state.name)] };
}

const notify = (state: "backup" | "fault"): Effect => ({ do: "notify", state: state === "fault" ? "FAULT" : "BACKUP" });

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

function backupTimer(s: Backup, e: { readonly now: Ms; readonly mayLead: boolean }, c: MachineConfig): Step {
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

const obstacleMet = (obstacle: Obstacle, held: boolean): Effect => ({ do: "log", what: "obstacle", obstacle, held });

/** Somebody has the addresses of a master that is not heard. */
function contested(s: Backup, e: Event & { readonly type: "claimed" }, c: MachineConfig): Step {
  if (!s.check || !c.takeoverCheck) return keep(s);
  const { address, hardwareAddress } = e;
  return asking(s, answered(s.check, { kind: "conflict", address, hardwareAddress }, e.now, c.takeoverCheck));
}

/** What else is heard while it asks. */
function heardOf(
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
function backupAdvert(s: Backup, e: AdvertEvent & { readonly now: Ms }, c: MachineConfig): Step {
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

/** RFC 9568 §6.4.3: addresses decide between equal priorities, the higher one wins. */
function masterAdvert(s: Master, e: AdvertEvent & { readonly now: Ms }, c: MachineConfig): Step {
  if (c.priority === 255 && c.ownerIgnoresAdverts) return reannounced(s, e.now, c);
  if (e.priority === 0) return reassert(s, e.now, c);
  if (e.priority === s.priority && e.order === 0) return keep(s, { do: "log", what: "own", advert: e });
  if (hasBetterClaim(e, s)) {
    const first: Effect[] = [{ do: "log", what: "higher", advert: e }];
    // It may have been master all along, and have heard nothing of us: then it has to announce its addresses again.
    if (c.higherPrioSendAdvert || s.perhapsSecond) first.push({ do: "send", priority: s.priority });
    const seen = { address: e.from, priority: e.priority };
    const why = `${e.from} has the better claim (priority ${e.priority}, ours ${s.priority})`;
    return leave(toBackup(e.now, s, c, e.intervalMs, seen), first, why);
  }
  const answered = c.lowerPrioNoAdvert ? { state: s, effects: [] } : reassert(s, e.now, c);
  const announced = reannounced(answered.state as Master, e.now, c);
  const effects: Effect[] = [{ do: "log", what: "election", advert: e }, ...answered.effects, ...announced.effects];
  return keep(announced.state, ...effects, { do: "electionForced" });
}

const hasBetterClaim = (e: AdvertEvent, s: Master): boolean =>
  e.priority > s.priority || (e.priority === s.priority && e.order > 0);

/** An advert at once, unless one has only just left: then as soon as the gap allows. */
function reassert(s: Master, now: Ms, c: MachineConfig): Step {
  const earliest = s.sentAt + reassertGapMs(c.advertIntervalMs);
  if (now < earliest) return keep({ ...s, advertAt: Math.min(s.advertAt, earliest) });
  return keep({ ...s, sentAt: now, advertAt: now + c.advertIntervalMs }, { do: "send", priority: s.priority });
}

/** Where another master had claimed the addresses, neighbours are told again: now, and once more after the delay. */
function reannounced(s: Master, now: Ms, { garp }: MachineConfig): Step {
  if (garp.lowerPrioRepeat === 0) return keep(s);
  const again = s.again ?? { at: now + garp.lowerPrioDelayMs, repeat: garp.lowerPrioRepeat };
  const state: Master = { ...s, ...(garp.lowerPrioDelayMs > 0 && { again }) };
  if (now - s.announcedAt < ANNOUNCE_GAP_MS) return keep(state);
  return keep({ ...state, announcedAt: now }, { do: "announce", repeat: garp.lowerPrioRepeat });
}

/** Where somebody else has claimed the addresses, they are claimed back: at once, and once more when nobody has claimed them for
 *  a while, which is what the neighbours are to remember. In between the higher hardware address goes on, after a gap each
 *  time, so that neighbours find one of two masters and not now this one, now that one. RFC 5227 §2.4 */
function defended(s: Master, e: Event & { readonly type: "claimed" | "unclaimed" }, { garp }: MachineConfig): Step {
  const { now } = e;
  const { defendedAt, ...rest } = s;
  const first = defendedAt === undefined || e.type === "unclaimed";
  if (!first && e.type === "claimed" && e.outranks) return keep(s);
  const repeat = garp.lowerPrioRepeat;
  if (!first && now - defendedAt < DEFEND_GAP_MS)
    return keep(repeat === 0 ? s : { ...s, again: s.again ?? { at: defendedAt + DEFEND_GAP_MS, repeat } });
  const state: Master = { ...rest, ...(e.type === "claimed" && { defendedAt: now }) };
  const announce: Effect[] = repeat > 0 ? [{ do: "announce", repeat }] : [];
  return keep({ ...state, announcedAt: now }, ...announce, ...(first ? [{ do: "electionForced" } as const] : []));
}

function masterTimer(s: Master, now: Ms, c: MachineConfig): Step {
  const effects: Effect[] = [];
  const { again, refreshAt, ...rest } = s;
  let state: Master = rest;
  if (now >= s.advertAt) {
    const onTime = s.advertAt + c.advertIntervalMs;
    state = { ...state, sentAt: now, advertAt: onTime > now ? onTime : now + c.advertIntervalMs };
    effects.push({ do: "send", priority: s.priority });
  }
  if (again && now >= again.at) {
    state = { ...state, announcedAt: now, ...(s.defendedAt !== undefined && { defendedAt: now }) };
    effects.push({ do: "announce", repeat: again.repeat });
  } else if (again) state = { ...state, again };
  if (refreshAt !== undefined && now >= refreshAt) {
    state = { ...state, announcedAt: now, refreshAt: now + c.garp.masterRefreshMs };
    effects.push({ do: "announce", repeat: c.garp.masterRefreshRepeat });
  } else if (refreshAt !== undefined) state = { ...state, refreshAt };
  return { state, effects };
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

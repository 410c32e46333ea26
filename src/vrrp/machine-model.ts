import type { GarpPlan, InstanceStateName } from "./model.ts";
import type { TakeoverCheck } from "./takeover.ts";
import type { Obstacle, TakeoverCheckPlan } from "./takeover-model.ts";
import type { Ms } from "./timing.ts";

// The states of a VRRP instance, what happens to it, and what it does.

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
export type Common = {
  readonly priority: number;
  readonly faults: readonly string[];
  readonly holds: readonly string[];
};
export type Init = Common & { readonly name: "init"; readonly started: boolean; readonly resumed?: Resumed };
export type Backup = Common & {
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
export type Master = Common & {
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
export type Fault = Common & { readonly name: "fault" };
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

/** When the next "timer" event is due: the one deadline a shell arms. `unaidedUntil`: adverts leave without one before. Undefined:
 *  none is due. */
export function deadlineOf(s: State, unaidedUntil?: Ms): Ms | undefined {
  if (s.name === "backup") return s.deadline;
  if (s.name !== "master") return undefined;
  if (s.listensUntil !== undefined) return s.listensUntil;
  const next = Math.min(unaidedUntil ?? s.advertAt, s.again?.at ?? Infinity, s.refreshAt ?? Infinity);
  return next === Infinity ? undefined : next;
}

/** MASTER, and its adverts leave. */
export const isLeading = (s: State): s is Master => s.name === "master" && s.listensUntil === undefined;

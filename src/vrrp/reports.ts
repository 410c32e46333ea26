import type { Notifier } from "../script/notifier.ts";
import type { Instance } from "./instance.ts";
import type { SavedInstance } from "./instance-report.ts";
import type { NotifiedState } from "./machine.ts";
import type { InstanceStateName, SyncGroupPlan, VrrpNotify } from "./model.ts";
import { eventLine, lowerPriorityHeard, notificationsOf, type Subject } from "./notifications.ts";

/** What a successor of this process has to know; null forgets an instance. */
export type SavedPart = {
  readonly instances?: Readonly<Record<string, SavedInstance | null>>;
  readonly scripts?: Readonly<Record<string, boolean>>;
  readonly bfds?: Readonly<Record<string, boolean | null>>;
  readonly balancing?: Readonly<Record<string, boolean | null>>;
  readonly services?: Readonly<Record<string, boolean | null>>;
};

export type ReportsOptions = {
  readonly notifier: Notifier;
  /** An instance is in another state now, or continues in the one it had. */
  readonly onState: (instance: string, state: InstanceStateName) => void;
  readonly onSaved: (part: SavedPart) => void;
  /** What happened, as a line of keepalived's FIFOs; in the order of events, after their scripts have been started. */
  readonly onEvent: (line: string) => void;
  /** A transition with `smtp_alert`. */
  readonly onAlert: (subject: Subject, state: NotifiedState) => void;
};

const upperCase = { master: "MASTER", backup: "BACKUP", fault: "FAULT" } as const;

/** Tells others what instances and groups do: scripts, readers of FIFOs and mail, and the parent. */
export class Reports {
  private readonly options: ReportsOptions;
  /** Instances that a reload removes, with the state to notify instead of STOP; undefined for none. */
  private readonly leaving = new Map<string, NotifiedState | undefined>();

  constructor(options: ReportsOptions) {
    this.options = options;
  }

  /** A reload removes this instance: what is told of it from now on is that it goes. */
  leaves(instance: Instance): void {
    const other = instance.state.name === "fault" ? undefined : "FAULT";
    this.leaving.set(instance.id, instance.plan.notify.reportsDeleted ? "DELETED" : other);
  }

  isLeaving(instance: Instance): boolean {
    return this.leaving.has(instance.id);
  }

  /** It is gone. */
  left(instance: Instance): void {
    this.leaving.delete(instance.id);
  }

  instance(instance: Instance, state: NotifiedState, priority: number): void {
    const word = this.isLeaving(instance) ? this.leaving.get(instance.id) : state;
    const { name, notify, smtpAlert } = instance.plan;
    if (word) this.notify({ kind: "INSTANCE", name }, word, priority, notify, smtpAlert);
  }

  group({ name, notify, smtpAlert }: SyncGroupPlan, state: NotifiedState): void {
    this.notify({ kind: "GROUP", name }, state, 0, notify, smtpAlert);
  }

  /** A master has answered an advert of lower priority. */
  electionForced(instance: Instance): void {
    const { name, notify } = instance.plan;
    const subject = { kind: "INSTANCE", name } as const;
    const line = eventLine(subject, "MASTER_RX_LOWER_PRI", instance.state.priority);
    instance.afterwards(() => {
      for (const one of lowerPriorityHeard(subject, notify)) this.options.notifier.notify(one);
      this.options.onEvent(line);
    });
  }

  /** State or effective priority is another than before. */
  moved(instance: Instance, from: InstanceStateName): void {
    const { name, state, plan } = instance;
    this.options.onSaved({ instances: { [name]: instance.saved() } });
    if (state.name !== from) this.options.onState(name, state.name);
    else if (plan.notifyPriorityChanges && !(from === "init" && instance.isSuccessor)) {
      // keepalived has two words: who is in FAULT, or has not begun yet, is told of as a backup.
      const word = from === "master" ? "MASTER_PRIORITY" : "BACKUP_PRIORITY";
      const line = eventLine({ kind: "INSTANCE", name }, word, state.priority);
      instance.afterwards(() => this.options.onEvent(line));
    }
  }

  /** All that the parent has to know: of these instances, and that those of other names are no more. */
  all(instances: readonly Instance[], forgotten: readonly string[]): void {
    this.save(instances);
    if (forgotten.length > 0)
      this.options.onSaved({ instances: Object.fromEntries(forgotten.map((name) => [name, null])) });
    for (const { name, state } of instances) this.options.onState(name, state.name);
  }

  /** What a successor needs: counters move even when nothing else does. */
  save(instances: readonly Instance[]): void {
    this.options.onSaved({ instances: Object.fromEntries(instances.map((i) => [i.name, i.saved()])) });
  }

  private notify(subject: Subject, state: NotifiedState, priority: number, scripts: VrrpNotify, alert: boolean): void {
    for (const one of notificationsOf(subject, state, priority, scripts)) this.options.notifier.notify(one);
    this.options.onEvent(eventLine(subject, state, priority));
    if (alert) this.options.onAlert(subject, state);
  }
}

/** How all instances and groups stand, as lines of keepalived's FIFOs. */
export const standing = (
  instances: readonly Instance[],
  groups: readonly { readonly name: string; readonly state: NotifiedState }[],
): string[] => [
  ...instances.flatMap(({ name, state }) => {
    const word = state.name === "init" ? undefined : upperCase[state.name];
    return word ? [eventLine({ kind: "INSTANCE", name }, word, state.priority)] : [];
  }),
  ...groups.map(({ name, state }) => eventLine({ kind: "GROUP", name }, state, 0)),
];

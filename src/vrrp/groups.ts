import type { Instance } from "./instance.ts";
import type { NotifiedState } from "./machine.ts";
import type { InstanceStateName, SyncGroupPlan } from "./model.ts";
import { followers, groupState, type Member, mayLead } from "./sync-group.ts";

const FAULT_PREFIX = "sync group ";
const notified: Partial<Record<InstanceStateName, NotifiedState>> = {
  master: "MASTER",
  backup: "BACKUP",
  fault: "FAULT",
};

/** The fault that a group's faulty members give to its others. */
const reasonOf = (group: SyncGroupPlan): string => `${FAULT_PREFIX}${group.name} has a faulty member`;
const isGroupFault = (fault: string): boolean => fault.startsWith(FAULT_PREFIX);

/** The faults of an instance that are not its group's doing. */
export const ownFaults = (instance: Instance): readonly string[] =>
  instance.state.faults.filter((fault) => !isGroupFault(fault));

export type GroupsOptions = {
  readonly now: () => number;
  readonly instances: () => Iterable<Instance>;
  readonly notify: (group: SyncGroupPlan, state: NotifiedState) => void;
};

/** Keeps the instances of each vrrp_sync_group in step by sending them events. */
export class Groups {
  private readonly options: GroupsOptions;
  private plans: readonly SyncGroupPlan[] = [];
  private paused = false;
  private readonly told = new Map<string, InstanceStateName>();
  private readonly mixed = new Map<string, boolean>();

  constructor(options: GroupsOptions) {
    this.options = options;
  }

  /** Nobody follows anybody until the next configure: a reload is under way, and only half of it is true. */
  pause(): void {
    this.paused = true;
  }

  /** Takes the groups that count from now on. Their faults are raised before those of groups that are gone are lifted, so
   *  that a group which is only renamed does not start in between. */
  configure(plans: readonly SyncGroupPlan[]): void {
    this.plans = plans;
    this.mixed.clear();
    this.paused = false;
    for (const name of this.told.keys()) if (!plans.some((plan) => plan.name === name)) this.told.delete(name);
    for (const plan of plans) {
      const [first] = this.members(plan);
      if (first) this.follow(first, first.state.name);
    }
    const now = this.options.now();
    for (const instance of this.options.instances()) {
      const group = this.of(instance.name);
      const stale = instance.state.faults.filter((f) => isGroupFault(f) && (!group || f !== reasonOf(group)));
      for (const reason of stale) instance.dispatch({ type: "clear", now, reason });
    }
  }

  of(instanceName: string): SyncGroupPlan | undefined {
    return this.plans.find((plan) => plan.members.includes(instanceName));
  }

  /** Whether it has a group in which somebody is not the owner of his addresses: they wait for each other. */
  isMixed(instanceName: string): boolean {
    const group = this.of(instanceName);
    if (!group) return false;
    const known = this.mixed.get(group.name);
    if (known !== undefined) return known;
    const members = this.members(group);
    const mixed = members.some(({ plan }) => plan.priority !== 255);
    if (members.length === group.members.length) this.mixed.set(group.name, mixed); // asked at each event
    return mixed;
  }

  mayLead(instance: Instance): boolean {
    const group = this.of(instance.name);
    return !group || mayLead(this.members(group).map(asMember), instance.name);
  }

  /** Moves the others after `instance` has moved, or its own faults have changed. */
  follow(instance: Instance, from: InstanceStateName): void {
    const group = this.paused ? undefined : this.of(instance.name);
    if (!group) return;
    const members = this.members(group);
    const now = this.options.now();
    const moved = { name: instance.name, from, to: instance.state.name };
    for (const command of followers(members.map(asMember), moved)) {
      const member = members.find((m) => m.name === command.member);
      if (!member) continue;
      if (command.do === "lead") member.dispatch({ type: "lead", now });
      else if (command.do === "yield")
        member.dispatch({ type: "yield", now, why: `${instance.name} of its sync group left MASTER` });
      else member.dispatch({ type: command.do, now, reason: reasonOf(group) });
    }
    this.tell(group);
  }

  /** The other masters of the group announce their addresses as well. */
  announceOthers(instance: Instance): void {
    const group = this.of(instance.name);
    const now = this.options.now();
    for (const member of group ? this.members(group) : [])
      if (member !== instance) member.dispatch({ type: "announce", now });
  }

  /** The states of the groups that have one to tell. */
  states(): { readonly name: string; readonly state: NotifiedState }[] {
    return [...this.told].flatMap(([name, state]) => {
      const word = notified[state];
      return word ? [{ name, state: word }] : [];
    });
  }

  /** Tells each group's scripts that it stops. */
  tellStop(): void {
    for (const plan of this.plans) this.options.notify(plan, "STOP");
  }

  private members(group: SyncGroupPlan): Instance[] {
    return [...this.options.instances()].filter((instance) => group.members.includes(instance.name));
  }

  private tell(group: SyncGroupPlan): void {
    const state = groupState(this.members(group).map(asMember));
    if (state === undefined || this.told.get(group.name) === state) return;
    this.told.set(group.name, state);
    const word = notified[state];
    if (word) this.options.notify(group, word);
  }
}

const asMember = (instance: Instance): Member => ({
  name: instance.name,
  state: instance.state.name,
  wantsMaster: instance.state.name === "backup" && instance.state.wantsMaster,
  ownFaults: ownFaults(instance).length > 0,
});

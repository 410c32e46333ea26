import type { InstanceStateName } from "./model.ts";

// vrrp_sync_group: instances that are MASTER together or not at all.

/** A member as its group sees it. `wantsMaster`: its timer ran out and it waits. `ownFaults`: others than the group's. */
export type Member = {
  readonly name: string;
  readonly state: InstanceStateName;
  readonly wantsMaster: boolean;
  readonly ownFaults: boolean;
};

export type GroupCommand =
  | { readonly do: "lead" | "yield"; readonly member: string }
  /** Raise or take back the fault that the group's faulty members give to the others. */
  | { readonly do: "fault" | "clear"; readonly member: string };

/** Whether `name` may become MASTER when its timer runs out: every other member is MASTER, or waits to be. */
export const mayLead = (members: readonly Member[], name: string): boolean =>
  members.every((m) => m.name === name || m.state === "master" || m.wantsMaster);

/** What the rest of the group does after `moved` has gone from one state to another. Faults first: a group with a faulty
 *  member leads nothing. Commands to a member that is already there change nothing, so the order of moves is free. */
export function followers(
  members: readonly Member[],
  moved: { readonly name: string; readonly from: InstanceStateName; readonly to: InstanceStateName },
): GroupCommand[] {
  const others = members.filter((m) => m.name !== moved.name);
  const groupFaults = members.map((m): GroupCommand => {
    const spoiled = members.some((other) => other.name !== m.name && other.ownFaults);
    return { do: spoiled ? "fault" : "clear", member: m.name };
  });
  if (members.some((m) => m.ownFaults)) return groupFaults;
  if (moved.to === "master")
    return [...groupFaults, ...others.map((m): GroupCommand => ({ do: "lead", member: m.name }))];
  if (moved.from === "master" && moved.to === "backup")
    return [...groupFaults, ...others.map((m): GroupCommand => ({ do: "yield", member: m.name }))];
  return groupFaults;
}

/** The state of the group as its scripts are told: what all members agree on, FAULT if one has it, otherwise none. */
export function groupState(members: readonly Member[]): InstanceStateName | undefined {
  if (members.some((m) => m.state === "fault")) return "fault";
  const [first] = members;
  return first && members.every((m) => m.state === first.state) ? first.state : undefined;
}

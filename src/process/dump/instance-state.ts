import type { VrrpInstancePlan, VrrpProcessPlan, VrrpStatus } from "../../vrrp/model.ts";
import { masterDownMs } from "../../vrrp/timing.ts";

export type InstanceStatus = VrrpStatus["instances"][number];

/** An instance of the plan with what its process told of it. */
export type DumpedInstance = {
  readonly plan: VrrpInstancePlan;
  readonly status: InstanceStatus;
  /** The sync group that it is in. */
  readonly group?: string;
};

/** The instances that are both configured and running, in the order of the configuration. */
export const dumpedInstances = (
  { instances, groups }: Pick<VrrpProcessPlan, "instances" | "groups">,
  status: Pick<VrrpStatus, "instances">,
): readonly DumpedInstance[] =>
  instances.flatMap((plan) => {
    const found = status.instances.find(({ name }) => name === plan.name);
    const group = groups.find(({ members }) => members.includes(plan.name))?.name;
    return found ? [{ plan, status: found, ...(group !== undefined && { group }) }] : [];
  });

/** keepalived's words and numbers for states. One that waits for its scripts is a FAULT that wants to be BACKUP there. */
export const STATE_WORD = { init: "FAULT", backup: "BACKUP", master: "MASTER", fault: "FAULT" } as const;
export const WANTED_WORD = { ...STATE_WORD, init: "BACKUP" } as const;
export const STATE_NUMBER = { FAULT: 3, BACKUP: 1, MASTER: 2 } as const;

/** The interval that its master has, in ms: version 2 knows only its own. */
export const masterIntervalMs = ({ plan, status }: DumpedInstance): number =>
  plan.version === 3 ? (status.masterIntervalMs ?? plan.advertIntervalMs) : plan.advertIntervalMs;

/** How long it waits for adverts, in µs; an owner of the addresses waits for none. */
export function masterDownUs(instance: DumpedInstance): number {
  const { plan, status } = instance;
  if (plan.priority === 255) return 1;
  const { version, downTimerAdverts } = plan;
  const input = { version, priority: status.effectivePriority, intervalMs: masterIntervalMs(instance) };
  return Math.floor(masterDownMs(input, downTimerAdverts) * 1000);
}

import type { SyncDaemon } from "../ipvs/model.ts";
import type { SyncPlan } from "../virtual-server/sync.ts";
import type { SyncKeeper } from "../virtual-server/sync-apply.ts";
import type { InstanceStateName } from "../vrrp/model.ts";

/** How long the states of the VRRP instances are awaited before the sync daemons follow what is known. */
const vrrpWaitMs = 3000;

/** The kernel's connection sync daemons, by the VRRP states that the vrrp process reports. */
export type SyncFollower = {
  /** What runs is of a predecessor of this process. */
  adopt(): void;
  /** Follows from now on: at once without instances, else when all of them are known, or have been awaited long enough. */
  begin(): void;
  hear(instance: string, state: InstanceStateName): void;
  /** As the plan and the states are now. */
  follow(): void;
  running(): readonly SyncDaemon[];
  /** Stops the daemons, unless they are to be left. */
  stop(leave: boolean): Promise<void>;
};

export function createSyncFollower(keeper: SyncKeeper, plan: () => SyncPlan): SyncFollower {
  const states = new Map<string, InstanceStateName>();
  let timer: NodeJS.Timeout | undefined;

  const follow = (): void => {
    clearTimeout(timer);
    void keeper.follow(plan(), (instance) => states.get(instance) === "master");
  };

  return {
    adopt: () => keeper.adopt(plan()),
    begin() {
      timer = setTimeout(follow, vrrpWaitMs);
      if (plan().syncInstances.length === 0) follow();
    },
    hear(instance, state) {
      states.set(instance, state);
      if (plan().syncInstances.every((sync) => states.has(sync.instance))) follow();
    },
    follow,
    running: () => keeper.running(),
    stop(leave) {
      clearTimeout(timer);
      return keeper.stop(leave);
    },
  };
}

import type { Counters } from "./counters.ts";
import type { HeardPeer } from "./heard.ts";
import type { State } from "./machine.ts";
import type { VrrpInstancePlan, VrrpProcessSaved, VrrpStatus } from "./model.ts";
import type { TrackerShare } from "./shares.ts";
import type { AddressClaim, SecondMaster } from "./split-brain.ts";
import { obstacleText } from "./takeover.ts";

export type SavedInstance = VrrpProcessSaved["instances"][string];

/** What there is to tell about an instance. `why` is the reason of its last transition. */
export type InstanceReport = {
  readonly plan: VrrpInstancePlan;
  readonly state: State;
  readonly counters: Counters;
  readonly sequence: number;
  readonly sinceWallMs: number;
  readonly why: string;
  readonly lastAdvertWallMs: number;
  readonly handedOverSinceWallMs: number | undefined;
  /** Adverts have the checksum of keepalived before 1.3.7. */
  readonly oldChecksum: boolean;
  readonly secondMaster: SecondMaster | undefined;
  readonly addressClaim: AddressClaim | undefined;
  readonly takeover: VrrpStatus["instances"][number]["takeover"];
  readonly source: string | undefined;
  readonly dueWallMs: number | undefined;
  readonly advertDelay: AdvertDelay;
  readonly trackers: readonly TrackerShare[];
  readonly peers: readonly HeardPeer[];
};

/** How late the adverts of a master leave: the last one, and the latest since it became MASTER. */
export type AdvertDelay = { readonly lastMs: number; readonly mostMs: number };

/** What a successor of this process continues with. */
export function savedInstance(report: InstanceReport): SavedInstance {
  const { plan, state, sinceWallMs, counters, sequence, handedOverSinceWallMs, oldChecksum } = report;
  return {
    state: state.name,
    sinceWallMs,
    effectivePriority: state.priority,
    ...(state.name === "backup" && { masterIntervalMs: state.masterIntervalMs }),
    counters: { ...counters },
    ...(plan.ahKey !== undefined && { ahSequence: sequence }),
    ...(oldChecksum && { oldChecksum }),
    ...(handedOverSinceWallMs !== undefined && { handedOverSinceWallMs }),
  };
}

/** In the place of an interface, for an instance that is on none. */
const ANY_INTERFACE = "any";

/** The instance's part of `status`. */
export function instanceStatus(report: InstanceReport): VrrpStatus["instances"][number] {
  const { plan, state, sinceWallMs, counters, lastAdvertWallMs, source, dueWallMs, handedOverSinceWallMs } = report;
  const { secondMaster, addressClaim, takeover, advertDelay, trackers, peers } = report;
  return {
    name: plan.name,
    state: state.name,
    sinceWallMs,
    why: reasonOf(report),
    interface: plan.interface || (plan.vrf ?? ANY_INTERFACE),
    vrid: plan.vrid,
    version: plan.version,
    basePriority: plan.priority,
    effectivePriority: state.priority,
    faults: state.faults,
    addresses: plan.addresses.map((a) => `${a.address}/${a.prefixLength}`),
    ...(state.name === "backup" && state.master && { master: { ...state.master, lastAdvertWallMs } }),
    ...(state.name === "backup" && { masterIntervalMs: state.masterIntervalMs }),
    ...(source !== undefined && { sourceAddress: source }),
    ...(dueWallMs !== undefined && { dueWallMs }),
    ...(trackers.length > 0 && { trackers }),
    ...(peers.length > 0 && { peers }),
    ...(secondMaster && { secondMaster }),
    ...(addressClaim && { addressClaim }),
    ...(takeover && { takeover }),
    ...(state.name === "master" && { advertDelay: rounded(advertDelay) }),
    ...(handedOverSinceWallMs !== undefined && { handedOverSinceWallMs }),
    counters: { ...counters },
  };
}

const tenths = (ms: number): number => Math.round(ms * 10) / 10;
const rounded = ({ lastMs, mostMs }: AdvertDelay): AdvertDelay => ({ lastMs: tenths(lastMs), mostMs: tenths(mostMs) });

/** Why the instance is in its state now: what keeps it there, rather than what brought it there. */
function reasonOf({ state, why }: InstanceReport): string {
  if (state.name === "fault") return state.faults.join(", ");
  if (state.name === "master" && state.listensUntil !== undefined)
    return "stood still while MASTER: it keeps its addresses, and listens before it sends again";
  if (state.name !== "backup") return why;
  if (state.check?.obstacle) return `held by takeover_check: ${obstacleText(state.check.obstacle)}`;
  if (state.check) return "no advert is heard; takeover_check asks whether its addresses are answered for";
  if (state.wantsMaster) return "waits for the rest of its sync group";
  if (state.master) return `${state.master.address} is MASTER with priority ${state.master.priority}`;
  return why === "init" ? "started, no advert heard yet" : why;
}

import type { CheckerPlan, CheckerState } from "../checkers/model.ts";
import type { CheckerRunner } from "../checkers/runner.ts";
import { initialState } from "../checkers/state.ts";
import { wallMs } from "../core/clock.ts";
import { type Fleet, reloadFleet } from "../virtual-server/fleet.ts";
import type { CheckerProcessPlan } from "../virtual-server/model.ts";
import { realServerKey } from "../virtual-server/names.ts";
import type { CheckerView } from "../virtual-server/state.ts";
import type { Announcer } from "./checker-announcer.ts";
import { type CurrentPlan, trackingServers } from "./checker-current-plan.ts";
import type { Decisions } from "./checker-decisions.ts";
import type { InheritedVerdicts } from "./checker-inherited.ts";
import type { CheckerKernel } from "./checker-kernel.ts";
import type { QuorumFeed } from "./checker-quorums.ts";
import { type CheckerReporter, statesOf } from "./checker-saved.ts";
import type { Suspension } from "./checker-suspension.ts";
import type { SyncFollower } from "./checker-sync.ts";
import type { TrackedChecks } from "./checker-tracked.ts";
import { newIds } from "./checker-uses.ts";
import type { RoomGlobals } from "./plan-global-model.ts";

export type ReloadParts = {
  readonly current: () => CurrentPlan;
  /** Makes a plan the current one. */
  readonly adopt: (plan: CheckerProcessPlan) => void;
  readonly view: CheckerView;
  readonly kernel: Pick<CheckerKernel, "openTable" | "table" | "followSettings">;
  readonly suspension: Pick<Suspension, "follow">;
  readonly runner: Pick<CheckerRunner, "replace" | "state">;
  readonly tracked: Pick<TrackedChecks, "follow">;
  readonly decisions: Decisions;
  readonly inherited: InheritedVerdicts;
  readonly reporter: Pick<CheckerReporter, "report">;
  readonly announcer: Pick<Announcer, "configure" | "carryOut">;
  readonly sync: Pick<SyncFollower, "follow">;
  readonly quorums: Pick<QuorumFeed, "follow">;
};

/** Applies the difference between the current plan and this one. Rejects with DirectorError, and nothing is changed, when
 *  IPVS is needed for the first time and cannot be opened. */
export async function reloadChecker(parts: ReloadParts, plan: CheckerProcessPlan, global: RoomGlobals): Promise<void> {
  const { current, kernel, runner, tracked, decisions, inherited, announcer } = parts;
  if (plan.virtualServers.length > 0 && !kernel.table()) await kernel.openTable({ flush: false });
  await kernel.followSettings(plan);
  await parts.suspension.follow(plan);
  const before = current();
  decisions.settle(); // what is pending belongs to the old plan
  announcer.configure(global);
  if (plan === before.configured) return reread(parts, plan);
  parts.adopt(plan);
  const now = current();
  runner.replace(now.uses.subjects, {
    stateOf: (subject) => stateAtReload(subject.plan, now, decisions.fleet(), wallMs()),
  });
  tracked.follow(plan, true);
  const { fleet, effects } = reloadFleet(
    decisions.fleet(),
    before.plan.virtualServers,
    now.plan.virtualServers,
    parts.view,
    wallMs(),
    plan,
  );
  decisions.become(fleet);
  inherited.keepOnly((id) => now.uses.has(id));
  parts.reporter.report(fleet, statesOf(newIds(now.uses, before.uses), runner.state), newIds(before.uses, now.uses));
  const written = decisions.write();
  announcer.carryOut(effects);
  parts.sync.follow();
  parts.quorums.follow(plan);
  await written;
}

/** A reload that changes nothing: what a reload reads anew beside the configuration, and nothing else. */
async function reread({ current, tracked, decisions, sync }: ReloadParts, plan: CheckerProcessPlan): Promise<void> {
  tracked.follow(plan, true);
  decisions.settle(trackingServers(current()));
  sync.follow();
  await decisions.write();
}

/** What a checker that a reload brings starts with; undefined: as its plan says. It never takes a server out that serves: for
 *  alpha, which asks for a success first, the server has had one. `fleet`: before the reload. */
export function stateAtReload(
  { id, alpha }: Pick<CheckerPlan, "id" | "alpha">,
  { uses, virtualServers }: Pick<CurrentPlan, "uses" | "virtualServers">,
  fleet: Fleet,
  now: number,
): CheckerState | undefined {
  if (!alpha) return undefined;
  const serves = [...uses.virtualServersOf(id)].some((key) =>
    virtualServers
      .get(key)
      ?.realServers.some(
        (rs) =>
          rs.checkers.some((checker) => checker.id === id) && fleet.get(key)?.realServers.get(realServerKey(rs))?.alive,
      ),
  );
  return serves ? initialState({ alpha: false }, now) : undefined;
}

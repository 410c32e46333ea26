import { loadKinds } from "../checkers/kinds.ts";
import { wallMs } from "../core/clock.ts";
import { startFleet, stopFleet } from "../virtual-server/fleet.ts";
import type { CheckerProcessPlan, CheckerStatus } from "../virtual-server/model.ts";
import type { KernelCounts } from "../virtual-server/traffic.ts";
import { type CheckerParts, type CheckerRoomParts, type CheckerStart, createParts } from "./checker-parts.ts";
import { reloadChecker } from "./checker-reload.ts";
import { statesOf, verdictsIn } from "./checker-saved.ts";
import { checkerStatus } from "./checker-status.ts";
import { plainReadings } from "./plain-readings.ts";
import type { Room, RoomContext } from "./room.ts";

/** At a stop, how long notify scripts and mails may still take; the process is killed by its parent some time later. */
const farewellMs = 1000;

/** Starts the health checkers and takes over the kernel's table. Rejects with DirectorError when IPVS cannot be used;
 *  without virtual servers and sync daemons IPVS is never touched. */
export async function startCheckerRoom(
  message: CheckerStart,
  context: RoomContext,
  given: CheckerRoomParts = {},
): Promise<Room<CheckerProcessPlan>> {
  const parts = createParts(message, context, given);
  await begin(parts, message);
  return {
    reload: (plan, global) => reloadChecker(parts, plan, global),
    stop: ({ orphaned }) => end(parts, orphaned || message.stop.keepTable),
    status: () => statusOf(parts),
    fullStatus: async () => statusOf(parts, parts.kernel.table() && (await parts.kernel.counts.counts())),
    metrics: () => ({ checks: parts.runner.groups(), scripts: parts.scripts.read() }),
    /** Empty while there is nothing to balance: IPVS is not touched for a look at it. */
    kernelTable: async () => (parts.kernel.table() ? plainReadings(await parts.kernel.counts.table()) : []),
    override: (command) => parts.overrides.command(command),
    vrrpState: (instance, state) => parts.sync.hear(instance, state),
  };
}

/** A first start, or the continuation of a predecessor that died. */
async function begin(parts: CheckerParts, { plan, global, saved }: CheckerStart): Promise<void> {
  const { current, kernel, sync, tracked, runner, decisions, reporter, announcer } = parts;
  const verdicts = verdictsIn(saved);
  const ownedKeys = Object.keys(saved?.services ?? {});
  if (plan.virtualServers.length > 0 || ownedKeys.length > 0)
    await kernel.openTable({ flush: plan.flushAtStart && !saved });
  await kernel.followSettings(plan);
  await parts.suspension.follow(plan);
  const { uses, plan: now } = current();
  if (verdicts) parts.inherited.inherit(uses.ids());
  if (saved) sync.adopt();
  runner.replace(uses.subjects, {
    stateOf: (subject) => verdicts?.checkers[subject.plan.id],
    resume: verdicts !== undefined,
    hold: true,
  });
  tracked.follow(plan, verdicts === undefined);
  announcer.configure(global);
  const startedWallMs = wallMs();
  const { initNotifies } = plan;
  const started = startFleet(now.virtualServers, parts.view, startedWallMs, { saved: verdicts, initNotifies });
  kernel.table()?.own(ownedKeys);
  decisions.become(started.fleet);
  await decisions.write(); // before anybody is told: clients wait for the table
  const states = statesOf(uses.ids(), runner.state);
  if (verdicts) reporter.report(decisions.fleet(), states);
  else reporter.begin(decisions.fleet(), startedWallMs, states);
  announcer.carryOut(started.effects);
  decisions.open();
  runner.begin(); // not before: tens of thousands of checks that are due would put off the table
  sync.begin();
  parts.quorums.follow(plan);
  await loadKinds(new Set(uses.subjects.map((subject) => subject.plan.probe.kind)));
}

/** `leave`: the kernel keeps the table, its settings and the sync daemons. */
async function end(parts: CheckerParts, leave: boolean): Promise<void> {
  const { kernel, decisions, announcer, runner } = parts;
  decisions.stop();
  parts.later.flush();
  parts.overrides.stop();
  parts.tracked.stop();
  parts.quorums.close();
  const probesEnded = runner.stop(); // a script that ignores its end must not delay what follows
  const { flushAtStop, virtualServers } = parts.current().plan;
  if (!leave) announcer.carryOut(stopFleet(decisions.fleet(), virtualServers, flushAtStop !== "no"));
  const clear = leave ? "nothing" : flushAtStop === "all" ? "all" : "own";
  await Promise.all([probesEnded, kernel.stop({ clear, leave }), parts.sync.stop(leave), announcer.close(farewellMs)]);
  parts.suspension.close();
  await kernel.close();
}

/** `counts`: what the kernel counts, where it was asked and said so in time. */
function statusOf(parts: CheckerParts, counts?: KernelCounts): CheckerStatus {
  const { kernel, runner, sync, suspension, overrides } = parts;
  const { plan, uses } = parts.current();
  return checkerStatus({
    plans: plan.virtualServers,
    fleet: parts.decisions.fleet(),
    stateOf: parts.view,
    runsOf: runner.runs,
    nextInMsOf: runner.nextInMs,
    outputOf: runner.output,
    held: kernel.table()?.held() ?? new Map(),
    transport: kernel.transport(),
    keeper: kernel.table()?.status() ?? { driftRepairs: 0 },
    syncDaemons: sync.running(),
    readersOf: uses.readersOf,
    isSuspended: suspension.has,
    overrides,
    ...(counts && { counts }),
  });
}

import type { CheckerState } from "../checkers/model.ts";
import { createCheckerRunner, type OnChange, type OnResult, type RunnerOptions } from "../checkers/runner.ts";
import { createLogger } from "../core/log.ts";
import { type OpenedIpvs, openIpvs } from "../ipvs/open.ts";
import type { Notifier } from "../script/notifier.ts";
import { currentEvents } from "../virtual-server/fleet.ts";
import { virtualServerEvents } from "../virtual-server/log-events.ts";
import type { CheckerProcessPlan } from "../virtual-server/model.ts";
import type { SysctlDoor } from "../virtual-server/settings-apply.ts";
import { createSyncKeeper } from "../virtual-server/sync-apply.ts";
import { createAnnouncer } from "./checker-announcer.ts";
import { currentPlan, isCheckerSuspended, trackingServers } from "./checker-current-plan.ts";
import { createDecisions, type Decisions } from "./checker-decisions.ts";
import { InheritedVerdicts } from "./checker-inherited.ts";
import { createCheckerKernel } from "./checker-kernel.ts";
import { createOverridesKeeper } from "./checker-overrides.ts";
import { QuorumFeed, quorumsOf } from "./checker-quorums.ts";
import { createCheckerReporter } from "./checker-saved.ts";
import { createSuspension } from "./checker-suspension.ts";
import { createSyncFollower } from "./checker-sync.ts";
import { createTrackedChecks } from "./checker-tracked.ts";
import { ipvsSysctl } from "./ipvs-sysctl.ts";
import { createLater } from "./later.ts";
import { type WatchAddresses, watchAddresses } from "./local-addresses.ts";
import type { Mailer } from "./mail.ts";
import type { StartMessage } from "./messages.ts";
import { ipvsInside } from "./namespace.ts";
import type { RoomContext } from "./room.ts";
import { ScriptMeter } from "./script-meter.ts";

export type CheckerStart = StartMessage & { readonly role: "checker" };

/** How long deaths that follow one another may keep the world from being told of the first. */
const tellWithinMs = 100;

/** What a test puts in place of the kernel, the network and the scripts. */
export type CheckerRoomParts = {
  readonly openIpvs?: () => Promise<OpenedIpvs>;
  readonly runner?: RunnerOptions;
  readonly notifier?: Notifier;
  readonly mailer?: Mailer;
  readonly sysctl?: SysctlDoor;
  readonly watchAddresses?: WatchAddresses;
};

export type CheckerParts = ReturnType<typeof createParts>;

/** Makes what the process consists of, each part told what it needs of the others; nothing runs yet. */
export function createParts(message: CheckerStart, context: RoomContext, given: CheckerRoomParts) {
  const { sink, send } = context;
  const { saved } = message;
  const later = createLater(tellWithinMs);
  const scripts = new ScriptMeter();
  const inherited = new InheritedVerdicts();
  const inside = ipvsInside(message.plan.ipvsNamespace, process.ppid);
  const kernel = createCheckerKernel(context, {
    open: given.openIpvs ?? (() => openIpvs(undefined, inside)),
    sysctl: given.sysctl ?? ipvsSysctl(inside),
    held: saved?.settings,
    plan: () => current.plan,
    onDrift() {
      if (sync.running().length > 0) sync.follow(); // else nobody has said yet who is MASTER
    },
  });
  const announcer = createAnnouncer({
    sink,
    global: message.global,
    scripts,
    current: () => currentEvents(current.plan.virtualServers, decisions.fleet()),
    notifier: given.notifier,
    mailer: given.mailer,
    mails: { saved: saved?.mails, onSaved: (mails) => send({ t: "saved", part: { mails } }) },
  });
  const reporter = createCheckerReporter(send);
  const sync = createSyncFollower(createSyncKeeper(kernel.client, sink), () => current.plan);
  const overrides = createOverridesKeeper({
    sink,
    send,
    saved: saved?.overrides,
    file: message.overridesFile,
    plans: () => current.configured.virtualServers,
    client: kernel.client,
    held: () => kernel.table()?.held() ?? new Map(),
    changed(virtualServers, realServers) {
      decisions.settle(); // what is pending belongs to the plan before
      current = currentPlan(current.configured, overrides.current(), current.uses);
      inherited.noteChanged(realServers);
      decisions.settle(virtualServers);
    },
  });
  let current = currentPlan(message.plan, overrides.current());
  const adopt = (plan: CheckerProcessPlan): void => {
    current = currentPlan(plan, overrides.current());
  };
  const suspension = createSuspension(given.watchAddresses ?? watchAddresses, sink);
  const tracked = createTrackedChecks(message, context, (ids) => decisions.wake(trackingServers(current, ids)));
  const quorums = new QuorumFeed(message.feed, createLogger(virtualServerEvents, sink), () =>
    quorumsOf(current.plan, decisions.fleet()),
  );

  const onChange: OnChange = (id, state, change) => {
    reporter.note(id, state);
    decisions.wake(change === "none" ? [] : current.uses.virtualServersOf(id));
  };
  /** An inherited verdict is proven by a success, or by as many failures as take the checker down. */
  const onResult: OnResult = (id, { up }) => {
    if (inherited.isEmpty || up === "unknown" || (!up && runner.state(id)?.up)) return;
    if (inherited.prove(id)) decisions.wake();
  };
  const runner = createCheckerRunner((record) => later(() => sink(record)), onChange, {
    ...given.runner,
    onResult,
    isSuspended: (id) => isCheckerSuspended(current, id, suspension.has),
  });
  const view = (id: string): CheckerState | undefined => runner.state(id) ?? tracked.state(id);
  const decisions: Decisions = createDecisions({
    current: () => current,
    view,
    want: (wanted) => kernel.table()?.want(wanted) ?? Promise.resolve(),
    inherited,
    reporter,
    carryOut: (effects) => announcer.carryOut(effects),
    onStates: () => quorums.tell(),
    later,
  });

  return {
    current: () => current,
    adopt,
    kernel,
    sync,
    suspension,
    overrides,
    tracked,
    runner,
    view,
    inherited,
    decisions,
    reporter,
    announcer,
    quorums,
    scripts,
    later,
  };
}

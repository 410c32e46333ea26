import { loadKinds } from "../checkers/kinds.ts";
import type { CheckerPlan, CheckerState, Verdict } from "../checkers/model.ts";
import { type CheckerRunner, createCheckerRunner, type RunnerOptions } from "../checkers/runner.ts";
import { initialState, type Step } from "../checkers/state.ts";
import { wallMs } from "../core/clock.ts";
import { messageOf } from "../core/errors.ts";
import { createLogger, type Logger, type LogSink } from "../core/log.ts";
import { type OpenedIpvs, openIpvs } from "../ipvs/open.ts";
import type { Notifier } from "../script/notifier.ts";
import { openTableKeeper, type TableKeeper } from "../virtual-server/apply.ts";
import type { Effects } from "../virtual-server/effects.ts";
import { nextEntries, noEntries } from "../virtual-server/entries.ts";
import { currentEvents, type Fleet, reloadFleet, settleFleet, startFleet, stopFleet } from "../virtual-server/fleet.ts";
import { wantedSettings } from "../virtual-server/kernel-settings.ts";
import { virtualServerEvents } from "../virtual-server/log-events.ts";
import type { CheckerProcessPlan, CheckerStatus, VirtualServerPlan } from "../virtual-server/model.ts";
import { realServerKey, virtualServerKey } from "../virtual-server/names.ts";
import { withOverrides } from "../virtual-server/overrides.ts";
import type { RsAnswer, RsCommand } from "../virtual-server/rs-command.ts";
import { createSettingsKeeper, type SettingsKeeper, type SysctlDoor } from "../virtual-server/settings-apply.ts";
import { isRamping } from "../virtual-server/state.ts";
import { createSyncKeeper, type SyncKeeper } from "../virtual-server/sync-apply.ts";
import type { KernelCounts } from "../virtual-server/traffic.ts";
import type { InstanceStateName } from "../vrrp/model.ts";
import { type Announcer, createAnnouncer } from "./checker-announcer.ts";
import { InheritedVerdicts } from "./checker-inherited.ts";
import { createLazyIpvs, type LazyIpvs } from "./checker-ipvs.ts";
import { createOverridesKeeper, type OverridesKeeper } from "./checker-overrides.ts";
import { QuorumFeed, quorumsOf } from "./checker-quorums.ts";
import { type CheckerReporter, createCheckerReporter, verdictsIn } from "./checker-saved.ts";
import { checkerStatus } from "./checker-status.ts";
import { createSuspension, type Suspension } from "./checker-suspension.ts";
import { createTrackedChecks, type TrackedChecks, trackedBy } from "./checker-tracked.ts";
import { type CheckerUses, checkerUses, noUses } from "./checker-uses.ts";
import { ipvsSysctl } from "./ipvs-sysctl.ts";
import { type CountsReader, createCountsReader } from "./kernel-counts.ts";
import { createLater } from "./later.ts";
import { type WatchAddresses, watchAddresses } from "./local-addresses.ts";
import type { Mailer } from "./mail.ts";
import type { StartMessage } from "./messages.ts";
import { ipvsInside } from "./namespace.ts";
import { plainReadings } from "./plain-readings.ts";
import type { RoomGlobals } from "./plan-global-model.ts";
import type { Room, RoomContext } from "./room.ts";
import { ScriptMeter } from "./script-meter.ts";

type CheckerStart = StartMessage & { readonly role: "checker" };

/** What a test puts in place of the kernel, the network and the scripts. */
export type CheckerRoomParts = {
  readonly openIpvs?: () => Promise<OpenedIpvs>;
  readonly runner?: RunnerOptions;
  readonly notifier?: Notifier;
  readonly mailer?: Mailer;
  readonly sysctl?: SysctlDoor;
  readonly watchAddresses?: WatchAddresses;
};

/** At a stop, how long notify scripts and mails may still take; the process is killed by its parent some time later. */
const farewellMs = 1000;
/** How often the weights of servers that came back are raised (slow_start). */
const rampMs = 1000;
/** How long the states of the VRRP instances are awaited before the sync daemons follow what is known. */
const vrrpWaitMs = 3000;

/** Starts the health checkers and takes over the kernel's table. Rejects with DirectorError when IPVS cannot be used;
 *  without virtual servers and sync daemons IPVS is never touched. */
export async function startCheckerRoom(
  message: CheckerStart,
  context: RoomContext,
  parts: CheckerRoomParts = {},
): Promise<Room<CheckerProcessPlan>> {
  const room = new CheckerRoom(message, context, parts);
  await room.start();
  return room;
}

class CheckerRoom implements Room<CheckerProcessPlan> {
  readonly #message: CheckerStart;
  readonly #context: RoomContext;
  readonly #log: Logger<typeof virtualServerEvents>;
  readonly #runner: CheckerRunner;
  readonly #scripts = new ScriptMeter();
  readonly #announcer: Announcer;
  readonly #sync: SyncKeeper;
  readonly #settings: SettingsKeeper;
  readonly #overrides: OverridesKeeper;
  readonly #tracked: TrackedChecks;
  readonly #quorums: QuorumFeed;
  #rampTimer: NodeJS.Timeout | undefined;
  readonly #suspension: Suspension;
  readonly #reporter: CheckerReporter;
  readonly #ipvs: LazyIpvs;
  readonly #counts: CountsReader;
  #keeper: TableKeeper | undefined;
  /** As configured, and with what was said of real servers at run time. */
  #configured: CheckerProcessPlan;
  #plan: CheckerProcessPlan;
  #plans: ReadonlyMap<string, VirtualServerPlan> = new Map();
  #uses: CheckerUses = noUses;
  #fleet: Fleet = new Map();
  #entries = noEntries;
  readonly #dirtyServers = new Set<string>();
  readonly #inherited = new InheritedVerdicts();
  readonly #vrrpStates = new Map<string, InstanceStateName>();
  #vrrpTimer: NodeJS.Timeout | undefined;
  #flush: NodeJS.Immediate | undefined;
  /** Clients wait for the kernel's table: whoever is told of a verdict is told after that. */
  readonly #later = createLater();
  /** Verdicts wait until those of the start have been told. */
  #isStarting = true;

  constructor(message: CheckerStart, context: RoomContext, parts: CheckerRoomParts) {
    this.#message = message;
    this.#context = context;
    this.#plan = message.plan;
    this.#configured = message.plan;
    this.#log = createLogger(virtualServerEvents, context.sink);
    const inside = ipvsInside(message.plan.ipvsNamespace, process.ppid);
    this.#ipvs = createLazyIpvs(parts.openIpvs ?? (() => openIpvs(undefined, inside)), context.sink);
    this.#counts = createCountsReader(this.#ipvs.client);
    this.#announcer = createAnnouncer({
      sink: context.sink,
      global: message.global,
      scripts: this.#scripts,
      current: () => currentEvents(this.#plan.virtualServers, this.#fleet),
      notifier: parts.notifier,
      mailer: parts.mailer,
      mails: { saved: message.saved?.mails, onSaved: (mails) => context.send({ t: "saved", part: { mails } }) },
    });
    this.#reporter = createCheckerReporter(context.send);
    this.#sync = createSyncKeeper(this.#ipvs.client, context.sink);
    this.#settings = createSettingsKeeper({
      client: this.#ipvs.client,
      sysctl: parts.sysctl ?? ipvsSysctl(inside),
      sink: context.sink,
      ...(message.saved?.settings && { held: message.saved.settings }),
      onHeld: (settings) => context.send({ t: "saved", part: { settings } as object }),
    });
    this.#overrides = createOverridesKeeper({
      sink: context.sink,
      send: context.send,
      saved: message.saved?.overrides,
      file: message.overridesFile,
      plans: () => this.#configured.virtualServers,
      client: this.#ipvs.client,
      held: () => this.#keeper?.held() ?? new Map(),
      changed: (virtualServers, realServers) => this.#override(virtualServers, realServers),
    });
    this.#suspension = createSuspension(parts.watchAddresses ?? watchAddresses, context.sink);
    this.#tracked = createTrackedChecks(message, context, (ids) => this.#onTracked(ids));
    this.#quorums = new QuorumFeed(message.feed, this.#log, () => quorumsOf(this.#plan, this.#fleet));
    const sink: LogSink = (record) => this.#later(() => context.sink(record));
    this.#runner = createCheckerRunner(sink, (...change) => this.#onChecker(...change), {
      ...parts.runner,
      onResult: (id, verdict) => this.#onResult(id, verdict),
      isSuspended: (id) => this.#isCheckerSuspended(id),
    });
  }

  async start(): Promise<void> {
    const { plan, saved } = this.#message;
    const verdicts = verdictsIn(saved);
    const isNeeded = plan.virtualServers.length > 0 || Object.keys(saved?.services ?? {}).length > 0;
    if (isNeeded) await this.#openKeeper(plan.flushAtStart && !saved);
    await this.#followKernel(plan);
    this.#adopt(plan);
    if (verdicts) this.#inherited.inherit(this.#uses.ids());
    if (saved) this.#sync.adopt(plan);
    this.#runner.replace(this.#uses.subjects, {
      stateOf: ({ plan: { id } }) => verdicts?.checkers[id],
      resume: verdicts !== undefined,
    });
    this.#tracked.follow(plan, verdicts === undefined);
    this.#announcer.configure(this.#message.global);
    const startedWallMs = wallMs();
    const started = startFleet(this.#plan.virtualServers, this.#view, startedWallMs, {
      saved: verdicts,
      initNotifies: plan.initNotifies,
    });
    this.#keeper?.own(Object.keys(saved?.services ?? {}));
    this.#become(started.fleet);
    await this.#write(); // before anybody is told: clients wait for the table
    if (verdicts) this.#report(noUses);
    else this.#reporter.begin(this.#fleet, startedWallMs, this.#fresh(noUses));
    this.#announcer.carryOut(started.effects);
    this.#isStarting = false;
    if (this.#dirtyServers.size > 0) this.#wake();
    this.#vrrpTimer = setTimeout(() => this.#followVrrp(), vrrpWaitMs);
    if (plan.syncInstances.length === 0) this.#followVrrp();
    this.#quorums.follow(plan);
    await loadKinds(new Set(this.#uses.subjects.map(({ plan: { probe } }) => probe.kind)));
  }

  async reload(plan: CheckerProcessPlan, global: RoomGlobals): Promise<void> {
    if (plan.virtualServers.length > 0 && !this.#keeper) await this.#openKeeper(false);
    await this.#followKernel(plan);
    const [oldPlan, oldUses] = [this.#plan, this.#uses];
    this.#settle(); // what is pending belongs to the old plan
    this.#announcer.configure(global);
    if (plan === this.#configured) return this.#stay(plan);
    this.#adopt(plan);
    this.#runner.replace(this.#uses.subjects, { stateOf: (subject) => this.#stateAtReload(subject.plan) });
    this.#tracked.follow(plan, true);
    const reloaded = reloadFleet(
      this.#fleet,
      oldPlan.virtualServers,
      this.#plan.virtualServers,
      this.#view,
      wallMs(),
      plan,
    );
    this.#become(reloaded.fleet);
    this.#inherited.keepOnly((id) => this.#uses.has(id));
    this.#report(oldUses);
    const written = this.#write();
    this.#announcer.carryOut(reloaded.effects);
    this.#followVrrp();
    this.#quorums.follow(plan);
    await written;
  }

  /** A reload that changes nothing: what a reload reads anew beside the configuration, and nothing else. */
  async #stay(plan: CheckerProcessPlan): Promise<void> {
    this.#tracked.follow(plan, true);
    for (const [key, vs] of this.#plans) if (trackedBy(vs).length > 0) this.#dirtyServers.add(key);
    this.#settle();
    this.#followVrrp();
    await this.#write();
  }

  async stop({ orphaned }: { readonly orphaned: boolean }): Promise<void> {
    clearTimeout(this.#vrrpTimer);
    clearImmediate(this.#flush);
    clearTimeout(this.#rampTimer);
    this.#later.flush();
    this.#overrides.stop();
    this.#tracked.stop();
    this.#quorums.close();
    const probesEnded = this.#runner.stop(); // a script that ignores its end must not delay what follows
    const { flushAtStop, virtualServers } = this.#plan;
    const leave = orphaned || this.#message.stop.keepTable;
    if (!leave) this.#announcer.carryOut(stopFleet(this.#fleet, virtualServers, flushAtStop !== "no"));
    const clear = leave ? "nothing" : flushAtStop === "all" ? "all" : "own";
    await Promise.all([
      probesEnded,
      this.#keeper?.stop(clear).catch((cause: unknown) => this.#tellFailure(cause)),
      this.#sync.stop(leave),
      this.#settings.stop(leave),
      this.#announcer.close(farewellMs),
    ]);
    this.#suspension.close();
    await this.#ipvs.close();
  }

  status = (): CheckerStatus => this.#statusWith(undefined);

  /** With what the kernel counts, where it says so in time. */
  fullStatus = async (): Promise<CheckerStatus> => {
    return this.#statusWith(this.#keeper && (await this.#counts.counts()));
  };

  #statusWith(counts: KernelCounts | undefined): CheckerStatus {
    return checkerStatus({
      plans: this.#plan.virtualServers,
      fleet: this.#fleet,
      stateOf: this.#view,
      runsOf: (id) => this.#runner.runs(id),
      nextInMsOf: (id) => this.#runner.nextInMs(id),
      outputOf: (id) => this.#runner.output(id),
      held: this.#keeper?.held() ?? new Map(),
      transport: this.#ipvs.transport(),
      keeper: this.#keeper?.status() ?? { driftRepairs: 0 },
      syncDaemons: this.#sync.running(),
      readersOf: (id) => this.#uses.readersOf(id),
      isSuspended: (vs) => this.#suspension.has(vs),
      overrides: this.#overrides,
      ...(counts && { counts }),
    });
  }

  metrics = (): object => ({ checks: this.#runner.groups(), scripts: this.#scripts.read() });

  /** Empty while there is nothing to balance: IPVS is not touched for a look at it. */
  kernelTable = async (): Promise<unknown> => (this.#keeper ? plainReadings(await this.#counts.table()) : []);

  override = (given: RsCommand): RsAnswer => this.#overrides.command(given);

  vrrpState(instance: string, state: InstanceStateName): void {
    this.#vrrpStates.set(instance, state);
    if (this.#plan.syncInstances.every((sync) => this.#vrrpStates.has(sync.instance))) this.#followVrrp();
  }

  readonly #view = (id: string): CheckerState | undefined => this.#runner.state(id) ?? this.#tracked.state(id);

  async #openKeeper(flush: boolean): Promise<void> {
    const client = await this.#ipvs.client();
    const reportsDrift = () => this.#plan.reportDrift === true;
    const onOwned = (services: Readonly<Record<string, true | null>>) =>
      this.#context.send({ t: "saved", part: { services } as object });
    const onDrift = () => {
      void this.#settings.follow(wantedSettings(this.#plan));
      if (this.#sync.running().length > 0) this.#followVrrp(); // else nobody has said yet who is MASTER
    };
    const options = { flush, resyncMs: () => this.#plan.resyncMs, reportsDrift, onOwned, onDrift };
    this.#keeper = await openTableKeeper(client, this.#context.sink, options);
  }

  /** The settings of the kernel's IPVS, and which addresses are on this host where that matters. */
  async #followKernel(plan: CheckerProcessPlan): Promise<void> {
    await this.#settings.follow(wantedSettings(plan));
    await this.#suspension.follow(plan);
  }

  /** A checker that several virtual servers use rests when all of them do. */
  #isCheckerSuspended(id: string): boolean {
    const plans = [...this.#uses.virtualServersOf(id)].map((key) => this.#plans.get(key));
    return plans.every((plan) => plan?.haSuspend === true && this.#suspension.has(plan));
  }

  /** Makes a plan the current one. */
  #adopt(plan: CheckerProcessPlan): void {
    this.#configured = plan;
    this.#uses = checkerUses(plan);
    this.#applyOverrides();
  }

  #applyOverrides(): void {
    const overrides = this.#overrides.current();
    const { virtualServers: configured } = this.#configured;
    const isAny = Object.keys(overrides).length > 0;
    const virtualServers = isAny ? configured.map((vs) => withOverrides(vs, overrides)) : configured;
    this.#plan = { ...this.#configured, virtualServers };
    this.#plans = new Map(virtualServers.map((vs) => [virtualServerKey(vs), vs]));
  }

  /** What was said of these real servers has changed. */
  #override(virtualServers: ReadonlySet<string>, realServers: readonly string[]): void {
    this.#settle(); // what is pending belongs to the plan before
    this.#applyOverrides();
    this.#inherited.noteChanged(realServers);
    for (const key of virtualServers) this.#dirtyServers.add(key);
    this.#settle();
  }

  /** A checker that a reload brings starts as its plan says, but never takes a server out that serves: for alpha, which
   *  asks for a success first, the server has had one. */
  #stateAtReload(checker: CheckerPlan): CheckerState | undefined {
    if (!checker.alpha) return undefined;
    const serving = [...this.#uses.virtualServersOf(checker.id)].some((key) =>
      this.#plans.get(key)?.realServers.some((rs) => {
        const guarded = rs.checkers.some(({ id }) => id === checker.id);
        return guarded && this.#fleet.get(key)?.realServers.get(realServerKey(rs))?.alive;
      }),
    );
    return serving ? initialState({ alpha: false }, wallMs()) : undefined;
  }

  #onChecker(id: string, state: CheckerState, change: Step["change"]): void {
    this.#reporter.note(id, state);
    if (change !== "none") for (const key of this.#uses.virtualServersOf(id)) this.#dirtyServers.add(key);
    this.#wake();
  }

  /** An inherited verdict is proven by a success, or by as many failures as take the checker down. */
  #onResult(id: string, { up }: Verdict): void {
    if (this.#inherited.isEmpty || up === "unknown" || (!up && this.#runner.state(id)?.up)) return;
    if (this.#inherited.prove(id)) this.#wake();
  }

  #onTracked(ids: ReadonlySet<string>): void {
    for (const [key, vs] of this.#plans) if (trackedBy(vs).some(({ id }) => ids.has(id))) this.#dirtyServers.add(key);
    this.#wake();
  }

  /** Results of one turn of the event loop are settled together. */
  #wake(): void {
    if (!this.#isStarting) this.#flush ??= setImmediate(() => this.#decide());
  }

  #settle(): void {
    this.#decide();
    this.#later.flush();
  }

  #decide(): void {
    clearImmediate(this.#flush);
    this.#flush = undefined;
    const changed = [...this.#dirtyServers].flatMap((key) => this.#plans.get(key) ?? []);
    this.#dirtyServers.clear();
    const effects = changed.length > 0 ? this.#decideOf(changed) : [];
    const fleet = this.#fleet;
    const written = this.#write();
    this.#later(() => {
      this.#reporter.report(fleet);
      this.#announcer.carryOut(effects);
    });
    void written.then(() => this.#later.flush()); // in this turn still, where the kernel answers on the spot
  }

  #decideOf(virtualServers: readonly VirtualServerPlan[]): Effects {
    const before = this.#fleet;
    const { fleet, effects } = settleFleet(before, virtualServers, this.#view, wallMs());
    this.#inherited.noteDecided(before, fleet);
    this.#become(fleet);
    return effects;
  }

  /** Makes these the states, and derives the table entries of those that changed. */
  #become(fleet: Fleet): void {
    this.#entries = nextEntries(this.#plans, fleet, this.#entries);
    this.#fleet = fleet;
    this.#quorums.tell();
    this.#followRamps();
  }

  #followRamps(): void {
    const ramping = [...this.#fleet].filter(([, state]) => isRamping(state));
    clearTimeout(this.#rampTimer);
    if (ramping.length === 0) return;
    this.#rampTimer = setTimeout(() => {
      for (const [key] of ramping) this.#dirtyServers.add(key);
      this.#wake();
    }, rampMs);
  }

  #write(): Promise<void> {
    const isUnsure = this.#inherited.unsure(this.#plan.virtualServers);
    return this.#keeper?.want({ table: this.#entries.table, ...(isUnsure && { isUnsure }) }) ?? Promise.resolve();
  }

  #report(oldUses: CheckerUses): void {
    const gone = [...oldUses.ids()].filter((id) => !this.#uses.has(id));
    this.#reporter.report(this.#fleet, this.#fresh(oldUses), gone);
  }

  /** The states of those checkers that are new since. */
  #fresh(oldUses: CheckerUses): (readonly [string, CheckerState])[] {
    return [...this.#uses.ids()].flatMap((id) => {
      const state = oldUses.has(id) ? undefined : this.#runner.state(id);
      return state ? [[id, state] as const] : [];
    });
  }

  #followVrrp(): void {
    clearTimeout(this.#vrrpTimer);
    void this.#sync.follow(this.#plan, (instance) => this.#vrrpStates.get(instance) === "master");
  }

  #tellFailure(cause: unknown): void {
    this.#log.error("ipvs.notCleared", { message: messageOf(cause) });
  }
}

import { nowMs, wallMs } from "../core/clock.ts";
import { DirectorError } from "../core/errors.ts";
import { createLogger, type Logger, type LogSink } from "../core/log.ts";
import { createTrackedFiles, type TrackedFiles } from "../files/tracked-files.ts";
import type { Notifier } from "../script/notifier.ts";
import type { Announcement, Announcer } from "./announcer.ts";
import type { Conditions } from "./conditions.ts";
import { restoreCounters } from "./counters.ts";
import { Evaluator } from "./evaluator.ts";
import { createFib, type Fib } from "./fib.ts";
import { forwardsIpv6 } from "./forwarding.ts";
import { Groups, ownFaults } from "./groups.ts";
import { Handovers } from "./handovers.ts";
import { Instance, type InstanceHost } from "./instance.ts";
import { instanceId } from "./instance-id.ts";
import type { SavedInstance } from "./instance-report.ts";
import { createLinkDelays, type LinkDelays } from "./link-delays.ts";
import { vrrpEvents } from "./log-events.ts";
import type { NotifiedState } from "./machine.ts";
import type {
  InstanceStateName,
  VrrpInstancePlan,
  VrrpNotify,
  VrrpProcessPlan,
  VrrpProcessSaved,
  VrrpStatus,
} from "./model.ts";
import type { Network } from "./network.ts";
import type { FirewallSettings } from "./nft-rules.ts";
import { eventLine, lowerPriorityHeard, notificationsOf, type Subject } from "./notifications.ts";
import { openAnnouncer } from "./open-announcer.ts";
import { createOwnDevices, type OwnDevices } from "./own-devices.ts";
import { type Pace, paceOf } from "./pace.ts";
import { checkPlan } from "./plan-check.ts";
import { createProcessTracker, type ProcessTracker } from "./process-tracker.ts";
import { createPromoteSecondaries, type PromoteSecondaries } from "./promote-secondaries.ts";
import { vridOf } from "./receive.ts";
import { createScriptTracker, type ScriptRunner, type ScriptTracker } from "./script-tracker.ts";
import { type Channel, channelOf, createSocketPool, type SocketPool, sameChannel } from "./socket-pool.ts";
import { openVrrpSocket } from "./sockets.ts";
import { createStaticItems, type StaticItems } from "./static-items.ts";
import { createDeadline } from "./timers.ts";
import type { GarpGroupPlan } from "./tracked-model.ts";
import { announcementsFor, type PlacedAddress } from "./vip-plan.ts";
import { createVips, type Vips } from "./vips.ts";
import type { VrrpAnswer, VrrpCommand } from "./vrrp-command.ts";
import type { IpPacket } from "./wire/ip.ts";

export type SavedPart = {
  readonly instances?: Readonly<Record<string, SavedInstance | null>>;
  readonly scripts?: Readonly<Record<string, boolean>>;
};

export type DirectorOptions = {
  readonly sink: LogSink;
  readonly network: Network;
  readonly notifier: Notifier;
  readonly runScript?: ScriptRunner;
  /** The tables of rules; absent: the standard ones. */
  readonly firewall?: FirewallSettings;
  /** An instance is in another state now, or continues in the one it had. */
  readonly onState: (instance: string, state: InstanceStateName) => void;
  /** Something that a successor of this process has to know; null forgets an instance. */
  readonly onSaved: (part: SavedPart) => void;
  /** What happened, as a line of keepalived's FIFOs; in the order of events, after their scripts have been started. */
  readonly onEvent: (line: string) => void;
  /** A transition with `smtp_alert`. */
  readonly onAlert: (subject: Subject, state: NotifiedState) => void;
};

const upperCase = { master: "MASTER", backup: "BACKUP", fault: "FAULT" } as const;

/** Time that the scripts of a stop may take. */
const STOP_SCRIPTS_MS = 1000;

/** All VRRP instances of this host, and what they share: sockets, virtual addresses, trackers, sync groups. */
export class Director {
  private readonly options: DirectorOptions;
  private readonly log: Logger<typeof vrrpEvents>;
  private readonly instances = new Map<string, Instance>();
  private readonly groups: Groups;
  private readonly sockets: SocketPool;
  private readonly vips: Vips;
  private readonly fib: Fib;
  private readonly staticItems: StaticItems;
  private readonly linkDelays: LinkDelays = createLinkDelays(() => this.refresh());
  private garpGroups: readonly GarpGroupPlan[] = [];
  private readonly processes: ProcessTracker;
  private readonly files: TrackedFiles;
  private readonly scripts: ScriptTracker;
  private readonly announcer: Announcer;
  private readonly promoteSecondaries: PromoteSecondaries;
  private readonly ownDevices: OwnDevices;
  private readonly evaluator: Evaluator;
  private readonly host: InstanceHost;
  private readonly handovers: Handovers;
  /** Instances that a reload removes, with the state to notify instead of STOP; undefined for none. */
  private readonly leaving = new Map<string, NotifiedState | undefined>();
  private refreshing: NodeJS.Immediate | undefined;
  private stopping = false;

  /** Throws DirectorError when this process may not open packet sockets, Error for a failure that may pass. */
  constructor(options: DirectorOptions) {
    this.options = options;
    const { network, sink } = options;
    this.log = createLogger(vrrpEvents, sink);
    this.announcer = openAnnouncer(this.log);
    this.promoteSecondaries = createPromoteSecondaries((name, error) =>
      this.log.warn("vrrp.unpromoted", { interface: name, error }),
    );
    this.vips = createVips({
      network,
      log: this.log,
      onRestored: (owner, address) => this.instances.get(owner)?.restored(address),
    });
    this.fib = createFib({
      network,
      log: this.log,
      onRestored: (owner) => {
        const instance = this.instances.get(owner);
        if (instance) instance.counters.route_restored++;
      },
    });
    this.groups = new Groups({
      now: nowMs,
      instances: () => this.instances.values(),
      notify: ({ name, notify, smtpAlert }, state) => this.notify({ kind: "GROUP", name }, state, 0, notify, smtpAlert),
    });
    this.sockets = createSocketPool({
      network,
      open: openVrrpSocket,
      now: nowMs,
      onPacket: (channel, packet) => this.received(channel, packet),
      onChange: (channel, errno) => {
        if (errno)
          this.log.warn("vrrp.socket.broken", {
            interface: channel.interface,
            group: channel.group ?? "unicast",
            errno,
          });
        this.refresh();
      },
    });
    this.scripts = createScriptTracker(this.log, (script, up) => this.scriptChanged(script, up), options.runScript);
    const { log, sockets, scripts, vips, fib } = this;
    this.staticItems = createStaticItems({ network, vips, fib, onSettled: () => this.refresh() });
    this.processes = createProcessTracker({
      log: this.log,
      onChange: (name) => this.evaluateThose(({ trackProcesses = [] }) => trackProcesses.some((t) => t.name === name)),
    });
    this.files = createTrackedFiles({
      onChange: (name, value) => {
        this.log.info("file.value", { file: name, value });
        this.evaluateThose(({ trackFiles = [] }) => trackFiles.some((t) => t.name === name));
      },
      onTrouble: (file, error) => this.log.warn("file.trouble", { file, error }),
    });
    this.ownDevices = createOwnDevices({
      network,
      log: this.log,
      firewall: options.firewall,
      links: () => [...this.instances.values()].flatMap((instance) => instance.ownLinks),
      onSettled: () => this.refresh(),
    });
    const { staticItems, processes, files } = this;
    this.evaluator = new Evaluator({
      network,
      log,
      sockets,
      scripts,
      processes,
      files,
      linkDelays: this.linkDelays,
      staticItems,
      ownInterfaces: this.ownDevices.interfaces,
      instances: () => this.instances.values(),
    });
    this.host = this.createHost();
    this.handovers = new Handovers({
      ...this.host,
      changed: (instance) => {
        this.evaluate(instance);
        this.groups.follow(instance, instance.state.name);
        this.options.onSaved({ instances: { [instance.name]: instance.saved() } });
      },
    });
    network.onChange(() => this.refreshSoon());
  }

  /** Starts all instances. Those that `saved` knows as MASTER go on as such, before the others. */
  start(plan: VrrpProcessPlan, saved?: VrrpProcessSaved): void {
    checkPlan(plan);
    const before = (p: VrrpInstancePlan): SavedInstance | undefined => saved?.instances[p.name];
    const wasMaster = (p: VrrpInstancePlan): number => (before(p)?.state === "master" ? 0 : 1);
    const ordered = [...plan.instances].sort((a, b) => wasMaster(a) - wasMaster(b));
    this.groups.configure(plan.groups);
    this.scripts.configure(plan.scripts, saved?.scripts);
    this.garpGroups = plan.garpGroups ?? [];
    this.linkDelays.configure(plan.linkDelays ?? []);
    this.processes.configure(plan.trackProcesses ?? []);
    this.files.configure(plan.trackFiles ?? [], saved === undefined);
    this.staticItems.configure(plan);
    for (const p of ordered) this.create(p, before(p));
    this.ownDevices.need(plan.instances);
    this.openSockets();
    this.promote();
    for (const instance of this.instances.values()) this.begin(instance, before(instance.plan));
    this.rehearse();
  }

  /** Goes from the running plan to this one: removed instances first, then changed ones, then new ones. Throws
   *  DirectorError and changes nothing when the plan contradicts itself. */
  reload(plan: VrrpProcessPlan): void {
    checkPlan(plan);
    const next = new Map(plan.instances.map((p) => [instanceId(p), p]));
    const names = new Set(plan.instances.map((p) => p.name));
    const forgotten = [...this.instances.values()].map((i) => i.name).filter((name) => !names.has(name));
    const gone = [...this.instances.values()].filter((instance) => !next.has(instance.id));
    this.groups.pause();
    for (const instance of gone) this.remove(instance);
    this.scripts.configure(plan.scripts);
    this.garpGroups = plan.garpGroups ?? [];
    this.linkDelays.configure(plan.linkDelays ?? []);
    this.processes.configure(plan.trackProcesses ?? []);
    this.files.configure(plan.trackFiles ?? [], true);
    this.staticItems.configure(plan);
    const added: Instance[] = [];
    for (const [id, p] of next) {
      const kept = this.instances.get(id);
      if (kept) kept.reconfigure(p);
      else added.push(this.create(p));
    }
    this.ownDevices.need(plan.instances);
    this.openSockets();
    this.promote();
    const kept = [...this.instances.values()].filter((instance) => !added.includes(instance));
    for (const instance of kept) this.evaluate(instance);
    this.groups.configure(plan.groups);
    for (const instance of added) this.begin(instance);
    this.tellParent(forgotten);
    this.log.info("vrrp.reloaded", { kept: kept.length, added: added.length, removed: gone.length });
  }

  /** Priority 0 for what is MASTER, addresses removed unless `keepVips`, then the stop scripts. Resolves when done. */
  async stop(keepVips: boolean): Promise<void> {
    if (this.stopping) return;
    this.stopping = true;
    this.scripts.stop();
    this.linkDelays.stop();
    this.processes.stop();
    this.files.stop();
    const all = [...this.instances.values()];
    for (const instance of all) {
      instance.keepAddresses = keepVips;
      this.handovers.forget(instance);
      instance.dispatch({ type: "stop", now: nowMs() });
      instance.close();
    }
    await Promise.all(all.map((instance) => instance.idle()));
    await this.staticItems.remove();
    await this.ownDevices.stop(keepVips);
    this.groups.tellStop();
    await this.options.notifier.drain(STOP_SCRIPTS_MS);
    this.promoteSecondaries.update([]);
    this.vips.close();
    this.fib.close();
    this.announcer.close();
    this.sockets.close();
  }

  status(): VrrpStatus {
    const files = this.files.list();
    const processes = this.processes.list();
    return {
      instances: [...this.instances.values()].map((i) => i.status()),
      scripts: this.scripts.list(),
      ...(files.length > 0 && { files }),
      ...(processes.length > 0 && { processes }),
    };
  }

  /** Counting begins again. */
  clearCounters(): void {
    for (const { counters } of this.instances.values()) Object.assign(counters, restoreCounters());
    this.save();
  }

  /** How all instances and groups stand, as lines of keepalived's FIFOs. */
  currentEvents(): string[] {
    const lines = [...this.instances.values()].flatMap(({ name, state }) => {
      const word = state.name === "init" ? undefined : upperCase[state.name];
      return word ? [eventLine({ kind: "INSTANCE", name }, word, state.priority)] : [];
    });
    const groups = this.groups.states().map(({ name, state }) => eventLine({ kind: "GROUP", name }, state, 0));
    return [...lines, ...groups];
  }

  /** Hands an instance over, or takes part again; rejects with DirectorError. */
  async command({ do: what, instance: name }: VrrpCommand): Promise<VrrpAnswer> {
    const instance = [...this.instances.values()].find((one) => one.name === name);
    if (!instance || this.stopping) {
      const hint = `there is ${[...this.instances.values()].map((one) => one.name).join(", ") || "none"}`;
      throw new DirectorError("handover/no-such-instance", `no vrrp_instance ${name} is running`, { hint });
    }
    return what === "failover" ? this.handovers.failOver(instance) : this.handovers.resume(instance);
  }

  /** What a successor needs, of every instance: counters move even when nothing else does. */
  save(): void {
    this.options.onSaved({
      instances: Object.fromEntries([...this.instances.values()].map((i) => [i.name, i.saved()])),
    });
  }

  private create(plan: VrrpInstancePlan, saved?: SavedInstance): Instance {
    const inGroup = (): boolean => this.groups.of(plan.name) !== undefined;
    const instance = new Instance(plan, this.host, inGroup, saved);
    this.instances.set(instance.id, instance);
    return instance;
  }

  /** First what stands in its way, so that an instance which cannot run never looks as if it did. */
  private begin(instance: Instance, saved?: SavedInstance): void {
    const { holds } = this.evaluate(instance);
    const now = nowMs();
    for (const reason of holds) instance.dispatch({ type: "hold", now, reason });
    const interval = saved?.masterIntervalMs;
    const resumed = saved && { state: saved.state, ...(interval !== undefined && { masterIntervalMs: interval }) };
    instance.dispatch({ type: "start", now, ...(resumed && { resumed }) });
    this.groups.follow(instance, instance.state.name);
    if (instance.handedOverSinceWallMs !== undefined) this.handovers.watch(instance);
  }

  /** The way of a take-over, without its effects. */
  private rehearse(): void {
    void this.vips.rehearse();
    for (const instance of this.instances.values()) {
      instance.rehearse();
      this.announcements(instance, instance.placed);
    }
    this.announcer.rehearse();
  }

  private announcements({ plan }: Instance, addresses: readonly PlacedAddress[]): Announcement[] {
    const pace = (address: string, name: string): Pace => paceOf(address, name, plan.garp, this.garpGroups);
    return announcementsFor(addresses, this.options.network.links(), forwardsIpv6, pace);
  }

  private remove(instance: Instance): void {
    const other = instance.state.name === "fault" ? undefined : "FAULT";
    this.leaving.set(instance.id, instance.plan.notify.reportsDeleted ? "DELETED" : other);
    const unneeded = this.ownDevices.keep(instance.ownLinks);
    this.handovers.forget(instance);
    instance.dispatch({ type: "stop", now: nowMs() });
    instance.close();
    this.instances.delete(instance.id);
    void instance.idle().then(() => {
      this.leaving.delete(instance.id);
      if (!this.stopping) unneeded();
    });
  }

  private tellParent(forgotten: readonly string[]): void {
    this.save();
    if (forgotten.length > 0)
      this.options.onSaved({ instances: Object.fromEntries(forgotten.map((name) => [name, null])) });
    for (const { name, state } of this.instances.values()) this.options.onState(name, state.name);
  }

  private openSockets(): void {
    this.sockets.update([...this.instances.values()].map(({ plan }) => channelOf(plan)));
  }

  /** Each time interfaces change: one that has come back has the kernel's default. */
  private promote(): void {
    const promoting = [...this.instances.values()].filter(({ plan }) => plan.promoteSecondaries);
    this.promoteSecondaries.update(
      promoting
        .flatMap(({ placed }) => placed.map((a) => a.interface))
        .filter((name) => this.options.network.link(name)),
    );
  }

  private received(channel: Channel, packet: IpPacket): void {
    const vrid = vridOf(packet);
    for (const instance of this.instances.values())
      if (instance.plan.vrid === vrid && sameChannel(channelOf(instance.plan), channel)) instance.receive(packet);
  }

  /** Once for all changes of this turn: each of a thousand addresses that we add is one. */
  private refreshSoon(): void {
    this.refreshing ??= setImmediate(() => {
      this.refreshing = undefined;
      this.refresh();
    });
  }

  /** Looks at everything again: interfaces, addresses, sockets, trackers. */
  private refresh(): void {
    if (this.stopping) return;
    this.openSockets();
    this.promote();
    const virtual = this.evaluator.virtualAddresses();
    for (const instance of this.instances.values()) this.evaluate(instance, virtual);
    this.ownDevices.update();
    this.vips.changed();
    this.fib.changed();
  }

  private scriptChanged(script: string, up: boolean): void {
    this.options.onSaved({ scripts: { [script]: up } });
    this.evaluateThose(({ trackScripts }) => trackScripts.some(({ name }) => name === script));
  }

  private evaluateThose(track: (plan: VrrpInstancePlan) => boolean): void {
    for (const instance of this.instances.values()) if (track(instance.plan)) this.evaluate(instance);
  }

  private evaluate(instance: Instance, virtual?: ReadonlySet<string>): Conditions {
    const before = ownFaults(instance);
    const conditions = this.evaluator.apply(instance, virtual);
    if (ownFaults(instance).length !== before.length) this.groups.follow(instance, instance.state.name);
    return conditions;
  }

  private notify(subject: Subject, state: NotifiedState, priority: number, scripts: VrrpNotify, alert: boolean): void {
    for (const one of notificationsOf(subject, state, priority, scripts)) this.options.notifier.notify(one);
    this.options.onEvent(eventLine(subject, state, priority));
    if (alert) this.options.onAlert(subject, state);
  }

  private createHost(): InstanceHost {
    const socketOf = (instance: Instance) => this.sockets.get(channelOf(instance.plan)).socket;
    return {
      log: this.log,
      vips: this.vips,
      fib: this.fib,
      firewall: this.ownDevices.firewall,
      now: nowMs,
      wallMs,
      createDeadline: (instance, due) => createDeadline(() => socketOf(instance)?.drain(), due),
      send: (instance, packet, destination) => {
        const socket = socketOf(instance);
        return socket ? socket.send(packet, destination) : "ENODEV";
      },
      announce: (instance, addresses, repeat) => {
        const announcements = this.announcements(instance, addresses);
        for (const { interface: name, address } of announcements)
          this.log.debug("vips.announced", { instance: instance.name, interface: name, address, repeat });
        this.announcer.announce(instance.id, announcements, repeat);
      },
      silence: (instance) => this.announcer.cancel(instance.id),
      mayLead: (instance) => this.groups.mayLead(instance),
      heard: (instance, advert) => this.handovers.heard(instance, advert),
      moved: (instance, from) => this.moved(instance, from),
      notify: (instance, state, priority) => {
        const word = this.leaving.has(instance.id) ? this.leaving.get(instance.id) : state;
        const { name, notify, smtpAlert } = instance.plan;
        if (word) this.notify({ kind: "INSTANCE", name }, word, priority, notify, smtpAlert);
      },
      electionForced: (instance) => {
        this.groups.announceOthers(instance);
        const { name, notify } = instance.plan;
        const subject = { kind: "INSTANCE", name } as const;
        for (const one of lowerPriorityHeard(subject, notify)) this.options.notifier.notify(one);
        this.options.onEvent(eventLine(subject, "MASTER_RX_LOWER_PRI", instance.state.priority));
      },
    };
  }

  private moved(instance: Instance, from: InstanceStateName): void {
    const { name, state } = instance;
    this.options.onSaved({ instances: { [name]: instance.saved() } });
    if (state.name !== from) this.options.onState(name, state.name);
    else if (instance.plan.notifyPriorityChanges && (from === "master" || from === "backup"))
      this.options.onEvent(eventLine({ kind: "INSTANCE", name }, `${upperCase[from]}_PRIORITY`, state.priority));
    if (!this.stopping && !this.leaving.has(instance.id)) this.groups.follow(instance, from);
  }
}

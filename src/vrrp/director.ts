import type { BfdVerdicts } from "../bfd/model.ts";
import { nowMs, wallMs } from "../core/clock.ts";
import { DirectorError } from "../core/errors.ts";
import { createLogger, type Logger, type LogSink } from "../core/log.ts";
import { type Announcements, createAnnouncements } from "./announcements.ts";
import type { Conditions } from "./conditions.ts";
import { type Contention, createContention } from "./contention.ts";
import { Evaluator } from "./evaluator.ts";
import { Groups, ownFaults } from "./groups.ts";
import { Handovers } from "./handovers.ts";
import { createHoldings, type Holdings } from "./holdings.ts";
import { Instance } from "./instance.ts";
import type { InstanceHost } from "./instance-host.ts";
import { instanceId } from "./instance-id.ts";
import type { SavedInstance } from "./instance-report.ts";
import { Leases } from "./leases.ts";
import { Listeners } from "./listeners.ts";
import { vrrpEvents } from "./log-events.ts";
import type { VrrpInstancePlan, VrrpProcessPlan, VrrpProcessSaved, VrrpStatus } from "./model.ts";
import type { Network } from "./network.ts";
import type { FirewallSettings } from "./nft-rules.ts";
import { createPacedTask } from "./paced-task.ts";
import { checkPlan } from "./plan-check.ts";
import { Reports, type ReportsOptions, standing } from "./reports.ts";
import type { ScriptRunner } from "./script-tracker.ts";
import { channelOf, createSocketPool, type SocketPool } from "./socket-pool.ts";
import { openVrrpSocket } from "./sockets.ts";
import { createDeadline } from "./timers.ts";
import { createTrackers, type Trackers } from "./trackers.ts";
import type { VrrpAnswer, VrrpCommand } from "./vrrp-command.ts";

export type DirectorOptions = ReportsOptions & {
  readonly sink: LogSink;
  readonly network: Network;
  readonly runScript?: ScriptRunner;
  /** The tables of rules; absent: the standard ones. */
  readonly firewall?: FirewallSettings;
  /** Where a successor finds what settings of the kernel had before; absent: nowhere. */
  readonly settingsFile?: string;
};

/** Time that the scripts of a stop may take. */
const STOP_SCRIPTS_MS = 1000;

/** All VRRP instances of this host, and what they share: sockets, virtual addresses, trackers, sync groups. */
export class Director {
  private readonly options: DirectorOptions;
  private readonly log: Logger<typeof vrrpEvents>;
  private readonly instances = new Map<string, Instance>();
  private readonly groups: Groups;
  private readonly sockets: SocketPool;
  private readonly listeners: Listeners;
  private readonly holdings: Holdings;
  private readonly trackers: Trackers;
  private readonly announcements: Announcements;
  private readonly evaluator: Evaluator;
  private readonly reports: Reports;
  private readonly host: InstanceHost;
  private readonly handovers: Handovers;
  private readonly contention: Contention;
  private readonly refreshing = createPacedTask(() => this.refresh());
  private stopping = false;

  /** Throws DirectorError when this process may not open packet sockets, Error for a failure that may pass. */
  constructor(options: DirectorOptions) {
    this.options = options;
    const { network, sink } = options;
    const log = createLogger(vrrpEvents, sink);
    this.log = log;
    this.reports = new Reports(options);
    this.announcements = createAnnouncements(network, log);
    this.holdings = createHoldings({
      network,
      log,
      firewall: options.firewall,
      settingsFile: options.settingsFile,
      instances: () => this.all,
      ownerOf: (owner) => this.instances.get(owner),
      onSettled: () => this.refresh(),
    });
    this.groups = new Groups({
      now: nowMs,
      instances: () => this.instances.values(),
      notify: (group, state) => this.reports.group(group, state),
    });
    this.sockets = createSocketPool({
      network,
      open: openVrrpSocket,
      now: nowMs,
      onPacket: (channel, packet) => this.listeners.received(channel, packet),
      onChange: ({ interface: name, group = "unicast" }, errno) => {
        if (errno) log.warn("vrrp.socket.broken", { interface: name, group, errno });
        this.refresh();
      },
    });
    this.listeners = new Listeners(this.sockets);
    this.trackers = createTrackers({
      log,
      runScript: options.runScript,
      onChange: (tracks) => {
        for (const instance of this.instances.values()) if (tracks(instance.plan)) this.evaluate(instance);
      },
      onScript: (script, up) => options.onSaved({ scripts: { [script]: up } }),
      onBfd: (session, up) => options.onSaved({ bfds: { [session]: up } }),
      onBalancing: (name, up) => options.onSaved({ balancing: { [name]: up } }),
      onService: (name, up) => options.onSaved({ services: { [name]: up } }),
      onLink: () => this.refresh(),
    });
    this.evaluator = new Evaluator({
      network,
      log,
      sockets: this.sockets,
      trackers: this.trackers,
      staticItems: this.holdings.staticItems,
      ownInterfaces: this.holdings.interfaces,
      instances: () => this.instances.values(),
    });
    this.host = this.createHost();
    this.handovers = new Handovers({
      ...this.host,
      changed: (instance) => {
        this.evaluate(instance);
        this.groups.follow(instance, instance.state.name);
        this.reports.save([instance]);
      },
    });
    this.contention = createContention({
      network,
      log,
      instances: () => this.all,
      drain: (instance) => this.listeners.socketOf(instance)?.drain(),
    });
    network.onChange(() => this.refreshing.soon());
  }

  /** Starts all instances. Those that `saved` knows as MASTER go on as such, before the others. */
  start(plan: VrrpProcessPlan, saved?: VrrpProcessSaved): void {
    checkPlan(plan);
    const before = (p: VrrpInstancePlan): SavedInstance | undefined => saved?.instances[p.name];
    const wasMaster = (p: VrrpInstancePlan): number => (before(p)?.state === "master" ? 0 : 1);
    const ordered = [...plan.instances].sort((a, b) => wasMaster(a) - wasMaster(b));
    this.groups.configure(plan.groups);
    this.trackers.start(plan, saved);
    this.announcements.configure(plan.garpGroups ?? []);
    this.holdings.configure(plan);
    for (const p of ordered) this.create(p, before(p));
    this.holdings.need(plan.instances);
    this.openSockets();
    this.holdings.promote();
    for (const instance of this.instances.values()) this.begin(instance, before(instance.plan));
    this.rehearse();
  }

  /** Goes from the running plan to this one: removed instances first, then changed ones, then new ones. Throws
   *  DirectorError and changes nothing when the plan contradicts itself. */
  reload(plan: VrrpProcessPlan): void {
    checkPlan(plan);
    const next = new Map(plan.instances.map((p) => [instanceId(p), p]));
    const names = new Set(plan.instances.map((p) => p.name));
    const forgotten = this.all.map((i) => i.name).filter((name) => !names.has(name));
    const gone = this.all.filter((instance) => !next.has(instance.id));
    this.groups.pause();
    for (const instance of gone) this.remove(instance);
    this.trackers.reload(plan);
    this.announcements.configure(plan.garpGroups ?? []);
    this.holdings.configure(plan);
    const added: Instance[] = [];
    for (const [id, p] of next) {
      const kept = this.instances.get(id);
      if (kept) kept.reconfigure(p);
      else added.push(this.create(p));
    }
    this.holdings.need(plan.instances);
    this.openSockets();
    this.holdings.promote();
    const kept = this.all.filter((instance) => !added.includes(instance));
    for (const instance of kept) this.evaluate(instance);
    this.groups.configure(plan.groups);
    for (const instance of added) this.begin(instance);
    this.reports.all(this.all, forgotten);
    this.log.info("vrrp.reloaded", { kept: kept.length, added: added.length, removed: gone.length });
  }

  /** Priority 0 for what is MASTER, addresses removed unless `keepVips`, then the stop scripts. Resolves when done. */
  async stop(keepVips: boolean): Promise<void> {
    if (this.stopping) return;
    this.stopping = true;
    this.refreshing.close();
    this.trackers.stop();
    const { all } = this;
    for (const instance of all) {
      instance.keepAddresses = keepVips;
      this.handovers.forget(instance);
      instance.dispatch({ type: "stop", now: nowMs() });
      instance.close();
    }
    await Promise.all(all.map((instance) => instance.idle()));
    await this.holdings.release(keepVips);
    this.groups.tellStop();
    await this.options.notifier.drain(STOP_SCRIPTS_MS);
    this.holdings.close();
    this.contention.close();
    this.announcements.close();
    this.sockets.close();
  }

  status(): VrrpStatus {
    return { instances: this.all.map((instance) => instance.status()), ...this.trackers.list() };
  }

  /** What the BFD process tells of its sessions. */
  hearBfd(verdicts: BfdVerdicts): void {
    if (!this.stopping) this.trackers.hearBfd(verdicts);
  }

  /** What the checker process tells of its virtual servers; undefined: it is not there. */
  hearChecker(quorums: BfdVerdicts | undefined): void {
    if (!this.stopping) this.trackers.hearChecker(quorums);
  }

  /** Counting begins again. */
  clearCounters(): void {
    for (const instance of this.instances.values()) instance.clearCounters();
    this.save();
  }

  /** How all instances and groups stand, as lines of keepalived's FIFOs. */
  currentEvents(): string[] {
    return standing(this.all, this.groups.states());
  }

  /** Hands an instance over, or takes part again; rejects with DirectorError. */
  async command({ do: what, instance: name }: VrrpCommand): Promise<VrrpAnswer> {
    const instance = this.all.find((one) => one.name === name);
    if (!instance || this.stopping) {
      const hint = `there is ${this.all.map((one) => one.name).join(", ") || "none"}`;
      throw new DirectorError("handover/no-such-instance", `no vrrp_instance ${name} is running`, { hint });
    }
    return what === "failover" ? this.handovers.failOver(instance) : this.handovers.resume(instance);
  }

  /** What a successor needs, of every instance: counters move even when nothing else does. */
  save(): void {
    this.reports.save(this.all);
  }

  private get all(): readonly Instance[] {
    return [...this.instances.values()];
  }

  private create(plan: VrrpInstancePlan, saved?: SavedInstance): Instance {
    const inGroup = (): boolean => this.groups.isMixed(plan.name);
    const instance = new Instance(plan, this.host, inGroup, saved);
    this.instances.set(instance.id, instance);
    this.listeners.add(instance);
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
    this.holdings.rehearse();
    for (const instance of this.all) instance.rehearse();
    this.announcements.rehearse(this.all);
  }

  private remove(instance: Instance): void {
    this.reports.leaves(instance);
    const unneeded = this.holdings.keep(instance);
    this.handovers.forget(instance);
    instance.dispatch({ type: "stop", now: nowMs() });
    instance.close();
    this.instances.delete(instance.id);
    this.listeners.delete(instance);
    void instance.idle().then(() => {
      this.reports.left(instance);
      if (!this.stopping) unneeded();
    });
  }

  private openSockets(): void {
    this.sockets.update(
      this.all.map(({ plan }) => ({
        ...channelOf(plan),
        ...(plan.receiveBuffer && { receiveBuffer: plan.receiveBuffer }),
      })),
    );
    this.contention.update();
  }

  /** Looks at everything again: interfaces, addresses, sockets, trackers. */
  private refresh(): void {
    if (this.stopping) return;
    this.openSockets();
    this.holdings.promote();
    const virtual = this.evaluator.virtualAddresses();
    for (const instance of this.instances.values()) this.evaluate(instance, virtual);
    this.holdings.update();
  }

  private evaluate(instance: Instance, virtual?: ReadonlySet<string>): Conditions {
    const before = ownFaults(instance);
    const conditions = this.evaluator.apply(instance, virtual);
    if (ownFaults(instance).length !== before.length) this.groups.follow(instance, instance.state.name);
    return conditions;
  }

  private createHost(): InstanceHost {
    const socketOf = (instance: Instance) => this.listeners.socketOf(instance);
    return {
      log: this.log,
      vips: this.holdings.vips,
      fib: this.holdings.fib,
      firewall: this.holdings.firewall,
      now: nowMs,
      wallMs,
      createDeadline: (instance, due) => createDeadline(() => this.listeners.catchUp(instance), due),
      socketOf,
      leases: new Leases(),
      ear: this.listeners.ear,
      send: (instance, packet, destination) => {
        const socket = socketOf(instance);
        return socket ? socket.send(packet, destination) : "ENODEV";
      },
      announce: (instance, addresses, repeat) => this.announcements.announce(instance, addresses, repeat),
      silence: (instance) => this.announcements.silence(instance),
      mayLead: (instance) => this.groups.mayLead(instance),
      ask: (instance, witnesses) => this.contention.ask(instance, witnesses),
      heard: (instance, advert) => this.handovers.heard(instance, advert),
      moved: (instance, from) => {
        this.reports.moved(instance, from);
        if (!this.stopping && !this.reports.isLeaving(instance)) this.groups.follow(instance, from);
      },
      notify: (instance, state, priority) => this.reports.instance(instance, state, priority),
      electionForced: (instance) => {
        this.groups.announceOthers(instance);
        this.reports.electionForced(instance);
      },
    };
  }
}

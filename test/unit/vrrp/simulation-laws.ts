import { isLeading, type State } from "../../../src/vrrp/machine.ts";
import type { InstanceStateName } from "../../../src/vrrp/model.ts";
import { masterDownMs, skewMs } from "../../../src/vrrp/timing.ts";
import { type Agenda, type Network, wholeDelayMs } from "./simulation-network.ts";
import { GARP_DELAY, type Router, type Seen, timerLateMs } from "./simulation-router.ts";
import type { Scenario } from "./simulation-scenario.ts";

/** What one instance of the group of routers has been seen to do. */
type Watch = {
  /** Since when there have been several masters, and who has announced in that time or since. */
  doubleSince: number | undefined;
  readonly masterSince: (number | undefined)[];
  /** Those that stood still while MASTER and listen: they keep their addresses, and are silent. */
  readonly listening: Set<number>;
  readonly sentAt: number[];
  readonly announcedAt: number[];
};

/** Times that the laws are measured with, in ms. */
export type Bounds = {
  /** A packet's way, a late timer, and the whole milliseconds of timers. */
  readonly slackMs: number;
  /** Until there is one master, the right one. */
  readonly settledMs: number;
};

export function boundsOf(scenario: Scenario): Bounds {
  const { version, intervalMs, routers, actions, instances } = scenario;
  const setups = [...routers, ...actions.flatMap((a) => (a.do === "reload" ? [a.setup] : []))];
  const most = (of: (setup: (typeof setups)[number]) => number | undefined): number =>
    Math.max(...setups.map((setup) => of(setup) ?? 0));
  const downMs = masterDownMs(
    { version, priority: 1, intervalMs },
    most((s) => s.downTimerAdverts),
  );
  return {
    slackMs: 2 * wholeDelayMs(intervalMs) + 2 * timerLateMs(intervalMs) + 2,
    settledMs: most((s) => s.preemptDelay) * intervalMs + (instances + 1) * downMs,
  };
}

const isMaster = (state: State | undefined): boolean => state !== undefined && isLeading(state);

/** Watches the routers and notes each law that is broken, in words. */
export class Laws implements Seen {
  readonly broken = new Set<string>();
  /** Set when nothing may move any more. */
  quiet = false;
  private readonly bounds: Bounds;
  private readonly scenario: Scenario;
  private readonly agenda: Agenda;
  private readonly routers: readonly Router[];
  private readonly network: () => Network;
  private readonly watches: readonly Watch[];
  private wholeSince = 0;
  private changedAt = 0;

  constructor(scenario: Scenario, agenda: Agenda, routers: readonly Router[], network: () => Network) {
    this.scenario = scenario;
    this.agenda = agenda;
    this.routers = routers;
    this.network = network;
    this.bounds = boundsOf(scenario);
    this.watches = Array.from({ length: scenario.instances }, () => ({
      doubleSince: undefined,
      masterSince: [],
      listening: new Set(),
      sentAt: [],
      announcedAt: [],
    }));
  }

  /** Troubles and processes that stand still; they are all over when the network is whole. */
  private get isWhole(): boolean {
    return this.network().troubles.size === 0 && !this.routers.some((r) => r.standsStill);
  }

  /** To be called when a trouble or a pause ends. */
  networkChanged(): void {
    this.wholeSince = this.agenda.now;
    for (const watch of this.watches) watch.sentAt.fill(this.agenda.now);
  }

  /** To be called when a priority or another value of a configuration changes. */
  configurationChanged(): void {
    this.changedAt = this.agenda.now;
  }

  sent(router: number, index: number, packet: Uint8Array): void {
    const { family, auth } = this.scenario;
    const priority = packet[(family === 6 ? 40 : auth === "ah" ? 44 : 20) + 2];
    const watch = this.watch(index);
    if (watch.listening.has(router) && this.isListening(router, index))
      this.broken.add("one that listens sends nothing");
    if (priority === 0) return;
    if (watch.listening.delete(router)) {
      watch.masterSince[router] = this.agenda.now;
      this.count(index);
    } else this.checkInterval(router, index);
    watch.sentAt[router] = this.agenda.now;
  }

  accepted(spoiled: boolean): void {
    if (spoiled) this.broken.add("a packet that was changed on its way is taken for an advert");
  }

  announced(router: number, index: number): void {
    const instance = this.routers[router]?.instances[index];
    if (instance?.state.name !== "master") this.broken.add("only a master announces addresses");
    this.watch(index).announcedAt[router] = this.agenda.now;
  }

  moved(router: number, index: number, from: InstanceStateName, to: InstanceStateName): void {
    const { now } = this.agenda;
    const watch = this.watch(index);
    if (this.quiet) this.broken.add("nothing moves in a network that is whole");
    if (from === "master" && !watch.listening.delete(router)) this.checkInterval(router, index);
    if (from === "backup" && to === "master") this.checkClaim(router, index);
    watch.masterSince[router] = to === "master" ? now : undefined;
    if (to === "master") watch.sentAt[router] = now;
    this.count(index);
  }

  /** Notes since when there are several masters. */
  private count(index: number): void {
    const watch = this.watch(index);
    this.checkDouble(index);
    const masters = this.mastersOf(index);
    if (masters.length > 1) watch.doubleSince ??= this.agenda.now;
    else {
      if (watch.doubleSince !== undefined && masters[0] !== undefined) this.expectAnnouncement(masters[0], index);
      watch.doubleSince = undefined;
    }
  }

  /** The only one that is left of several masters tells the neighbours that it is: the others' were the last they heard. */
  private expectAnnouncement(survivor: number, index: number): void {
    const { now } = this.agenda;
    if (!this.isWhole) return; // the last word of the others may have been lost
    const { masterSince, announcedAt } = this.watch(index);
    const since = masterSince[survivor];
    const { slackMs } = this.bounds;
    this.agenda.plan(now + GARP_DELAY * this.scenario.intervalMs + slackMs, () => {
      const undisturbed = masterSince[survivor] === since && this.isWhole && this.wholeSince < now;
      if (undisturbed && (announcedAt[survivor] ?? 0) < now - slackMs)
        this.broken.add("after an episode with two masters the survivor announces again");
    });
  }

  /** Everything that has to hold between two events. */
  check(): void {
    for (const router of this.routers)
      for (const [index, instance] of router.instances.entries()) {
        const { listening } = this.watch(index);
        if (this.isListening(router.number, index) && !listening.has(router.number)) {
          listening.add(router.number);
          this.count(index);
        }
        if (router.held.has(instance.id) !== (instance.state.name === "master"))
          this.broken.add("addresses are held exactly while MASTER");
      }
    for (let index = 0; index < this.watches.length; index++) this.checkDouble(index);
  }

  /** A router stops that is the only master: how soon another one must be there. */
  stopping(leaving: Router): void {
    const { now } = this.agenda;
    const { version, intervalMs } = this.scenario;
    for (let index = 0; index < this.watches.length; index++) {
      const masters = this.mastersOf(index);
      const backups = this.routers.filter((r) => r !== leaving && r.instances[index]?.state.name === "backup");
      const settled = this.isWhole && now - this.wholeSince > this.bounds.settledMs;
      if (!settled || masters.length !== 1 || masters[0] !== leaving.number || backups.length === 0) continue;
      const skews = backups.map((r) =>
        skewMs({ version, priority: r.instances[index]?.state.priority ?? 1, intervalMs }),
      );
      this.agenda.plan(now + Math.max(...skews) + this.bounds.slackMs, () => {
        const still = backups.some((r) => r.startedAt < now && r.instances[index]?.state.name === "backup");
        const undisturbed = this.isWhole && this.wholeSince < now && this.changedAt < now;
        if (undisturbed && still && this.mastersOf(index).length === 0)
          this.broken.add("priority 0 hands over within the skew");
      });
    }
  }

  /** At the end, when all has been well for long enough. */
  settled(): void {
    this.quiet = true;
    for (let index = 0; index < this.watches.length; index++) {
      const masters = this.mastersOf(index);
      if (masters.length !== 1) this.broken.add(`there is one master: ${masters.length}`);
      const master = this.routers[masters[0] ?? -1];
      if (!master) continue;
      const priority = this.priorityOf(master.number, index);
      const better = this.routers.some((r) => this.priorityOf(r.number, index) > priority && r.setup.preempt);
      if (better) this.broken.add("a better router that may preempt is MASTER");
    }
    const [first, second] = this.watches.map((_, index) => this.mastersOf(index).join());
    if (second !== undefined && first !== second) this.broken.add("a sync group is MASTER as a whole");
  }

  finished(): void {
    for (const router of this.routers)
      for (const [index, instance] of router.instances.entries())
        if (isMaster(instance.state)) this.checkInterval(router.number, index);
  }

  private watch(index: number): Watch {
    return this.watches[index] as Watch;
  }

  private mastersOf(index: number): number[] {
    return this.routers.filter((r) => isMaster(r.instances[index]?.state)).map((r) => r.number);
  }

  private isListening(router: number, index: number): boolean {
    const state = this.routers[router]?.instances[index]?.state;
    return state?.name === "master" && !isLeading(state);
  }

  private priorityOf(router: number, index: number): number {
    return this.routers[router]?.instances[index]?.state.priority ?? 0;
  }

  private checkInterval(router: number, index: number): void {
    const { masterSince, sentAt } = this.watch(index);
    const since = Math.max(masterSince[router] ?? this.agenda.now, sentAt[router] ?? 0);
    if (this.routers[router]?.standsStill) return;
    if (this.agenda.now - since > this.scenario.intervalMs + this.bounds.slackMs)
      this.broken.add("a master's adverts are never later than its interval");
  }

  private checkDouble(index: number): void {
    const { doubleSince } = this.watch(index);
    if (doubleSince === undefined || !this.isWhole) return;
    const since = Math.max(doubleSince, this.wholeSince);
    if (this.agenda.now - since > this.scenario.intervalMs + this.bounds.slackMs)
      this.broken.add("two masters find each other within an interval");
  }

  /** Whether a backup may conclude that the master is gone, or worse than itself. */
  private checkClaim(router: number, index: number): void {
    const { now } = this.agenda;
    const longMs = 2 * this.scenario.intervalMs + this.bounds.slackMs;
    if (!this.isWhole || now - this.wholeSince < longMs || now - this.changedAt < longMs) return;
    const mine = this.priorityOf(router, index);
    const preempt = this.routers[router]?.setup.preempt;
    const masters = this.mastersOf(index).filter((m) => m !== router);
    const known = masters.some((m) => {
      const since = this.watch(index).masterSince[m];
      const better = !preempt || this.priorityOf(m, index) >= mine;
      // AH: whoever has lost its sequence number is not believed until it has heard a higher one.
      const forgetful = this.scenario.auth === "ah" && (this.routers[m]?.startedAt ?? 0) >= this.scenario.intervalMs;
      return since !== undefined && now - since >= longMs && better && !forgetful;
    });
    if (known) this.broken.add("no backup takes over from a master that it hears and has to respect");
  }
}

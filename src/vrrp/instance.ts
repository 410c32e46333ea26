import type { Logger } from "../core/log.ts";
import { type Counters, restoreCounters } from "./counters.ts";
import type { Fib, FibItems } from "./fib.ts";
import type { Firewall } from "./firewall.ts";
import { nextSequence, Senders } from "./hmac.ts";
import { instanceId } from "./instance-id.ts";
import {
  type AdvertDelay,
  type InstanceReport,
  instanceStatus,
  type SavedInstance,
  savedInstance,
} from "./instance-report.ts";
import type { vrrpEvents } from "./log-events.ts";
import { createLogGate } from "./log-gate.ts";
import {
  type AdvertEvent,
  deadlineOf,
  type Effect,
  type Event,
  initialState,
  type MachineConfig,
  type NotifiedState,
  type State,
  step,
} from "./machine.ts";
import type { InstanceStateName, VirtualAddress, VrrpInstancePlan, VrrpStatus } from "./model.ts";
import { addressDevice, channelDeviceOf, type OwnLink, ownLinksOf, quietAddresses } from "./own-links.ts";
import { advertPacket, destinationsOf, listedAddresses } from "./packet.ts";
import { checkAdvert, type Expectation } from "./receive.ts";
import { SecondMasterWatch } from "./second-master.ts";
import type { Deadline } from "./timers.ts";
import { keyOf, type PlacedAddress } from "./vip-plan.ts";
import type { Vips } from "./vips.ts";
import { passwordBytes } from "./wire/advert.ts";
import type { IpPacket } from "./wire/ip.ts";

/** What an instance needs of the director around it. */
export type InstanceHost = {
  readonly log: Logger<typeof vrrpEvents>;
  readonly vips: Pick<Vips, "hold" | "release">;
  readonly fib: Pick<Fib, "hold" | "release">;
  readonly firewall: Pick<Firewall, "block" | "unblock">;
  now(): number;
  wallMs(): number;
  createDeadline(instance: Instance, due: (now: number) => void): Deadline;
  /** The errno name when the packet could not be sent. */
  send(instance: Instance, packet: Uint8Array, destination: string): string | undefined;
  /** Gratuitous ARP for these addresses; none are waiting any more after `silence`. */
  announce(instance: Instance, addresses: readonly PlacedAddress[], repeat: number): void;
  silence(instance: Instance): void;
  mayLead(instance: Instance): boolean;
  /** State or effective priority is another than before; all effects have been carried out. */
  moved(instance: Instance, from: InstanceStateName): void;
  notify(instance: Instance, state: NotifiedState, priority: number): void;
  electionForced(instance: Instance): void;
  /** An advert was accepted. */
  heard?(instance: Instance, advert: AdvertEvent): void;
};

/** Errors of a full send queue: the packet is tried again soon. Others are left to the next advert. */
const BUSY: ReadonlySet<string> = new Set(["ENOBUFS", "EAGAIN", "EWOULDBLOCK"]);
const LONGEST_RETRY_MS = 100;
/** More adverts than a predecessor can have sent since it told its last sequence number. */
const SEQUENCE_MARGIN = 10_000;
const NO_DELAY: AdvertDelay = { lastMs: 0, mostMs: 0 };
/** Senders of trailers that are told apart by multicast. */
const MOST_SENDERS = 4;

/** One VRRP instance: its state machine, and the effects of its steps carried out in order. */
export class Instance {
  readonly id: string;
  readonly counters: Counters;
  plan: VrrpInstancePlan;
  state: State;
  /** The address adverts are sent from; the director keeps it current. */
  source: string | undefined;
  /** After stop with -V the addresses stay where they are. */
  keepAddresses = false;
  /** Since when the administrator has it handed over; wall-clock ms. */
  handedOverSinceWallMs: number | undefined;
  private readonly host: InstanceHost;
  private readonly gate = createLogGate();
  private readonly deadline: Deadline;
  private since: number;
  private why = "";
  private entry: InstanceStateName = "init";
  private lastSender: string | undefined;
  private lastAdvertWallMs = 0;
  private packetId = 1;
  private advertDelay = NO_DELAY;
  /** The last sequence number of authentication headers, sent or received: a new master goes on where the old one was. */
  private sequence: number;
  /** The last one of each sender: what another one has sent since does not make its next advert an old one. */
  private readonly heardSequences = new Map<string, number>();
  /** The sequence of our last trailer (auth_hmac), and those of the others. */
  private signature = 0n;
  private readonly senders = new Senders();
  private readonly second: SecondMasterWatch;
  private retry: NodeJS.Timeout | undefined;
  private quiet: NodeJS.Timeout | undefined;
  /** Changes of addresses, and what waits for them, one after the other. */
  private settled: Promise<void> = Promise.resolve();
  private readonly inGroup: () => boolean;

  constructor(plan: VrrpInstancePlan, host: InstanceHost, inGroup: () => boolean, saved?: SavedInstance) {
    this.id = instanceId(plan);
    this.plan = plan;
    this.host = host;
    this.inGroup = inGroup;
    this.state = initialState(plan.priority);
    this.counters = restoreCounters(saved?.counters);
    this.sequence = saved?.ahSequence === undefined ? 0 : saved.ahSequence + SEQUENCE_MARGIN;
    this.since = saved?.sinceWallMs ?? host.wallMs();
    this.handedOverSinceWallMs = saved?.handedOverSinceWallMs;
    this.second = new SecondMasterWatch({
      log: host.log,
      name: () => this.name,
      wallMs: () => host.wallMs(),
      gate: (kind, write) => this.oncePerMaster(kind, write),
    });
    this.deadline = host.createDeadline(this, (now) => {
      this.measureDelay(now);
      this.dispatch({ type: "timer", now, mayLead: this.host.mayLead(this) });
    });
  }

  get name(): string {
    return this.plan.name;
  }

  /** All its addresses, each on its interface. */
  get placed(): readonly PlacedAddress[] {
    return this.placedAs([...this.plan.addresses, ...this.plan.excludedAddresses]);
  }

  private placedAs(addresses: readonly VirtualAddress[]): readonly PlacedAddress[] {
    return addresses.map((address) => ({ ...address, interface: addressDevice(this.plan, address) }));
  }

  /** The interfaces of its own that it needs. */
  get ownLinks(): readonly OwnLink[] {
    return ownLinksOf(this.plan, this.source);
  }

  private get hasFib(): boolean {
    return this.fibItems.routes.length + this.fibItems.rules.length > 0;
  }

  private get fibItems(): FibItems {
    return { routes: this.plan.routes ?? [], rules: this.plan.rules ?? [] };
  }

  dispatch(event: Event): void {
    const before = this.state;
    const { state, effects } = step(before, event, this.config());
    this.state = state;
    for (const effect of effects) this.perform(effect);
    this.deadline.set(deadlineOf(state));
    if (before.name !== state.name || before.priority !== state.priority) this.host.moved(this, before.name);
  }

  /** Decides a take-over and makes its advert, and does neither: the first run of any code is its slowest. */
  rehearse(): void {
    step(this.state, { type: "timer", now: deadlineOf(this.state) ?? 0, mayLead: true }, this.config());
    const route = this.source !== undefined && { source: this.source, destination: this.source };
    const numbers = { id: this.packetId, sequence: this.sequence };
    if (route) advertPacket(this.plan, route, this.state.priority, numbers);
  }

  /** A packet with this instance's VRID, from the socket of its interface. */
  receive(packet: IpPacket): void {
    if (this.source === undefined) return;
    this.counters.advert_rcvd++;
    const checked = checkAdvert(packet, this.expectation(this.source, packet.source));
    const from = packet.source;
    const now = this.host.now();
    if (!checked.ok) {
      const { counter, detail } = checked.error;
      this.counters[counter]++;
      this.oncePerMaster(counter, (held) =>
        this.host.log.warn("vrrp.rejected", { instance: this.name, from, counter, detail, held }),
      );
      return;
    }
    const { advert, remarks, sequence, signature } = checked.value;
    if (sequence !== undefined) {
      this.heardSequences.set(from, sequence);
      this.sequence = Math.max(this.sequence, sequence);
    }
    if (signature !== undefined) this.senders.heard(from, signature, this.plan.unicast?.peers.length ?? MOST_SENDERS);
    for (const { counter, detail } of remarks) {
      this.counters[counter]++;
      this.oncePerMaster(counter, (held) =>
        this.host.log.warn("vrrp.remark", { instance: this.name, from, counter, detail, held }),
      );
    }
    if (advert.priority === 0) this.counters.pri_zero_rcvd++;
    if (this.lastSender !== from) this.gate.reset();
    this.lastSender = from;
    this.lastAdvertWallMs = this.host.wallMs();
    const isSecond = this.state.name === "master" && advert.priority > 0 && advert.order !== 0;
    if (isSecond) this.counters.second_master++;
    this.dispatch({ ...advert, now });
    if (isSecond && this.state.name === "master") this.second.heard(advert);
    this.host.heard?.(this, advert);
  }

  /** A new plan of the same identity. MASTER stays MASTER: an advert leaves first, then only what differs is changed. */
  reconfigure(plan: VrrpInstancePlan): void {
    const previous = this.config();
    const before = this.placed;
    const hadFib = this.hasFib;
    this.plan = plan;
    this.dispatch({ type: "configured", now: this.host.now(), previous });
    if (this.state.name !== "master") return;
    const after = this.placed;
    const added = difference(after, before);
    const removed = difference(before, after);
    if (plan.accept !== false) this.afterwards(() => this.host.firewall.unblock(this.id));
    if (plan.accept === false || added.length + removed.length > 0) this.holdAddresses();
    if (hadFib || this.hasFib) this.afterwards(() => this.host.fib.hold(this.id, this.fibItems));
    if (removed.length > 0) this.afterSettled(this.host.vips.release(this.id, removed));
    if (added.length > 0) this.afterwards(() => this.announceNow(added, plan.garp.masterRepeat));
    this.announceQuiet(0);
  }

  /** Addresses that somebody had removed are back: the neighbours are told. */
  restored(address: PlacedAddress): void {
    this.counters.vip_restored++;
    this.host.log.warn("vips.restored", {
      instance: this.name,
      address: address.address,
      interface: address.interface,
    });
    this.announceNow([address], this.plan.garp.masterRepeat);
  }

  /** Resolves when every address change begun so far is done, and what waited for it. */
  idle(): Promise<void> {
    return this.settled;
  }

  /** Forgets its timers; for an instance that has been stopped. */
  close(): void {
    this.deadline.set(undefined);
    clearTimeout(this.retry);
    clearTimeout(this.quiet);
    this.second.over();
  }

  saved(): SavedInstance {
    return savedInstance(this.report());
  }

  status(): VrrpStatus["instances"][number] {
    return instanceStatus(this.report());
  }

  private report(): InstanceReport {
    const { plan, state, counters, sequence, since, why, lastAdvertWallMs, source } = this;
    const due = deadlineOf(state);
    const dueWallMs = due === undefined ? undefined : Math.round(this.host.wallMs() + due - this.host.now());
    const { handedOverSinceWallMs } = this;
    const times = { sinceWallMs: since, lastAdvertWallMs, dueWallMs, handedOverSinceWallMs };
    return {
      plan,
      state,
      counters,
      sequence,
      why,
      source,
      ...times,
      secondMaster: this.second.current,
      advertDelay: this.advertDelay,
    };
  }

  private config(): MachineConfig {
    return { ...this.plan, quickStart: this.plan.startHint === "master" && this.inGroup() };
  }

  private expectation(source: string, from: string): Expectation {
    const { plan, state } = this;
    const master = state.name === "backup" ? state.master?.address : undefined;
    return {
      version: plan.version,
      family: plan.family,
      intervalMs: plan.advertIntervalMs,
      group: plan.multicastGroup,
      ...(plan.unicast && { unicast: plan.unicast }),
      ...(plan.hmac && {
        hmac: { plan: plan.hmac, wallMs: this.host.wallMs(), lastFrom: (from) => this.senders.from(from) },
      }),
      ...(plan.ahKey !== undefined && { ah: { key: plan.ahKey, sequence: this.heardSequences.get(from) ?? 0 } }),
      ownAddress: source,
      addresses: listedAddresses(plan),
      ...(plan.authPass !== undefined && plan.version === 2 && { password: passwordBytes(plan.authPass) }),
      ...(plan.skipCheckAdvAddr && master !== undefined && { trusted: master }),
    };
  }

  private perform(effect: Effect): void {
    switch (effect.do) {
      case "send":
        this.send(effect.priority);
        break;
      case "enter":
        this.entered(effect);
        break;
      case "addAddresses":
        this.host.log.info("vips.set", { instance: this.name });
        this.holdAddresses();
        if (this.hasFib) this.afterwards(() => this.host.fib.hold(this.id, this.fibItems));
        break;
      case "removeAddresses":
        this.removeAddresses();
        break;
      case "announce":
        this.afterwards(() => this.announceNow(this.placed, effect.repeat));
        break;
      case "notify": {
        const { priority } = this.state;
        this.afterwards(() => this.host.notify(this, effect.state, priority));
        break;
      }
      case "electionForced":
        this.host.electionForced(this);
        break;
      case "log":
        this.tell(effect);
        break;
    }
  }

  /** What must take no traffic takes none from its first moment on. */
  private holdAddresses(): void {
    const { vips, firewall } = this.host;
    const hold = async (): Promise<void> => {
      if (this.state.name === "master") await vips.hold(this.id, this.placed);
    };
    this.afterSettled(this.plan.accept === false ? firewall.block(this.id, this.placed).then(hold) : hold());
  }

  private removeAddresses(): void {
    this.host.silence(this);
    if (this.keepAddresses) return;
    const unblock = async (): Promise<void> => {
      if (this.state.name !== "master") await this.host.firewall.unblock(this.id);
    };
    this.host.log.info("vips.removing", { instance: this.name });
    const { placed } = this;
    if (!this.hasFib) this.afterSettled(this.host.vips.release(this.id, placed));
    else
      this.afterSettled(
        this.host.fib.release(this.id, this.fibItems).then(() => this.host.vips.release(this.id, placed)),
      );
    if (this.plan.accept === false) this.afterwards(unblock);
  }

  private send(priority: number): void {
    clearTimeout(this.retry);
    if (this.source === undefined) return;
    const errno = this.sendToAll(this.source, priority);
    if (errno === undefined) {
      this.counters.advert_sent++;
      if (priority !== 0) return;
      this.counters.pri_zero_sent++;
      this.host.log.info("vrrp.zero", { instance: this.name });
      return;
    }
    this.counters.send_err++;
    const held = priority === 0 ? undefined : this.gate.pass(`unsent ${errno}`, this.host.now());
    if (held !== undefined)
      this.host.log.error("vrrp.unsent", { instance: this.name, interface: channelDeviceOf(this.plan), errno, held });
    if (!BUSY.has(errno)) return;
    const waitMs = Math.min(this.plan.advertIntervalMs / 4, LONGEST_RETRY_MS);
    this.retry = setTimeout(() => {
      if (this.state.name === "master") this.send(this.state.priority);
    }, waitMs);
  }

  /** The errno name of the first destination that could not be sent to; the others are sent to all the same. */
  private sendToAll(source: string, priority: number): string | undefined {
    let failed: string | undefined;
    const { hmac } = this.plan;
    if (hmac) this.signature = nextSequence(this.signature, this.host.wallMs(), hmac);
    for (const destination of destinationsOf(this.plan)) {
      this.sequence = (this.sequence % 0xffffffff) + 1;
      const numbers = { id: this.packetId, sequence: this.sequence, signature: this.signature };
      const packet = advertPacket(this.plan, { source, destination }, priority, numbers);
      this.packetId = (this.packetId % 0xffff) + 1;
      failed ??= this.host.send(this, packet, destination);
    }
    return failed;
  }

  private measureDelay(now: number): void {
    if (this.state.name !== "master" || now < this.state.advertAt) return;
    const lastMs = now - this.state.advertAt;
    this.advertDelay = { lastMs, mostMs: Math.max(this.advertDelay.mostMs, lastMs) };
  }

  private entered({ state, why, resumed }: Effect & { do: "enter" }): void {
    const { log } = this.host;
    const instance = this.name;
    if (state !== "master") clearTimeout(this.retry);
    if (state !== "master") this.second.over();
    else this.advertDelay = NO_DELAY;
    if (state === "master") this.announceQuiet(this.plan.garp.masterDelayMs);
    else clearTimeout(this.quiet);
    if (state === "master" && !resumed) this.counters.become_master++;
    if (state !== "master" && this.entry === "master") this.counters.release_master++;
    if (!resumed) this.since = this.host.wallMs();
    this.entry = state;
    this.why = why;
    this.gate.reset();
    if (resumed) log.info("vrrp.resumed", { instance });
    else if (state === "fault") log.warn("vrrp.fault", { instance, why });
    else log.info(`vrrp.${state}`, { instance, why });
  }

  private tell(effect: Effect & { do: "log" }): void {
    const { log } = this.host;
    const instance = this.name;
    if (effect.what === "timeout") {
      log.info("vrrp.timeout", { instance });
      return;
    }
    if (effect.what === "priority") {
      log.info("vrrp.priority", { instance, from: effect.from, to: effect.to });
      return;
    }
    const { from, priority }: AdvertEvent = effect.advert;
    const own = this.state.priority;
    this.oncePerMaster(effect.what, (held) => {
      const seen = { instance, from, priority, own, held };
      if (effect.what === "higher") log.info(priority === own ? "vrrp.same" : "vrrp.higher", seen);
      else log.info(`vrrp.${effect.what}`, seen);
    });
  }

  private oncePerMaster(kind: string, write: (held: number) => void): void {
    const held = this.gate.pass(kind, this.host.now());
    if (held !== undefined) write(held);
  }

  /** Now and then, so that switches do not forget where interfaces without adverts are (garp_extra_if). */
  private announceQuiet(delayMs: number): void {
    clearTimeout(this.quiet);
    const { extra } = this.plan.garp;
    if (!extra) return;
    this.quiet = setTimeout(() => {
      this.announceNow(this.placedAs(quietAddresses(this.plan, extra.all)), 1);
      this.announceQuiet(0);
    }, delayMs + extra.intervalMs);
  }

  private announceNow(addresses: readonly PlacedAddress[], repeat: number): void {
    if (this.state.name === "master" && repeat > 0) this.host.announce(this, addresses, repeat);
  }

  private afterSettled(change: Promise<void>): void {
    this.settled = this.settled.then(() => change);
  }

  private afterwards(action: () => void | Promise<void>): void {
    this.settled = this.settled.then(action);
  }
}

const difference = (list: readonly PlacedAddress[], other: readonly PlacedAddress[]): PlacedAddress[] => {
  const keys = new Set(other.map(keyOf));
  return list.filter((a) => !keys.has(keyOf(a)));
};

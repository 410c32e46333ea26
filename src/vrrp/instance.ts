import { AdvertReader } from "./advert-reader.ts";
import { AdvertSender } from "./advert-sender.ts";
import type { HeardWord } from "./claims.ts";
import { type Counters, restoreCounters } from "./counters.ts";
import { HeardPeers } from "./heard.ts";
import { InstanceAddresses } from "./instance-addresses.ts";
import { InstanceClaims } from "./instance-claims.ts";
import { InstanceEffects } from "./instance-effects.ts";
import type { InstanceHost } from "./instance-host.ts";
import { instanceId } from "./instance-id.ts";
import { type InstanceReport, instanceStatus, type SavedInstance, savedInstance } from "./instance-report.ts";
import { createLogGate } from "./log-gate.ts";
import { deadlineOf, type Event, initialState, isLeading, type MachineConfig, type State, step } from "./machine.ts";
import type { VrrpInstancePlan, VrrpStatus } from "./model.ts";
import { type OwnLink, ownLinksOf } from "./own-links.ts";
import { onlyRestartsTimer, RecurringAdvert } from "./recurring-advert.ts";
import type { TrackerShare } from "./shares.ts";
import { SplitBrain } from "./split-brain.ts";
import type { Deadline } from "./timers.ts";
import type { PlacedAddress } from "./vip-plan.ts";
import type { IpPacket } from "./wire/ip.ts";

/** One VRRP instance: its state machine, and the effects of its steps carried out in order. */
export class Instance {
  readonly id: string;
  readonly counters: Counters;
  plan: VrrpInstancePlan;
  state: State;
  /** The address adverts are sent from; the director keeps it current. */
  source: string | undefined;
  /** What its trackers do to it; the director keeps it current. */
  trackers: readonly TrackerShare[] = [];
  /** After stop with -V the addresses stay where they are. */
  keepAddresses = false;
  /** Since when the administrator has it handed over; wall-clock ms. */
  handedOverSinceWallMs: number | undefined;
  /** A peer was heard that sends the checksum of keepalived before 1.3.7. */
  private oldChecksum: boolean;
  private readonly host: InstanceHost;
  /** It goes on where a predecessor of this process was. */
  readonly isSuccessor: boolean;
  private readonly gate = createLogGate();
  private readonly effects: InstanceEffects;
  private readonly deadline: Deadline;
  private readonly sender: AdvertSender;
  private readonly reader: AdvertReader;
  private readonly recurring: RecurringAdvert;
  private readonly addresses: InstanceAddresses;
  private readonly splitBrain: SplitBrain;
  private readonly claims: InstanceClaims;
  private lastAdvertWallMs = 0;
  /** What config() has made of the plan: each advert that is heard asks for it. */
  private made:
    | { readonly plan: VrrpInstancePlan; readonly withOthers: boolean; readonly config: MachineConfig }
    | undefined;
  private readonly peers = new HeardPeers();
  private readonly inGroup: () => boolean;

  constructor(plan: VrrpInstancePlan, host: InstanceHost, inGroup: () => boolean, saved?: SavedInstance) {
    this.id = instanceId(plan);
    this.oldChecksum = saved?.oldChecksum === true;
    this.plan = this.oldChecksum ? withOldChecksum(plan) : plan;
    this.host = host;
    this.inGroup = inGroup;
    this.state = initialState(plan.priority);
    this.counters = restoreCounters(saved?.counters);
    const sinceWallMs = saved?.sinceWallMs ?? host.wallMs();
    this.isSuccessor = saved !== undefined;
    this.handedOverSinceWallMs = saved?.handedOverSinceWallMs;
    const shared = {
      instance: this,
      log: host.log,
      gate: this.gate,
      now: () => host.now(),
      wallMs: () => host.wallMs(),
    };
    this.sender = new AdvertSender({
      ...shared,
      send: (packet, destination) => host.send(this, packet, destination),
      socket: () => host.socketOf?.(this),
      leases: host.leases,
      onLapsed: () => this.deadline.set(host.now()),
      onRetry: () => this.sendAgain(),
      lastSequence: saved?.ahSequence,
    });
    this.reader = new AdvertReader(shared);
    this.recurring = new RecurringAdvert(this, host.ear);
    this.addresses = new InstanceAddresses(this, host);
    const watch = {
      ...shared,
      name: () => this.name,
      gate: (kind: string, write: (held: number) => void) => this.oncePerMaster(kind, write),
      dispatch: (event: Event) => this.dispatch(event),
    };
    this.splitBrain = new SplitBrain({
      ...watch,
      onOther: () => this.gate.reset(),
      onQuiet: () => this.dispatch({ type: "unclaimed", now: host.now() }),
    });
    this.claims = new InstanceClaims({
      ...watch,
      state: () => this.state,
      counters: this.counters,
      splitBrain: this.splitBrain,
    });
    const { sender, addresses, splitBrain, claims, gate } = this;
    const parts = { sender, addresses, splitBrain, claims, gate, once: watch.gate };
    this.effects = new InstanceEffects(this, host, parts, sinceWallMs);
    this.deadline = host.createDeadline(this, (now) => {
      this.dispatch({ type: "timer", now, mayLead: this.host.mayLead(this) });
    });
  }

  get name(): string {
    return this.plan.name;
  }

  /** All its addresses, each on its interface. */
  get placed(): readonly PlacedAddress[] {
    return this.addresses.placed;
  }

  /** The interfaces of its own that it needs. */
  get ownLinks(): readonly OwnLink[] {
    return ownLinksOf(this.plan, this.source);
  }

  dispatch(event: Event): void {
    let before = this.state;
    const isTimer = event.type === "timer";
    this.unlearn();
    this.betweenAdverts(isTimer, () => {
      before = this.state;
      if (isTimer && isLeading(before) && event.now >= before.advertAt)
        this.sender.measure(event.now - before.advertAt);
      const { state, effects } = step(before, event, this.config());
      this.state = state;
      for (const effect of effects) this.effects.perform(effect);
    });
    const { state } = this;
    if (before.name !== state.name || before.priority !== state.priority) this.host.moved(this, before.name);
  }

  /** Decides a take-over and makes its advert, and does neither: the first run of any code is its slowest. */
  rehearse(): void {
    step(this.state, { type: "timer", now: deadlineOf(this.state) ?? 0, mayLead: true }, this.config());
    this.sender.rehearse();
  }

  /** A packet with this instance's VRID, from the socket of its interface. */
  receive(packet: IpPacket): void {
    const now = this.host.now();
    this.unlearn();
    const read = this.reader.read(packet);
    if (!read) return;
    const { advert, sequence } = read;
    if (read.oldChecksum) this.speakOld(advert.from);
    if (sequence !== undefined) this.betweenAdverts(false, () => this.sender.follow(sequence));
    this.lastAdvertWallMs = this.host.wallMs();
    this.peers.heard(advert, this.lastAdvertWallMs);
    const isSecond = this.state.name === "master" && advert.priority > 0 && advert.order !== 0;
    if (isSecond) this.counters.second_master++;
    this.dispatch({ ...advert, now });
    if (isSecond && this.state.name === "master") this.splitBrain.heardAdvert(advert);
    this.host.heard?.(this, advert);
    if (read.recurs && packet.whole && onlyRestartsTimer(this.state, advert, this.plan))
      this.recurring.learn(packet.whole, advert);
  }

  /** Whether its timer has run out, as far as is known. */
  get isDue(): boolean {
    return !((deadlineOf(this.state) ?? 0) > this.host.now());
  }

  /** Learns of the adverts of its master that were only counted. */
  catchUp(): void {
    const heard = this.recurring.take();
    if (!heard) return;
    const { advert, adverts, lastAt } = heard;
    this.counters.advert_rcvd += adverts;
    this.lastAdvertWallMs = Math.round(this.host.wallMs() - (this.host.now() - lastAt));
    this.peers.heard(advert, this.lastAdvertWallMs, adverts);
    this.state = step(this.state, { ...advert, now: lastAt }, this.config()).state;
    this.deadline.set(deadlineOf(this.state));
  }

  private unlearn(): void {
    this.catchUp();
    this.recurring.forget();
  }

  /** A peer that sends the checksum of keepalived before 1.3.7 understands no other. */
  private speakOld(from: string): void {
    if (this.plan.oldUnicastChecksum === "use") return;
    this.oldChecksum = true;
    this.betweenAdverts(false, () => {
      this.plan = withOldChecksum(this.plan);
    });
    this.host.log.info("vrrp.oldChecksum", { instance: this.name, from });
  }

  /** What somebody else says of one of its addresses; `outranks`: his hardware address is the higher one. */
  hearWord(word: HeardWord, outranks: boolean): void {
    this.claims.heard(word, outranks);
  }

  /** A new plan of the same identity. MASTER stays MASTER: an advert leaves first, then only what differs is changed. */
  reconfigure(plan: VrrpInstancePlan): void {
    this.unlearn();
    const previous = this.config();
    const before = this.plan;
    this.plan = this.oldChecksum ? withOldChecksum(plan) : plan;
    this.dispatch({ type: "configured", now: this.host.now(), previous });
    if (this.state.name === "master") this.addresses.change(before);
  }

  /** Addresses that somebody had removed are back: the neighbours are told. */
  restored(address: PlacedAddress): void {
    this.counters.vip_restored++;
    this.host.log.warn("vips.restored", {
      instance: this.name,
      address: address.address,
      interface: address.interface,
    });
    this.addresses.announce([address], this.plan.garp.masterRepeat);
  }

  /** Does it behind what was begun before, and the words about it: a take-over is told of when the addresses are there. */
  afterwards(deed: () => void): void {
    this.addresses.afterwards(deed);
  }

  /** Resolves when every address change begun so far is done, and what waited for it. */
  idle(): Promise<void> {
    return this.addresses.idle();
  }

  /** Counting begins again, after what has left and come by itself up to now. */
  clearCounters(): void {
    this.betweenAdverts(true, () => Object.assign(this.counters, restoreCounters()));
  }

  /** Forgets its timers; for an instance that has been stopped. */
  close(): void {
    this.unlearn();
    this.deadline.set(undefined);
    this.sender.rest();
    this.addresses.stopQuiet();
    this.splitBrain.over();
  }

  saved(): SavedInstance {
    this.betweenAdverts(true, () => {});
    return savedInstance(this.report());
  }

  status(): VrrpStatus["instances"][number] {
    this.betweenAdverts(true, () => {});
    return instanceStatus(this.report());
  }

  private report(): InstanceReport {
    const { plan, state, counters, sender, lastAdvertWallMs, source, handedOverSinceWallMs, oldChecksum } = this;
    const { sinceWallMs, why } = this.effects;
    const due = deadlineOf(state);
    return {
      plan,
      state,
      counters,
      why,
      source,
      lastAdvertWallMs,
      handedOverSinceWallMs,
      oldChecksum,
      sequence: sender.sequence,
      sinceWallMs,
      dueWallMs: due === undefined ? undefined : Math.round(this.host.wallMs() + due - this.host.now()),
      secondMaster: this.splitBrain.secondMaster,
      addressClaim: this.splitBrain.addressClaim,
      takeover: this.claims.takeover(this.host.wallMs()),
      advertDelay: sender.delay,
      trackers: this.trackers,
      peers: this.peers.list(plan.unicast),
    };
  }

  /** Does something while no advert leaves by itself, knowing of those that have. One that is overdue is left to a timer
   *  event: what was received comes before it. */
  private betweenAdverts(full: boolean, deed: () => void): void {
    this.catchUp();
    const left = this.sender.hold();
    if (left)
      this.state = step(this.state, { type: "sent", now: left.sentAt, nextAt: left.nextAt }, this.config()).state;
    deed();
    const { state } = this;
    const isOnTime = isLeading(state) && state.advertAt > this.host.now();
    this.deadline.set(deadlineOf(state, isOnTime ? this.sender.goOn(state.advertAt, full) : undefined));
  }

  private sendAgain(): void {
    if (isLeading(this.state)) this.betweenAdverts(false, () => this.sender.send(this.state.priority));
  }

  private config(): MachineConfig {
    const { plan, made } = this;
    const withOthers = this.inGroup();
    if (made?.plan === plan && made.withOthers === withOthers) return made.config;
    const config = { ...plan, withOthers, quickStart: plan.startHint === "master" && withOthers };
    this.made = { plan, withOthers, config };
    return config;
  }

  private oncePerMaster(kind: string, write: (held: number) => void): void {
    const held = this.gate.pass(kind, this.host.now());
    if (held !== undefined) write(held);
  }
}

const withOldChecksum = (plan: VrrpInstancePlan): VrrpInstancePlan =>
  plan.oldUnicastChecksum === undefined && plan.unicast ? { ...plan, oldUnicastChecksum: "use" } : plan;

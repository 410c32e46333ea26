import { createLogger } from "../../../src/core/log.ts";
import type { HeardWord } from "../../../src/vrrp/claims.ts";
import type { Counter } from "../../../src/vrrp/counters.ts";
import { Groups } from "../../../src/vrrp/groups.ts";
import { Instance } from "../../../src/vrrp/instance.ts";
import type { InstanceHost } from "../../../src/vrrp/instance-host.ts";
import type { SavedInstance } from "../../../src/vrrp/instance-report.ts";
import { Leases, RENEWAL_MS } from "../../../src/vrrp/leases.ts";
import { vrrpEvents } from "../../../src/vrrp/log-events.ts";
import type { HmacPlan, InstanceStateName, VrrpInstancePlan } from "../../../src/vrrp/model.ts";
import { vridOf } from "../../../src/vrrp/receive.ts";
import type { Deadline } from "../../../src/vrrp/timers.ts";
import { decodeIpv4 } from "../../../src/vrrp/wire/ipv4.ts";
import { decodeIpv6 } from "../../../src/vrrp/wire/ipv6.ts";
import { garp } from "./machine-cases.ts";
import { createSimulatedBeat, type SimulatedBeat } from "./simulation-beat.ts";
import type { Agenda } from "./simulation-network.ts";
import type { RouterSetup, Scenario } from "./simulation-scenario.ts";

/** What somebody outside sees of a router. */
export type Seen = {
  sent(router: number, instance: number, packet: Uint8Array, destination: string): void;
  moved(router: number, instance: number, from: InstanceStateName, to: InstanceStateName): void;
  announced(router: number, instance: number): void;
  /** It asks who has the addresses of the instance. */
  asked?(router: number, instance: number): void;
  /** A packet was taken for an advert. */
  accepted(spoiled: boolean): void;
};

/** Most packets that wait in the receive buffer of a process that stands still. */
const BUFFERED = 200;
const FIRST_VRID = 51;
/** Among the timers, beside those of the instances. */
const LEASES = -1;
/** Intervals until addresses are announced once more. */
export const GARP_DELAY = 5;

export const sourceOf = ({ family }: Pick<Scenario, "family">, router: number): string =>
  family === 6 ? `fe80::${router + 1}` : `192.0.2.${router + 1}`;
export const groupOf = ({ family }: Pick<Scenario, "family">): string => (family === 6 ? "ff02::12" : "224.0.0.18");

const hmac: HmacPlan = {
  keys: [{ id: 1, keyHex: "00112233445566778899aabbccddeeff" }],
  activeKey: 1,
  mode: "enforce",
  antiReplay: "time",
  timeWindowMs: 300_000,
};

function planOf(scenario: Scenario, router: number, instance: number, setup: RouterSetup): VrrpInstancePlan {
  const { family, version, auth, unicast, intervalMs, routers, actions } = scenario;
  const others = routers.map((_, i) => i).filter((i) => i !== router);
  const reloads = actions.flatMap((action) => (action.do === "reload" ? [action.setup] : []));
  const owners = [...routers, ...reloads].filter(({ priority }) => priority === 255).length;
  const peers = others.map((i) => ({ address: sourceOf(scenario, i), minTtl: 255, maxTtl: 255 }));
  return {
    name: `VI_${instance}`,
    interface: "eth0",
    vrid: FIRST_VRID + instance,
    version,
    family,
    priority: setup.priority,
    advertIntervalMs: intervalMs,
    downTimerAdverts: setup.downTimerAdverts,
    preempt: setup.preempt,
    preemptDelayMs: setup.preempt ? setup.preemptDelay * intervalMs : 0,
    ...(auth === "pass" && { authPass: "1111" }),
    ...(auth === "ah" && { ahKey: "secret" }),
    ...(auth === "hmac" && { hmac }),
    ...(owners === 1 && scenario.seed % 2 === 0 && { ownerIgnoresAdverts: true }),
    ...(unicast && { unicast: { peers, ttl: 255, checkSource: true } }),
    multicastGroup: groupOf(scenario),
    v3ChecksumAsV2: false,
    addresses: [
      family === 6
        ? { address: `fe80::1:${instance}`, prefixLength: 64 }
        : { address: `192.0.2.${100 + instance}`, prefixLength: 24 },
    ],
    excludedAddresses: [],
    garp: { ...garp, masterDelayMs: GARP_DELAY * intervalMs, lowerPrioDelayMs: GARP_DELAY * intervalMs },
    lowerPrioNoAdvert: setup.lowerPrioNoAdvert,
    higherPrioSendAdvert: setup.higherPrioSendAdvert,
    skipCheckAdvAddr: false,
    trackPrimary: true,
    trackScripts: [],
    trackInterfaces: [],
    notifyPriorityChanges: false,
    notify: {} as VrrpInstancePlan["notify"],
    smtpAlert: false,
    ...(scenario.takeoverCheck && { takeoverCheck: scenario.takeoverCheck }),
  };
}

/** A host with a vrrp process: real instances and their real sync group, on the agenda's clock. */
export class Router {
  readonly number: number;
  /** The addresses that its kernel has, as names of instances; they outlive the process. */
  readonly held = new Set<string>();
  /** Absent while it is off. */
  instances: Instance[] = [];
  setup: RouterSetup;
  startedAt = 0;
  private weight = 0;
  private saved: SavedInstance[] = [];
  private inbox: (() => void)[] | undefined;
  private readonly scenario: Scenario;
  private readonly agenda: Agenda;
  private readonly seen: Seen;
  private readonly random: () => number;
  private groups: Groups;

  constructor(scenario: Scenario, number: number, agenda: Agenda, seen: Seen, random: () => number) {
    this.scenario = scenario;
    this.number = number;
    this.agenda = agenda;
    this.seen = seen;
    this.random = random;
    this.setup = scenario.routers[number] as RouterSetup;
    this.groups = this.createGroups();
  }

  get on(): boolean {
    return this.instances.length > 0;
  }

  get standsStill(): boolean {
    return this.inbox !== undefined;
  }

  /** `saved`: with what its predecessor had told. */
  start(saved: boolean): void {
    if (this.on) return;
    this.startedAt = this.agenda.now;
    const before = saved ? this.saved : [];
    if (before.length === 0) this.held.clear();
    this.groups = this.createGroups();
    const inGroup = (): boolean => this.scenario.instances === 2 && this.setup.priority !== 255; // owners wait for nobody
    this.instances = Array.from({ length: this.scenario.instances }, (_, i) => {
      const plan = planOf(this.scenario, this.number, i, this.setup);
      const instance = new Instance(plan, this.hostFor(i), inGroup, before[i]);
      instance.source = sourceOf(this.scenario, this.number);
      return instance;
    });
    this.groups.configure(this.groupPlans());
    for (const [i, instance] of this.instances.entries()) {
      this.applyPriority(instance);
      const resumed = before[i] && { state: before[i].state, ...intervalOf(before[i]) };
      instance.dispatch({ type: "start", now: this.agenda.now, ...(resumed && { resumed }) });
      this.groups.follow(instance, instance.state.name);
    }
  }

  stop(): void {
    const { instances } = this;
    this.instances = [];
    this.saved = [];
    for (const instance of instances) {
      instance.dispatch({ type: "stop", now: this.agenda.now });
      instance.close();
    }
  }

  /** The process is gone without a word. */
  crash(): void {
    const { instances } = this;
    this.saved = instances.map((instance) => instance.saved());
    this.instances = [];
    this.inbox = undefined;
    for (const [i, instance] of instances.entries()) {
      instance.close();
      this.seen.moved(this.number, i, instance.state.name, "init");
    }
  }

  reload(setup: Partial<RouterSetup>): void {
    this.setup = { ...this.setup, ...setup };
    this.groups.pause();
    for (const [i, instance] of this.instances.entries())
      instance.reconfigure(planOf(this.scenario, this.number, i, this.setup));
    for (const instance of this.instances) this.applyPriority(instance);
    if (this.on) this.groups.configure(this.groupPlans());
  }

  weigh(weight: number): void {
    this.weight += weight;
    for (const instance of this.instances) this.applyPriority(instance);
  }

  fault(index: number, there: boolean): void {
    const instance = this.instances[index % this.scenario.instances];
    if (!instance) return;
    const reason = "interface eth0 is down";
    instance.dispatch({ type: there ? "fault" : "clear", now: this.agenda.now, reason });
    this.groups.follow(instance, instance.state.name);
  }

  /** Now, or when it goes on. */
  whenAwake(deed: () => void): void {
    if (this.inbox) this.inbox.push(deed);
    else deed();
  }

  standStill(): void {
    if (this.on) this.inbox ??= [];
  }

  /** What came in the meantime is looked at first, then the timers. */
  goOn(): void {
    const inbox = this.inbox ?? [];
    this.inbox = undefined;
    for (const beat of this.beats.values()) beat.wake();
    for (const deed of inbox) deed();
    for (const wake of this.timers.values()) wake();
  }

  receive(packet: Uint8Array, spoiled: boolean): void {
    if (!this.on || (this.inbox && this.inbox.length >= BUFFERED)) return;
    this.whenAwake(() => {
      const read = (this.scenario.family === 6 ? decodeIpv6 : decodeIpv4)(Buffer.from(packet));
      if (!read.ok) return;
      if (this.isCounted(packet)) {
        this.seen.accepted(false);
        return;
      }
      const vrid = vridOf(read.value);
      for (const instance of this.instances) {
        if (instance.plan.vrid !== vrid) continue;
        const rejected = rejections(instance);
        instance.receive(read.value);
        if (rejections(instance) === rejected) this.seen.accepted(spoiled);
      }
    });
  }

  /** What the socket counts for an instance, since it says the same each time. */
  private readonly recurring = new Map<Instance, { packet: Uint8Array; adverts: number; lastAt: number }>();

  private isCounted(packet: Uint8Array): boolean {
    for (const one of this.recurring.values()) {
      if (!isSame(one.packet, packet, this.scenario.family)) continue;
      one.adverts++;
      one.lastAt = this.agenda.now;
      return true;
    }
    return false;
  }

  /** Some routers have no such socket. */
  private ear(): Pick<InstanceHost, "ear"> {
    if ((this.scenario.seed + this.number) % 4 === 0) return {};
    return {
      ear: {
        know: (instance, packet) =>
          void this.recurring.set(instance, { packet: Uint8Array.from(packet), adverts: 0, lastAt: 0 }),
        forget: (instance) => void this.recurring.delete(instance),
        heard: (instance) => {
          const one = this.recurring.get(instance);
          if (!one || one.adverts === 0) return undefined;
          const { adverts, lastAt } = one;
          one.adverts = 0;
          return { adverts, lastAt };
        },
      },
    };
  }

  /** What is said of an address on the link; `outranks`: by a higher hardware address. */
  hearWord(index: number, word: HeardWord, outranks: boolean): void {
    this.whenAwake(() => this.instances[index]?.hearWord(word, outranks));
  }

  async settle(): Promise<void> {
    for (const instance of this.instances) await instance.idle();
  }

  private readonly leases = new Leases((run) => {
    let on = true;
    const again = (): void => {
      if (!on) return;
      if (!this.inbox) run();
      this.agenda.plan(this.agenda.now + RENEWAL_MS, again);
    };
    this.timers.set(LEASES, run);
    this.agenda.plan(this.agenda.now + RENEWAL_MS, again);
    return () => {
      on = false;
      this.timers.delete(LEASES);
    };
  });
  private readonly timers = new Map<number, () => void>();
  private readonly beats = new Map<number, SimulatedBeat>();

  /** Some routers have no native timer; of the others, one stands still with its process when that is stopped as a whole,
   *  and goes on when only JavaScript is busy. */
  private socketFor(index: number) {
    const { agenda, seen, number, scenario } = this;
    const kind = (scenario.seed + number) % 3;
    if (kind === 0) return undefined;
    const openBeat = (destinations: readonly string[], repeats: boolean): SimulatedBeat => {
      const beat = createSimulatedBeat(
        agenda,
        destinations,
        (packet, destination) => seen.sent(number, index, packet, destination),
        () => kind === 2 && this.inbox !== undefined,
        () => timerLateMs(scenario.intervalMs) * this.random(),
        repeats,
      );
      this.beats.set(index, beat);
      return beat;
    };
    return { openBeat };
  }

  private groupPlans() {
    const { instances } = this;
    if (instances.length < 2) return [];
    const notify = {} as VrrpInstancePlan["notify"];
    return [{ name: "G", members: instances.map(({ name }) => name), notify, smtpAlert: false }];
  }

  private createGroups(): Groups {
    return new Groups({ now: () => this.agenda.now, instances: () => this.instances, notify: () => {} });
  }

  private applyPriority(instance: Instance): void {
    const { priority } = instance.plan;
    const effective = priority === 255 ? 255 : Math.min(254, Math.max(1, priority + this.weight));
    instance.dispatch({ type: "priority", now: this.agenda.now, priority: effective });
  }

  /** As timers.ts has it: whole milliseconds, never early, now and then a little late. */
  private createDeadline(index: number, due: (now: number) => void): Deadline {
    let deadline: number | undefined;
    let armed = 0;
    const fire = (): void => {
      if (this.inbox || deadline === undefined || deadline > this.agenda.now) return;
      this.instances[index]?.catchUp();
      if (deadline > this.agenda.now) return;
      deadline = undefined;
      due(this.agenda.now);
    };
    return {
      set: (at) => {
        if (at === deadline) return;
        deadline = at;
        const turn = ++armed;
        if (at === undefined) {
          this.timers.delete(index);
          return;
        }
        this.timers.set(index, fire);
        const late = timerLateMs(this.scenario.intervalMs) * this.random();
        const waitMs = Math.max(0, Math.ceil(at - this.agenda.now)) + late;
        this.agenda.plan(this.agenda.now + waitMs, () => {
          if (turn === armed) fire();
        });
      },
    };
  }

  private hostFor(index: number): InstanceHost {
    const { number, seen, held } = this;
    const socket = this.socketFor(index);
    const done = Promise.resolve();
    return {
      log: createLogger(vrrpEvents, () => {}),
      vips: {
        hold: async (owner) => void held.add(owner),
        release: async (owner) => void held.delete(owner),
      },
      fib: { hold: () => done, release: () => done },
      firewall: { block: () => done, unblock: () => done },
      now: () => this.agenda.now,
      wallMs: () => this.agenda.now,
      createDeadline: (_, due) => this.createDeadline(index, due),
      socketOf: () => socket,
      leases: this.leases,
      ...this.ear(),
      send: (_, packet, destination) => {
        seen.sent(number, index, packet, destination);
        return undefined;
      },
      announce: () => seen.announced(number, index),
      ask: () => seen.asked?.(number, index),
      silence: () => {},
      mayLead: (instance) => this.groups.mayLead(instance),
      moved: (instance, from) => {
        if (from !== instance.state.name) seen.moved(number, index, from, instance.state.name);
        if (this.on) this.groups.follow(instance, from);
      },
      notify: () => {},
      electionForced: (instance) => this.groups.announceOthers(instance),
    };
  }
}

/** Equal but for number and checksum of an IPv4 header. */
const isSame = (one: Uint8Array, other: Uint8Array, family: Scenario["family"]): boolean =>
  one.length === other.length &&
  one.every((byte, i) => byte === other[i] || (family === 4 && (i === 4 || i === 5 || i === 10 || i === 11)));

/** How late a timer may fire on a machine with work to do. */
export const timerLateMs = (intervalMs: number): number => Math.min(2, intervalMs / 50);

const intervalOf = ({ masterIntervalMs }: SavedInstance): { masterIntervalMs?: number } =>
  masterIntervalMs === undefined ? {} : { masterIntervalMs };

const HARMLESS: ReadonlySet<string> = new Set<Counter>([
  "advert_rcvd",
  "advert_sent",
  "become_master",
  "release_master",
  "advert_interval_diff",
  "addr_list_err",
  "pri_zero_rcvd",
  "pri_zero_sent",
]);
const rejections = ({ counters }: Instance): number =>
  Object.entries(counters).reduce((sum, [name, count]) => (HARMLESS.has(name) ? sum : sum + count), 0);

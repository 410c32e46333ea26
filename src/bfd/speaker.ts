import { type Family, familyOf } from "../core/ip.ts";
import { createLogger, type Logger, type LogSink } from "../core/log.ts";
import { accept, type Datagram } from "./inbound.ts";
import { bfdEvents } from "./log-events.ts";
import { type BfdSessionPlan, type BfdStatus, type BfdVerdicts, DROP_REASONS, type DropReason } from "./model.ts";
import { PeerSession } from "./peer-session.ts";
import { type BfdDoor, type Listener, openListener, openSender, portOf } from "./sockets.ts";

export type SpeakerOptions = {
  readonly sink: LogSink;
  /** A session means something else to those who follow it. */
  readonly onVerdict: () => void;
  readonly door?: BfdDoor;
  /** 0 to below 1. */
  readonly random?: () => number;
};

/** A port that another program has is asked for again after this long. */
const LISTEN_AGAIN_MS = 1000;
/** RFC 5880 §6.8.16: the peer has to hear of an end by intent; of this many packets one will arrive. */
const FAREWELLS = 3;
const FAREWELL_GAP_MS = 10;

/** All BFD sessions of this host, and the sockets that they share. */
export class Speaker {
  readonly #options: SpeakerOptions;
  readonly #log: Logger<typeof bfdEvents>;
  readonly #random: () => number;
  readonly #listeners = new Map<string, Listener>();
  readonly #trouble = new Map<string, string>();
  readonly #byNeighbor = new Map<string, PeerSession>();
  readonly #byDiscriminator = new Map<number, PeerSession>();
  readonly #dropped = Object.fromEntries(DROP_REASONS.map((reason) => [reason, 0])) as Record<DropReason, number>;
  #retry: NodeJS.Timeout | undefined;

  constructor(options: SpeakerOptions) {
    this.#options = options;
    this.#log = createLogger(bfdEvents, options.sink);
    this.#random = options.random ?? Math.random;
  }

  /** The sessions from now on. One whose peer stays the same goes on, with a Poll Sequence where its intervals are others;
   *  one that is gone, or that has another source, hops or port, ends in order. */
  configure(plans: readonly BfdSessionPlan[]): void {
    const wanted = new Map(plans.map((plan) => [plan.neighbor, plan]));
    for (const session of [...this.#byNeighbor.values()]) {
      const next = wanted.get(session.plan.neighbor);
      if (next && samePath(session.plan, next)) continue;
      session.disable();
      this.#forget(session);
    }
    this.#listen(plans);
    for (const plan of plans) {
      const known = this.#byNeighbor.get(plan.neighbor);
      if (!known) this.#begin(plan);
      else known.reconfigure(plan);
    }
    this.#options.onVerdict();
  }

  verdicts(): BfdVerdicts {
    return Object.fromEntries([...this.#byNeighbor.values()].map(({ plan, verdict }) => [plan.name, verdict]));
  }

  status(): BfdStatus {
    return {
      sessions: [...this.#byNeighbor.values()].map((session) => session.status()),
      dropped: { ...this.#dropped },
      trouble: [...this.#trouble.values()],
    };
  }

  /** Takes all sessions down by intent. Resolves when the peers have been told. */
  async stop(): Promise<void> {
    const sessions = [...this.#byNeighbor.values()];
    clearTimeout(this.#retry);
    for (const listener of this.#listeners.values()) listener.close();
    this.#listeners.clear();
    for (let i = 0; i < FAREWELLS; i++) {
      if (i > 0) await new Promise((resolve) => setTimeout(resolve, FAREWELL_GAP_MS));
      for (const session of sessions) session.disable();
    }
    for (const session of sessions) this.#forget(session);
  }

  #begin(plan: BfdSessionPlan): void {
    const session = new PeerSession(plan, this.#freeDiscriminator(), {
      log: this.#log,
      openSender: (options) => openSender(options, this.#random, this.#options.door),
      drain: () => {
        for (const listener of this.#listeners.values()) listener.drain();
      },
      onVerdict: this.#options.onVerdict,
      random: this.#random,
    });
    this.#byNeighbor.set(plan.neighbor, session);
    this.#byDiscriminator.set(session.discriminator, session);
    session.start();
  }

  #forget(session: PeerSession): void {
    session.close();
    this.#byNeighbor.delete(session.plan.neighbor);
    this.#byDiscriminator.delete(session.discriminator);
  }

  /** RFC 5880 §6.3: unique on this host, not 0, and hard to guess. */
  #freeDiscriminator(): number {
    for (;;) {
      const one = 1 + Math.floor(this.#random() * 0xffff_fffe);
      if (!this.#byDiscriminator.has(one)) return one;
    }
  }

  /** One socket for each family and each of the two ports that are in use. */
  #listen(plans: readonly BfdSessionPlan[]): void {
    clearTimeout(this.#retry);
    const wanted = new Map<string, { family: Family; multihop: boolean }>();
    for (const { neighbor, multihop } of plans) {
      const family = familyOf(neighbor);
      wanted.set(`${family} ${multihop}`, { family, multihop });
    }
    for (const [key, listener] of this.#listeners) {
      if (wanted.has(key)) continue;
      listener.close();
      this.#listeners.delete(key);
    }
    for (const key of this.#trouble.keys()) if (!wanted.has(key)) this.#trouble.delete(key);
    for (const [key, { family, multihop }] of wanted) this.#open(key, family, multihop);
    if (this.#trouble.size > 0) this.#retry = setTimeout(() => this.#listen(plans), LISTEN_AGAIN_MS);
  }

  #open(key: string, family: Family, multihop: boolean): void {
    if (this.#listeners.has(key)) return;
    const port = portOf(multihop);
    const opened = openListener(family, multihop, (datagram) => this.#receive(datagram), this.#options.door);
    if (opened.ok) {
      this.#listeners.set(key, opened.value);
      if (this.#trouble.delete(key)) this.#log.info("bfd.listens", { family, port });
      return;
    }
    if (!this.#trouble.has(key)) this.#log.error("bfd.deaf", { family, port, error: opened.error });
    this.#trouble.set(key, `UDP port ${port} of IPv${family}: ${opened.error}`);
  }

  #receive(datagram: Datagram): void {
    const found = accept(datagram, { byDiscriminator: this.#byDiscriminator, byNeighbor: this.#byNeighbor });
    if (found.ok) {
      found.value.session.receive(found.value.packet);
      return;
    }
    const { reason } = found.error;
    this.#dropped[reason] += 1;
    this.#log.debug("bfd.dropped", { from: datagram.from, port: datagram.fromPort, reason, hops: datagram.hops });
  }
}

/** What a session cannot change while it runs. */
const samePath = (a: BfdSessionPlan, b: BfdSessionPlan): boolean =>
  a.source === b.source && a.ttl === b.ttl && a.multihop === b.multihop;

import { nowMs, wallMs } from "../core/clock.ts";
import { createDeadline, type Deadline } from "../core/deadline.ts";
import type { Logger } from "../core/log.ts";
import type { Result } from "../core/result.ts";
import type { bfdEvents } from "./log-events.ts";
import type { BfdSessionPlan, BfdSessionStatus, BfdVerdict } from "./model.ts";
import { type ControlPacket, DIAGNOSTIC, diagnosticText, encodeControl } from "./packet.ts";
import {
  deadlineOf,
  detectionTimeMs,
  newSession,
  type Session,
  type SessionEvent,
  step,
  transmitIntervalMs,
} from "./session.ts";
import type { Sender, SenderOptions } from "./sockets.ts";

/** How long a session may take to come up before it counts as down: some intervals of a session that is not up, which are a
 *  second at least (RFC 5880 §6.8.3). */
const settleMs = ({ idleTxMs }: Pick<BfdSessionPlan, "idleTxMs">): number => 4 * Math.max(1000, idleTxMs);

export type PeerSessionOptions = {
  readonly log: Logger<typeof bfdEvents>;
  readonly openSender: (options: SenderOptions) => Result<Sender, string>;
  /** Hands over what was received and not read yet. */
  readonly drain: () => void;
  readonly onVerdict: () => void;
  readonly random: () => number;
};

type Event = SessionEvent extends infer E ? (E extends { readonly now: number } ? Omit<E, "now"> : never) : never;

/** One session with its socket and its timer. */
export class PeerSession {
  readonly discriminator: number;
  plan: BfdSessionPlan;
  #session: Session;
  #sender: Sender | undefined;
  #settled = false;
  #heard: ControlPacket | undefined;
  #heardWallMs: number | undefined;
  #sinceWallMs = wallMs();
  #counts = { received: 0, sent: 0, sendErrors: 0, timesUp: 0, timesDown: 0 };
  #sendError: string | undefined;
  readonly #settleTimer: NodeJS.Timeout;
  readonly #deadline: Deadline;
  readonly #options: PeerSessionOptions;

  constructor(plan: BfdSessionPlan, discriminator: number, options: PeerSessionOptions) {
    this.plan = plan;
    this.discriminator = discriminator;
    this.#options = options;
    this.#session = newSession(discriminator, plan);
    this.#deadline = createDeadline(options.drain, () => this.#take({ type: "timer" }));
    this.#settleTimer = setTimeout(() => this.#settle(), settleMs(plan));
  }

  start(): void {
    this.#take({ type: "start" });
  }

  get verdict(): BfdVerdict {
    if (this.#session.state === "up") return "up";
    return this.#settled ? "down" : "unknown";
  }

  receive(packet: ControlPacket): void {
    this.#heard = packet;
    this.#heardWallMs = wallMs();
    this.#counts.received += 1;
    this.#take({ type: "packet", packet });
  }

  /** Other intervals for the same peer: a session that is up stays so (RFC 5880 §6.8.3). */
  reconfigure(plan: BfdSessionPlan): void {
    const before = this.plan;
    this.plan = plan;
    if (sameTimes(before, plan)) return;
    this.#take({ type: "configured" });
  }

  /** Tells the peer that this end goes down by intent, RFC 5880 §6.8.16. May be called again, since packets get lost. */
  disable(): void {
    if (this.#session.state === "adminDown") this.#say();
    else this.#take({ type: "disable" });
  }

  close(): void {
    clearTimeout(this.#settleTimer);
    this.#deadline.set(undefined);
    this.#sender?.close();
    this.#sender = undefined;
  }

  status(): BfdSessionStatus {
    const { plan } = this;
    const { peer, state, diagnostic } = this.#session;
    const [transmitMs, detectionMs] = [transmitIntervalMs(this.#session, plan), detectionTimeMs(this.#session)];
    return {
      name: plan.name,
      neighbor: plan.neighbor,
      ...(plan.source !== undefined && { source: plan.source }),
      multihop: plan.multihop,
      verdict: this.verdict,
      state,
      sinceWallMs: this.#sinceWallMs,
      diagnostic,
      diagnosticText: diagnosticText(diagnostic),
      discriminator: this.discriminator,
      ...(peer && {
        remote: {
          state: peer.state,
          diagnostic: this.#heard?.diagnostic ?? DIAGNOSTIC.none,
          discriminator: peer.mine,
          minTxMs: peer.minTxMs,
          minRxMs: peer.minRxMs,
          multiplier: peer.multiplier,
        },
      }),
      ...(transmitMs !== undefined && { transmitMs }),
      ...(detectionMs !== undefined && { detectionMs }),
      ...(this.#heardWallMs !== undefined && { lastHeardWallMs: this.#heardWallMs }),
      ...this.#counts,
      ...(this.#sendError !== undefined && { sendError: this.#sendError }),
    };
  }

  #settle(): void {
    if (this.#settled) return;
    this.#settled = true;
    if (this.verdict === "down") this.#options.onVerdict();
  }

  #take(event: Event): void {
    const taken = step(this.#session, { ...event, now: nowMs() }, this.plan, this.#options.random());
    this.#session = taken.session;
    for (const effect of taken.effects)
      if (effect.do === "send") this.#send(effect.packet);
      else this.#moved(effect.from, effect.to, effect.diagnostic);
    this.#deadline.set(deadlineOf(this.#session, this.plan));
  }

  #moved(from: Session["state"], to: Session["state"], diagnostic: number): void {
    this.#sinceWallMs = wallMs();
    if (to === "up") this.#counts.timesUp += 1;
    if (from === "up") this.#counts.timesDown += 1;
    // What was up once has had its time.
    if (to === "up") this.#settled = true;
    const { name, neighbor } = this.plan;
    const remote = this.#heard?.diagnostic ?? DIAGNOSTIC.none;
    const fields = { session: name, neighbor, from, to, diagnostic, remote };
    if (to === "up" || from === "up") {
      // Whoever follows the session hears of it before the log does.
      this.#options.onVerdict();
      if (to === "up") this.#options.log.info("bfd.up", fields);
      else this.#options.log.warn("bfd.down", fields);
    } else this.#options.log.debug("bfd.state", fields);
  }

  /** The same packet again. */
  #say(): void {
    const { state, diagnostic, peer } = this.#session;
    const { idleTxMs: minTxMs, minRxMs, multiplier } = this.plan;
    this.#send({
      ...{ state, diagnostic, poll: false, final: false, demand: false, multiplier, mine: this.discriminator },
      ...{ yours: peer?.mine ?? 0, minTxMs, minRxMs, minEchoRxMs: 0 },
    });
  }

  /** A socket that cannot be had (its address is not there yet) is tried for again with the next packet. */
  #send(packet: ControlPacket): void {
    let error: string | undefined;
    if (!this.#sender) {
      const opened = this.#options.openSender(this.plan);
      if (opened.ok) this.#sender = opened.value;
      else error = opened.error;
    }
    error ??= this.#sender?.send(encodeControl(packet));
    const { name, neighbor } = this.plan;
    if (error === undefined) {
      this.#counts.sent += 1;
      if (this.#sendError !== undefined) this.#options.log.info("bfd.sends", { session: name, neighbor });
    } else {
      this.#counts.sendErrors += 1;
      if (this.#sendError === undefined)
        this.#options.log.warn("bfd.unsent", { session: name, neighbor, errno: error });
    }
    this.#sendError = error;
  }
}

const sameTimes = (a: BfdSessionPlan, b: BfdSessionPlan): boolean =>
  (["minTxMs", "minRxMs", "idleTxMs", "multiplier", "passive"] as const).every((key) => a[key] === b[key]);

import type { Logger } from "../core/log.ts";
import { nextSequence } from "./hmac.ts";
import type { Instance } from "./instance.ts";
import type { AdvertDelay } from "./instance-report.ts";
import type { vrrpEvents } from "./log-events.ts";
import type { LogGate } from "./log-gate.ts";
import { channelDeviceOf } from "./own-links.ts";
import { advertPacket, destinationsOf } from "./packet.ts";

export type AdvertSenderOptions = {
  readonly instance: Pick<Instance, "name" | "plan" | "state" | "source" | "counters">;
  readonly log: Logger<typeof vrrpEvents>;
  readonly gate: LogGate;
  readonly now: () => number;
  readonly wallMs: () => number;
  /** The errno name when the packet could not be sent. */
  readonly send: (packet: Uint8Array, destination: string) => string | undefined;
  /** The last sequence number that a predecessor of this process told. */
  readonly lastSequence: number | undefined;
};

/** Errors of a full send queue: the packet is tried again soon. Others are left to the next advert. */
const BUSY: ReadonlySet<string> = new Set(["ENOBUFS", "EAGAIN", "EWOULDBLOCK"]);
const LONGEST_RETRY_MS = 100;
/** More adverts than a predecessor can have sent since it told its last sequence number. */
const SEQUENCE_MARGIN = 10_000;
const NO_DELAY: AdvertDelay = { lastMs: 0, mostMs: 0 };

/** Makes the adverts of one instance, each with its own numbers, and sends them to all destinations. */
export class AdvertSender {
  private readonly options: AdvertSenderOptions;
  private packetId = 1;
  /** The last sequence number of authentication headers, sent or received: a new master goes on where the old one was. */
  private lastSequence: number;
  /** The sequence of our last trailer (auth_hmac). */
  private signature = 0n;
  private retry: NodeJS.Timeout | undefined;
  private measured = NO_DELAY;

  constructor(options: AdvertSenderOptions) {
    this.options = options;
    this.lastSequence = options.lastSequence === undefined ? 0 : options.lastSequence + SEQUENCE_MARGIN;
  }

  get sequence(): number {
    return this.lastSequence;
  }

  /** Goes on behind the number of an advert that was received. */
  follow(sequence: number): void {
    this.lastSequence = Math.max(this.lastSequence, sequence);
  }

  /** How late the adverts of this master are. */
  get delay(): AdvertDelay {
    return this.measured;
  }

  /** An advert that was due at `dueMs` leaves now. */
  measure(lastMs: number): void {
    this.measured = { lastMs, mostMs: Math.max(this.measured.mostMs, lastMs) };
  }

  forgetDelay(): void {
    this.measured = NO_DELAY;
  }

  send(priority: number): void {
    this.cancelRetry();
    const { instance, log, gate, now } = this.options;
    const { counters, source } = instance;
    if (source === undefined) return;
    const errno = this.sendToAll(source, priority);
    if (errno === undefined) {
      counters.advert_sent++;
      if (priority !== 0) return;
      counters.pri_zero_sent++;
      log.info("vrrp.zero", { instance: instance.name });
      return;
    }
    counters.send_err++;
    const held = priority === 0 ? undefined : gate.pass(`unsent ${errno}`, now());
    if (held !== undefined)
      log.error("vrrp.unsent", { instance: instance.name, interface: channelDeviceOf(instance.plan), errno, held });
    if (!BUSY.has(errno)) return;
    const waitMs = Math.min(instance.plan.advertIntervalMs / 4, LONGEST_RETRY_MS);
    this.retry = setTimeout(() => {
      if (instance.state.name === "master") this.send(instance.state.priority);
    }, waitMs);
  }

  /** Nothing that could not be sent is tried again. */
  cancelRetry(): void {
    clearTimeout(this.retry);
  }

  /** Makes an advert and sends none: the first run of any code is its slowest. */
  rehearse(): void {
    const { plan, source, state } = this.options.instance;
    if (source === undefined) return;
    const numbers = { id: this.packetId, sequence: this.lastSequence };
    advertPacket(plan, { source, destination: source }, state.priority, numbers);
  }

  /** The errno name of the first destination that could not be sent to; the others are sent to all the same. */
  private sendToAll(source: string, priority: number): string | undefined {
    const { instance, wallMs, send } = this.options;
    const { plan } = instance;
    let failed: string | undefined;
    if (plan.hmac) this.signature = nextSequence(this.signature, wallMs(), plan.hmac);
    for (const destination of destinationsOf(plan)) {
      this.lastSequence = (this.lastSequence % 0xffffffff) + 1;
      const numbers = { id: this.packetId, sequence: this.lastSequence, signature: this.signature };
      const packet = advertPacket(plan, { source, destination }, priority, numbers);
      this.packetId = (this.packetId % 0xffff) + 1;
      failed ??= send(packet, destination);
    }
    return failed;
  }
}

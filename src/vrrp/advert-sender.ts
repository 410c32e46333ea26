import type { Logger } from "../core/log.ts";
import { AdvertBeat, type AdvertNow, type BeatSocket } from "./advert-beat.ts";
import { following, makeAdvert, type SeriesNumbers } from "./advert-series.ts";
import type { Instance } from "./instance.ts";
import type { AdvertDelay } from "./instance-report.ts";
import type { Leases } from "./leases.ts";
import type { vrrpEvents } from "./log-events.ts";
import type { LogGate } from "./log-gate.ts";
import { channelDeviceOf } from "./own-links.ts";
import { destinationsOf } from "./packet.ts";

export type AdvertSenderOptions = {
  readonly instance: Pick<Instance, "name" | "plan" | "state" | "source" | "counters">;
  readonly log: Logger<typeof vrrpEvents>;
  readonly gate: LogGate;
  readonly now: () => number;
  readonly wallMs: () => number;
  /** The errno name when the packet could not be sent. */
  readonly send: (packet: Uint8Array, destination: string) => string | undefined;
  /** Where adverts can leave by themselves. */
  readonly socket: () => BeatSocket | undefined;
  readonly leases?: Leases | undefined;
  /** Adverts have ceased to leave by themselves, since this process stood still. */
  readonly onLapsed: () => void;
  /** The last advert could not be sent, and another try is due: call send(). */
  readonly onRetry: () => void;
  /** The last sequence number that a predecessor of this process told. */
  readonly lastSequence: number | undefined;
};

/** Errors of a full send queue: the packet is tried again soon. Others are left to the next advert. */
const BUSY: ReadonlySet<string> = new Set(["ENOBUFS", "EAGAIN", "EWOULDBLOCK"]);
const LONGEST_RETRY_MS = 100;
/** More adverts than a predecessor can have sent since it told its last sequence number. */
const SEQUENCE_MARGIN = 10_000;
const NO_DELAY: AdvertDelay = { lastMs: 0, mostMs: 0 };

/** Makes the adverts of one instance, each with its own numbers, and sends them to all destinations: at once, or by a native
 *  timer while the instance is MASTER and nothing happens to it. */
export class AdvertSender {
  private readonly options: AdvertSenderOptions;
  private readonly beat: AdvertBeat;
  /** A new master goes on with the sequence of authentication headers where the old one was. */
  private numbers: SeriesNumbers;
  private retry: NodeJS.Timeout | undefined;
  private measured = NO_DELAY;

  constructor(options: AdvertSenderOptions) {
    this.options = options;
    const { lastSequence } = options;
    const sequence = lastSequence === undefined ? 1 : following(lastSequence + SEQUENCE_MARGIN);
    this.numbers = { id: 1, sequence, signature: 0n };
    this.beat = new AdvertBeat(options);
  }

  /** That of the next authentication header. */
  get sequence(): number {
    return this.numbers.sequence;
  }

  /** Goes on behind the number of an advert that was received. */
  follow(sequence: number): void {
    if (sequence < this.numbers.sequence) return;
    this.numbers = { ...this.numbers, sequence: following(sequence) };
    this.beat.forget();
  }

  /** How late the adverts of this master are. */
  get delay(): AdvertDelay {
    return this.measured;
  }

  /** An advert leaves `lastMs` after it was due; `mostMs`: the latest of several. */
  measure(lastMs: number, mostMs = lastMs): void {
    this.measured = { lastMs, mostMs: Math.max(this.measured.mostMs, mostMs) };
  }

  forgetDelay(): void {
    this.measured = NO_DELAY;
  }

  /** Nothing leaves by itself any more. When the last advert that did so left, and when the next one is due; undefined when
   *  none has since the last time. */
  hold(): { readonly sentAt: number; readonly nextAt: number } | undefined {
    const left = this.beat.hold();
    if (!left) return undefined;
    this.numbers = left.numbers ?? this.numbers;
    this.measure(left.lastDelayMs, left.mostDelayMs);
    this.options.instance.counters.advert_sent += left.adverts - left.failures;
    if (left.errno !== undefined) this.failed(left.errno, left.failures);
    return left;
  }

  /** From `dueMs` on adverts leave by themselves; with `full`, for the longest time that is allowed. When this has to be
   *  said again; undefined: they do not, and have to be sent. */
  goOn(dueMs: number, full: boolean): number | undefined {
    const advert = this.advertNow();
    return advert && this.beat.goOn(advert, dueMs, full);
  }

  /** An advert at once. */
  send(priority: number): void {
    this.cancelRetry();
    const { instance, log } = this.options;
    const { counters, source } = instance;
    if (source === undefined) return;
    const errno = this.sendToAll(source, priority);
    if (errno !== undefined) {
      this.failed(errno, 1, priority === 0);
      return;
    }
    counters.advert_sent++;
    if (priority !== 0) return;
    counters.pri_zero_sent++;
    log.info("vrrp.zero", { instance: instance.name });
  }

  /** For an instance that is not MASTER: nothing is sent any more. */
  rest(): void {
    this.cancelRetry();
    this.beat.close();
  }

  /** Makes an advert and sends none: the first run of any code is its slowest. */
  rehearse(): void {
    const advert = this.advertNow();
    if (advert) makeAdvert(advert.plan, advert.source, advert.priority, this.numbers, this.options.wallMs());
  }

  private advertNow(): AdvertNow | undefined {
    const { plan, source, state } = this.options.instance;
    return source === undefined ? undefined : { plan, source, priority: state.priority, numbers: this.numbers };
  }

  /** The errno name of the first destination that could not be sent to; the others are sent to all the same. */
  private sendToAll(source: string, priority: number): string | undefined {
    const { instance, wallMs, send } = this.options;
    const { plan } = instance;
    const { packets, next } = makeAdvert(plan, source, priority, this.numbers, wallMs());
    this.numbers = next;
    this.beat.forget();
    let failed: string | undefined;
    for (const [i, destination] of destinationsOf(plan).entries()) {
      const packet = packets[i];
      if (packet) failed ??= send(packet, destination);
    }
    return failed;
  }

  private failed(errno: string, count: number, isLast = false): void {
    const { instance, log, gate, now } = this.options;
    instance.counters.send_err += count;
    const held = isLast ? undefined : gate.pass(`unsent ${errno}`, now());
    if (held !== undefined)
      log.error("vrrp.unsent", { instance: instance.name, interface: channelDeviceOf(instance.plan), errno, held });
    if (!BUSY.has(errno)) return;
    const waitMs = Math.min(instance.plan.advertIntervalMs / 4, LONGEST_RETRY_MS);
    this.cancelRetry();
    this.retry = setTimeout(() => this.options.onRetry(), waitMs);
  }

  private cancelRetry(): void {
    clearTimeout(this.retry);
  }
}

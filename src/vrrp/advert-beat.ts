import { makeAdvert, numbersAfter, type SeriesNumbers } from "./advert-series.ts";
import type { Beat, BeatLeft } from "./beat.ts";
import type { Lease, Leases } from "./leases.ts";
import type { VrrpInstancePlan } from "./model.ts";
import { destinationsOf } from "./packet.ts";
import type { VrrpSocket } from "./sockets.ts";
import { leaseMs, renewalMs } from "./timing.ts";

/** The adverts of a master as they are now, and the numbers of the next one. */
export type AdvertNow = {
  readonly plan: VrrpInstancePlan;
  readonly source: string;
  readonly priority: number;
  readonly numbers: SeriesNumbers;
};

export type BeatSocket = Pick<VrrpSocket, "openBeat">;

export type AdvertBeatOptions = {
  readonly socket: () => BeatSocket | undefined;
  readonly now: () => number;
  readonly wallMs: () => number;
  /** Where leases are renewed together; absent: each by itself. */
  readonly leases?: Leases | undefined;
  /** Adverts have ceased to leave, since the lease was not renewed in time. */
  readonly onLapsed?: () => void;
};

/** Adverts made after an event are at least two, and last for so long; the others are made at the next renewal, when everybody
 *  has had their turn. */
const MADE_AT_ONCE_MS = 100;

/** Adverts of one master that a native timer sends, each at its time. An advert that is the same each time but for the number
 *  of its IPv4 header is made once; with an authentication header or a trailer they are made ahead. Those that have not left
 *  are made again whenever anything in them changes. */
export class AdvertBeat {
  private readonly options: AdvertBeatOptions;
  private readonly lease: Lease;
  private beat: Beat | undefined;
  private from: BeatSocket | undefined;
  private made: Pick<AdvertNow, "plan" | "source" | "priority"> | undefined;
  /** The numbers behind each advert that is made and has not left; of one that repeats, those of the next. */
  private ahead: SeriesNumbers[] = [];
  private goes = false;

  constructor(options: AdvertBeatOptions) {
    this.options = options;
    this.lease = { renew: () => this.renew(), onLapsed: () => options.onLapsed?.() };
  }

  /** Nothing leaves any more. What has left since the last time, and the numbers behind that; undefined for nothing. */
  hold(): (BeatLeft & { readonly numbers: SeriesNumbers | undefined }) | undefined {
    this.goes = false;
    const left = this.beat?.hold();
    if (!left || left.adverts === 0 || !this.made) return undefined;
    const { plan } = this.made;
    if (!isRepeated(plan)) {
      const numbers = this.ahead[left.adverts - 1];
      this.ahead.splice(0, left.adverts);
      return { ...left, numbers };
    }
    const [first] = this.ahead;
    const numbers = first && numbersAfter(first, left.adverts * destinationsOf(plan).length);
    if (numbers) this.ahead = [numbers];
    return { ...left, numbers };
  }

  /** An advert has left by another way, and those made ahead have the numbers of before. */
  forget(): void {
    this.ahead = [];
    this.beat?.clear();
  }

  /** From `dueMs` on adverts leave by themselves, until the lease ends. `full`: where they are made ahead, enough of them for
   *  all of that time. When to call this again at the latest, so that none is missing (Infinity: that is seen to);
   *  undefined where adverts do not leave by themselves. */
  goOn(advert: AdvertNow, dueMs: number, full: boolean): number | undefined {
    const { now, leases } = this.options;
    const { plan, source, priority } = advert;
    const beat = this.beatFor(advert);
    if (!beat) return undefined;
    if (source !== this.made?.source || priority !== this.made.priority) this.forget();
    this.made = { plan, source, priority };
    const { advertIntervalMs: intervalMs } = plan;
    const repeats = isRepeated(plan);
    if (repeats) this.makeOne(beat, advert);
    else this.makeAhead(beat, advert, dueMs, full);
    beat.go(dueMs, intervalMs, now() + leaseMs(intervalMs));
    this.goes = true;
    if (repeats && leases) return Infinity;
    const next = now() + renewalMs(intervalMs);
    return repeats ? next : Math.min(next, dueMs + (this.ahead.length - 1) * intervalMs);
  }

  /** Gives the socket back, for one that is not MASTER. */
  close(): void {
    this.options.leases?.delete(this.lease);
    this.goes = false;
    this.beat?.close();
    this.beat = undefined;
    this.from = undefined;
    this.made = undefined;
    this.ahead = [];
  }

  private renew(): boolean {
    const { beat, made, goes, options } = this;
    return !beat || !made || !goes || beat.renew(options.now() + leaseMs(made.plan.advertIntervalMs));
  }

  private makeOne(beat: Beat, { plan, source, priority, numbers }: AdvertNow): void {
    if (this.ahead.length > 0) return;
    const { packets } = makeAdvert(plan, source, priority, numbers, 0);
    for (const packet of packets) beat.append(packet);
    this.ahead.push(numbers);
  }

  private makeAhead(beat: Beat, { plan, source, priority, numbers }: AdvertNow, dueMs: number, full: boolean): void {
    const { now, wallMs } = this.options;
    const { advertIntervalMs: intervalMs } = plan;
    const most = full
      ? Math.ceil(leaseMs(intervalMs) / intervalMs) + 1
      : Math.max(2, Math.ceil(MADE_AT_ONCE_MS / intervalMs));
    const wallAhead = wallMs() - now();
    while (this.ahead.length < most) {
      const leavesAt = dueMs + this.ahead.length * intervalMs;
      const { packets, next } = makeAdvert(plan, source, priority, this.ahead.at(-1) ?? numbers, leavesAt + wallAhead);
      for (const packet of packets) beat.append(packet);
      this.ahead.push(next);
    }
  }

  /** A socket that was opened again, or other destinations, need another beat. */
  private beatFor({ plan }: AdvertNow): Beat | undefined {
    const { socket: socketNow, leases } = this.options;
    const socket = socketNow();
    if (socket === this.from && plan === this.made?.plan) return this.beat;
    this.close();
    this.from = socket;
    this.beat = socket?.openBeat(destinationsOf(plan), isRepeated(plan));
    if (this.beat) leases?.add(this.lease);
    return this.beat;
  }
}

/** Authentication headers and trailers have numbers of their own. */
const isRepeated = (plan: VrrpInstancePlan): boolean => plan.ahKey === undefined && !plan.hmac;

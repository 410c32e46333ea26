import { AdvertMaker, type SeriesNumbers } from "./advert-series.ts";
import type { Beat, BeatLeft } from "./beat.ts";
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
};

/** Adverts made after an event; the others are made at the next renewal, when everybody has had their turn. */
const MADE_AT_ONCE = 2;

/** Keeps adverts of one master made ahead, for a native timer to send each at its time. Those that have not left are made
 *  again whenever anything in them changes. */
export class AdvertBeat {
  private readonly options: AdvertBeatOptions;
  private readonly maker = new AdvertMaker();
  private beat: Beat | undefined;
  private from: BeatSocket | undefined;
  private made: Pick<AdvertNow, "plan" | "source" | "priority"> | undefined;
  /** The numbers behind each advert that is made and has not left. */
  private ahead: SeriesNumbers[] = [];

  constructor(options: AdvertBeatOptions) {
    this.options = options;
  }

  /** Nothing leaves any more. What has left since the last time, and the numbers behind that; undefined for nothing. */
  hold(): (BeatLeft & { readonly numbers: SeriesNumbers | undefined }) | undefined {
    const left = this.beat?.hold();
    if (!left || left.adverts === 0) return undefined;
    const numbers = this.ahead[left.adverts - 1];
    this.ahead.splice(0, left.adverts);
    return { ...left, numbers };
  }

  /** An advert has left by another way, and those made ahead have the numbers of before. */
  forget(): void {
    this.ahead = [];
    this.beat?.clear();
  }

  /** From `dueMs` on adverts leave by themselves, until the lease ends. `full`: enough of them for all of that time. When
   *  to call this again at the latest, so that none is missing; undefined where adverts do not leave by themselves. */
  goOn(advert: AdvertNow, dueMs: number, full: boolean): number | undefined {
    const { now, wallMs } = this.options;
    const { plan, source, priority } = advert;
    const beat = this.beatFor(advert);
    if (!beat) return undefined;
    if (source !== this.made?.source || priority !== this.made.priority) this.forget();
    this.made = { plan, source, priority };
    const { advertIntervalMs: intervalMs } = plan;
    const most = full ? Math.ceil(leaseMs(intervalMs) / intervalMs) + 1 : MADE_AT_ONCE;
    const wallAhead = wallMs() - now();
    while (this.ahead.length < most) {
      const leavesAt = dueMs + this.ahead.length * intervalMs;
      const numbers = this.ahead.at(-1) ?? advert.numbers;
      const { packets, next } = this.maker.make(plan, source, priority, numbers, leavesAt + wallAhead);
      for (const packet of packets) beat.append(packet);
      this.ahead.push(next);
    }
    beat.go(dueMs, intervalMs, now() + leaseMs(intervalMs));
    return Math.min(now() + renewalMs(intervalMs), dueMs + (this.ahead.length - 1) * intervalMs);
  }

  /** Gives the socket back, for one that is not MASTER. */
  close(): void {
    this.beat?.close();
    this.beat = undefined;
    this.from = undefined;
    this.made = undefined;
    this.ahead = [];
  }

  /** A socket that was opened again, or other destinations, need another beat. */
  private beatFor({ plan }: AdvertNow): Beat | undefined {
    const socket = this.options.socket();
    if (socket === this.from && plan === this.made?.plan) return this.beat;
    this.close();
    this.from = socket;
    this.beat = socket?.openBeat(destinationsOf(plan));
    return this.beat;
  }
}

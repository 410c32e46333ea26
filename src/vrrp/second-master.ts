import type { Logger } from "../core/log.ts";
import type { vrrpEvents } from "./log-events.ts";
import type { AdvertEvent } from "./machine.ts";

/** Another master beside us (split brain): the one heard last, and how often since when. Times are wall-clock ms. */
export type SecondMaster = {
  readonly address: string;
  readonly priority: number;
  readonly sinceWallMs: number;
  readonly lastWallMs: number;
  readonly adverts: number;
};

export type SecondMasterOptions = {
  readonly log: Logger<typeof vrrpEvents>;
  readonly name: () => string;
  readonly wallMs: () => number;
  /** Writes unless too much of this kind has been written; `held` is how many were left out. */
  readonly gate: (kind: string, write: (held: number) => void) => void;
};

/** Silence of so many of its intervals, and there is no second master any more. */
const GONE_AFTER_INTERVALS = 3;
/** One advert may cross ours when masters change; the next one says that its sender does not give way. */
const LASTING = 2;

/** What an instance that is MASTER knows of another one. */
export class SecondMasterWatch {
  private readonly options: SecondMasterOptions;
  private seen: SecondMaster | undefined;
  private timer: NodeJS.Timeout | undefined;

  constructor(options: SecondMasterOptions) {
    this.options = options;
  }

  get current(): SecondMaster | undefined {
    return this.seen;
  }

  /** An advert of another came while we were MASTER, and we stay so. */
  heard({ from, priority, intervalMs }: AdvertEvent): void {
    const now = this.options.wallMs();
    const { sinceWallMs = now, adverts = 0 } = this.seen ?? {};
    this.seen = { address: from, priority, sinceWallMs, lastWallMs: now, adverts: adverts + 1 };
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.over(), GONE_AFTER_INTERVALS * intervalMs);
    this.timer.unref();
    if (this.seen.adverts < LASTING) return;
    const instance = this.options.name();
    this.options.gate("second", (held) =>
      this.options.log.warn("vrrp.second", { instance, from, priority, adverts: adverts + 1, held }),
    );
  }

  /** It has fallen silent, or we are not MASTER any more. */
  over(): void {
    clearTimeout(this.timer);
    const { seen } = this;
    this.seen = undefined;
    if (!seen || seen.adverts < LASTING) return;
    const { address: from, adverts } = seen;
    const lastedMs = Math.max(0, seen.lastWallMs - seen.sinceWallMs);
    const instance = this.options.name();
    this.options.gate("second over", (held) =>
      this.options.log.info("vrrp.alone", { instance, from, adverts, lastedMs, held }),
    );
  }
}

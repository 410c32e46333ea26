/** What was seen again and again: the last of it, since when, for how long and how often. */
export type Sighting<Fact> = {
  readonly fact: Fact;
  readonly sinceWallMs: number;
  readonly lastWallMs: number;
  /** From the first to the last one, ms, whatever was done to the clock in between. */
  readonly lastedMs: number;
  readonly times: number;
};

export type SightingsOptions<Fact> = {
  /** Monotonic ms. */
  readonly now: () => number;
  readonly wallMs: () => number;
  /** `lapsed`: nothing was seen for a while; otherwise it was put to an end. */
  readonly onOver: (last: Sighting<Fact>, lapsed: boolean) => void;
};

/** One kind of thing that is seen until it has not been seen for a while. */
export class Sightings<Fact> {
  private readonly options: SightingsOptions<Fact>;
  private firstAt = 0;
  private last: Sighting<Fact> | undefined;
  private timer: NodeJS.Timeout | undefined;

  constructor(options: SightingsOptions<Fact>) {
    this.options = options;
  }

  get current(): Sighting<Fact> | undefined {
    return this.last;
  }

  /** It is over when it is not seen again for `keptMs`. */
  see(fact: Fact, keptMs: number): Sighting<Fact> {
    const now = this.options.now();
    const wallMs = this.options.wallMs();
    if (!this.last) this.firstAt = now;
    const { sinceWallMs = wallMs, times = 0 } = this.last ?? {};
    this.last = { fact, sinceWallMs, lastWallMs: wallMs, lastedMs: now - this.firstAt, times: times + 1 };
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.end(true), keptMs);
    this.timer.unref();
    return this.last;
  }

  over(): void {
    this.end(false);
  }

  private end(lapsed: boolean): void {
    clearTimeout(this.timer);
    const { last } = this;
    this.last = undefined;
    if (last) this.options.onOver(last, lapsed);
  }
}

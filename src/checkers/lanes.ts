/** Who of those that are due may begin, where only so many may be under way at a time. Those that take long (a server that
 *  does not answer) have three quarters of the places at most, so that for the others there is always one soon; and a
 *  quarter at least where they want it. Within either lane the first to come is the first to begin. */
export class Lanes<T> {
  readonly limit: number;
  readonly #queues = { fast: new Queue<T>(), slow: new Queue<T>() };
  readonly #running = { fast: 0, slow: 0 };
  readonly #leastSlow: number;
  readonly #mostSlow: number;

  constructor(limit: number) {
    this.limit = limit;
    this.#leastSlow = Math.max(1, Math.floor(limit / 4));
    this.#mostSlow = Math.max(1, limit - this.#leastSlow);
  }

  /** True: it begins now. False: it waits, until leave() gives it. */
  enter(item: T, lane: Lane): boolean {
    if (this.#hasPlace(lane)) {
      this.#running[lane] += 1;
      return true;
    }
    this.#queues[lane].push(item);
    return false;
  }

  /** One of that lane is over: the one that begins in its place. `isWanted`: whether one that waits still is to begin. */
  leave(lane: Lane, isWanted: (item: T) => boolean): { readonly item: T; readonly lane: Lane } | undefined {
    this.#running[lane] -= 1;
    const order: readonly Lane[] = this.#running.slow < this.#leastSlow ? ["slow", "fast"] : ["fast", "slow"];
    for (const next of order) {
      if (!this.#hasPlace(next)) continue;
      const item = this.#queues[next].shift(isWanted);
      if (item === undefined) continue;
      this.#running[next] += 1;
      return { item, lane: next };
    }
    return undefined;
  }

  get running(): number {
    return this.#running.fast + this.#running.slow;
  }

  /** Those that wait, and among them those that are not wanted any more. */
  get waiting(): number {
    return this.#queues.fast.size + this.#queues.slow.size;
  }

  #hasPlace(lane: Lane): boolean {
    return this.running < this.limit && (lane === "fast" || this.#running.slow < this.#mostSlow);
  }
}

export type Lane = "fast" | "slow";

/** First in, first out, at the same cost however many there are. */
class Queue<T> {
  #items: (T | undefined)[] = [];
  #head = 0;

  get size(): number {
    return this.#items.length - this.#head;
  }

  push(item: T): void {
    this.#items.push(item);
  }

  shift(isWanted: (item: T) => boolean): T | undefined {
    while (this.#head < this.#items.length) {
      const item = this.#items[this.#head] as T;
      this.#items[this.#head] = undefined;
      this.#head += 1;
      if (this.#head * 2 > this.#items.length) {
        this.#items = this.#items.slice(this.#head);
        this.#head = 0;
      }
      if (isWanted(item)) return item;
    }
    return undefined;
  }
}

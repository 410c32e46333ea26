/** One answer for all who ask at the same time: however many clients there are, the director is asked for one after the
 *  other. `mostAgeMs`: how old an answer may be. */
export class Shared<T> {
  readonly #make: () => Promise<T>;
  #running: Promise<T> | undefined;
  #next: Promise<T> | undefined;
  #last: { readonly value: T; readonly atMs: number } | undefined;

  constructor(make: () => Promise<T>) {
    this.#make = make;
  }

  /** What was made after this was called, or at most so long before. */
  get(mostAgeMs: number, nowMs: number = performance.now()): Promise<T> {
    if (this.#last && nowMs - this.#last.atMs <= mostAgeMs) return Promise.resolve(this.#last.value);
    if (!this.#running) return this.#run();
    if (mostAgeMs > 0) return this.#running;
    this.#next ??= this.#running.then(
      () => this.#run(),
      () => this.#run(),
    );
    return this.#next;
  }

  #run(): Promise<T> {
    this.#next = undefined;
    const atMs = performance.now();
    const running = this.#make().then((value) => {
      this.#last = { value, atMs };
      return value;
    });
    this.#running = running;
    const end = (): void => {
      if (this.#running === running) this.#running = undefined;
    };
    running.then(end, end);
    return running;
  }
}

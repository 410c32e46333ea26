/** How often values fell between bounds; what is passed on is plain JSON. `counts` has one more than `bounds`: what is
 *  above the last. */
export type HistogramCounts = { readonly counts: readonly number[]; readonly sum: number };

/** Counts values by size. Adding one is a handful of comparisons and no allocation. */
export class Histogram {
  readonly #bounds: readonly number[];
  readonly #counts: Float64Array;
  #sum = 0;

  /** `bounds` ascend; a value that equals one counts below it (OpenMetrics' `le`). */
  constructor(bounds: readonly number[]) {
    this.#bounds = bounds;
    this.#counts = new Float64Array(bounds.length + 1);
  }

  add(value: number): void {
    const bounds = this.#bounds;
    let i = 0;
    while (i < bounds.length && value > (bounds[i] as number)) i += 1;
    (this.#counts[i] as number) += 1;
    this.#sum += value;
  }

  read(): HistogramCounts {
    return { counts: [...this.#counts], sum: this.#sum };
  }
}

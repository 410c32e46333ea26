import type { HistogramCounts } from "../../core/histogram.ts";

/** A family of time series, as OpenMetrics 1.0 has it (§4.4, §5). `name` ends with its unit where it has one; counters are
 *  named without `_total` here, and written with it. */
export type Family = {
  readonly name: string;
  readonly type: "counter" | "gauge" | "histogram" | "info";
  readonly unit?: "seconds" | "bytes";
  /** One sentence for people; a name of the label in it stands for its value. */
  readonly help: string;
  readonly labels: readonly string[];
  /** Upper bounds of a histogram, ascending. */
  readonly bounds?: readonly number[];
};

export type Labels = Readonly<Record<string, string>>;

export type Sample = { readonly labels: Labels } & (
  | { readonly value: number }
  | { readonly histogram: HistogramCounts }
);

/** A family with what is known of it now. */
export type Reading = { readonly family: Family; readonly samples: readonly Sample[] };

/** The time series that a reading is: a histogram has one a bound, one for infinity, a sum and a count. */
export const seriesOf = ({ family, samples }: Reading): number =>
  samples.length * (family.type === "histogram" ? (family.bounds?.length ?? 0) + 3 : 1);

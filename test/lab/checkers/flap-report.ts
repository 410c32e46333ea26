/** What the program of test/lab/guest/flapping.ts is told. Each server stays in a state for one to two times `holdMs`; one
 *  that has for `settleMs` has to be in the table, or not, whenever that is looked at. */
export type FlapOrder = {
  readonly hosts: readonly string[];
  readonly port: number;
  readonly seconds: number;
  readonly settleMs: number;
  readonly holdMs: number;
  readonly sampleMs: number;
  readonly seed: number;
  /** Of processes that are looked at. */
  readonly pidFiles: readonly string[];
};

export type ProcessReading = { readonly pid: number; readonly rssKb: number; readonly descriptors: number };

/** `judged`: how often a server was looked for that had settled; `wrong`: the first that were not as they had to be. */
export type FlapReport = {
  flaps: number;
  samples: number;
  judged: number;
  readonly wrong: string[];
  /** By sample, then by process. */
  readonly readings: ProcessReading[][];
};

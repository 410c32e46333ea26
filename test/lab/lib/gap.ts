/** What a run of echo requests saw. Times are by the sender's clock. */
export type Gap = {
  readonly sent: number;
  readonly received: number;
  /** The longest time between two answers one after the other. */
  readonly longestMs: number;
};

/** Reads the output of `ping -D`: lines that begin with a time stamp, and a summary. */
export function gapBetween(log: string): Gap {
  const answers = [...log.matchAll(/^\[(\d+\.\d+)\] \d+ bytes from /gm)].map((line) => Number(line[1]) * 1000);
  const silences = answers.slice(1).map((at, i) => at - (answers[i] ?? at));
  const sent = Number(/(\d+) packets transmitted/.exec(log)?.[1] ?? Number.NaN);
  return { sent, received: answers.length, longestMs: Math.max(0, ...silences) };
}

/** Two programs measured in turn, so that whatever else the machine does meets both. */

export type Pair = { readonly ours: number; readonly theirs: number };

export const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return ((sorted[middle] ?? Number.NaN) + (sorted[(sorted.length - 1) >> 1] ?? Number.NaN)) / 2;
};

/** The median ratio of the turns, with the least and the greatest: "0.12 (0.10–0.15)". */
export function ratioText(pairs: readonly Pair[]): string {
  const ratios = pairs.map(({ ours, theirs }) => ours / theirs);
  return `${median(ratios).toFixed(2)} (${Math.min(...ratios).toFixed(2)}–${Math.max(...ratios).toFixed(2)})`;
}

export const medianRatio = (pairs: readonly Pair[]): number => median(pairs.map(({ ours, theirs }) => ours / theirs));

/** The medians of both. */
export const middle = (pairs: readonly Pair[]): Pair => ({
  ours: median(pairs.map(({ ours }) => ours)),
  theirs: median(pairs.map(({ theirs }) => theirs)),
});

export type Beside<T> = { readonly ours: T; readonly theirs: T };

/** Both in turn, the one that begins changing; so many turns. */
export async function inTurn<T = number>(
  turns: number,
  ours: () => Promise<T>,
  theirs: () => Promise<T>,
): Promise<Beside<T>[]> {
  const pairs: Beside<T>[] = [];
  for (let turn = 0; turn < turns; turn++) {
    const first = turn % 2 === 0;
    const before = first ? await ours() : await theirs();
    const after = first ? await theirs() : await ours();
    pairs.push(first ? { ours: before, theirs: after } : { ours: after, theirs: before });
  }
  return pairs;
}

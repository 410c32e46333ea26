/** Damerau–Levenshtein distance (adjacent swaps count one), given up above `limit`. */
export function editDistance(a: string, b: string, limit = Number.POSITIVE_INFINITY): number {
  if (Math.abs(a.length - b.length) > limit) return limit + 1;
  let older: number[] = [];
  let old = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    let best = i;
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let cost = Math.min((old[j] as number) + 1, (row[j - 1] as number) + 1, (old[j - 1] as number) + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        cost = Math.min(cost, (older[j - 2] as number) + 1);
      row.push(cost);
      if (cost < best) best = cost;
    }
    if (best > limit) return limit + 1;
    older = old;
    old = row;
  }
  return old[b.length] as number;
}

/** Length of what is left of the longer word without the beginning and the end that both have. */
function differing(a: string, b: string): number {
  const least = Math.min(a.length, b.length);
  let start = 0;
  while (start < least && a[start] === b[start]) start++;
  let end = 0;
  while (end < least - start && a.at(-1 - end) === b.at(-1 - end)) end++;
  return Math.max(a.length, b.length) - start - end;
}

/** The known word nearest to a misspelt one, when at most a third of it is wrong; case and `-` for `_` cost nothing. Words
 *  that only begin alike (`track_all`, `track_file`) are not near. */
export function closest(word: string, known: Iterable<string>): string | undefined {
  const plain = (text: string): string => text.toLowerCase().replaceAll("-", "_");
  const wanted = plain(word);
  if (wanted.length < 2 || wanted.length > 64) return undefined;
  let limit = Math.max(1, Math.floor(wanted.length / 3));
  let nearest: string | undefined;
  for (const candidate of known) {
    const distance = editDistance(wanted, plain(candidate), limit);
    if (distance > limit || distance >= Math.max(wanted.length, candidate.length) - 1) continue;
    if (distance > 2 && 2 * distance > differing(wanted, plain(candidate))) continue;
    if (distance < limit || nearest === undefined) nearest = candidate;
    limit = distance;
  }
  return nearest;
}

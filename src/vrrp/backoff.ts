/** How long to wait before trying a thing again that keeps failing. */
export type Backoff = {
  /** Notes one more attempt at `now` and gives the time of the next allowed one. */
  failed(key: string, now: number): number;
  /** When the key may be tried; anything at or before now is at once. */
  notBefore(key: string): number;
  forget(key: string): void;
};

/** Doubles from `firstMs` to `mostMs`, and starts afresh after `mostMs` of quiet beyond the last wait. */
export function createBackoff(firstMs: number, mostMs: number): Backoff {
  const waits = new Map<string, { waitMs: number; until: number }>();
  return {
    failed(key, now) {
      const last = waits.get(key);
      const again = last !== undefined && now < last.until + mostMs;
      const waitMs = again ? Math.min(last.waitMs * 2, mostMs) : firstMs;
      waits.set(key, { waitMs, until: now + waitMs });
      return now + waitMs;
    },
    notBefore: (key) => waits.get(key)?.until ?? 0,
    forget: (key) => void waits.delete(key),
  };
}

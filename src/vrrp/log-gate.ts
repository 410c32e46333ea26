/** Lets one line of a kind through, then counts: whoever can send packets must not be able to fill a disk. */
export type LogGate = {
  /** How many lines of this kind were held back since the last one, when this one may be written; otherwise undefined. */
  pass(kind: string, now: number): number | undefined;
  /** What the lines were about has changed (another master, another state): a kind may be told again sooner. */
  reset(): void;
};

/** A kind that goes on is told again after `againMs`, or `soonMs` when there was a reset. The latter bounds what a sender
 *  gets by provoking resets. Kinds come from code, never from packets. */
export function createLogGate(againMs = 600_000, soonMs = 5_000): LogGate {
  const seen = new Map<string, { at: number; held: number; waitMs: number }>();
  return {
    pass(kind, now) {
      const last = seen.get(kind);
      if (last && now - last.at < last.waitMs) {
        last.held++;
        return undefined;
      }
      seen.set(kind, { at: now, held: 0, waitMs: againMs });
      return last?.held ?? 0;
    },
    reset() {
      for (const entry of seen.values()) entry.waitMs = soonMs;
    },
  };
}

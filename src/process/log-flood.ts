import type { LogRecord, LogSink } from "../core/log.ts";
import { logOwnEvents } from "./log-own-events.ts";

/** So many lines of one message are written at once; after that, as many as time gives back. A director of thousands of
 *  real servers may lose them all in one second, and each line counts; a message that comes on and on fills the disk. */
export const BURST = 1000;
const PER_SECOND = 50;
/** Once held back, a message is written again when it has room for so many lines: not one by one with a count each. */
const AGAIN = 100;

type Bucket = { left: number; atMs: number; held: number };

/** Holds back what a message says beyond its share, and tells how many lines that were as soon as one passes again.
 *  Errors and a change of a VRRP state are never held back. `nowMs` is monotonic. */
export function floodGuard(sink: LogSink, nowMs: () => number): LogSink {
  const buckets = new Map<string, Bucket>();
  return (record) => {
    const now = nowMs();
    const bucket = buckets.get(record.event) ?? { left: BURST, atMs: now, held: 0 };
    buckets.set(record.event, bucket);
    bucket.left = Math.min(BURST, bucket.left + ((now - bucket.atMs) * PER_SECOND) / 1000);
    bucket.atMs = now;
    if (bucket.left < (bucket.held > 0 ? AGAIN : 1) && !always(record)) {
      bucket.held += 1;
      return;
    }
    bucket.left = Math.max(0, bucket.left - 1);
    if (bucket.held > 0) sink(heldBack(record.event, bucket.held));
    bucket.held = 0;
    sink(record);
  };
}

const always = ({ level, event }: LogRecord): boolean => level === "error" || event.startsWith("vrrp.");

const heldBack = (event: string, held: number): LogRecord => ({
  level: "warn",
  event: "log.held",
  text: logOwnEvents["log.held"]({ of: event, held }),
  fields: { of: event, held },
});

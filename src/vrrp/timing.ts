/** Milliseconds of the monotonic clock. */
export type Ms = number;

/** What the timers of an instance depend on. `intervalMs` is the master's advert interval: the own one in version 2, in
 *  version 3 the one its last accepted advert carried. */
export type TimingInput = {
  readonly version: 2 | 3;
  readonly priority: number;
  readonly intervalMs: number;
};

/** Skew_Time in ms: (256 - priority) / 256 of a second in version 2 (RFC 3768 §6.1), of the master's interval in version 3
 *  (RFC 9568 §6.1), so that of several backups the best one's timer runs out first. */
export const skewMs = ({ version, priority, intervalMs }: TimingInput): number =>
  ((256 - priority) / 256) * (version === 2 ? 1000 : intervalMs);

/** Master_Down_Interval in ms: `adverts` silent intervals (RFC 9568 §6.1 has 3) and the skew. */
export const masterDownMs = (input: TimingInput, adverts: number): number => adverts * input.intervalMs + skewMs(input);

/** The least time between two adverts that others' packets can make us send: whoever floods us with adverts to answer
 *  gets a hundred a second back, and no more. */
export const reassertGapMs = (intervalMs: number): number => Math.min(10, intervalMs / 10);

/** How long the adverts of a master leave by themselves when nothing is heard of the process that decides: three intervals,
 *  but long enough that neither a garbage collection nor busy programs cost the mastership, and short enough that the
 *  process is silent before it is killed for standing still. */
export const leaseMs = (intervalMs: number): number => Math.min(Math.max(3 * intervalMs, 1000), 2000);

/** How long before that time is renewed by a process that works. */
export const renewalMs = (intervalMs: number): number => leaseMs(intervalMs) / 4;

/** The least time between two batches of announcements that others' packets can make us send. */
export const ANNOUNCE_GAP_MS = 1000;

/** The least time between two batches by which addresses are claimed back. DEFEND_INTERVAL of RFC 5227 §1.1 */
export const DEFEND_GAP_MS = 10_000;

/** So long nobody else has claimed an address, and the claim is over: as long as neighbours may keep one in their tables. */
export const CLAIM_KEPT_MS = 60_000;

/** Adverts of the last master cross ours at a hand-over: with an interval of 10 ms several, until it has received our first one
 *  and its process has come to it, which takes this long at most on a machine that is in order. */
export const HANDOVER_MS = 100;

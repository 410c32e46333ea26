import type { CheckerPlan } from "./model.ts";

/** Checks that one probe answers: `key` tells them from others, `readers` is how many they are. */
export type ShareGroup = { readonly key: string; readonly readers: number };

/** By the id of a check, the group it shares its probe with; checks that are alone are left out. Checks are equal when
 *  they ask the same of the same target in the same way, as often: what they make of the answers is their own (retry,
 *  delay_before_retry, warmup, alpha). */
export function shareGroups(plans: Iterable<CheckerPlan>): ReadonlyMap<string, ShareGroup> {
  const groups = new Map<string, ShareGroup>();
  // Most hosts are asked once, and most ports of the others: the whole text of a check is made only where it may decide.
  for (const near of gathered(plans, host))
    for (const nearer of gathered(near, target)) for (const equal of gathered(nearer, probeKey)) enter(equal, groups);
  return groups;
}

/** Equal for checks that one probe can answer. A planner writes the options of a probe in one order always. */
const probeKey = ({ probe, delayLoopMs }: CheckerPlan): string => `${delayLoopMs} ${JSON.stringify(probe)}`;

const host = ({ probe }: CheckerPlan): string =>
  probe.kind === "MISC_CHECK" ? (probe.script.argv[0] ?? "") : probe.endpoint.host;

const target = ({ probe }: CheckerPlan): string =>
  probe.kind === "MISC_CHECK" ? probe.script.argv.join(" ") : `${probe.kind} ${probe.endpoint.port}`;

/** Those that have their key in common with others, a list for each key. */
function gathered(plans: Iterable<CheckerPlan>, keyOf: (plan: CheckerPlan) => string): CheckerPlan[][] {
  const first = new Map<string, CheckerPlan>();
  const lists = new Map<string, CheckerPlan[]>();
  for (const plan of plans) {
    const key = keyOf(plan);
    const list = lists.get(key);
    const other = list ? undefined : first.get(key);
    if (list) list.push(plan);
    else if (other) lists.set(key, [other, plan]);
    else first.set(key, plan);
  }
  return [...lists.values()];
}

function enter(equal: readonly CheckerPlan[], groups: Map<string, ShareGroup>): void {
  const [one] = equal;
  const ids = new Set(equal.map(({ id }) => id));
  if (!one || ids.size < 2) return;
  const group = { key: probeKey(one), readers: ids.size };
  for (const id of ids) groups.set(id, group);
}

/** A run of a shared probe: its leader waits for its turn or has begun, and the others get the same verdict. */
export type Flight<R> = { readonly key: string; readonly leader: R; readonly followers: R[]; startedMs?: number };

/** Who runs with whom. A reader joins a run that begins when it is due itself, and no other: an answer to an attempt from
 *  before would not be its own. Monotonic ms. */
export class Flights<R> {
  readonly #flights = new Map<string, Flight<R>>();
  readonly #beats = new Map<string, number>();
  readonly #sameMomentMs: number;

  constructor(sameMomentMs: number) {
    this.#sameMomentMs = sameMomentMs;
  }

  /** A reader is due, and asks for `turn` (one url of several) of its group. Whether it follows another one's run. */
  join(
    share: string,
    turn: number,
    reader: R,
    nowMs: number,
  ): { readonly flight: Flight<R>; readonly follows: boolean } {
    const key = `${turn} ${share}`;
    const open = this.#flights.get(key);
    if (open && (open.startedMs === undefined || nowMs - open.startedMs <= this.#sameMomentMs)) {
      open.followers.push(reader);
      return { flight: open, follows: true };
    }
    const flight: Flight<R> = { key, leader: reader, followers: [] };
    this.#flights.set(key, flight);
    return { flight, follows: false };
  }

  /** A run has ended, or will not be made: nobody joins it any more. */
  end(flight: Flight<R>): void {
    if (this.#flights.get(flight.key) === flight) this.#flights.delete(flight.key);
  }

  /** When a reader that would be due at `dueMs` runs: with the next regular run of its group, if that comes after now and
   *  by `latestMs`; else when it is due, and the others will come to it. */
  beat(share: string, nowMs: number, dueMs: number, latestMs = dueMs): number {
    const next = this.#beats.get(share);
    if (next !== undefined && next > nowMs && next <= latestMs) return next;
    this.#beats.set(share, dueMs);
    return dueMs;
  }

  /** These groups are all that there are from now on. */
  keep(shares: ReadonlySet<string>): void {
    for (const share of this.#beats.keys()) if (!shares.has(share)) this.#beats.delete(share);
  }
}

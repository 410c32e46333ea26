import type { CheckerPlan } from "./model.ts";

/** Checks that one probe answers: `key` tells them from others, `readers` is how many they are. */
export type ShareGroup = { readonly key: string; readonly readers: number };

/** By the id of a check, the group it shares its probe with; checks that are alone are left out. Checks are equal when
 *  they ask the same of the same target in the same way, as often: what they make of the answers is their own (retry,
 *  delay_before_retry, warmup, alpha). */
export function shareGroups(plans: Iterable<CheckerPlan>): ReadonlyMap<string, ShareGroup> {
  const targets = new Map<string, CheckerPlan[]>();
  for (const plan of plans) {
    const target = targetText(plan);
    const known = targets.get(target);
    if (known) known.push(plan);
    else targets.set(target, [plan]);
  }
  const groups = new Map<string, ShareGroup>();
  // Most targets are asked once: the whole text of a check is made only where it may decide.
  for (const near of targets.values()) if (near.length > 1) for (const equal of equals(near)) enter(equal, groups);
  return groups;
}

/** Equal for checks that one probe can answer. */
export const probeKey = ({ probe, delayLoopMs }: CheckerPlan): string => `${delayLoopMs} ${sortedJson(probe)}`;

const targetText = ({ probe, delayLoopMs }: CheckerPlan): string =>
  probe.kind === "MISC_CHECK"
    ? `${delayLoopMs} ${probe.script.argv.join(" ")}`
    : `${delayLoopMs} ${probe.kind} ${probe.endpoint.host} ${probe.endpoint.port}`;

function equals(plans: readonly CheckerPlan[]): ReadonlyMap<string, ReadonlySet<string>> {
  const byKey = new Map<string, Set<string>>();
  for (const plan of plans) {
    const key = probeKey(plan);
    byKey.set(key, (byKey.get(key) ?? new Set()).add(plan.id));
  }
  return byKey;
}

function enter([key, ids]: readonly [string, ReadonlySet<string>], groups: Map<string, ShareGroup>): void {
  if (ids.size < 2) return;
  const group = { key, readers: ids.size };
  for (const id of ids) groups.set(id, group);
}

/** JSON that does not depend on the order in which an object got its keys. */
const sortedJson = (value: unknown): string =>
  JSON.stringify(value, (_key, part: unknown) =>
    part !== null && typeof part === "object" && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );

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

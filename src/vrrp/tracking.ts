import type { TrackPlan, VrrpScriptPlan } from "./model.ts";

// Priority arithmetic of trackers, and the counting of script results (behaviour of keepalived's vrrp_track).

/** The owner of the addresses (RFC 9568 §5.2.4). No tracker moves its priority. */
const OWNER_PRIORITY = 255;
const LEAST_PRIORITY = 1;
const MOST_PRIORITY = 254;

/** One tracked thing as one instance sees it. `up` undefined: not known yet. */
export type Tracked = { readonly track: TrackPlan; readonly up: boolean | undefined };

/** What a tracker adds to the priority. A positive weight counts while up, a negative one while down; `reverse` flips the
 *  sign of the contribution. Weight 0 adds nothing: it is a fault instead. Nothing is known yet: nothing is added. */
export function contribution({ track: { weight, reverse }, up }: Tracked): number {
  if (up === undefined) return 0;
  const counts = weight > 0 ? up : !up;
  if (!counts || weight === 0) return 0;
  return reverse ? -weight : weight;
}

/** A tracked file as one instance sees it. */
export type TrackedNumber = { readonly track: TrackPlan; readonly value: number };

/** The least contribution of a file that is a fault instead, and the largest one that counts. */
const FILE_FAULT = -254;
const MOST_FILE_SHARE = 253;

/** What a file adds to the priority: its number times the weight. Weight 0 adds nothing: it is a fault or none. */
export function fileShare({ track: { weight, reverse }, value }: TrackedNumber): number {
  return Math.min(MOST_FILE_SHARE, value * (reverse ? -weight : weight) + 0);
}

/** Whether a file keeps its instance in FAULT: with weight 0 any number but 0 does (with `reverse`: 0 does), otherwise a
 *  share of -254 or less. */
export const isFileFault = (tracked: TrackedNumber): boolean =>
  tracked.track.weight === 0 ? (tracked.value !== 0) !== tracked.track.reverse : fileShare(tracked) <= FILE_FAULT;

/** Configured priority and contributions, within 1..254; an owner's stays 255. */
export function effectivePriority(
  base: number,
  tracked: readonly Tracked[],
  files: readonly TrackedNumber[] = [],
): number {
  if (base === OWNER_PRIORITY) return base;
  const shares = [...tracked.map(contribution), ...files.filter((f) => !isFileFault(f)).map(fileShare)];
  const sum = shares.reduce((total, share) => total + share, base);
  return Math.min(MOST_PRIORITY, Math.max(LEAST_PRIORITY, sum));
}

/** Whether a tracker of weight 0 keeps its instance in FAULT. With `reverse`, being up is the fault. */
export const isFault = ({ track: { weight, reverse }, up }: Tracked): boolean =>
  weight === 0 && up !== undefined && up === reverse;

/** A vrrp_script between its runs. `count` successes while up, or failures while down: results in a row that speak
 *  against the current state. `up` undefined until it has run once; that first result decides alone. */
export type ScriptState = { readonly up: boolean | undefined; readonly against: number };

/** A script at start: `init_fail` begins as failed, so that it takes `rise` successes; a known last result goes on. */
export function initialScript(plan: Pick<VrrpScriptPlan, "initFail">, known: boolean | undefined): ScriptState {
  if (known !== undefined) return { up: known, against: 0 };
  return { up: plan.initFail ? false : undefined, against: 0 };
}

/** One result counted: `rise` successes in a row bring a failed script up, `fall` failures bring it down. */
export function countResult(
  s: ScriptState,
  success: boolean,
  plan: Pick<VrrpScriptPlan, "rise" | "fall">,
): ScriptState {
  if (s.up === undefined) return { up: success, against: 0 };
  if (success === s.up) return s.against === 0 ? s : { ...s, against: 0 };
  const against = s.against + 1;
  return against >= (success ? plan.rise : plan.fall) ? { up: success, against: 0 } : { ...s, against };
}

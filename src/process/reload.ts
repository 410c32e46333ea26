import type { Result } from "../core/result.ts";
import { err, ok } from "../core/result.ts";
import type { Refusal } from "./child-link.ts";

/** A child as a reload sees it. `P` is the whole plan; each takes its own part of it. */
export type ReloadTarget<P> = {
  readonly isOn: () => boolean;
  readonly isNeeded: (plan: P) => boolean;
  readonly reload: (plan: P) => Promise<Result<unknown, Refusal>>;
  /** Starts it with this plan; resolves once it runs or cannot. */
  readonly start: (plan: P) => Promise<Result<unknown, Refusal>>;
  readonly stop: () => Promise<void>;
};

/** Brings all children from one plan to another, or leaves all at the one they had: when one refuses, dies over it or
 *  cannot be started, those before it are taken back. A child that is no longer needed first takes the plan that is empty
 *  for it, so that what went away is notified as removed, and then stops. */
export async function reloadAll<P>(
  targets: readonly ReloadTarget<P>[],
  from: P,
  to: P,
): Promise<Result<undefined, Refusal>> {
  const undo: (() => Promise<unknown>)[] = [];
  for (const target of targets) {
    if (!target.isOn() && !target.isNeeded(to)) continue;
    const startsNow = !target.isOn();
    undo.push(() => (startsNow ? target.stop() : target.reload(from)));
    const outcome = await (startsNow ? target.start(to) : target.reload(to));
    if (outcome.ok) continue;
    for (const back of undo.reverse()) await back();
    return err(outcome.error);
  }
  for (const target of targets) if (target.isOn() && !target.isNeeded(to)) await target.stop();
  return ok(undefined);
}

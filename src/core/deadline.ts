import { nowMs } from "./clock.ts";

/** One deadline at a time, on the monotonic clock. */
export type Deadline = {
  /** Moves it; undefined takes it away. */
  set(at: number | undefined): void;
};

const LONGEST_TIMEOUT_MS = 2 ** 31 - 1;

/** Calls `due` once when the deadline has come, never before. `before` runs first, and may move the deadline: whatever was
 *  received while the event loop stood still is handled before silence is concluded from it. */
export function createDeadline(before: () => void, due: (now: number) => void, now: () => number = nowMs): Deadline {
  let deadline: number | undefined;
  let timer: NodeJS.Timeout | undefined;
  let armedFor = 0;
  const arm = (): void => {
    clearTimeout(timer);
    timer = undefined;
    if (deadline === undefined) return;
    const waitMs = Math.min(Math.max(Math.ceil(deadline - now()), 0), LONGEST_TIMEOUT_MS);
    timer = setTimeout(fire, waitMs);
    armedFor = deadline;
  };
  const passed = (): boolean => deadline !== undefined && deadline <= now();
  const fire = (): void => {
    timer = undefined;
    if (passed()) before();
    if (!passed()) {
      arm();
      return;
    }
    deadline = undefined;
    due(now());
  };
  return {
    set(at) {
      deadline = at;
      // One that moves away, as a backup's does with each advert, is looked at when its timer fires.
      if (timer && at !== undefined && at >= armedFor) return;
      arm();
    },
  };
}

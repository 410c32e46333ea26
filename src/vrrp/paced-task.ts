import { nowMs } from "../core/clock.ts";

/** Something to be done soon after it is asked for, once for all who ask in between. */
export type PacedTask = {
  soon(): void;
  /** It is not done any more. */
  close(): void;
};

/** It rests so many times as long as it took, so that what asks again and again, as each of two hundred addresses that a
 *  take-over adds, leaves the time to the adverts of the others. */
const REST = 4;

export function createPacedTask(run: () => void, now: () => number = nowMs): PacedTask {
  let waiting: NodeJS.Immediate | NodeJS.Timeout | undefined;
  let restsUntil = -Infinity;
  let closed = false;
  const go = (): void => {
    waiting = undefined;
    if (closed) return;
    const began = now();
    run();
    const ended = now();
    restsUntil = ended + REST * (ended - began);
  };
  return {
    soon() {
      if (waiting || closed) return;
      const restMs = Math.floor(restsUntil - now());
      waiting = restMs > 0 ? setTimeout(go, restMs) : setImmediate(go);
    },
    close() {
      closed = true;
    },
  };
}

import { nowMs } from "../core/clock.ts";

/** Does what packets need not wait for: in the order in which it is asked for, but behind this turn of the event loop and the
 *  next, in which a take-over adds its addresses and announces them. A line of a log wakes its reader, and a message the
 *  parent, which on a busy machine run at once and for milliseconds. */
export type Later = {
  (deed: () => void): void;
  /** Does now what is left to do. */
  flush(): void;
};

/** `holdMs`: while each turn of the event loop asks for more, as when many servers die together, nothing is done for so
 *  long: what the first deeds wake would run before the packets of the next. */
export function createLater(holdMs = 0): Later {
  let deeds: (() => void)[] = [];
  let planned = false;
  let firstMs = 0;
  const plan = (): void => {
    const known = deeds.length;
    setImmediate(() => setImmediate(() => (deeds.length > known && nowMs() < firstMs + holdMs ? plan() : flush())));
  };
  const flush = (): void => {
    planned = false;
    const now = deeds;
    deeds = [];
    for (const deed of now) deed();
  };
  const later = (deed: () => void): void => {
    deeds.push(deed);
    if (planned) return;
    planned = true;
    firstMs = nowMs();
    plan();
  };
  return Object.assign(later, { flush });
}

import { nowMs, wallMs } from "../core/clock.ts";

/** The time, asked of the kernel once for all that ends in one go. */
export type TurnClock = {
  nowMs(): number;
  wallMs(): number;
  /** Asks again: what went before took long. */
  renew(): void;
};

export function createTurnClock(): TurnClock {
  let now: number | undefined;
  let wall = 0;
  const forget = (): void => {
    now = undefined;
  };
  const look = (): number => {
    wall = wallMs();
    queueMicrotask(forget);
    return nowMs();
  };
  return {
    nowMs() {
      now ??= look();
      return now;
    },
    wallMs() {
      now ??= look();
      return wall;
    },
    renew: forget,
  };
}

import { getSystemErrorName } from "node:util";
import type { Native } from "../../native/index.ts";
import { nowMs } from "../core/clock.ts";

/** Packets that leave by themselves, one advert after the other, for as long as their sender says so again in time. All
 *  times are ms of nowMs(). */
export type Beat = {
  /** One more packet behind the others; an advert is one for each destination, in their order. */
  append(packet: Uint8Array): void;
  /** Forgets all packets. */
  clear(): void;
  /** The first advert leaves at `dueMs`, each other `intervalMs` after the one before, none after `untilMs`. */
  go(dueMs: number, intervalMs: number, untilMs: number): void;
  /** Moves the end of that; false when it is over already. */
  renew(untilMs: number): boolean;
  /** Nothing leaves any more once this returns what has left since the last call. */
  hold(): BeatLeft;
  close(): void;
};

/** `failures` of the `adverts` did not reach a destination, the last one for the reason `errno`. `sentAt` is when the last
 *  one left, `nextAt` when the next one is due. */
export type BeatLeft = {
  readonly adverts: number;
  readonly failures: number;
  readonly errno: string | undefined;
  readonly sentAt: number;
  readonly nextAt: number;
  readonly lastDelayMs: number;
  readonly mostDelayMs: number;
};

export type BeatDoor = Pick<Native, "openBeat" | "monotonicMs">;

/** A beat through an open socket, of adverts made one by one, or of one that `repeats`; undefined where there is none to be had: then adverts leave when JavaScript gets to it. */
export function openBeat(
  door: BeatDoor,
  fd: number,
  destinations: readonly string[],
  repeats: boolean,
): Beat | undefined {
  if (destinations.length === 0) return undefined;
  let beat: ReturnType<BeatDoor["openBeat"]>;
  try {
    beat = door.openBeat(fd, destinations, repeats);
  } catch {
    return undefined;
  }
  const ahead = door.monotonicMs() - nowMs();
  const left = new Float64Array(7);
  return {
    append: (packet) => beat.append(packet),
    clear: () => beat.clear(),
    go: (dueMs, intervalMs, untilMs) => beat.go(dueMs + ahead, intervalMs, untilMs + ahead),
    renew: (untilMs) => beat.renew(untilMs + ahead),
    hold() {
      beat.hold(left);
      const [adverts = 0, failures = 0, error = 0, sentMs = 0, nextMs = 0, lastDelayMs = 0, mostDelayMs = 0] = left;
      return {
        adverts,
        failures,
        errno: error < 0 ? getSystemErrorName(error) : undefined,
        sentAt: sentMs - ahead,
        nextAt: nextMs - ahead,
        lastDelayMs,
        mostDelayMs,
      };
    },
    close: () => beat.close(),
  };
}

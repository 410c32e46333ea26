import type { Beat, BeatLeft } from "../../../src/vrrp/beat.ts";
import type { Agenda } from "./simulation-network.ts";

const NOTHING: BeatLeft = {
  adverts: 0,
  failures: 0,
  errno: undefined,
  sentAt: 0,
  nextAt: 0,
  lastDelayMs: 0,
  mostDelayMs: 0,
};

export type SimulatedBeat = Beat & {
  /** The process goes on after it was stopped as a whole. */
  wake(): void;
};

/** The native timer on the agenda's clock. `isStopped`: its thread does not run. `lateMs`: how late it wakes up. */
export function createSimulatedBeat(
  agenda: Agenda,
  destinations: readonly string[],
  send: (packet: Uint8Array, destination: string) => void,
  isStopped: () => boolean,
  lateMs: () => number,
): SimulatedBeat {
  let packets: Uint8Array[] = [];
  let armed: { dueMs: number; readonly intervalMs: number; readonly untilMs: number } | undefined;
  let nextAt = 0;
  let left = NOTHING;
  let turn = 0;

  const plan = (): void => {
    const mine = ++turn;
    if (!armed) return;
    agenda.plan(armed.dueMs + lateMs(), () => {
      if (mine === turn) fire();
    });
  };
  const fire = (): void => {
    const { now } = agenda;
    if (!armed || isStopped() || armed.dueMs > now) return;
    const { dueMs, intervalMs, untilMs } = armed;
    const advert = packets.slice(0, destinations.length);
    if (now > untilMs || advert.length < destinations.length) {
      armed = undefined;
      return;
    }
    packets = packets.slice(destinations.length);
    for (const [i, destination] of destinations.entries()) send(advert[i] as Uint8Array, destination);
    const delayMs = now - dueMs;
    nextAt = dueMs + intervalMs > now ? dueMs + intervalMs : now + intervalMs;
    left = {
      ...left,
      adverts: left.adverts + 1,
      sentAt: now,
      lastDelayMs: delayMs,
      mostDelayMs: Math.max(delayMs, left.mostDelayMs),
    };
    armed.dueMs = nextAt;
    plan();
  };

  return {
    append: (packet) => void packets.push(packet),
    clear() {
      packets = [];
    },
    go(dueMs, intervalMs, untilMs) {
      armed = { dueMs, intervalMs, untilMs };
      nextAt = dueMs;
      plan();
    },
    hold() {
      armed = undefined;
      const told = { ...left, nextAt };
      left = NOTHING;
      return told;
    },
    close() {
      armed = undefined;
      packets = [];
    },
    wake: fire,
  };
}

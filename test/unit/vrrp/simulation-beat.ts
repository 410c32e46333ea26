import { internetChecksum } from "../../../src/core/checksum.ts";
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

/** An IPv4 packet with a number so much further on, from 1 to 65535; any other as it is. */
function numbered(packet: Uint8Array, further: number): Uint8Array {
  if (packet[0] !== 0x45) return packet;
  const copy = packet.slice();
  const view = new DataView(copy.buffer);
  view.setUint16(4, ((view.getUint16(4) - 1 + further) % 0xffff) + 1);
  view.setUint16(10, 0);
  view.setUint16(10, internetChecksum(copy.subarray(0, 20)));
  return copy;
}

/** The native timer on the agenda's clock. `isStopped`: its thread does not run. `lateMs`: how late it wakes up. `repeats`:
 *  its packets are one advert, which is sent again and again. */
export function createSimulatedBeat(
  agenda: Agenda,
  destinations: readonly string[],
  send: (packet: Uint8Array, destination: string) => void,
  isStopped: () => boolean,
  lateMs: () => number,
  repeats: boolean,
): SimulatedBeat {
  let packets: Uint8Array[] = [];
  let armed: { dueMs: number; readonly intervalMs: number; untilMs: number } | undefined;
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
    packets = repeats
      ? packets.map((packet) => numbered(packet, destinations.length))
      : packets.slice(destinations.length);
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
    renew(untilMs) {
      if (!armed || agenda.now > armed.untilMs) return false;
      armed.untilMs = untilMs;
      return true;
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

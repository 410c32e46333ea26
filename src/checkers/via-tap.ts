import { randomInt } from "node:crypto";
import { native } from "../../native/index.ts";
import type { Family } from "../core/ip.ts";
import { segmentFilter } from "./via-datagram-packet.ts";
import { decodeSegment, type Segment } from "./via-packet.ts";

/** What listens to the answers of a tap. */
export type TapUser = {
  /** Whether a segment, by its numbers, is of this connection. */
  owns(segment: Segment): boolean;
  /** Whether it waits for the answer to a SYN: an answer of another number may be to an older connection. */
  readonly isOpening: boolean;
  onSegment(segment: Segment): void;
};

/** Packets read at once: a flood to the port of a tap must not hold up everything else. */
const MOST_AT_ONCE = 32;
/** A tap that nobody needs any more is closed: that makes the kernel, and so this process, wait for all its processors. */
const IDLE_MS = 300_000;
/** Connections to one port of one server at the same time. */
const MOST_TAPS = 16;

/** Hears all answers to the packets that leave from one port of this process. Connections are told apart by their numbers;
 *  `key`: two of one key would be the same connection to their server. */
class Tap {
  readonly family: Family;
  readonly port: number;
  readonly #fds: readonly number[];
  readonly #unwatch: () => void;
  readonly #users = new Map<string, TapUser>();
  #idle: NodeJS.Timeout | undefined;

  constructor(family: Family) {
    const holder = native().holdPort(family, "tcp", 0);
    const { port } = holder;
    const fds = [holder.fd];
    try {
      const fd = native().openTap(family, segmentFilter(family, port));
      fds.push(fd);
      this.#unwatch = native().watch(fd, () => this.#read(fd));
    } catch (cause) {
      for (const fd of fds) native().close(fd);
      throw cause;
    }
    this.family = family;
    this.port = port;
    this.#fds = fds;
  }

  has = (key: string): boolean => this.#users.has(key);

  add(key: string, user: TapUser): void {
    clearTimeout(this.#idle);
    this.#users.set(key, user);
  }

  delete(key: string): void {
    this.#users.delete(key);
    if (this.#users.size > 0) return;
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => this.close(), IDLE_MS).unref();
  }

  close(): void {
    clearTimeout(this.#idle);
    this.#unwatch();
    for (const fd of this.#fds) native().close(fd);
    taps = taps.filter((tap) => tap !== this);
  }

  #hand(segment: Segment): void {
    for (const user of this.#users.values())
      if (user.owns(segment)) {
        user.onSegment(segment);
        return;
      }

    for (const user of [...this.#users.values()]) if (user.isOpening) user.onSegment(segment);
  }

  #read(fd: number): void {
    packet ??= Buffer.allocUnsafeSlow(65_536);
    for (let i = 0; i < MOST_AT_ONCE; i += 1) {
      const length = native().receive(fd, packet);
      if (length < 0) return;
      const segment = decodeSegment(packet.subarray(0, Math.min(length, packet.length)));
      if (segment) this.#hand(segment);
    }
  }
}

/** The largest packet that the kernel may put together of several; one buffer for all, since each is looked at at once. */
let packet: Buffer | undefined;
let taps: Tap[] = [];

/** A tap that has no connection of this key, opened where there is none. Throws what the kernel says, or that too many are
 *  under way. */
export function tapFor(family: Family, key: string): Tap {
  const ofFamily = taps.filter((tap) => tap.family === family);
  const free = ofFamily.find((tap) => !tap.has(key));
  if (free) return free;
  if (ofFamily.length >= MOST_TAPS)
    throw new Error(`${MOST_TAPS} checks of ${key} are under way, and none of them has ended`);
  const tap = new Tap(family);
  taps.push(tap);
  return tap;
}

export type { Tap };

export const anySequence = (): number => randomInt(2 ** 32);

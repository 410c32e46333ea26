import type { Counter } from "./counters.ts";
import type { HmacPlan } from "./model.ts";
import { type Binding, isSigned, readTrailer, TRAILER_BYTES } from "./wire/hmac-trailer.ts";

/** What an instance knows for checking trailers. */
export type HmacState = {
  readonly plan: HmacPlan;
  /** Now, since 1970. */
  readonly wallMs: number;
  /** The sequence of the last advert that was accepted from an address. */
  readonly lastFrom: (source: string) => bigint | undefined;
};

export type Signed =
  | { readonly ok: true; readonly trailerBytes: number; readonly sequence?: bigint; readonly late?: string }
  | { readonly ok: false; readonly counter: Counter; readonly detail: string };

const SECOND = 1n << 32n;
const bytesOf = (keyHex: string): Uint8Array => Buffer.from(keyHex, "hex");

/** The key that an instance signs with; undefined when it does not. */
export function signingKey(plan: HmacPlan | undefined): { id: number; bytes: Uint8Array } | undefined {
  if (!plan || plan.mode === "receive-only") return undefined;
  const key = plan.keys.find(({ id }) => id === plan.activeKey);
  return key && { id: key.id, bytes: bytesOf(key.keyHex) };
}

/** A time as a sequence: seconds in the upper 32 bits, then a fraction of 16 bits, then a counter, 0. */
export function clockSequence(wallMs: number): bigint {
  const seconds = Math.floor(wallMs / 1000);
  const fraction = Math.floor(((wallMs - seconds * 1000) * 0x10000) / 1000);
  return BigInt.asUintN(64, BigInt(seconds) * SECOND + (BigInt(fraction) << 16n));
}

/** Serial number arithmetic of RFC 1982 with 64 bits. */
const isAfter = (a: bigint, b: bigint): boolean => BigInt.asIntN(64, a - b) > 0n;

/** By how many seconds a time is after that of a sequence. */
const secondsAfter = (wallMs: number, sequence: bigint): number =>
  Number(BigInt.asIntN(32, BigInt(Math.floor(wallMs / 1000)) - (sequence >> 32n)));

/** The sequence of the next advert: the time, or one more than that of the last. A clock that was set back is followed once
 *  the last sequence is further ahead of it than receivers allow; without a time window it never is. */
export function nextSequence(last: bigint, wallMs: number, plan: HmacPlan): bigint {
  const clock = clockSequence(wallMs);
  if (isAfter(clock, last)) return clock;
  const strands = plan.antiReplay === "time" && -secondsAfter(wallMs, last) * 1000 > plan.timeWindowMs;
  return strands ? clock : BigInt.asUintN(64, last + 1n);
}

/** Checks the trailer of a packet whose advert takes `advertBytes`. What costs least comes first; a flood of recorded
 *  adverts is dropped before any HMAC is computed. */
export function checkTrailer(payload: Uint8Array, advertBytes: number, binding: Binding, state: HmacState): Signed {
  const { plan, wallMs } = state;
  const reject = (counter: Counter, detail: string): Signed => ({ ok: false, counter, detail });
  if (payload.length !== advertBytes + TRAILER_BYTES)
    return plan.mode === "enforce"
      ? reject("auth_ext_missing", "it has no trailer of auth_hmac")
      : { ok: true, trailerBytes: 0 };
  const trailer = readTrailer(payload);
  if (!trailer) return reject("auth_ext_malformed", "its trailer is none of auth_hmac");
  const { keyId, sequence } = trailer;
  const skewS = secondsAfter(wallMs, sequence);
  const timed = plan.antiReplay === "time";
  const windowS = plan.timeWindowMs / 1000;
  if (timed && Math.abs(skewS) > windowS)
    return reject("auth_ext_stale", `it is ${apart(skewS)}, more than the ${windowS} s of time_window`);
  const key = plan.keys.find(({ id }) => id === keyId);
  if (!key) return reject("auth_ext_unknown_key", `there is no key ${keyId}`);
  if (!isSigned(payload, binding, bytesOf(key.keyHex)))
    return reject("auth_ext_invalid_hmac", `it was not signed with our key ${keyId}, or has been changed`);
  const last = state.lastFrom(binding.source);
  // A mark outside of the window orders only what the window rejects; without it a sender whose clock was set back is heard.
  const counts = last !== undefined && (!timed || Math.abs(secondsAfter(wallMs, last)) <= windowS);
  if (counts && !isAfter(sequence, last)) return reject("auth_ext_replay", "it has been there: a replayed advert");
  return {
    ok: true,
    trailerBytes: TRAILER_BYTES,
    sequence,
    ...(timed && Math.abs(skewS) > windowS / 2 && { late: `its clock is ${apart(skewS)}` }),
  };
}

const apart = (skewS: number): string => `${Math.abs(skewS)} s ${skewS < 0 ? "ahead of ours" : "behind ours"}`;

/** The last sequence of each sender. By multicast there is more than one at most while a new master is found, so that a
 *  few are kept, those that were heard last. */
export class Senders {
  readonly #last = new Map<string, bigint>();

  from(source: string): bigint | undefined {
    return this.#last.get(source);
  }

  /** `most`: how many are kept. */
  heard(source: string, sequence: bigint, most: number): void {
    this.#last.delete(source);
    this.#last.set(source, sequence);
    for (const oldest of this.#last.keys()) {
      if (this.#last.size <= most) return;
      this.#last.delete(oldest);
    }
  }
}

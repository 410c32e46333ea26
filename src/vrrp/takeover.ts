import type { Obstacle, TakeoverCheckPlan } from "./takeover-model.ts";
import type { Ms } from "./timing.ts";

// takeover_check: a backup that has heard nothing asks before it takes over whether the master is gone, or only its adverts
// are. No clock, no socket: like the state machine that calls it.

/** Where the asking stands. It goes in rounds: the addresses are asked for three times in one, and a round that ends in
 *  silence ends the asking. After an answer it rests for as long as a round is. */
export type TakeoverCheck = {
  /** The beginning of the first round. */
  readonly since: Ms;
  readonly phase: "asks" | "rests" | "over";
  readonly endsAt: Ms;
  /** When it is looked at next: another question, or the end. */
  readonly nextAt: Ms;
  readonly witnessed: boolean;
  /** What has been in the way since a round met it. */
  readonly obstacle?: Obstacle;
  /** It lets another one that asks go first, until then at the longest. */
  readonly yieldsUntil?: Ms;
};

/** The next state of the asking, what is to be asked now, and an obstacle that is to be told of. */
export type Turn = {
  readonly check: TakeoverCheck;
  readonly ask?: "addresses" | "all";
  readonly met?: Obstacle;
};

const QUESTIONS = 3;

/** Its time has come: the first round, the next question, or the end of a round. */
export function askNext(check: TakeoverCheck | undefined, now: Ms, plan: TakeoverCheckPlan): Turn {
  if (!check) return { check: round(now, plan, { since: now }), ask: "all" };
  if (check.phase === "over") return { check };
  if (now < check.endsAt)
    return { check: { ...check, nextAt: nextQuestion(now, check.endsAt, plan) }, ask: "addresses" };
  if (check.phase === "rests") return { check: round(now, plan, check), ask: "all" };
  if (plan.witnesses.length === 0 || check.witnessed) return { check: { ...check, phase: "over" } };
  const obstacle: Obstacle = { kind: "no-witness" };
  if (plan.noWitness === "take") return { check: { ...check, phase: "over" }, met: obstacle };
  return { check: round(now, plan, { ...check, obstacle }), ask: "all", ...told(check, obstacle) };
}

/** Somebody answers for an address, or announces it. */
export function answered(check: TakeoverCheck, obstacle: Obstacle, now: Ms, plan: TakeoverCheckPlan): Turn {
  if (check.phase !== "asks") return { check };
  if (plan.onConflict === "take") return { check: { ...check, phase: "over", nextAt: now }, met: obstacle };
  const endsAt = now + plan.timeoutMs;
  return { check: { ...check, phase: "rests", endsAt, nextAt: endsAt, obstacle }, ...told(check, obstacle) };
}

/** Another one asks for the same address, so that both would take it at the same time: the lower hardware address lets the
 *  other go first, and then asks whether it has (RFC 5227 §2.1.1). It waits on while it hears such a one ask, which may have
 *  let a third go first and be about to take over; but not for ever, since who asks may be held up himself. */
export function metRival(check: TakeoverCheck, outranked: boolean, now: Ms, plan: TakeoverCheckPlan): TakeoverCheck {
  if (check.phase !== "asks" || !outranked) return check;
  const { timeoutMs } = plan;
  if (check.yieldsUntil === undefined) {
    const endsAt = now + 2 * timeoutMs;
    return { ...check, yieldsUntil: endsAt + timeoutMs, endsAt, nextAt: nextQuestion(now, endsAt, plan) };
  }
  const itsNextHeard = now + (2 * timeoutMs) / QUESTIONS;
  return { ...check, endsAt: Math.min(check.yieldsUntil, Math.max(check.endsAt, itsNextHeard)) };
}

function round(
  now: Ms,
  plan: TakeoverCheckPlan,
  { since, obstacle }: Pick<TakeoverCheck, "since" | "obstacle">,
): TakeoverCheck {
  const endsAt = now + plan.timeoutMs;
  const nextAt = nextQuestion(now, endsAt, plan);
  return { since, phase: "asks", endsAt, nextAt, witnessed: false, ...(obstacle && { obstacle }) };
}

const nextQuestion = (now: Ms, endsAt: Ms, { timeoutMs }: TakeoverCheckPlan): Ms =>
  Math.min(endsAt, now + timeoutMs / QUESTIONS);

/** An obstacle is told of when it is another than the last one. */
function told({ obstacle: last }: TakeoverCheck, obstacle: Obstacle): { readonly met?: Obstacle } {
  const same =
    last?.kind === obstacle.kind &&
    (last.kind === "no-witness" || (obstacle.kind === "conflict" && last.hardwareAddress === obstacle.hardwareAddress));
  return same ? {} : { met: obstacle };
}

/** "192.0.2.100 is answered for by 52:54:00:12:34:56, though no advert is heard". */
export const obstacleText = (obstacle: Obstacle): string =>
  obstacle.kind === "conflict"
    ? `${obstacle.address} is answered for by ${obstacle.hardwareAddress}, though no advert is heard`
    : "none of its witnesses answers";

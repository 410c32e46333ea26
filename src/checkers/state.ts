import { upVerdict } from "./checker.ts";
import type { CheckerPlan, CheckerState, Verdict } from "./model.ts";

/** Why a result is worth a line in the log.
 *  `urlPassed`: one url of several on the way up;
 *  `attempt`: it failed, and will be tried again; `stillDown`: it failed while down already (both only with
 *  log_all_failures, save the first run of an alpha checker); `unknown`: our own side failed, told once in a row. */
export type Note = "succeeded" | "urlPassed" | "failed" | "attempt" | "stillDown" | "unknown";

export type Step = {
  readonly state: CheckerState;
  /** From the end of this run to the start of the next. */
  readonly nextDelayMs: number;
  readonly change: "up" | "down" | "weight" | "none";
  readonly note?: Note;
};

/** A finished run. Monotonic times in ms for delays, wall-clock ms for what people read. */
export type Result = {
  readonly verdict: Verdict;
  readonly startedMs: number;
  readonly endedMs: number;
  readonly wallMs: number;
};

/** The state before the first run: up, unless alpha asks for a success first. */
export const initialState = (plan: Pick<CheckerPlan, "alpha">, wallMs: number): CheckerState => ({
  up: !plan.alpha,
  hasRun: false,
  failures: 0,
  sinceWallMs: wallMs,
  ...(plan.alpha && { passedUrls: 0, why: "alpha: waiting for a first success" }),
});

/** How long after the start a checker runs first: 1 s and a random part of its warmup. `random` is in [0, 1). */
export const firstDelayMs = (plan: CheckerPlan, random: number): number => 1000 + random * plan.warmupMs;

/** The rules around a probe, as keepalived's: the first run decides alone (SMTP_CHECK excepted, which has its retries in every
 *  round, down or not); later a failure takes the checker down after `retry` further failing attempts; one success brings it
 *  up; a local problem counts neither way. An HTTP check asks one url a run, and has run when all have passed once; when one
 *  fails it is retried until it passes, and then all must pass in turn. */
export function step(state: CheckerState, result: Result, plan: CheckerPlan): Step {
  if (isSteady(state, result, plan)) return staySteady(state, result, plan);
  const seen = {
    lastVerdict: result.verdict,
    lastRunWallMs: result.wallMs,
    lastLatencyMs: result.endedMs - result.startedMs,
  };
  switch (result.verdict.up) {
    case true:
      return succeed({ ...state, ...seen }, state, result, result.verdict.weight, plan);
    case false:
      return fail({ ...state, ...seen }, result, result.verdict.detail, plan);
    case "unknown":
      return {
        state: { ...state, ...seen },
        nextDelayMs: loopDelayMs(plan, result),
        change: "none",
        ...(state.lastVerdict?.up !== "unknown" && { note: "unknown" }),
      };
  }
}

/** Whether a run says what the one before said, and there is nothing more to know of this checker: so nearly all of them. */
const isSteady = (state: CheckerState, { verdict }: Result, plan: CheckerPlan): boolean =>
  verdict === upVerdict &&
  state.lastVerdict === upVerdict &&
  state.up &&
  state.hasRun &&
  state.failures === 0 &&
  state.weight === undefined &&
  state.delta === undefined &&
  state.nextUrl === undefined &&
  state.passedUrls === undefined &&
  urlCount(plan) <= 1;

/** What succeed() says of it, written out: copying what one does not know costs more than all the rest of a step. */
const staySteady = (state: CheckerState, result: Result, plan: CheckerPlan): Step => ({
  state: {
    up: true,
    hasRun: true,
    failures: 0,
    sinceWallMs: state.sinceWallMs,
    lastVerdict: upVerdict,
    lastRunWallMs: result.wallMs,
    lastLatencyMs: result.endedMs - result.startedMs,
  },
  nextDelayMs: loopDelayMs(plan, result),
  change: "none",
});

function succeed(
  seen: CheckerState,
  before: CheckerState,
  result: Result,
  weight: number | undefined,
  plan: CheckerPlan,
): Step {
  const { why: _why, passedUrls: _passed, weight: _weight, ...rest } = seen;
  const nextDelayMs = loopDelayMs(plan, result);
  const betweenUrlsMs = "fastRecovery" in plan.probe && plan.probe.fastRecovery ? 0 : nextDelayMs;
  const turn = takeTurn(before, urlCount(plan));
  const asked = weight === undefined ? {} : { weight };
  const urls = turn.nextUrl === undefined ? {} : { nextUrl: turn.nextUrl };
  if (before.up) {
    const hasRun = before.hasRun || !turn.nextUrl;
    const state = { ...rest, ...asked, ...urls, hasRun, failures: 0 };
    const change = before.weight === weight ? "none" : "weight";
    if (!hasRun) return { state, nextDelayMs: betweenUrlsMs, change };
    return { state, nextDelayMs, change, ...(!before.hasRun && { note: "succeeded" }) };
  }
  if (!turn.allPassed) {
    const state = { ...seen, ...urls, hasRun: true, failures: 0, passedUrls: turn.passedUrls };
    return { state, nextDelayMs: betweenUrlsMs, change: "none", note: "urlPassed" };
  }
  const state = { ...rest, ...asked, ...urls, up: true, hasRun: true, failures: 0, sinceWallMs: result.wallMs };
  return { state, nextDelayMs, change: "up", note: "succeeded" };
}

function fail(seen: CheckerState, result: Result, why: string, plan: CheckerPlan): Step {
  const { passedUrls: _passed, ...rest } = seen;
  const all = plan.logAllFailures;
  const isSmtp = plan.probe.kind === "SMTP_CHECK";
  const isRetried = seen.failures < plan.retry && (seen.up ? seen.hasRun || isSmtp : isSmtp);
  const failures = isRetried ? seen.failures + 1 : 0;
  const retryDelayMs = delayMs(plan.delayBeforeRetryMs, plan, result);
  if (!seen.up) {
    const state = { ...rest, hasRun: true, failures, why };
    const nextDelayMs = isRetried ? retryDelayMs : downDelayMs(plan, result);
    // An alpha checker starts down: without this line nobody would say why its server does not join.
    const told = all || !seen.hasRun;
    return { state, nextDelayMs, change: "none", ...(told && { note: "stillDown" }) };
  }
  if (isRetried) {
    const state = { ...rest, failures };
    return { state, nextDelayMs: retryDelayMs, change: "none", ...(all && { note: "attempt" }) };
  }
  const state = { ...rest, up: false, hasRun: true, failures, sinceWallMs: result.wallMs, why };
  return { state, nextDelayMs: downDelayMs(plan, result), change: "down", note: "failed" };
}

/** The url that is asked after the one that has just passed, and whether a checker that is down may come up. */
function takeTurn(state: CheckerState, count: number): { nextUrl?: number; passedUrls: number; allPassed: boolean } {
  if (count <= 1) return { passedUrls: count, allPassed: true };
  if (state.up) return { nextUrl: ((state.nextUrl ?? 0) + 1) % count, passedUrls: 0, allPassed: true };
  if (state.passedUrls === undefined) return { nextUrl: 0, passedUrls: 0, allPassed: false };
  const passedUrls = state.passedUrls + 1;
  return { nextUrl: passedUrls % count, passedUrls, allPassed: passedUrls >= count };
}

export const urlCount = (plan: CheckerPlan): number => ("urls" in plan.probe ? plan.probe.urls.length : 0);

/** Delays count from the end of a run, for MISC_CHECK from its start. */
function delayMs(ms: number, plan: CheckerPlan, { startedMs, endedMs }: Result): number {
  return plan.probe.kind === "MISC_CHECK" ? Math.max(0, ms - (endedMs - startedMs)) : ms;
}

const loopDelayMs = (plan: CheckerPlan, result: Result): number => delayMs(plan.delayLoopMs, plan, result);

/** While down an HTTP check waits for the longer of its two delays. */
const downDelayMs = (plan: CheckerPlan, result: Result): number =>
  "urls" in plan.probe ? Math.max(plan.delayBeforeRetryMs, plan.delayLoopMs) : loopDelayMs(plan, result);

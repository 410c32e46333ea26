import { setTimeout as delay } from "node:timers/promises";
import { err, ok, type Result } from "../../core/result.ts";
import type { DirectorStatus } from "../../process/status.ts";
import { askDaemon } from "../control-client.ts";
import { describeFailure } from "../errors.ts";

export type Follower = {
  readonly told: (status: DirectorStatus) => void;
  /** There was no answer. */
  readonly silent: (reason: string) => void;
};

/** Between an answer and the next question; more where answers take long, so that asking is a tenth of the time. */
const EVERY_MS = 1000;
const SHARE = 10;
const AT_MOST_MS = 5000;
/** Whoever says nothing for so long is silent. */
const LIMIT_MS = 3000;

/** Asks a director how it stands, again and again, until `signal`; whether it is there or not. */
export async function follow(socketPath: string, { told, silent }: Follower, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const startedMs = performance.now();
    const answer = await ask(socketPath, signal);
    if (signal.aborted) return;
    if (answer.ok) told(answer.value);
    else silent(answer.error);
    const tookMs = performance.now() - startedMs;
    await delay(Math.min(AT_MOST_MS, Math.max(EVERY_MS, SHARE * tookMs)), undefined, { signal }).catch(() => {});
  }
}

async function ask(socketPath: string, signal: AbortSignal): Promise<Result<DirectorStatus, string>> {
  try {
    const { httpStatus, body } = await askDaemon(socketPath, "GET", "/status", { signal, limitMs: LIMIT_MS });
    if (httpStatus !== 200) return err(`the director answers with HTTP status ${httpStatus}`);
    return ok(body as DirectorStatus);
  } catch (error) {
    return err(describeFailure(error, false).text);
  }
}

import { setTimeout as delay } from "node:timers/promises";
import { DirectorError } from "../../core/errors.ts";
import type { DirectorStatus } from "../../process/status.ts";
import { askDaemon } from "../control-client.ts";
import { describeFailure } from "../errors.ts";
import { noTraffic, type ToldService, type Traffic, trafficOf } from "../status-traffic.ts";

export type Follower = {
  readonly told: (status: DirectorStatus, traffic: Traffic) => void;
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
  let traffic = noTraffic;
  const ask = async (path: string): Promise<unknown> => {
    const { httpStatus, body } = await askDaemon(socketPath, "GET", path, { signal, limitMs: LIMIT_MS });
    if (httpStatus !== 200)
      throw new DirectorError("control/refused", `the director answers with HTTP status ${httpStatus}`);
    return body;
  };
  const askTraffic = async (): Promise<void> => {
    const body = await ask("/ipvs").catch(() => undefined);
    traffic =
      body === undefined ? noTraffic : trafficOf((body as { readonly services: readonly ToldService[] }).services);
  };
  const askStatus = async (): Promise<void> => {
    const answer = await ask("/status").catch((error: unknown) => ({ failure: describeFailure(error, false).text }));
    if (signal.aborted) return;
    if (isFailure(answer)) silent(answer.failure);
    else told(answer as DirectorStatus, traffic);
  };
  await askTraffic();
  await Promise.all([again(askStatus, signal), again(askTraffic, signal)]);
}

const isFailure = (answer: unknown): answer is { readonly failure: string } =>
  typeof answer === "object" && answer !== null && "failure" in answer;

async function again(ask: () => Promise<void>, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const startedMs = performance.now();
    await ask();
    const tookMs = performance.now() - startedMs;
    await delay(Math.min(AT_MOST_MS, Math.max(EVERY_MS, SHARE * tookMs)), undefined, { signal }).catch(() => {});
  }
}

import { messageOf } from "../core/errors.ts";
import type { Logger } from "../core/log.ts";
import type { Result } from "../core/result.ts";
import { parseRsCommand } from "../virtual-server/rs-command.ts";
import { parseVrrpCommand } from "../vrrp/vrrp-command.ts";
import type { Refusal } from "./child-link.ts";
import type { Director } from "./director.ts";
import type { EventRing } from "./event-ring.ts";
import type { ProcessEvents } from "./log-events.ts";
import type { ControlRequest, FromChildOf, Peer } from "./messages.ts";
import { metricsInput } from "./metrics-input.ts";
import type { ProcessStatus } from "./status.ts";

export type Answer = { readonly httpStatus: number; readonly body: unknown };

export type AnswerParts = {
  readonly director: Director;
  readonly events: EventRing;
  readonly log: Logger<ProcessEvents>;
  /** How the api process itself stands. */
  readonly describe: () => ProcessStatus;
  /** The api process wants to be told of events from now on, or no longer. */
  readonly subscribe: (on: boolean) => void;
};

/** What the parent answers to a request that the api process has understood. That one may be in anybody's hands: what came
 *  with the request is looked into here. A mistake of ours in telling something is told too: a director that serves does
 *  not end for it. */
export async function answerTo(message: FromChildOf<"request">, parts: AnswerParts): Promise<Answer> {
  try {
    return await answer(message, parts);
  } catch (error) {
    if (CHANGING.has(message.request)) throw error;
    return { httpStatus: 500, body: { ok: false, code: "internal", message: messageOf(error) } };
  }
}

/** Requests that change something: what a mistake leaves half done, another parent begins anew. */
const CHANGING: ReadonlySet<ControlRequest> = new Set(["reload", "stop", "rs", "vrrp"]);

async function answer({ request, body, peer }: FromChildOf<"request">, parts: AnswerParts): Promise<Answer> {
  const { director, events, describe, subscribe } = parts;
  switch (request) {
    case "status":
      return { httpStatus: 200, body: await director.status([describe()]) };
    case "ipvs":
      return readingOf(await director.kernelTable(), (table) => ({ services: table }));
    case "config":
      return { httpStatus: 200, body: director.configuration() };
    case "running":
      return { httpStatus: 200, body: director.running() };
    case "plan":
      return readingOf(await director.preview(), (preview) => preview as object);
    case "metrics":
      return { httpStatus: 200, body: await metricsInput(director, [describe()]) };
    case "events": {
      const { after } = (body ?? {}) as { readonly after?: unknown };
      subscribe(true);
      return { httpStatus: 200, body: { events: events.after(typeof after === "string" ? after : undefined) } };
    }
    case "quiet":
      subscribe(false);
      return { httpStatus: 200, body: { ok: true } };
    case "reload": {
      asked(parts, "reload", peer);
      const outcome = await director.reload();
      return outcome.ok ? done() : { httpStatus: 409, body: { ok: false, ...outcome.error } };
    }
    case "rs": {
      const command = parseRsCommand(body);
      if (!command) return badRequest("real servers");
      asked(parts, `rs ${command.do} ${command.server.address}`, peer);
      return answerOf(await director.override(command));
    }
    case "vrrp": {
      const command = parseVrrpCommand(body);
      if (!command) return badRequest("VRRP instances");
      asked(parts, `vrrp ${command.do} ${command.instance}`, peer);
      return answerOf(await director.vrrpCommand(command));
    }
    case "stop":
      asked(parts, "stop", peer);
      return { httpStatus: 200, body: { ok: true, pid: process.pid } };
    default:
      return unknownRequest(request);
  }
}

/** The guard of messages lets any word pass as a request. */
const unknownRequest = (_request: never): Answer => ({
  httpStatus: 404,
  body: { ok: false, code: "control/unknown", message: "unknown request" },
});

const asked = ({ log }: AnswerParts, what: string, peer: Peer | undefined): void =>
  log.info("control.asked", { what, ...(peer && { byPid: peer.pid, byUid: peer.uid }) });

const done = (): Answer => ({ httpStatus: 200, body: { ok: true } });

const badRequest = (of: string): Answer => ({
  httpStatus: 400,
  body: { ok: false, code: "control/bad-request", message: `the body is no command for ${of}` },
});

const answerOf = (outcome: Result<unknown, Refusal>): Answer =>
  outcome.ok
    ? { httpStatus: 200, body: { ok: true, ...(outcome.value as object) } }
    : { httpStatus: 409, body: { ok: false, ...outcome.error } };

/** Of a process that is asked something: 503 where it does not run, 409 where it refuses. */
function readingOf<T>(outcome: Result<T, Refusal>, body: (value: T) => object): Answer {
  if (outcome.ok) return { httpStatus: 200, body: body(outcome.value) };
  const httpStatus = outcome.error.code.startsWith("child/") ? 503 : 409;
  return { httpStatus, body: { ok: false, ...outcome.error } };
}

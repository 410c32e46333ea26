import { randomUUID } from "node:crypto";
import { nowMs, wallMs } from "../core/clock.ts";
import { messageOf } from "../core/errors.ts";
import { createLogger, type LogSink } from "../core/log.ts";
import { type Deliver, deliverBySmtp, isFinal, type Refusal } from "./mail-delivery.ts";
import { mailEvents } from "./mail-events.ts";
import { createMailKeeper, type SavedMail, type SavedMails, type SavedMailsPart } from "./mail-keeper.ts";
import type { MailPlan, RoomGlobals } from "./plan-global-model.ts";

/** Tells administrators by mail what happened. */
export type Mailer = {
  /** Queues a mail "[router_id] subject" to all recipients; returns at once and never throws. Mails leave in the order of
   *  their events; what the server does not take is tried again with growing pauses, for an hour; for a recipient of whom it
   *  says so alone, beside the others. Without recipients or server in the configuration it does nothing. */
  send(subject: string, body: string): void;
  /** From now on mails follow this configuration. */
  configure(global: RoomGlobals): void;
  /** Tries once more what is queued, for at most `timeoutMs`; drops the rest. */
  close(timeoutMs: number): Promise<void>;
};

/** More waiting mails than this and the oldest is dropped: a server that takes none must not eat the memory. So many real
 *  servers may die at once. */
const MOST_WAITING = 2000;

/** Pauses before the second, third … attempt; the last one again and again. */
const PAUSES_MS = [5_000, 15_000, 60_000, 300_000] as const;
const GIVE_UP_MS = 3_600_000;

export type MailerOptions = {
  readonly deliver?: Deliver;
  /** What a predecessor of this process had not sent yet. */
  readonly saved?: SavedMails | undefined;
  /** Mails that wait, for a successor. */
  readonly onSaved?: (mails: SavedMailsPart) => void;
};

type Waiting = SavedMail & {
  readonly sinceMs: number;
  attempts: number;
  /** Not before; 0: as soon as it is its turn. */
  dueMs: number;
};

const pauseAfter = (attempts: number): number => PAUSES_MS[Math.min(attempts, PAUSES_MS.length) - 1] ?? PAUSES_MS[0];

const waitingFrom = (mail: SavedMail): Waiting => ({ ...mail, sinceMs: nowMs(), attempts: 0, dueMs: 0 });

export function createMailer(global: RoomGlobals, sink: LogSink, options: MailerOptions = {}): Mailer {
  const { deliver = deliverBySmtp, saved = {}, onSaved = () => {} } = options;
  const log = createLogger(mailEvents, sink);
  const queue: Waiting[] = Object.values(saved).map(waitingFrom);
  const keep = createMailKeeper(() => queue, onSaved);
  let current = global;
  let working: Promise<void> | undefined;
  let underWay: Waiting | undefined;
  let closed = false;
  let wake = (): void => {};

  const pause = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });

  const drop = (subject: string, reason: string): void => log.warn("mail.dropped", { subject, reason });

  /** When something is tried again, after a failure; undefined: no more. */
  const againAfter = (waiting: Waiting, over: boolean): number | undefined =>
    over || closed || nowMs() - waiting.sinceMs > GIVE_UP_MS ? undefined : pauseAfter(waiting.attempts);

  /** Those who are to get it later, as a mail of their own: it holds up nobody else's. */
  const setAside = (waiting: Waiting, server: string, refused: readonly Refusal[]): void => {
    const { subject } = waiting;
    const left: string[] = [];
    for (const { recipient, message, isFinal: isOver } of refused) {
      const againMs = againAfter(waiting, isOver);
      if (againMs !== undefined) left.push(recipient);
      log.warn("mail.refused", { subject, server, recipient, message, ...(againMs !== undefined && { againMs }) });
    }
    if (left.length > 0) queue.push({ ...waiting, left, dueMs: nowMs() + pauseAfter(waiting.attempts) });
  };

  /** How long to wait before the mail is tried again, and all behind it; undefined when it is done with. */
  const attempt = async (plan: MailPlan, waiting: Waiting): Promise<number | undefined> => {
    const { subject, body, id } = waiting;
    const recipients = waiting.left ?? plan.recipients;
    const server = `${plan.host}:${plan.port}`;
    waiting.attempts += 1;
    try {
      const refused = await deliver(plan, { subject, body, id, at: new Date(waiting.atWallMs), recipients });
      log.debug("mail.sent", { subject, recipients: recipients.length - refused.length });
      setAside(waiting, server, refused);
      return undefined;
    } catch (cause) {
      const againMs = againAfter(waiting, isFinal(cause));
      const message = messageOf(cause);
      log.warn("mail.failed", { subject, server, message, ...(againMs !== undefined && { againMs }) });
      if (againMs === undefined || waiting.left === undefined) return againMs;
      queue.push({ ...waiting, dueMs: nowMs() + againMs });
      return undefined;
    }
  };

  const firstDue = (): Waiting | undefined => queue.find(({ dueMs }) => closed || dueMs <= nowMs());

  const takeOut = (waiting: Waiting): void => {
    const at = queue.indexOf(waiting);
    if (at >= 0) queue.splice(at, 1);
  };

  const work = async (): Promise<void> => {
    while (queue.length > 0) {
      const next = firstDue();
      if (!next) {
        await pause(Math.max(1, Math.min(...queue.map(({ dueMs }) => dueMs)) - nowMs()));
        continue;
      }
      underWay = next;
      if (!current.mail) drop(next.subject, "the configuration has no mail server or recipient any more");
      const againMs = current.mail && (await attempt(current.mail, next));
      if (againMs !== undefined && !closed) await pause(againMs);
      else takeOut(next);
      keep();
      underWay = undefined;
    }
    working = undefined;
  };
  if (queue.length > 0) working = work();

  return {
    send(subject, body) {
      if (!current.mail || current.mail.recipients.length === 0 || closed) return;
      const id = `<${randomUUID()}@${current.mail.heloName}>`;
      queue.push(waitingFrom({ subject: `[${current.routerId}] ${subject}`, body, id, atWallMs: wallMs() }));
      keep();
      if (queue.length > MOST_WAITING + 1) {
        // The first one is under way, or waits for its next attempt; so do those that somebody has got already.
        const oldest = queue.find((one) => one !== underWay) as Waiting;
        takeOut(oldest);
        drop(oldest.subject, `${MOST_WAITING} later mails wait already`);
      }
      working ??= work();
      // What came while only others' later turns were waited for has its turn now.
      if (!underWay) wake();
    },
    configure(next) {
      current = next;
      wake();
    },
    async close(timeoutMs) {
      closed = true;
      wake();
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, timeoutMs);
      });
      await Promise.race([working ?? Promise.resolve(), late]);
      clearTimeout(timer);
      for (const { subject } of queue.splice(0)) drop(subject, "the daemon is stopping");
    },
  };
}

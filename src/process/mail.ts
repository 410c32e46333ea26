import { readFile } from "node:fs/promises";
import { nowMs } from "../core/clock.ts";
import { messageOf } from "../core/errors.ts";
import { createLogger, type LogSink } from "../core/log.ts";
import type { RoomGlobals } from "./plan-global-model.ts";

/** Tells administrators by mail what happened. */
export type Mailer = {
  /** Queues a mail "[router_id] subject" to all recipients; returns at once and never throws. Mails leave in the order of
   *  their events; what the server does not take is tried again with growing pauses, for an hour. Without recipients or
   *  server in the configuration it does nothing. */
  send(subject: string, body: string): void;
  /** From now on mails follow this configuration. */
  configure(global: RoomGlobals): void;
  /** Tries once more what is queued, for at most `timeoutMs`; drops the rest. */
  close(timeoutMs: number): Promise<void>;
};

export const mailEvents = {
  "mail.sent": (f: { readonly subject: string; readonly recipients: number }) =>
    `Mail "${f.subject}" sent to ${f.recipients} ${f.recipients === 1 ? "recipient" : "recipients"}`,
  "mail.failed": (f: {
    readonly subject: string;
    readonly server: string;
    readonly message: string;
    readonly againMs?: number;
  }) =>
    `Mail "${f.subject}" could not be sent through ${f.server}: ${f.message}; ` +
    (f.againMs === undefined
      ? "check smtp_server and notification_email"
      : `it is tried again in ${f.againMs / 1000} s`),
  "mail.dropped": (f: { readonly subject: string; readonly reason: string }) =>
    `Mail "${f.subject}" was not sent: ${f.reason}`,
};

/** More waiting mails than this and the oldest is dropped: a server that takes none must not eat the memory. */
const maxQueued = 100;
/** A whole delivery may take this many times smtp_connect_timeout, which itself bounds each wait. */
const totalFactor = 3;

/** Pauses before the second, third … attempt; the last one again and again. */
const PAUSES_MS = [5_000, 15_000, 60_000, 300_000] as const;
const GIVE_UP_MS = 3_600_000;

/** Delivers one mail; rejects when it could not. */
export type Deliver = (mail: NonNullable<RoomGlobals["mail"]>, subject: string, body: string) => Promise<void>;

/** Plain SMTP as keepalived's, or with TLS where the configuration asks for it; without a login. nodemailer is loaded when
 *  the first mail goes out. */
const deliverBySmtp: Deliver = async (mail, subject, text) => {
  const { createTransport } = await import("nodemailer");
  const transport = createTransport({
    host: mail.host,
    port: mail.port,
    name: mail.heloName,
    secure: mail.tls?.mode === "tls",
    ignoreTLS: mail.tls === undefined,
    requireTLS: mail.tls?.mode === "starttls",
    ...(mail.tls?.caFile !== undefined && { tls: { ca: await readFile(mail.tls.caFile) } }),
    connectionTimeout: mail.timeoutMs,
    greetingTimeout: mail.timeoutMs,
    socketTimeout: mail.timeoutMs,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    const limitMs = mail.timeoutMs * totalFactor;
    timer = setTimeout(() => reject(new Error(`no end of the delivery within ${limitMs / 1000} s`)), limitMs);
  });
  try {
    await Promise.race([transport.sendMail({ from: mail.from, to: [...mail.recipients], subject, text }), late]);
  } finally {
    clearTimeout(timer);
    transport.close();
  }
};

/** Answers of 500 and above say that the same mail will not be taken later either (RFC 5321 §4.2.1). */
const isFinal = (cause: unknown): boolean =>
  typeof cause === "object" && cause !== null && "responseCode" in cause && Number(cause.responseCode) >= 500;

type Waiting = { readonly subject: string; readonly body: string; readonly sinceMs: number; attempts: number };

export function createMailer(global: RoomGlobals, sink: LogSink, deliver: Deliver = deliverBySmtp): Mailer {
  const log = createLogger(mailEvents, sink);
  const queue: Waiting[] = [];
  let current = global;
  let working: Promise<void> | undefined;
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

  /** How long to wait before the mail is tried again; undefined when it is done with. */
  const attempt = async (mail: NonNullable<RoomGlobals["mail"]>, waiting: Waiting): Promise<number | undefined> => {
    const { subject } = waiting;
    try {
      await deliver(mail, subject, waiting.body);
      log.debug("mail.sent", { subject, recipients: mail.recipients.length });
      return undefined;
    } catch (cause) {
      const againMs = PAUSES_MS[Math.min(waiting.attempts++, PAUSES_MS.length - 1)];
      const over = closed || isFinal(cause) || nowMs() - waiting.sinceMs > GIVE_UP_MS;
      const again = over ? undefined : againMs;
      const server = `${mail.host}:${mail.port}`;
      log.warn("mail.failed", {
        subject,
        server,
        message: messageOf(cause),
        ...(again !== undefined && { againMs: again }),
      });
      return again;
    }
  };

  const work = async (): Promise<void> => {
    for (let next = queue[0]; next; next = queue[0]) {
      const again = current.mail && (await attempt(current.mail, next));
      if (again !== undefined && !closed) await pause(again);
      else if (queue[0] === next) queue.shift();
    }
    working = undefined;
  };

  return {
    send(subject, body) {
      if (!current.mail || current.mail.recipients.length === 0 || closed) return;
      queue.push({ subject: `[${current.routerId}] ${subject}`, body, sinceMs: nowMs(), attempts: 0 });
      // The first one is under way, or waits for its next attempt.
      const [oldest] = queue.length > maxQueued + 1 ? queue.splice(1, 1) : [];
      if (oldest)
        log.warn("mail.dropped", { subject: oldest.subject, reason: `${maxQueued} later mails wait already` });
      working ??= work();
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
      for (const { subject } of queue.splice(0))
        log.warn("mail.dropped", { subject, reason: "the daemon is stopping" });
    },
  };
}

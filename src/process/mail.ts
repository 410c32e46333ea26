import { messageOf } from "../core/errors.ts";
import { createLogger, type LogSink } from "../core/log.ts";
import type { RoomGlobals } from "./plan-global-model.ts";

/** Tells administrators by mail what happened. */
export type Mailer = {
  /** Queues a mail "[router_id] subject" to all recipients; returns at once and never throws. Without recipients or
   *  server in the configuration it does nothing. */
  send(subject: string, body: string): void;
  /** From now on mails follow this configuration. */
  configure(global: RoomGlobals): void;
  /** Waits until what is queued has been sent, at most `timeoutMs`; drops the rest. */
  close(timeoutMs: number): Promise<void>;
};

export const mailEvents = {
  "mail.sent": (f: { readonly subject: string; readonly recipients: number }) =>
    `Mail "${f.subject}" sent to ${f.recipients} ${f.recipients === 1 ? "recipient" : "recipients"}`,
  "mail.failed": (f: { readonly subject: string; readonly server: string; readonly message: string }) =>
    `Mail "${f.subject}" could not be sent through ${f.server}: ${f.message}; check smtp_server and notification_email`,
  "mail.dropped": (f: { readonly subject: string; readonly reason: string }) =>
    `Mail "${f.subject}" was not sent: ${f.reason}`,
};

/** More waiting mails than this and the oldest is dropped: a server that takes none must not eat the memory. */
const maxQueued = 100;
/** A whole delivery may take this many times smtp_connect_timeout, which itself bounds each wait. */
const totalFactor = 3;

/** Delivers one mail; rejects when it could not. */
export type Deliver = (mail: NonNullable<RoomGlobals["mail"]>, subject: string, body: string) => Promise<void>;

/** Plain SMTP without TLS or login, as keepalived's. nodemailer is loaded when the first mail goes out. */
const deliverBySmtp: Deliver = async (mail, subject, text) => {
  const { createTransport } = await import("nodemailer");
  const transport = createTransport({
    host: mail.host,
    port: mail.port,
    name: mail.heloName,
    secure: false,
    ignoreTLS: true,
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

export function createMailer(global: RoomGlobals, sink: LogSink, deliver: Deliver = deliverBySmtp): Mailer {
  const log = createLogger(mailEvents, sink);
  const queue: { readonly subject: string; readonly body: string }[] = [];
  let current = global;
  let working: Promise<void> | undefined;
  let closed = false;

  const work = async (): Promise<void> => {
    for (let next = queue.shift(); next; next = queue.shift()) {
      const { mail } = current;
      if (!mail) continue;
      const { subject } = next;
      try {
        await deliver(mail, subject, next.body);
        log.debug("mail.sent", { subject, recipients: mail.recipients.length });
      } catch (cause) {
        log.warn("mail.failed", { subject, server: `${mail.host}:${mail.port}`, message: messageOf(cause) });
      }
    }
    working = undefined;
  };

  return {
    send(subject, body) {
      if (!current.mail || current.mail.recipients.length === 0 || closed) return;
      queue.push({ subject: `[${current.routerId}] ${subject}`, body });
      const oldest = queue.length > maxQueued ? queue.shift() : undefined;
      if (oldest)
        log.warn("mail.dropped", { subject: oldest.subject, reason: `${maxQueued} later mails wait already` });
      working ??= work();
    },
    configure(next) {
      current = next;
    },
    async close(timeoutMs) {
      closed = true;
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

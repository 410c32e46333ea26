import { readFile } from "node:fs/promises";
import { messageOf } from "../core/errors.ts";
import type { MailPlan } from "./plan-global-model.ts";

/** One mail as it goes over the wire. `id` and `at` are of the event, however late and often it is sent: who gets it twice
 *  because the server's last answer was lost can tell, and its date is when it happened. */
export type Mail = {
  readonly subject: string;
  readonly body: string;
  readonly id: string;
  readonly at: Date;
  readonly recipients: readonly string[];
};

/** A recipient that the server did not take. `isFinal`: nor will it later (RFC 5321 §4.2.1). */
export type Refusal = { readonly recipient: string; readonly message: string; readonly isFinal: boolean };

/** Delivers one mail to those whom the server takes; the others are told. Rejects when nobody got it, and holds nothing
 *  then. */
export type Deliver = (plan: MailPlan, mail: Mail) => Promise<readonly Refusal[]>;

/** A whole delivery may take this many times smtp_connect_timeout, which itself bounds each wait. */
const TOTAL_FACTOR = 3;

/** Plain SMTP as keepalived's, or with TLS where the configuration asks for it; without a login. nodemailer is loaded when
 *  the first mail goes out. */
export const deliverBySmtp: Deliver = async (plan, mail) => {
  const limitMs = plan.timeoutMs * TOTAL_FACTOR;
  const stop = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`no end of the delivery within ${limitMs / 1000} s`));
      stop.abort(); // one that takes a byte now and then would hold the connection for ever
    }, limitMs);
  });
  try {
    return await Promise.race([exchange(plan, mail, stop.signal), late]);
  } finally {
    clearTimeout(timer);
  }
};

async function exchange(plan: MailPlan, mail: Mail, signal: AbortSignal): Promise<readonly Refusal[]> {
  const { createTransport } = await import("nodemailer");
  const caFile = plan.tls?.caFile;
  const transport = createTransport({
    host: plan.host,
    port: plan.port,
    name: plan.heloName,
    secure: plan.tls?.mode === "tls",
    ignoreTLS: plan.tls === undefined,
    requireTLS: plan.tls?.mode === "starttls",
    ...(caFile !== undefined && { tls: { ca: await readFile(caFile, { signal }) } }),
    connectionTimeout: plan.timeoutMs,
    greetingTimeout: plan.timeoutMs,
    socketTimeout: plan.timeoutMs,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  const message = {
    // Addresses as they are: `root` is one too, of this host or of the mail server's domain.
    from: addressOf(plan.from),
    to: mail.recipients.map(addressOf),
    subject: mail.subject,
    text: mail.body,
    date: mail.at,
    messageId: mail.id,
    headers: { "Auto-Submitted": "auto-generated" }, // RFC 3834: no out-of-office answers
    signal,
  };
  try {
    const { rejectedErrors = [] } = (await transport.sendMail(message)) as { rejectedErrors?: readonly SmtpError[] };
    return rejectedErrors.map(refusalOf);
  } finally {
    transport.close();
  }
}

type SmtpError = Error & { readonly recipient?: string; readonly responseCode?: number };

const refusalOf = (error: SmtpError): Refusal => ({
  recipient: error.recipient ?? "",
  message: messageOf(error),
  isFinal: (error.responseCode ?? 0) >= 500,
});

const addressOf = (text: string): { readonly name: string; readonly address: string } => {
  const [, name = "", inBrackets] = /^(.*?)\s*<([^<>]*)>$/.exec(text) ?? [];
  return { name, address: inBrackets ?? text };
};

/** Before any mail is named: what a server says of itself then, it may not say later. */
const EARLY = new Set<unknown>(["CONN", "EHLO", "HELO", "STARTTLS"]);

/** Whether the server would not take the same mail later either (RFC 5321 §4.2.1: answers of 500 and above). */
export function isFinal(cause: unknown): boolean {
  if (typeof cause !== "object" || cause === null || !("responseCode" in cause)) return false;
  return Number(cause.responseCode) >= 500 && !("command" in cause && EARLY.has(cause.command));
}

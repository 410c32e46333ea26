import type { LogHelp } from "../core/log.ts";

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
  "mail.refused": (f: {
    readonly subject: string;
    readonly server: string;
    readonly recipient: string;
    readonly message: string;
    readonly againMs?: number;
  }) =>
    `Mail "${f.subject}" was not taken for ${f.recipient} by ${f.server}, but for others: ${f.message}; ` +
    (f.againMs === undefined ? "check notification_email" : `it is tried again in ${f.againMs / 1000} s`),
  "mail.dropped": (f: { readonly subject: string; readonly reason: string }) =>
    `Mail "${f.subject}" was not sent: ${f.reason}`,
};

const subject = "[lb1] Realserver [10.0.0.11]:tcp:80 - DOWN";
const server = "127.0.0.1:25";

/** What the lines about mails mean. */
export const mailHelp: LogHelp<typeof mailEvents> = {
  "mail.sent": {
    example: { subject, recipients: 1 },
    means: "The mail server took an alert.",
  },
  "mail.failed": {
    example: { subject, server, message: "ECONNREFUSED" },
    means:
      "The mail server did not take an alert. The line says when it is tried again; where it does not, the alert is lost.",
    remedy: "Does smtp_server name the right host and port, and does it take mail from this host?",
  },
  "mail.refused": {
    example: { subject, server, recipient: "ops@example.org", message: "550 no such user" },
    means:
      "The mail server took an alert for some of its recipients, and for this one not. The line says when it is tried again; where it does not, this recipient does not get it.",
    remedy: "Is the address in notification_email right, and does the server take mail for it?",
  },
  "mail.dropped": {
    example: { subject, reason: "2000 later mails wait already" },
    means: "An alert was given up.",
    remedy: "Mend the mail server; see mail.failed.",
  },
};

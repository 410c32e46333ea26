import type { LogHelp } from "../core/log.ts";
import type { checkerEvents } from "./log-events.ts";
import type { CheckerSubject } from "./model.ts";

const subject = {
  realServer: "[10.0.0.11]:tcp:80",
  virtualServer: "[192.0.2.10]:tcp:80",
  plan: { probe: { kind: "TCP_CHECK", endpoint: { host: "10.0.0.11", port: 80 } } },
} as unknown as CheckerSubject;

const web = {
  ...subject,
  plan: { probe: { kind: "HTTP_GET", endpoint: { host: "10.0.0.11", port: 80 }, urls: [{ path: "/health" }] } },
} as unknown as CheckerSubject;

/** What the lines about checks mean. */
export const checkerHelp: LogHelp<typeof checkerEvents> = {
  "checker.activated": {
    example: { subject },
    means:
      "A check begins: after the start, a reload that brought it, or the return of the virtual address with ha_suspend.",
  },
  "checker.succeeded": {
    example: { subject },
    means: "A check that had failed holds again.",
  },
  "checker.urlPassed": {
    example: { subject: web, url: 0 },
    means: "One URL of several answered as asked; the check holds when all do.",
  },
  "checker.failed": {
    example: { subject, retries: 2, detail: "connection refused" },
    means: "A check failed, and all its retries: its real server is down from here on.",
    remedy: "Look at the real server. docs/operations.md says how to try a check by hand.",
  },
  "checker.attempt": {
    example: { subject, detail: "no answer within 5 s" },
    means:
      "One attempt failed; retries follow before the real server counts as down. Only with log_all_failures or -D.",
  },
  "checker.unknown": {
    example: { subject, detail: "EMFILE: too many open files" },
    means: "The check could not be made for a reason on this host, so it says nothing about the real server.",
    remedy: "Mend what the line names: descriptors, memory, local ports.",
  },
  "checker.warning": {
    example: { subject: web, detail: "the certificate expires on 2026-12-01, in 3 days" },
    means: "A check holds, and what it saw will make it fail soon. Told again when the words change, so once a day.",
    remedy: "Renew what is named. The check itself goes by the certificate only with `verify` in the SSL block.",
  },
  "file.value": {
    example: { file: "/run/weight", value: 10 },
    means: "The number in a tracked file changed.",
  },
  "bfd.value": {
    example: { session: "to_web1", up: false },
    means: "A BFD session that real servers follow has come up, or is down: they are let in or taken out.",
    remedy: "Of one that is down, the bfd process's own lines and `status` say why.",
  },
  "file.trouble": {
    example: { file: "/run/weight", error: "it holds no number" },
    means: "A tracked file cannot be read; its last value holds.",
    remedy: "Write one whole number from -2147483647 to 2147483647 into it.",
  },
  "checker.late": {
    example: { waiting: 120, limit: 4096 },
    means: "More checks are due than may run at once.",
    remedy: "Raise delay_loop, lower connect_timeout, or find out why so many servers do not answer.",
  },
  "checker.withoutAddon": {
    example: { reason: "the native addon is missing: run `npm run build:native`" },
    means: "Checks work as always, and take several times as much of the processor.",
    remedy: "Build or install the addon of this version and of this Node.js, and start again.",
  },
};

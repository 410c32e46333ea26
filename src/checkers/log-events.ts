import { commandText } from "../script/log-events.ts";
import type { CheckerSubject, Probe } from "./model.ts";

type Subject = { readonly subject: CheckerSubject };
type Failure = Subject & { readonly detail: string };

/** What a check asks, as keepalived names it: "[10.0.0.2]:tcp:80", "[10.0.0.2]" where there are no ports. */
function targetName({ kind, endpoint: { host, port } }: Exclude<Probe, { kind: "MISC_CHECK" }>): string {
  if (kind === "PING_CHECK") return `[${host}]`;
  return `[${host}]:${kind === "DNS_CHECK" || kind === "UDP_CHECK" ? "udp" : "tcp"}:${port}`;
}

const miscName = (
  { realServer, virtualServer }: CheckerSubject,
  probe: Extract<Probe, { kind: "MISC_CHECK" }>,
): string => `Misc check for [${realServer} VS ${virtualServer}] by [${commandText(probe.script)}]`;

const httpName = (kind: "HTTP_GET" | "SSL_GET"): string => (kind === "SSL_GET" ? "SSL_CHECK" : "HTTP_CHECK");

function succeeded({ subject }: Subject): string {
  const { probe } = subject.plan;
  switch (probe.kind) {
    case "TCP_CHECK":
      return `TCP connection to ${targetName(probe)} success.`;
    case "HTTP_GET":
    case "SSL_GET":
      return `Remote Web server ${targetName(probe)} succeed on service.`;
    case "MISC_CHECK":
      return `${miscName(subject, probe)} succeeded.`;
    default:
      return `${probe.kind} on service ${targetName(probe)} succeeded.`;
  }
}

/** `retries`: how many failing attempts came before the one that decided; 0 for a first run. */
function failed({ subject, retries, detail }: Failure & { readonly retries: number }): string {
  const { probe } = subject.plan;
  const after = retries > 0 ? `failed after ${retries} ${retries === 1 ? "retry" : "retries"}` : "failed";
  switch (probe.kind) {
    case "TCP_CHECK":
      return `TCP_CHECK on service ${targetName(probe)} ${after}. (${detail})`;
    case "HTTP_GET":
    case "SSL_GET":
      return `${httpName(probe.kind)} on service ${targetName(probe)} ${after}. (${detail})`;
    case "MISC_CHECK":
      return `${miscName(subject, probe)} ${after} (${detail}).`;
    default:
      return `${probe.kind} on service ${targetName(probe)} ${after}. (${detail})`;
  }
}

function attempt({ subject, detail }: Failure): string {
  const { probe } = subject.plan;
  switch (probe.kind) {
    case "TCP_CHECK":
      return `TCP connection to ${targetName(probe)} failed. (${detail})`;
    case "HTTP_GET":
    case "SSL_GET":
      return `${httpName(probe.kind)} on service ${targetName(probe)} failed. (${detail})`;
    case "MISC_CHECK":
      return `${miscName(subject, probe)} failed (${detail}).`;
    default:
      return `${probe.kind} on service ${targetName(probe)} failed. (${detail})`;
  }
}

function urlPassed({ subject, url }: Subject & { readonly url: number }): string {
  const { probe } = subject.plan;
  if (!("urls" in probe)) return "";
  const passed = probe.urls[url];
  const what = passed?.regex ? "Regex" : passed?.digest === undefined ? "HTTP status code" : "MD5 digest";
  return `${what} success to ${targetName(probe)} url(${passed?.path})`;
}

export const checkerEvents = {
  "checker.activated": ({ subject }: Subject) =>
    `Activating healthchecker for service ${subject.realServer} for VS ${subject.virtualServer}`,
  "checker.succeeded": succeeded,
  "checker.urlPassed": urlPassed,
  "checker.failed": failed,
  "checker.attempt": attempt,
  "checker.unknown": ({ subject, detail }: Failure) =>
    `${subject.plan.probe.kind} of service ${subject.realServer} for VS ${subject.virtualServer} could not be made; its state is kept: ${detail}`,
  "checker.warning": ({ subject, detail }: Failure) =>
    `${subject.plan.probe.kind} of service ${subject.realServer} for VS ${subject.virtualServer} succeeds, but: ${detail}`,
  "file.value": (f: { readonly file: string; readonly value: number }) =>
    `track_file ${f.file} has the value ${f.value}`,
  "bfd.value": (f: { readonly session: string; readonly up: boolean }) =>
    `BFD_CHECK session ${f.session} is ${f.up ? "UP" : "DOWN"}`,
  "file.trouble": (f: { readonly file: string; readonly error: string }) =>
    `track_file ${f.file}: ${f.error}; it is tried again`,
  "checker.late": ({ waiting, limit }: { readonly waiting: number; readonly limit: number }) =>
    `Checks are late: ${limit} are under way and ${waiting} wait for one of them to end`,
  "checker.withoutAddon": ({ reason }: { readonly reason: string }) =>
    `Connections of checks are opened without the native addon and cost several times as much: ${reason}`,
};

import type { CheckerSubject, Probe } from "./model.ts";

type Subject = { readonly subject: CheckerSubject };
type Failure = Subject & { readonly detail: string };
type Told = { readonly success: string; readonly failure: string; readonly attempt: string };

/** What a check asks, as keepalived names it: "[10.0.0.2]:tcp:80", with the protocol of the virtual server. */
function targetName(
  { realServer }: CheckerSubject,
  { endpoint: { host, port } }: Exclude<Probe, { kind: "MISC_CHECK" }>,
): string {
  const [, protocol = "tcp", ownPort = ""] = /\]:(\w+):(\d+)$/.exec(realServer) ?? [];
  return `[${host}]:${protocol}:${port === 0 ? ownPort : port}`; // a PING_CHECK has no port
}

/** How keepalived's sentences about a kind begin, and in what they differ: those about success, about the failure that counts,
 *  about one of which the retries decide. GRPC_CHECK has none there. */
function told(subject: CheckerSubject): Told {
  const { probe } = subject.plan;
  if (probe.kind === "MISC_CHECK") {
    const script = `Misc check for [${subject.realServer} VS ${subject.virtualServer}] by [${probe.script.argv[0]}]`;
    return { success: `${script} succeeded.`, failure: script, attempt: `${script} failed` };
  }
  const target = targetName(subject, probe);
  switch (probe.kind) {
    case "TCP_CHECK":
    case "UDP_CHECK": {
      const connection = `${probe.kind.slice(0, 3)} connection to ${target}`;
      return {
        success: `${connection} success.`,
        failure: `${probe.kind} on service ${target}`,
        attempt: `${connection} failed.`,
      };
    }
    case "HTTP_GET":
    case "SSL_GET": {
      const failure = `${probe.kind === "SSL_GET" ? "SSL_CHECK" : "HTTP_CHECK"} on service ${target}`;
      return { success: `Remote Web server ${target} succeed on service.`, failure, attempt: `${failure} failed.` };
    }
    case "PING_CHECK":
      return {
        success: `ICMP connection to ${target} success.`,
        failure: `ICMP CHECK on service ${target} of ${subject.virtualServer}`,
        attempt: `ICMP connection to ${target} of ${subject.virtualServer} failed.`,
      };
    case "DNS_CHECK":
      return own(`DNS_CHECK (${target})`);
    case "SMTP_CHECK":
      return { ...own(`SMTP_CHECK on service ${target}`), success: `Remote SMTP server ${target} succeed on service.` };
    default:
      return own(`${probe.kind} on service ${target}`);
  }
}

const own = (check: string): Told => ({
  success: `${check} succeeded.`,
  failure: check,
  attempt: `${check} failed.`,
});

/** `retries`: how many failing attempts came before the one that decided; 0 for a first run. */
function failed({ subject, retries, detail }: Failure & { readonly retries: number }): string {
  const { failure } = told(subject);
  if (subject.plan.probe.kind !== "MISC_CHECK") {
    const after = retries > 0 ? ` after ${retries} retries` : ""; // of 1 too
    return `${failure} failed${after}. (${detail})`;
  }
  const allowed = subject.plan.retry;
  const times = `${retries} ${retries === 1 ? "retry" : "retries"}`;
  const after = allowed === 0 ? " with retry disabled" : retries === 0 ? "" : ` after ${times}`;
  const [, limit] = /^timed out (after .*)/.exec(detail) ?? [];
  return limit === undefined ? `${failure} failed${after} (${detail}).` : `${failure} timed out${after} (${limit}).`;
}

function attempt({ subject, detail }: Failure): string {
  const sentence = told(subject).attempt;
  return subject.plan.probe.kind === "MISC_CHECK" ? `${sentence} (${detail}).` : `${sentence} (${detail})`;
}

function urlPassed({ subject, url }: Subject & { readonly url: number }): string {
  const { probe } = subject.plan;
  if (!("urls" in probe)) return "";
  const passed = probe.urls[url];
  const what = passed?.regex ? "Regex" : passed?.digest === undefined ? "HTTP status code" : "MD5 digest";
  return `${what} success to ${targetName(subject, probe)} url(${passed?.path})`;
}

export const checkerEvents = {
  "checker.activated": ({ subject }: Subject) =>
    `Activating healthchecker for service ${subject.realServer} for VS ${subject.virtualServer}`,
  "checker.succeeded": ({ subject }: Subject) => told(subject).success,
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

import type { DownReason, Probe } from "../../src/checkers/model.ts";
import type { Fault } from "./fault-servers.ts";

/** Where a check goes when no server stands there: nobody listens; no packet is answered; there is no route; the kernel
 *  takes connections of a process that is stopped. */
export type Absence = "nobody" | "deaf" | "unreachable" | "stopped";

/** Options of a check beyond its kind's own here: `tls` is verified against the authority of the test. */
export type Ask = {
  readonly digest?: true;
  readonly regex?: string;
  readonly verify?: true;
  readonly name?: string;
  readonly http2?: true;
  readonly tlsCompliant?: true;
  readonly reply?: string;
  readonly minLength?: number;
  readonly script?: string;
  readonly tls?: true;
};

/** One fault of one kind of check. */
export type FaultRow = {
  readonly kind: Probe["kind"];
  /** The fault in words; with the kind the name of the row. */
  readonly fault: string;
  readonly at: Fault | Absence;
  readonly ask?: Ask;
  /** Absent: the check succeeds in spite of it. */
  readonly reason?: DownReason;
  /** What `status` and the log say of it: TARGET is address and port, LIMIT connect_timeout (of scripts misc_timeout), TOTAL three times that, `*`
   *  what somebody else words. Absent: nothing. */
  readonly says?: string;
  /** The verdict comes before this many times connect_timeout have passed, and a little: 0 at once. */
  readonly limits: 0 | 1 | 3;
  /** keepalived 2.2.7's verdict, where it is another; either: now this and now that. */
  readonly theirs?: "up" | "either";
};

const tcp = (how: string): Fault => ({ over: "tcp", how });
const tls = (how: string, more: Partial<Extract<Fault, { over: "tls" }>> = {}): Fault => ({
  over: "tls",
  how,
  ...more,
});
const h2 = (how: string): Fault => ({ over: "h2", how });
const udp = (how: string): Fault => ({ over: "udp", how });

type Kind = Probe["kind"];

/** What happens before a word is said is the same for all that connect. */
const connecting = (kind: Kind): readonly FaultRow[] => [
  { kind, fault: "nobody listens", at: "nobody", reason: "refused", says: "TARGET refused the connection", limits: 0 },
  {
    kind,
    fault: "packets are dropped",
    at: "deaf",
    reason: "timeout",
    says: "no answer from TARGET within LIMIT",
    limits: 1,
  },
  {
    kind,
    fault: "there is no route",
    at: "unreachable",
    reason: "unreachable",
    says: "TARGET cannot be reached (*)",
    limits: 0,
  },
];

/** What is said of a success over TLS. */
const lasting = { says: "up; the certificate expires on *" } as const;

const lostWeb = "/: an answer did not come within LIMIT";
const closedWeb = "TARGET closed the connection without an answer to /";
const handshake = "TLS handshake with TARGET failed: ";

/** HTTP_GET, and SSL_GET behind the handshake. */
const web = (
  kind: "HTTP_GET" | "SSL_GET",
  over: (how: string) => Fault,
  whole: Pick<FaultRow, "says"> = {},
): readonly FaultRow[] => [
  { kind, fault: "all is well", at: over("fine"), ...whole, limits: 0 },
  { kind, fault: "accepts, and hangs", at: over("hangs"), reason: "timeout", says: lostWeb, limits: 1 },
  {
    kind,
    fault: "resets at the request",
    at: over("resets at the request"),
    reason: "reset",
    says: "TARGET reset the connection",
    limits: 0,
  },
  { kind, fault: "closes without an answer", at: over("nothing"), reason: "protocol", says: closedWeb, limits: 0 },
  {
    kind,
    fault: "drips its head",
    at: over("drips a head"),
    reason: "timeout",
    says: lostWeb,
    limits: 1,
    ...(kind === "HTTP_GET" && { theirs: "up" }),
  },
  {
    kind,
    fault: "drips its body",
    at: over("drips a body"),
    ask: { digest: true },
    reason: "timeout",
    says: "/: the whole answer did not come within TOTAL",
    limits: 3,
    theirs: kind === "HTTP_GET" ? "up" : "either",
  },
  {
    kind,
    fault: "another status",
    at: over("status 503"),
    reason: "status",
    says: "/ answered with status 503, not 200-299",
    limits: 0,
  },
  {
    kind,
    fault: "a redirection",
    at: over("status 302"),
    reason: "status",
    says: "/ answered with status 302, not 200-299",
    limits: 0,
  },
  {
    kind,
    fault: "another page (digest)",
    at: over("another page"),
    ask: { digest: true },
    reason: "digest",
    says: "/ has the digest *, not *",
    limits: 0,
  },
  {
    kind,
    fault: "another page (regex)",
    at: over("another page"),
    ask: { regex: "fine" },
    reason: "content",
    says: "/: *",
    limits: 0,
  },
  { kind, fault: "cut short in its head", at: over("cut in the head"), reason: "protocol", says: closedWeb, limits: 0 },
  { kind, fault: "cut short in its body", at: over("cut in the body"), ...whole, limits: 0 },
  { kind, fault: "speaks no HTTP", at: over("no HTTP"), reason: "protocol", says: "TARGET: *", limits: 0 },
];

const verify = { verify: true } as const;

export const faultRows: readonly FaultRow[] = [
  { kind: "TCP_CHECK", fault: "all is well", at: tcp("hangs"), limits: 0 },
  ...connecting("TCP_CHECK"),
  { kind: "TCP_CHECK", fault: "the process is stopped, its kernel accepts", at: "stopped", limits: 0 },
  { kind: "TCP_CHECK", fault: "resets what it has accepted", at: tcp("resets"), limits: 0, theirs: "either" },

  ...connecting("HTTP_GET"),
  {
    kind: "HTTP_GET",
    fault: "the process is stopped, its kernel accepts",
    at: "stopped",
    reason: "timeout",
    says: lostWeb,
    limits: 1,
  },
  {
    kind: "HTTP_GET",
    fault: "resets what it has accepted",
    at: tcp("resets"),
    reason: "reset",
    says: "TARGET reset the connection",
    limits: 0,
  },
  {
    kind: "HTTP_GET",
    fault: "ends its side, and reads on (half-open)",
    at: tcp("half-open"),
    reason: "protocol",
    says: closedWeb,
    limits: 0,
  },
  ...web("HTTP_GET", tcp),
  {
    kind: "HTTP_GET",
    fault: "http_protocol 2: another status",
    at: h2("page 503"),
    ask: { http2: true },
    reason: "status",
    says: "/ answered with status 503, not 200-299",
    limits: 0,
  },
  {
    kind: "HTTP_GET",
    fault: "http_protocol 2: hangs",
    at: h2("hangs"),
    ask: { http2: true },
    reason: "timeout",
    says: lostWeb,
    limits: 1,
  },
  {
    kind: "HTTP_GET",
    fault: "http_protocol 2: resets the request",
    at: h2("resets the stream"),
    ask: { http2: true },
    reason: "protocol",
    says: "TARGET: the request was reset*",
    limits: 0,
  },
  {
    kind: "HTTP_GET",
    fault: "http_protocol 2: gives the connection up",
    at: h2("goes away"),
    ask: { http2: true },
    reason: "protocol",
    says: "TARGET: the connection was given up (error 11)",
    limits: 0,
  },
  {
    kind: "HTTP_GET",
    fault: "http_protocol 2: speaks HTTP/1 only",
    at: tcp("fine"),
    ask: { http2: true },
    reason: "protocol",
    says: "TARGET: no HTTP/2: *",
    limits: 0,
  },

  ...connecting("SSL_GET"),
  {
    kind: "SSL_GET",
    fault: "ends its side, and reads on (half-open)",
    at: tcp("half-open"),
    reason: "reset",
    says: "TARGET reset the connection",
    limits: 0,
  },
  {
    kind: "SSL_GET",
    fault: "the process is stopped, its kernel accepts",
    at: "stopped",
    reason: "timeout",
    says: "no answer to the TLS handshake from TARGET within LIMIT",
    limits: 1,
  },
  {
    kind: "SSL_GET",
    fault: "resets at the handshake",
    at: tcp("resets at the request"),
    reason: "reset",
    says: "TARGET reset the connection",
    limits: 0,
  },
  {
    kind: "SSL_GET",
    fault: "closes at the handshake",
    at: tcp("nothing"),
    reason: "reset",
    says: "TARGET reset the connection",
    limits: 0,
  },
  {
    kind: "SSL_GET",
    fault: "hangs in the handshake",
    at: tcp("hangs"),
    reason: "timeout",
    says: "no answer to the TLS handshake from TARGET within LIMIT",
    limits: 1,
  },
  {
    kind: "SSL_GET",
    fault: "drips in the handshake",
    at: tcp("drips"),
    reason: "tls",
    says: `${handshake}*`,
    limits: 1,
  },
  {
    kind: "SSL_GET",
    fault: "speaks no TLS",
    at: tcp("fine"),
    reason: "tls",
    says: `${handshake}wrong version number: does this port speak TLS?`,
    limits: 0,
  },
  {
    kind: "SSL_GET",
    fault: "an old version of TLS only (1.1)",
    at: tls("fine", { old: true }),
    reason: "tls",
    says: `${handshake}*`,
    limits: 0,
  },
  {
    kind: "SSL_GET",
    fault: "verify: all is well",
    at: tls("fine"),
    ask: { ...verify, name: "shop.example" },
    ...lasting,
    limits: 0,
  },
  {
    kind: "SSL_GET",
    fault: "verify: another name",
    at: tls("fine"),
    ask: { ...verify, name: "bank.example" },
    reason: "tls",
    says: `${handshake}the certificate is not trusted: Hostname*bank.example*`,
    limits: 0,
  },
  {
    kind: "SSL_GET",
    fault: "verify: an expired certificate",
    at: tls("fine", { certificate: "expired" }),
    ask: verify,
    reason: "tls",
    says: `${handshake}the certificate is not trusted: CERT_HAS_EXPIRED`,
    limits: 0,
  },
  {
    kind: "SSL_GET",
    fault: "verify: an authority nobody knows",
    at: tls("fine", { certificate: "stranger" }),
    ask: verify,
    reason: "tls",
    says: `${handshake}the certificate is not trusted: *`,
    limits: 0,
  },
  {
    kind: "SSL_GET",
    fault: "without verify: an expired certificate",
    at: tls("fine", { certificate: "expired" }),
    says: "up; the certificate has expired on *",
    limits: 0,
  },
  {
    kind: "SSL_GET",
    fault: "without verify: an authority nobody knows",
    at: tls("fine", { certificate: "stranger" }),
    ...lasting,
    limits: 0,
  },
  {
    kind: "SSL_GET",
    fault: "http_protocol 2: does not agree on it",
    at: tls("fine"),
    ask: { http2: true },
    reason: "tls",
    says: `${handshake}*HTTP/2*`,
    limits: 0,
  },
  ...web("SSL_GET", tls, lasting),

  { kind: "SMTP_CHECK", fault: "all is well", at: tcp("mail: fine"), limits: 0 },
  ...connecting("SMTP_CHECK"),
  {
    kind: "SMTP_CHECK",
    fault: "the process is stopped, its kernel accepts",
    at: "stopped",
    reason: "timeout",
    says: "TARGET: a greeting did not come within LIMIT",
    limits: 1,
  },
  {
    kind: "SMTP_CHECK",
    fault: "resets what it has accepted",
    at: tcp("resets"),
    reason: "reset",
    says: "TARGET reset the connection",
    limits: 0,
  },
  {
    kind: "SMTP_CHECK",
    fault: "silent",
    at: tcp("hangs"),
    reason: "timeout",
    says: "TARGET: a greeting did not come within LIMIT",
    limits: 1,
  },
  {
    kind: "SMTP_CHECK",
    fault: "drips its greeting",
    at: tcp("drips"),
    reason: "timeout",
    says: "TARGET: a greeting did not come within LIMIT",
    limits: 1,
    theirs: "up",
  },
  {
    kind: "SMTP_CHECK",
    fault: "ends its side, and reads on (half-open)",
    at: tcp("half-open"),
    reason: "protocol",
    says: "TARGET: a greeting did not come: the connection was closed",
    limits: 0,
  },
  {
    kind: "SMTP_CHECK",
    fault: "greets, and is silent then",
    at: tcp("mail: greets only"),
    reason: "timeout",
    says: "TARGET: an answer to HELO did not come within LIMIT",
    limits: 1,
  },
  {
    kind: "SMTP_CHECK",
    fault: "421 in place of a greeting",
    at: tcp("mail: 421"),
    reason: "status",
    says: "TARGET: a greeting was 421 too busy, not 220",
    limits: 0,
  },
  {
    kind: "SMTP_CHECK",
    fault: "450 to HELO",
    at: tcp("mail: 450 to HELO"),
    reason: "status",
    says: "TARGET: an answer to HELO was 450 come later, not 250",
    limits: 0,
  },
  {
    kind: "SMTP_CHECK",
    fault: "550 to HELO",
    at: tcp("mail: 550 to HELO"),
    reason: "status",
    says: "TARGET: an answer to HELO was 550 not you, not 250",
    limits: 0,
  },
  {
    kind: "SMTP_CHECK",
    fault: "silent at QUIT",
    at: tcp("mail: silent at QUIT"),
    reason: "timeout",
    says: "TARGET: an answer to QUIT did not come within LIMIT",
    limits: 1,
  },
  {
    kind: "SMTP_CHECK",
    fault: "speaks no SMTP",
    at: tcp("no HTTP at once"),
    reason: "protocol",
    says: "TARGET does not speak SMTP: SSH-2.0-OpenSSH_9.2",
    limits: 0,
  },

  { kind: "DNS_CHECK", fault: "all is well", at: udp("dns: fine"), limits: 0 },
  {
    kind: "DNS_CHECK",
    fault: "nobody listens",
    at: "nobody",
    reason: "refused",
    says: "nobody listens on TARGET (ICMP: port unreachable)",
    limits: 0,
  },
  {
    kind: "DNS_CHECK",
    fault: "silent",
    at: udp("silent"),
    reason: "timeout",
    says: "no answer from TARGET to A of www.example.org within LIMIT",
    limits: 1,
  },
  {
    kind: "DNS_CHECK",
    fault: "an answer with another id",
    at: udp("dns: other id"),
    reason: "timeout",
    says: "no answer from TARGET to A of www.example.org within LIMIT, but *another id*",
    limits: 1,
  },
  {
    kind: "DNS_CHECK",
    fault: "the query comes back",
    at: udp("dns: the query"),
    reason: "timeout",
    says: "no answer from TARGET to A of www.example.org within LIMIT, but a query came back in place of an answer",
    limits: 1,
  },
  {
    kind: "DNS_CHECK",
    fault: "a message that is cut off",
    at: udp("dns: cut"),
    reason: "timeout",
    says: "no answer from TARGET to A of www.example.org within LIMIT, but *no DNS message*",
    limits: 1,
  },
  {
    kind: "DNS_CHECK",
    fault: "an answer cut to fit (TC)",
    at: udp("dns: TC"),
    says: "up, the answer is cut to fit (TC)",
    limits: 0,
  },
  ...["NXDOMAIN", "SERVFAIL", "REFUSED"].map(
    (code): FaultRow => ({
      kind: "DNS_CHECK",
      fault: code,
      at: udp(`dns: ${code}`),
      reason: "status",
      says: `TARGET answered the query for A of www.example.org with ${code}`,
      limits: 0,
    }),
  ),

  { kind: "UDP_CHECK", fault: "silent", at: udp("silent"), limits: 1 },
  {
    kind: "UDP_CHECK",
    fault: "nobody listens",
    at: "nobody",
    reason: "refused",
    says: "nobody listens on TARGET (ICMP: port unreachable)",
    limits: 0,
  },
  {
    kind: "UDP_CHECK",
    fault: "require_reply: silent",
    at: udp("silent"),
    ask: { reply: "" },
    reason: "timeout",
    says: "no reply from TARGET within LIMIT",
    limits: 1,
  },
  {
    kind: "UDP_CHECK",
    fault: "require_reply: another reply",
    at: udp("hex 0afe"),
    ask: { reply: "0aff" },
    reason: "content",
    says: "the reply of TARGET begins with 0afe, not 0aff",
    limits: 0,
    theirs: "up",
  },
  {
    kind: "UDP_CHECK",
    fault: "require_reply: a reply that is too short",
    at: udp("hex 0a0b"),
    ask: { reply: "", minLength: 4 },
    reason: "content",
    says: "the reply of TARGET has 2 bytes, not 4 to 255",
    limits: 0,
    theirs: "up",
  },

  { kind: "PING_CHECK", fault: "there is no route", at: "unreachable", reason: "unreachable", says: "*", limits: 0 },

  { kind: "GRPC_CHECK", fault: "all is well", at: h2("serving"), limits: 0 },
  ...connecting("GRPC_CHECK"),
  {
    kind: "GRPC_CHECK",
    fault: "the process is stopped, its kernel accepts",
    at: "stopped",
    reason: "timeout",
    says: "TARGET: the answer to a health check did not come within LIMIT",
    limits: 1,
  },
  {
    kind: "GRPC_CHECK",
    fault: "resets what it has accepted",
    at: tcp("resets"),
    reason: "reset",
    says: "TARGET reset the connection",
    limits: 0,
  },
  {
    kind: "GRPC_CHECK",
    fault: "NOT_SERVING",
    at: h2("not serving"),
    reason: "status",
    says: "TARGET: the server is NOT_SERVING",
    limits: 0,
  },
  {
    kind: "GRPC_CHECK",
    fault: "UNIMPLEMENTED",
    at: h2("unimplemented"),
    reason: "status",
    says: "TARGET: the server answered UNIMPLEMENTED (it has no grpc.health.v1.Health)",
    limits: 0,
  },
  {
    kind: "GRPC_CHECK",
    fault: "UNAVAILABLE",
    at: h2("unavailable"),
    reason: "status",
    says: "TARGET: the server answered UNAVAILABLE: going down",
    limits: 0,
  },
  {
    kind: "GRPC_CHECK",
    fault: "accepts, and hangs",
    at: h2("hangs"),
    reason: "timeout",
    says: "TARGET: the answer to a health check did not come within LIMIT",
    limits: 1,
  },
  {
    kind: "GRPC_CHECK",
    fault: "drips its answer",
    at: h2("drips"),
    reason: "timeout",
    says: "TARGET: the answer to a health check did not come within LIMIT",
    limits: 1,
  },
  {
    kind: "GRPC_CHECK",
    fault: "an answer without a status",
    at: h2("no status"),
    reason: "protocol",
    says: "TARGET: the answer ended without a status of gRPC",
    limits: 0,
  },
  {
    kind: "GRPC_CHECK",
    fault: "a message that is cut off",
    at: h2("cut message"),
    reason: "protocol",
    says: "TARGET: the answer has no message",
    limits: 0,
  },
  {
    kind: "GRPC_CHECK",
    fault: "resets the request",
    at: h2("resets the stream"),
    reason: "protocol",
    says: "TARGET: the request was reset*",
    limits: 0,
  },
  {
    kind: "GRPC_CHECK",
    fault: "a web server",
    at: h2("page"),
    reason: "protocol",
    says: "TARGET does not speak gRPC: it answered with HTTP status 200",
    limits: 0,
  },
  {
    kind: "GRPC_CHECK",
    fault: "speaks HTTP/1 only",
    at: tcp("fine"),
    reason: "protocol",
    says: "TARGET: no HTTP/2: *",
    limits: 0,
  },
  {
    kind: "GRPC_CHECK",
    fault: "with TLS: speaks none",
    at: tcp("fine"),
    ask: { tls: true },
    reason: "tls",
    says: `${handshake}wrong version number: does this port speak TLS?`,
    limits: 0,
  },

  {
    kind: "MISC_CHECK",
    fault: "exits with a status",
    at: "nobody",
    ask: { script: "echo no socket >&2; exit 3" },
    reason: "script",
    says: "exited with status 3: no socket",
    limits: 0,
  },
  {
    kind: "MISC_CHECK",
    fault: "is killed",
    at: "nobody",
    ask: { script: "kill -KILL $$" },
    reason: "script",
    says: "killed by SIGKILL",
    limits: 0,
  },
  {
    kind: "MISC_CHECK",
    fault: "hangs",
    at: "nobody",
    ask: { script: "exec sleep 60" },
    reason: "timeout",
    says: "timed out after LIMIT",
    limits: 1,
  },
];

/** What a row says, as an expression for what was said of a target at a limit of so many seconds. */
export function saidOf({ says = "" }: FaultRow, target: string, limitS: number): RegExp {
  const literal = says.replaceAll(/[.+?^${}()|[\]\\]/g, "\\$&").replaceAll("*", ".*");
  const known: Readonly<Record<string, string>> = { TARGET: target, LIMIT: `${limitS} s`, TOTAL: `${3 * limitS} s` };
  return new RegExp(`^${literal.replaceAll(/TARGET|LIMIT|TOTAL/g, (word) => known[word] ?? "")}$`);
}

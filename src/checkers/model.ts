import type { TrackedFile } from "../files/tracked-files.ts";
import type { ScriptSpec } from "../script/model.ts";

export type { TrackedFile };

/** Where a probe connects to, and from. `bindAddress` is the source address (keepalived's bindto), `bindInterface` the
 *  interface (bind_if), `fwmark` the mark of its packets. `port` 0: the probe has none (ICMP). */
export type Endpoint = {
  readonly host: string;
  readonly port: number;
  readonly bindAddress?: string;
  readonly bindPort?: number;
  readonly bindInterface?: string;
  readonly fwmark?: number;
  /** via_vip: asked for at another address, as by a client. */
  readonly via?: Via;
};

export type StatusRange = { readonly from: number; readonly to: number };

/** An expression (PCRE2) for the body of a page; `negate`: it must not match. `options` are those of pcre2_compile() in
 *  lower case, offsets and stack sizes are bytes; no `maxOffset`: up to the end. */
export type BodyPattern = {
  readonly pattern: string;
  readonly negate: boolean;
  readonly options: readonly string[];
  readonly minOffset: number;
  readonly maxOffset?: number;
  readonly stack?: { readonly startBytes: number; readonly maxBytes: number };
};

/** One url of an HTTP_GET or SSL_GET. `statusCodes` empty means 200-299. `digest` is lower-case hex MD5 of the body. */
export type HttpUrl = {
  readonly path: string;
  readonly statusCodes: readonly StatusRange[];
  readonly digest?: string;
  readonly virtualhost?: string;
  readonly regex?: BodyPattern;
  readonly tlsCompliant?: boolean;
};

/** Version of the requests of HTTP; 1.0C and 1.1 ask for the connection to be closed. 2 is asked for by ALPN over TLS, and
 *  taken for known without. */
export type HttpProtocol = "1.0" | "1.0C" | "1.1" | "2";

type Connecting = { readonly endpoint: Endpoint; readonly connectTimeoutMs: number };

/** What a UDP_CHECK demands of the reply: bytes as hex digits, `X` any digit; the empty pattern matches every reply. */
export type ReplyDemand = { readonly pattern: string; readonly minLength: number; readonly maxLength: number };

/** via_vip: the question is put to `vip`, by packets that go to the endpoint's host as those of clients do: as they are, or
 *  through a `tunnel`. */
export type Via = { readonly vip: string; readonly tunnel?: ViaTunnel };

/** How IPVS wraps packets. */
export type ViaTunnel =
  | { readonly type: "ipip" }
  | { readonly type: "gue"; readonly port: number; readonly checksum: "none" | "csum" | "remcsum" }
  | { readonly type: "gre"; readonly checksum: "none" | "csum" };

/** What to probe. The kind names are the keywords' own. */
export type Probe =
  | ({ readonly kind: "TCP_CHECK" } & Connecting)
  | ({
      readonly kind: "HTTP_GET" | "SSL_GET";
      readonly urls: readonly HttpUrl[];
      readonly virtualhost?: string;
      readonly httpProtocol: HttpProtocol;
      /** Server name for TLS, where enable_sni is set; otherwise none is sent. */
      readonly sniName?: string;
      /** Until the check is up, the next url is asked as soon as one has passed. */
      readonly fastRecovery?: boolean;
      readonly tlsCompliant?: boolean;
      readonly tls?: TlsPlan;
    } & Connecting)
  | {
      readonly kind: "MISC_CHECK";
      readonly script: ScriptSpec;
      readonly timeoutMs: number;
      readonly dynamic: boolean;
      /** It may gain some, by sudo or file capabilities. */
      readonly newPrivileges?: true;
    }
  | ({ readonly kind: "SMTP_CHECK"; readonly heloName: string } & Connecting)
  | ({ readonly kind: "DNS_CHECK"; readonly queryType: string; readonly queryName: string } & Connecting)
  /** `payload` is hex digits; absent: some bytes. `reply` absent: none has to come. */
  | ({ readonly kind: "UDP_CHECK"; readonly payload?: string; readonly reply?: ReplyDemand } & Connecting)
  | ({ readonly kind: "PING_CHECK" } & Connecting)
  /** `service` "": the server as a whole. `tls` absent: HTTP/2 without TLS. */
  | ({
      readonly kind: "GRPC_CHECK";
      readonly service: string;
      readonly virtualhost?: string;
      readonly sniName?: string;
      readonly tls?: TlsPlan;
    } & Connecting);

/** What takes a real server out without a probe of its own; equal ones have the same `id`. A `weight` of 0: any number but
 *  0 in the file takes the server out (`reverse`: 0 does); otherwise the number times the weight is added to the server's. */
export type TrackedCheckPlan =
  | {
      readonly kind: "FILE_CHECK";
      readonly id: string;
      readonly trackFile: string;
      readonly weight: number;
      readonly reverse?: true;
      readonly alpha: boolean;
    }
  | { readonly kind: "BFD_CHECK"; readonly id: string; readonly instance: string; readonly alpha: boolean };

/** The client's side of TLS: files in PEM. `verify`: servers have to have a certificate of `ca`, or where that is absent
 *  of an authority that is generally known, with their name in it. */
export type TlsPlan = {
  readonly verify?: true;
  readonly ca?: string;
  readonly certificate?: string;
  readonly key?: string;
  readonly password?: string;
};

/** One checker of one real server: the probe, and the rules of behaviour around it (all times in ms).
 *  `retry` extra failing attempts, `delayBeforeRetryMs` apart, before an up server is taken for down. */
export type CheckerPlan = {
  /** Stable over reloads for an equal probe of the same real server; verdicts are kept under it. */
  readonly id: string;
  readonly probe: Probe;
  readonly delayLoopMs: number;
  readonly warmupMs: number;
  readonly retry: number;
  readonly delayBeforeRetryMs: number;
  readonly alpha: boolean;
  readonly logAllFailures: boolean;
};

export type DownReason =
  | "refused"
  | "timeout"
  | "unreachable"
  | "reset"
  | "status"
  | "digest"
  | "content"
  | "tls"
  | "protocol"
  | "script"
  | "file"
  | "bfd";

/** What one probe found. `output`: the end of what a program wrote, for `status`; a state does not keep it. `weight`: of
 *  misc_dynamic only. `warning`: what somebody should see to before it is a failure. `local`: our own side failed (no
 *  descriptor, bind refused); such a result counts neither way, and the probe is run again at delay_loop. */
export type Verdict = { readonly output?: string } & Found;

type Found =
  | {
      readonly up: true;
      readonly weight?: number;
      readonly detail?: string;
      readonly warning?: string;
      readonly certificateExpiresWallMs?: number;
    }
  | { readonly up: false; readonly reason: DownReason; readonly detail: string }
  | { readonly up: "unknown"; readonly reason: "local"; readonly detail: string };

/** What is kept of a checker over a reload and over a restart of its process. Times are wall-clock ms. */
export type CheckerState = {
  readonly up: boolean;
  /** Of an HTTP check with several urls: each was asked, or one has failed. */
  readonly hasRun: boolean;
  /** Failing attempts since the last success, while the checker still counts as up; of SMTP_CHECK those of its round. */
  readonly failures: number;
  readonly sinceWallMs: number;
  readonly lastVerdict?: Verdict;
  readonly lastRunWallMs?: number;
  readonly lastLatencyMs?: number;
  /** Effective weight asked for by misc_dynamic. */
  readonly weight?: number;
  /** What a FILE_CHECK adds to the weight. */
  readonly delta?: number;
  /** Index of the url to try next. */
  readonly nextUrl?: number;
  /** While down: how many urls have passed in a row, beginning with the first; absent while the failed one is retried. */
  readonly passedUrls?: number;
  /** The detail of the last failing verdict, while down. */
  readonly why?: string;
};

/** A checker with the names that logs use for what it guards. */
export type CheckerSubject = {
  readonly plan: CheckerPlan;
  readonly realServer: string;
  readonly virtualServer: string;
  /** Equal for checks that share one probe; absent: it has its own. */
  readonly share?: string;
};

import type { ScriptSpec } from "../script/model.ts";

/** Where a probe connects to, and from. `bindAddress` is the source address (keepalived's bindto). */
export type Endpoint = {
  readonly host: string;
  readonly port: number;
  readonly bindAddress?: string;
};

export type StatusRange = { readonly from: number; readonly to: number };

/** One url of an HTTP_GET or SSL_GET. `statusCodes` empty means 200-299. `digest` is lower-case hex MD5 of the body. */
export type HttpUrl = {
  readonly path: string;
  readonly statusCodes: readonly StatusRange[];
  readonly digest?: string;
  readonly virtualhost?: string;
};

/** What to probe. The kind names are the keywords' own. */
export type Probe =
  | { readonly kind: "TCP_CHECK"; readonly endpoint: Endpoint; readonly connectTimeoutMs: number }
  | {
      readonly kind: "HTTP_GET" | "SSL_GET";
      readonly endpoint: Endpoint;
      readonly connectTimeoutMs: number;
      readonly urls: readonly HttpUrl[];
      readonly virtualhost?: string;
      readonly httpProtocol: "1.0" | "1.0C" | "1.1";
      /** Server name for TLS, where enable_sni is set; otherwise none is sent. */
      readonly sniName?: string;
    }
  | { readonly kind: "MISC_CHECK"; readonly script: ScriptSpec; readonly timeoutMs: number; readonly dynamic: boolean };

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
  | "tls"
  | "protocol"
  | "script";

/** What one probe found. `weight` only from misc_dynamic. `local`: our own side failed (no descriptor, bind refused);
 *  such a result counts neither way and the probe is simply run again at delay_loop. */
export type Verdict =
  | { readonly up: true; readonly weight?: number; readonly detail?: string }
  | { readonly up: false; readonly reason: DownReason; readonly detail: string }
  | { readonly up: "unknown"; readonly reason: "local"; readonly detail: string };

/** What is kept of a checker over a reload and over a restart of its process. Times are wall-clock ms. */
export type CheckerState = {
  readonly up: boolean;
  readonly hasRun: boolean;
  /** Failing attempts since the last success, while the checker still counts as up. */
  readonly failures: number;
  readonly sinceWallMs: number;
  readonly lastVerdict?: Verdict;
  readonly lastRunWallMs?: number;
  readonly lastLatencyMs?: number;
  /** Effective weight asked for by misc_dynamic. */
  readonly weight?: number;
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
};

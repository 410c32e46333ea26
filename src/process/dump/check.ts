import type { CheckerPlan, HttpUrl, Probe } from "../../checkers/model.ts";
import { commandText, ownerText, secondsText, microsecondsText as us, when, yesNo } from "./text.ts";
import type { RealServerStatus } from "./virtual-server.ts";

type CheckStatus = RealServerStatus["checkers"][number];

/** keepalived's `delay_before_retry` where none is given and it is no second. */
const DEFAULT_DELAY_BEFORE_RETRY_MS: Readonly<Record<string, number>> = { HTTP_GET: 3000, SSL_GET: 3000, DNS_CHECK: 0 };

/** One check of the section `Health checkers`. */
export function checkLines(
  plan: CheckerPlan,
  status: CheckStatus | undefined,
  guarded: { readonly virtualServer: string; readonly realServer: string },
): readonly string[] {
  return [
    ` ${guarded.virtualServer} -> ${guarded.realServer}`,
    ...[
      "Enabled = yes",
      `Up = ${yesNo(status?.up ?? !plan.alpha)}`,
      `Has run = ${yesNo(status?.hasRun === true)}`,
      `Alpha = ${yesNo(plan.alpha)}`,
      `Delay loop = ${us(plan.delayLoopMs)}`,
      `Warmup = ${us(plan.warmupMs)}`,
      `Retries = ${plan.retry}`,
      ...when(plan.retry > 0, `Delay before retry = ${us(plan.delayBeforeRetryMs)}`),
      ...when(plan.retry > 0, `Retries iterations = ${status?.failures ?? 0}`),
      `Default delay before retry = ${us(DEFAULT_DELAY_BEFORE_RETRY_MS[plan.probe.kind] ?? 1000)}`,
      `Log all failures = ${yesNo(plan.logAllFailures)}`,
      ...connectionLines(plan.probe),
      ...probeLines(plan.probe),
    ].map((line) => `   ${line}`),
  ];
}

function connectionLines(probe: Probe): readonly string[] {
  if (probe.kind === "MISC_CHECK") return [];
  const { host, port, bindAddress, bindPort, bindInterface, fwmark } = probe.endpoint;
  return [
    "Connection",
    `  Dest = [${host}]:${port}`,
    ...when(bindAddress !== undefined, `  Bind to = [${bindAddress}]:${bindPort ?? 0}`),
    ...when(bindInterface !== undefined, `  Bind i/f = ${bindInterface}`),
    ...when(fwmark !== undefined, `  Mark = ${fwmark}`),
    `  Timeout = ${secondsText(probe.connectTimeoutMs)}`,
  ];
}

function probeLines(probe: Probe): readonly string[] {
  const method = `Keepalive method = ${probe.kind}`;
  switch (probe.kind) {
    case "TCP_CHECK":
    case "PING_CHECK":
      return [method];
    case "HTTP_GET":
    case "SSL_GET":
      return [
        `${method}, http protocol ${probe.httpProtocol}`,
        ...when(probe.virtualhost !== undefined, `VirtualHost = ${probe.virtualhost}`),
        ...(probe.sniName !== undefined ? ["Enable SNI set"] : when(probe.kind === "HTTP_GET", "Enable SNI unset")),
        `Fast recovery ${probe.fastRecovery ? "set" : "unset"}`,
        ...probe.urls.flatMap(urlLines),
      ];
    case "MISC_CHECK":
      return [
        method,
        `script = ${commandText(probe.script)}`,
        `timeout = ${probe.timeoutMs / 1000}`,
        `dynamic = ${probe.dynamic ? "YES" : "NO"}`,
        `uid:gid = ${ownerText(probe.script)}`,
      ];
    case "SMTP_CHECK":
      return [method, `helo = ${probe.heloName}`];
    case "DNS_CHECK":
      return [method, `Type = ${probe.queryType}`, `Name = ${probe.queryName}`];
    case "GRPC_CHECK":
      return [
        method,
        `Service = ${probe.service}`,
        `TLS = ${yesNo(probe.tls !== undefined)}`,
        ...when(probe.virtualhost !== undefined, `VirtualHost = ${probe.virtualhost}`),
        ...when(probe.sniName !== undefined, `SNI = ${probe.sniName}`),
      ];
    case "UDP_CHECK":
      return [
        method,
        `Payload specified = ${yesNo(probe.payload !== undefined)}`,
        `Require reply = ${yesNo(probe.reply !== undefined)}`,
      ];
  }
}

const urlLines = (url: HttpUrl): readonly string[] => {
  const codes = url.statusCodes.length > 0 ? url.statusCodes : [{ from: 200, to: 299 }];
  return [
    `Checked url = ${url.path}`,
    ...when(url.virtualhost !== undefined, `  VirtualHost = ${url.virtualhost}`),
    ...when(url.digest !== undefined, `  digest = ${url.digest}`),
    "  HTTP Status Code(s)",
    ...codes.map(({ from, to }) => `    ${from === to ? from : `${from}-${to}`}`),
  ];
};

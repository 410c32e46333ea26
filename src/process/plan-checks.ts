import type { CheckerPlan, Endpoint, HttpUrl, Probe } from "../checkers/model.ts";
import type { MiscCheck, TcpCheck, WebCheck } from "../checkers/options.ts";
import { quote } from "../config/diagnostic.ts";
import { blockPlace, placeOf } from "../config/place.ts";
import { type ServiceId, serviceKey } from "../ipvs/model.ts";
import type { RealServer, VirtualServer } from "../virtual-server/options.ts";
import type { PlanContext } from "./plan-context.ts";

/** A real server as its checks see it. `checkPort` is the port they connect to unless they say otherwise; 0: none. */
export type CheckTarget = {
  readonly service: ServiceId;
  readonly address: string;
  readonly port: number;
  readonly checkPort: number;
};

/** Everything that checks of one real server inherit. */
type Setting = {
  readonly block: VirtualServer;
  readonly server: RealServer;
  readonly target: CheckTarget;
  readonly context: PlanContext;
};

export function planCheckers(
  block: VirtualServer,
  server: RealServer,
  target: CheckTarget,
  context: PlanContext,
): readonly CheckerPlan[] {
  const setting: Setting = { block, server, target, context };
  const plans: CheckerPlan[] = [];
  const ids = new Map<string, number>();
  const add = (check: TcpCheck | WebCheck | MiscCheck, probe: Probe | undefined): void => {
    if (!probe) return;
    const base = `${serviceKey(target.service)} ${target.address}:${target.port} ${probeText(probe)}`;
    const count = (ids.get(base) ?? 0) + 1;
    ids.set(base, count);
    plans.push({ id: count === 1 ? base : `${base} #${count}`, probe, ...planTiming(check, probe.kind, setting) });
  };
  for (const check of server.TCP_CHECK) add(check, planTcp(check, setting));
  for (const check of server.HTTP_GET) add(check, planWeb("HTTP_GET", check, setting));
  for (const check of server.SSL_GET) add(check, planWeb("SSL_GET", check, setting));
  for (const check of server.MISC_CHECK) add(check, planMisc(check, setting));
  return plans;
}

/** Equal for probes that find out the same; what verdicts are kept under over a reload. */
function probeText(probe: Probe): string {
  if (probe.kind === "MISC_CHECK") return `MISC_CHECK ${JSON.stringify(probe.script.argv)} ${probe.dynamic}`;
  const { host, port, bindAddress } = probe.endpoint;
  const connection = `${probe.kind} ${host}:${port} ${bindAddress ?? "-"} ${probe.connectTimeoutMs}`;
  if (probe.kind === "TCP_CHECK") return connection;
  return `${connection} ${JSON.stringify([probe.urls, probe.virtualhost, probe.httpProtocol, probe.sniName])}`;
}

function planTiming(
  check: TcpCheck | WebCheck | MiscCheck,
  kind: Probe["kind"],
  setting: Setting,
): Omit<CheckerPlan, "id" | "probe"> {
  const { block, server, context } = setting;
  const web = kind === "HTTP_GET" || kind === "SSL_GET";
  const delayLoopMs = check.delay_loop ?? server.delay_loop ?? block.delay_loop ?? 60_000;
  return {
    delayLoopMs,
    warmupMs: check.warmup ?? server.warmup ?? block.warmup ?? delayLoopMs,
    retry: check.retry ?? server.retry ?? block.retry ?? (kind === "MISC_CHECK" ? 0 : 1),
    delayBeforeRetryMs:
      check.delay_before_retry ?? server.delay_before_retry ?? block.delay_before_retry ?? (web ? 3000 : 1000),
    alpha: check.alpha ?? server.alpha ?? block.alpha,
    logAllFailures: check.log_all_failures ?? context.global.checker_log_all_failures,
  };
}

function planConnection(
  check: TcpCheck | WebCheck,
  { block, server, target, context }: Setting,
): { readonly endpoint: Endpoint; readonly connectTimeoutMs: number } | undefined {
  const port = check.connect_port ?? target.checkPort;
  if (port === 0) {
    context.problems.error(
      "check/no-port",
      "the real server has no port, and this check needs one",
      blockPlace(check),
      {
        hint: "add `connect_port`",
      },
    );
    return undefined;
  }
  const endpoint = {
    host: check.connect_ip ?? target.address,
    port,
    ...(check.bindto !== undefined && { bindAddress: check.bindto }),
  };
  return { endpoint, connectTimeoutMs: check.connect_timeout ?? server.connect_timeout ?? block.connect_timeout };
}

function planTcp(check: TcpCheck, setting: Setting): Probe | undefined {
  const connection = planConnection(check, setting);
  return connection && { kind: "TCP_CHECK", ...connection };
}

function planWeb(kind: "HTTP_GET" | "SSL_GET", check: WebCheck, setting: Setting): Probe | undefined {
  const { problems } = setting.context;
  const connection = planConnection(check, setting);
  const urls = check.url.flatMap((url): HttpUrl[] => {
    if (url.path === undefined) {
      problems.error("check/no-path", "this url has no `path`", blockPlace(url), { hint: "e.g. `path /`" });
      return [];
    }
    return [
      {
        path: url.path,
        statusCodes: url.status_code ?? [],
        ...(url.digest !== undefined && { digest: url.digest }),
        ...(url.virtualhost !== undefined && { virtualhost: url.virtualhost }),
      },
    ];
  });
  if (check.url.length === 0)
    problems.error("check/no-url", `${quote(kind)} has no \`url\``, blockPlace(check), {
      hint: "add `url { path / }`",
    });
  if (!connection || urls.length === 0) return undefined;
  const virtualhost = check.virtualhost ?? setting.server.virtualhost ?? setting.block.virtualhost;
  const sniName = kind === "SSL_GET" ? planSni(check, urls, virtualhost) : undefined;
  return {
    kind,
    ...connection,
    urls,
    ...(virtualhost !== undefined && { virtualhost }),
    httpProtocol: check.http_protocol,
    ...(sniName !== undefined && { sniName }),
  };
}

function planSni(check: WebCheck, urls: readonly HttpUrl[], virtualhost: string | undefined): string | undefined {
  if (check.sni_name !== undefined) return check.sni_name;
  return check.enable_sni ? (urls.find((url) => url.virtualhost !== undefined)?.virtualhost ?? virtualhost) : undefined;
}

function planMisc(check: MiscCheck, { block, context }: Setting): Probe | undefined {
  if (!check.misc_path) {
    context.problems.error("check/no-path", "`MISC_CHECK` has no `misc_path`", blockPlace(check), {
      hint: 'add `misc_path "/path/command"`',
    });
    return undefined;
  }
  const leftOut = "the check is left out until a reload finds it, and does not take its real server down";
  const script = context.scripts.resolve(check.misc_path, placeOf(check, "misc_path"), { user: check.user, leftOut });
  const timeoutMs = check.misc_timeout || (block.delay_loop ?? 60_000);
  return script && { kind: "MISC_CHECK", script, timeoutMs, dynamic: check.misc_dynamic };
}

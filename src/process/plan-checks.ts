import type { GrpcCheck } from "../checkers/grpc-options.ts";
import type { CheckerPlan, Probe, Via } from "../checkers/model.ts";
import type { MiscCheck } from "../checkers/options.ts";
import type { DnsCheck, SmtpCheck, UdpCheck } from "../checkers/probe-options.ts";
import { relatedAt } from "../config/diagnostic.ts";
import { blockPlace, isGiven, placeOf } from "../config/place.ts";
import type { ScriptSpec } from "../script/model.ts";
import type { RealServer, VirtualServer } from "../virtual-server/options.ts";
import { type CheckTarget, planConnection, type Setting } from "./plan-connection.ts";
import type { ServerContext } from "./plan-context.ts";
import { viaNeedsReply } from "./plan-via-vip.ts";
import { planWeb } from "./plan-web-check.ts";

/** The keywords that say how often and how patiently a check is made. */
type Timed = {
  readonly retry: number | undefined;
  readonly delay_before_retry: number | undefined;
  readonly warmup: number | undefined;
  readonly delay_loop: number | undefined;
  readonly alpha: boolean | undefined;
  readonly log_all_failures: boolean | undefined;
};

export function planCheckers(
  block: VirtualServer,
  server: RealServer,
  target: CheckTarget,
  context: ServerContext,
): readonly CheckerPlan[] {
  const setting: Setting = { block, server, target, context };
  const plans: CheckerPlan[] = [];
  const prefix = `${target.owner} ${target.address}:${target.port} `;
  const alike = new Map<string, number>();
  const add = (check: Timed, probe: Probe | undefined): void => {
    if (!probe) return;
    const base = prefix + probeText(probe);
    const count = (alike.get(base) ?? 0) + 1;
    alike.set(base, count);
    plans.push(planChecker(count === 1 ? base : `${base} #${count}`, check, probe, setting));
  };
  for (const check of server.TCP_CHECK) {
    const connection = planConnection(check, setting);
    add(check, connection && { kind: "TCP_CHECK", ...connection });
  }
  for (const check of server.HTTP_GET) add(check, planWeb("HTTP_GET", check, setting));
  for (const check of server.SSL_GET) add(check, planWeb("SSL_GET", check, setting));
  for (const check of server.MISC_CHECK) add(check, planMisc(check, setting));
  for (const check of server.SMTP_CHECK) planSmtp(check, setting, add);
  for (const check of server.DNS_CHECK) add(check, planDns(check, setting));
  for (const check of server.UDP_CHECK) add(check, planUdp(check, setting));
  for (const check of server.PING_CHECK) {
    const connection = planConnection(check, setting, { portless: true });
    add(check, connection && { kind: "PING_CHECK", ...connection });
  }
  for (const check of server.GRPC_CHECK) add(check, planGrpc(check, setting));
  checkDynamic(server, context);
  return plans.slice(); // without the room that a list keeps to grow into
}

/** Equal for probes that find out the same; what verdicts are kept under over a reload. */
function probeText(probe: Probe): string {
  if (probe.kind === "MISC_CHECK") return `MISC_CHECK ${JSON.stringify(probe.script.argv)} ${probe.dynamic}`;
  const { host, port, bindAddress, bindInterface, fwmark, via } = probe.endpoint;
  let text = `${probe.kind} ${host}:${port} ${bindAddress ?? "-"} ${probe.connectTimeoutMs}`;
  if (bindInterface !== undefined) text += ` dev ${bindInterface}`;
  if (fwmark !== undefined) text += ` mark ${fwmark}`;
  if (via) text += ` via ${via.vip}${tunnelText(via)}`;
  // As keepalived has it, a UDP_CHECK with another payload is the same.
  if (probe.kind === "TCP_CHECK" || probe.kind === "PING_CHECK" || probe.kind === "UDP_CHECK") return text;
  const { kind: _kind, endpoint: _endpoint, connectTimeoutMs: _timeout, ...rest } = probe;
  const { tls: _tls, ...asked } = "tls" in rest ? rest : { ...rest, tls: undefined }; // has a passphrase
  return `${text} ${JSON.stringify(asked)}`;
}

const tunnelText = ({ tunnel }: Via): string =>
  tunnel === undefined ? "" : tunnel.type === "ipip" ? " tun" : ` tun ${JSON.stringify(tunnel)}`;

const DEFAULT_LOOP_MS = 60_000;

const defaultRetry = (kind: Probe["kind"]): number => (kind === "MISC_CHECK" ? 0 : kind === "DNS_CHECK" ? 3 : 1);

function defaultRetryDelayMs(kind: Probe["kind"], delayLoopMs: number): number {
  if (kind === "HTTP_GET" || kind === "SSL_GET") return 3000;
  return kind === "DNS_CHECK" ? delayLoopMs : 1000;
}

function planChecker(id: string, check: Timed, probe: Probe, { block, server, context }: Setting): CheckerPlan {
  const { kind } = probe;
  const delayLoopMs = check.delay_loop ?? server.delay_loop ?? block.delay_loop ?? DEFAULT_LOOP_MS;
  return {
    id,
    probe,
    delayLoopMs,
    warmupMs: check.warmup ?? server.warmup ?? block.warmup ?? delayLoopMs,
    retry: check.retry ?? server.retry ?? block.retry ?? defaultRetry(kind),
    delayBeforeRetryMs:
      check.delay_before_retry ??
      server.delay_before_retry ??
      block.delay_before_retry ??
      defaultRetryDelayMs(kind, delayLoopMs),
    alpha: check.alpha ?? server.alpha ?? block.alpha,
    logAllFailures: check.log_all_failures ?? context.global.checker_log_all_failures,
  };
}

function planMisc(check: MiscCheck, { block, context }: Setting): Probe | undefined {
  if (!check.misc_path) {
    if (!isGiven(check, "misc_path"))
      context.problems.error("check/no-path", "`MISC_CHECK` has no `misc_path`", blockPlace(check), {
        hint: 'add `misc_path "/path/command"`',
      });
    return undefined;
  }
  const leftOut = "the check is left out until a reload finds it, and does not take its real server down";
  const script = context.scripts.resolve(check.misc_path, placeOf(check, "misc_path"), {
    ...check.user,
    ...(check.user && { userAt: placeOf(check, "user") }),
    leftOut,
  });
  if (script && check.no_new_privs) warnOfPrivileges(script, check, context);
  const timeoutMs = check.misc_timeout || (block.delay_loop ?? DEFAULT_LOOP_MS);
  return (
    script && {
      kind: "MISC_CHECK",
      script,
      timeoutMs,
      dynamic: check.misc_dynamic,
      ...(!check.no_new_privs && { newPrivileges: true as const }),
    }
  );
}

function warnOfPrivileges(script: ScriptSpec, check: MiscCheck, { problems, scripts }: ServerContext): void {
  const how = scripts.gainsPrivileges(script);
  if (how === undefined) return;
  problems.warning(
    "script/gains-privileges",
    `${how}, which cannot give it privileges in a check`,
    placeOf(check, "misc_path"),
    { hint: "add `no_new_privs no` to the MISC_CHECK, or let `user` name the account that it needs" },
  );
}

/** Two programs that both set the weight would undo each other's. */
function checkDynamic({ MISC_CHECK: checks }: RealServer, { problems }: ServerContext): void {
  if (checks.length < 2) return;
  const [first, second] = checks.filter((check) => check.misc_dynamic);
  if (!first || !second) return;
  problems.warning(
    "check/dynamic-twice",
    "two checks of this real server have `misc_dynamic`: what each asks for is added up",
    placeOf(second, "misc_dynamic"),
    { hint: "let one of them set the weight", related: [relatedAt("the other one", placeOf(first, "misc_dynamic"))] },
  );
}

/** One check for each host, each with what the block says beside them. */
function planSmtp(check: SmtpCheck, setting: Setting, add: (check: Timed, probe: Probe | undefined) => void): void {
  const probe = (connection: ReturnType<typeof planConnection>): Probe | undefined =>
    connection && { kind: "SMTP_CHECK", ...connection, heloName: check.helo_name };
  if (check.host.length === 0) add(check, probe(planConnection(check, setting)));
  for (const host of check.host) {
    const timed: Timed = {
      retry: host.retry ?? check.retry,
      delay_before_retry: host.delay_before_retry ?? check.delay_before_retry,
      warmup: host.warmup ?? check.warmup,
      delay_loop: host.delay_loop ?? check.delay_loop,
      alpha: host.alpha ?? check.alpha,
      log_all_failures: host.log_all_failures ?? check.log_all_failures,
    };
    add(timed, probe(planConnection(host, setting, { outer: check })));
  }
}

function planDns(check: DnsCheck, setting: Setting): Probe | undefined {
  const connection = planConnection(check, setting);
  return connection && { kind: "DNS_CHECK", ...connection, queryType: check.type, queryName: check.name };
}

function planUdp(check: UdpCheck, setting: Setting): Probe | undefined {
  const { min_reply_length: minLength, max_reply_length: maxLength, require_reply: pattern, payload } = check;
  const { problems } = setting.context;
  if (minLength > maxLength)
    problems.error(
      "check/reply-length",
      `no reply is ${minLength} bytes or longer and ${maxLength} or shorter`,
      placeOf(check, "min_reply_length", "max_reply_length"),
      { hint: "let `min_reply_length` be at most `max_reply_length`, which is 255 unless given" },
    );
  else if (pattern !== undefined && pattern.length / 2 > maxLength)
    problems.error(
      "check/reply-length",
      `the reply that is asked for has ${pattern.length / 2} bytes, and a reply of more than ${maxLength} is wrong`,
      placeOf(check, "require_reply"),
      { hint: "raise `max_reply_length`" },
    );
  if (pattern === undefined && viaNeedsReply(check, setting)) return undefined;
  const connection = planConnection(check, setting);
  if (!connection) return undefined;
  const reply = pattern === undefined ? undefined : { pattern, minLength, maxLength };
  return { kind: "UDP_CHECK", ...connection, ...(payload !== undefined && { payload }), ...(reply && { reply }) };
}

function planGrpc(check: GrpcCheck, setting: Setting): Probe | undefined {
  const { problems, tls } = setting.context;
  if (check.sni_name !== undefined && !check.tls)
    problems.warning("check/no-tls", "`sni_name` has no effect without `tls`", placeOf(check, "sni_name"), {
      hint: "add `tls`, or remove it",
    });
  const connection = planConnection(check, setting);
  if (!connection) return undefined;
  const virtualhost = check.virtualhost ?? setting.server.virtualhost ?? setting.block.virtualhost;
  return {
    kind: "GRPC_CHECK",
    ...connection,
    service: check.service ?? "",
    ...(virtualhost !== undefined && { virtualhost }),
    ...(check.tls && check.sni_name !== undefined && { sniName: check.sni_name }),
    ...(check.tls && { tls: tls ?? {} }),
  };
}

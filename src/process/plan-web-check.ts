import type { BodyPattern, HttpUrl, Probe } from "../checkers/model.ts";
import { patternFault } from "../checkers/pattern.ts";
import type { Url, WebCheck } from "../checkers/web-options.ts";
import { quote } from "../config/diagnostic.ts";
import { blockPlace, isGiven, placeOf } from "../config/place.ts";
import { planConnection, type Setting } from "./plan-connection.ts";
import type { ServerContext } from "./plan-context.ts";

export function planWeb(kind: "HTTP_GET" | "SSL_GET", check: WebCheck, setting: Setting): Probe | undefined {
  const { problems } = setting.context;
  const connection = planConnection(check, setting);
  const urls: HttpUrl[] = [];
  for (const url of check.url) {
    const plan = planUrl(url, setting.context);
    if (plan) urls.push(plan);
  }
  if (check.url.length === 0)
    problems.error("check/no-url", `${quote(kind)} has no \`url\``, blockPlace(check), {
      hint: "add `url { path / }`",
    });
  if (check.http_protocol === "2") checkEnd(check, setting.context);
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
    ...(check.fast_recovery && { fastRecovery: true }),
    ...("tls_compliant" in check && check.tls_compliant && { tlsCompliant: true }),
    ...(kind === "SSL_GET" && setting.context.tls && { tls: setting.context.tls }),
  };
}

/** A connection of HTTP/2 stays open behind an answer, so that its end says nothing of it. */
function checkEnd(check: WebCheck, { problems }: ServerContext): void {
  const blocks = [check, ...check.url].filter((block) => "tls_compliant" in block && block.tls_compliant);
  for (const block of blocks)
    problems.warning(
      "check/http2-end",
      "`tls_compliant` has no effect with `http_protocol 2`",
      placeOf(block, "tls_compliant"),
      {
        hint: "remove it, or use `http_protocol 1.1`",
      },
    );
}

function planUrl(url: Url, context: ServerContext): HttpUrl | undefined {
  const { problems } = context;
  if (url.path === undefined) {
    if (!isGiven(url, "path"))
      problems.error("check/no-path", "this url has no `path`", blockPlace(url), { hint: "e.g. `path /`" });
    return undefined;
  }
  const regex = planPattern(url, context);
  const compliant = "tls_compliant" in url ? url.tls_compliant : undefined;
  return {
    path: url.path,
    statusCodes: url.status_code ?? [],
    ...(url.digest !== undefined && { digest: url.digest }),
    ...(url.virtualhost !== undefined && { virtualhost: url.virtualhost }),
    ...(regex && { regex }),
    ...(compliant !== undefined && { tlsCompliant: compliant }),
  };
}

const PATTERN_OPTIONS = [
  "regex_no_match",
  "regex_options",
  "regex_min_offset",
  "regex_max_offset",
  "regex_stack",
] as const;

function planPattern(url: Url, { problems }: ServerContext): BodyPattern | undefined {
  if (url.regex === undefined) {
    const [idle] = isGiven(url, "regex") ? [] : PATTERN_OPTIONS.filter((name) => url[name]);
    if (idle !== undefined)
      problems.warning("check/no-regex", `\`${idle}\` has no effect without \`regex\``, placeOf(url, idle), {
        hint: "add `regex`, or remove it",
      });
    return undefined;
  }
  const { regex_min_offset: minOffset, regex_max_offset: maxOffset, regex_stack: stack } = url;
  if (maxOffset !== undefined && maxOffset <= minOffset)
    problems.error(
      "check/regex-offsets",
      `no match can begin at ${minOffset} or later and before ${maxOffset}`,
      placeOf(url, "regex_max_offset"),
      { hint: "`regex_max_offset` has to be above `regex_min_offset`" },
    );
  const fault = patternFault({ pattern: url.regex, options: url.regex_options ?? [] });
  if (fault !== undefined)
    problems.error("check/regex", `this is no Perl-compatible expression: ${fault}`, placeOf(url, "regex"), {
      hint: "between double quotes a backslash is written twice; pcre2test tries it out",
    });
  return {
    pattern: url.regex,
    negate: url.regex_no_match,
    options: url.regex_options ?? [],
    minOffset,
    ...(maxOffset !== undefined && { maxOffset }),
    ...(stack && { stack }),
  };
}

function planSni(check: WebCheck, urls: readonly HttpUrl[], virtualhost: string | undefined): string | undefined {
  if (typeof check.sni_name === "string") return check.sni_name;
  const asked = check.enable_sni || check.sni_name === true;
  return asked ? (urls.find((url) => url.virtualhost !== undefined)?.virtualhost ?? virtualhost) : undefined;
}

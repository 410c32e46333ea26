import type { MiscCheck, TcpCheck, WebCheck } from "../checkers/options.ts";
import { relatedAt } from "../config/diagnostic.ts";
import { blockPlace, isGiven, placeOf } from "../config/place.ts";
import { remembered } from "../core/remembered.ts";
import type { RealServer, VirtualServer } from "../virtual-server/options.ts";
import type { Finding, Lint, LintInput } from "./lint.ts";

/** delay_loop where none is given. */
const DEFAULT_LOOP_MS = 60_000;

type Setting = { readonly block: VirtualServer; readonly server: RealServer };
type Connecting = TcpCheck | WebCheck;

/** The real servers that have a check which some lint looks at. */
const settings = ({ root }: LintInput): readonly Setting[] => settingsOf(root);

const settingsOf = remembered(({ virtual_server: blocks }: LintInput["root"]): readonly Setting[] =>
  blocks.flatMap((block) =>
    block.real_server
      .filter((server) => server.MISC_CHECK.length > 0 || connecting(server).length > 0)
      .map((server) => ({ block, server })),
  ),
);

/** Tens of thousands of servers have TCP checks alone: no list is made for them. */
const connecting = ({ TCP_CHECK, HTTP_GET, SSL_GET }: RealServer): readonly Connecting[] =>
  HTTP_GET.length + SSL_GET.length === 0 ? TCP_CHECK : [...TCP_CHECK, ...HTTP_GET, ...SSL_GET];

const loopOf = (check: Connecting | MiscCheck, { block, server }: Setting): number =>
  check.delay_loop ?? server.delay_loop ?? block.delay_loop ?? DEFAULT_LOOP_MS;

/** A host that is gone answers nothing: each look at it costs the whole timeout. */
function* timeoutOverLoop(input: LintInput): Generator<Finding> {
  const told = new Set<VirtualServer>();
  for (const setting of settings(input))
    for (const check of connecting(setting.server)) {
      const loopMs = loopOf(check, setting);
      const timeoutMs = check.connect_timeout;
      if (timeoutMs === undefined || timeoutMs <= loopMs || told.has(setting.block)) continue;
      told.add(setting.block); // the checks of a virtual server are copies of each other
      yield {
        code: "lint/timeout-over-loop",
        message: `a check that waits ${timeoutMs / 1000} s is not run every ${loopMs / 1000} s: a host that is gone is found out later than \`delay_loop\` says`,
        at: placeOf(check, "connect_timeout"),
        hint: "let connect_timeout be at most delay_loop",
      };
    }
}

/** Longer than this and a script that hangs is a fault of its own. */
const PATIENCE_MS = 30_000;

/** Without misc_timeout a script may run as long as delay_loop. */
function* miscTimeout(input: LintInput): Generator<Finding> {
  const told = new Set<VirtualServer>();
  for (const setting of settings(input))
    for (const check of setting.server.MISC_CHECK) {
      const loopMs = loopOf(check, setting);
      if (check.misc_timeout || loopMs < PATIENCE_MS || told.has(setting.block)) continue;
      told.add(setting.block);
      yield {
        code: "lint/misc-timeout",
        message: `a script that hangs is waited for as long as \`delay_loop\`, ${loopMs / 1000} s`,
        at: blockPlace(check),
        hint: "add `misc_timeout 5`, or what it needs at most",
      };
    }
}

/** The ports of HTTP in the clear and over TLS, swapped. */
function* tlsPort(input: LintInput): Generator<Finding> {
  for (const { server } of settings(input)) {
    if (server.HTTP_GET.length + server.SSL_GET.length === 0) continue;
    const portOf = (check: WebCheck): number => check.connect_port ?? server.argument.port;
    const plain = server.HTTP_GET.find((check) => portOf(check) === 443);
    const tls = server.SSL_GET.find((check) => portOf(check) === 80);
    const check = plain ?? tls;
    if (!check) continue;
    yield {
      code: "lint/tls-port",
      message: plain ? "HTTP_GET speaks no TLS, and port 443 wants it" : "SSL_GET wants TLS, and port 80 is plain HTTP",
      at: isGiven(check, "connect_port") ? placeOf(check, "connect_port") : blockPlace(check),
      hint: plain ? "use SSL_GET" : "use HTTP_GET",
    };
  }
}

/** A block that was copied from the server above it, with its connect_ip. */
function* checkOfOther(input: LintInput): Generator<Finding> {
  for (const { block, server } of settings(input))
    for (const check of connecting(server)) {
      const target = check.connect_ip;
      if (target === undefined || target === server.argument.address) continue;
      const other = block.real_server.find(({ argument }) => argument.address === target);
      if (!other) continue;
      yield {
        code: "lint/check-of-other",
        message: `this check asks ${target}, which is another real server`,
        at: placeOf(check, "connect_ip"),
        hint: `remove it, or write ${server.argument.address}`,
        related: [relatedAt("the other one", blockPlace(other))],
      };
    }
}

/** What two cores of a director can do beside their work: connections, and scripts, which cost a process each. */
const MAX_PROBES_PER_S = 2000;
const MAX_SCRIPTS_PER_S = 50;

/** Many servers and a short loop: the checks take the time that adverts need. */
function* probeRate(input: LintInput): Generator<Finding> {
  let probes = 0;
  let scripts = 0;
  let fastest: { readonly block: VirtualServer; readonly perS: number } | undefined;
  for (const setting of settings(input)) {
    let [connections, runs] = [0, 0];
    for (const check of connecting(setting.server)) connections += 1000 / Math.max(1, loopOf(check, setting));
    for (const check of setting.server.MISC_CHECK) runs += 1000 / Math.max(1, loopOf(check, setting));
    probes += connections;
    scripts += runs;
    if (!fastest || connections + runs > fastest.perS) fastest = { block: setting.block, perS: connections + runs };
  }
  if (!fastest || (probes <= MAX_PROBES_PER_S && scripts <= MAX_SCRIPTS_PER_S)) return;
  const what =
    scripts > MAX_SCRIPTS_PER_S ? `${Math.round(scripts)} scripts are run` : `${Math.round(probes)} probes are made`;
  yield {
    code: "lint/probe-rate",
    message: `all checks together are too many: ${what} every second`,
    at: placeOf(fastest.block, "delay_loop"),
    hint: "use a longer delay_loop, here first",
  };
}

export const checkLints: readonly Lint[] = [timeoutOverLoop, miscTimeout, tlsPort, checkOfOther, probeRate];

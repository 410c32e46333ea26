import type { CheckerStatus } from "../virtual-server/model.ts";
import { cell, joined, type OutlineContext, optional, type Row, row, type Section, type Since } from "./model.ts";
import { serverTrafficText, serviceTrafficText } from "./traffic.ts";

type VirtualServer = CheckerStatus["virtualServers"][number];
type RealServer = VirtualServer["realServers"][number];
type Check = RealServer["checkers"][number];
type Override = NonNullable<RealServer["override"]>;

export function checkerSections(checker: CheckerStatus | string | undefined, context: OutlineContext): Section[] {
  if (checker === undefined) return [];
  if (typeof checker === "string")
    return [{ id: "services", title: `Virtual servers: ${checker}`, rows: [], remarks: [] }];
  const drift = checker.driftRepairs > 0 ? `, ${checker.driftRepairs} drift repairs` : "";
  return [
    {
      id: "services",
      title: `Virtual servers (IPVS over ${checker.transport}${drift})`,
      rows: checker.virtualServers.map((one) => serviceRow(one, context)),
      remarks: [
        ...(checker.tableError ? [`IPVS: ${checker.tableError}`] : []),
        ...(checker.dormantOverrides ?? []).map(
          (o) => `${o.address}:${o.port} of ${o.virtualServer}, not configured now: ${overrideText(o, context.since)}`,
        ),
        ...sharedLine(checker),
        ...checker.syncDaemons.map((d) => `sync daemon: ${d.role} on ${d.interface}, id ${d.syncId}`),
      ],
    },
  ];
}

function serviceRow(vs: VirtualServer, context: OutlineContext): Row {
  const alive = vs.realServers.filter((rs) => rs.alive).length;
  const isWell = vs.quorumUp && alive === vs.realServers.length;
  const needed = vs.quorumUp && vs.quorum === 1 ? "" : `quorum ${vs.quorum}`;
  return row(
    "service",
    vs.name,
    [
      cell(vs.quorumUp ? "up" : "DOWN", vs.quorumUp ? "good" : "bad"),
      cell(context.since(vs.sinceWallMs)),
      cell(`${alive} of ${vs.realServers.length} real servers`, isWell ? "plain" : "bad"),
      optional(`${vs.scheduler} ${vs.forwarding}`),
      cell(
        joined(
          [
            needed,
            vs.sorryServerActive && "sorry server active",
            vs.suspended && "not checked: its address is not here",
            context.flow(serviceTrafficText(vs.traffic)),
          ],
          ", ",
        ),
      ),
    ],
    {
      mark: isWell ? "good" : "bad",
      sinceWallMs: vs.sinceWallMs,
      load: vs.traffic?.activeConnections ?? 0,
      children: vs.realServers.map((rs) => serverRow(vs, rs, context)),
    },
  );
}

function serverRow(vs: VirtualServer, rs: RealServer, context: OutlineContext): Row {
  const { since, nowWallMs } = context;
  const state = rs.alive ? "good" : "bad";
  const weighed = rs.effectiveWeight === rs.weight ? "" : ` (configured ${rs.weight})`;
  const table = rs.alive === rs.inTable || rs.override ? "" : rs.inTable ? "in the table" : "not in the table";
  const ramp = rs.servedWeight === undefined ? "" : `slow start, weight ${rs.servedWeight} so far`;
  const why = [
    table,
    rs.override && overrideText(rs.override, since),
    ramp,
    rs.why,
    ...certificateTexts(rs, nowWallMs),
  ];
  return row(
    `server ${vs.name}`,
    rs.name,
    [
      cell(rs.alive ? "up" : "DOWN", state),
      cell(since(rs.sinceWallMs)),
      cell(`weight ${rs.effectiveWeight}${weighed}`),
      optional(context.flow(serverTrafficText(rs.traffic))),
      cell(
        joined([...why, ...rs.checkers.map((check) => checkText(rs, check, context))], ", "),
        rs.alive ? "plain" : "bad",
      ),
    ],
    {
      mark: state,
      sinceWallMs: rs.sinceWallMs,
      load: rs.traffic?.activeConnections ?? 0,
      details: () => serverDetails(rs, context),
    },
  );
}

/** From so many days before its end on, a certificate is worth a word beside a server that is up. */
const CERTIFICATE_NOTICE_DAYS = 30;

const certificateTexts = ({ checkers }: RealServer, nowWallMs: number): string[] =>
  checkers
    .filter(
      ({ certificateExpiresWallMs: end = Number.POSITIVE_INFINITY }) =>
        end < nowWallMs + CERTIFICATE_NOTICE_DAYS * 86_400_000,
    )
    .map(({ lastResult }) => lastResult.replace(/^up; /, ""));

/** Beside a server that is up: how fast its check is, or that it begins to fail. Why one is down stands there already. */
function checkText({ alive }: RealServer, check: Check, { took, due }: OutlineContext): string {
  const { kind, up, failures, hasRun, lastLatencyMs, lastResult, nextRunWallMs } = check;
  const next = nextRunWallMs === undefined ? "" : `, next in ${due(nextRunWallMs)}`;
  if (!alive) return up || nextRunWallMs === undefined ? "" : `next try in ${due(nextRunWallMs)}`;
  if (!hasRun) return `${kind} has not run yet${next}`;
  if (!up) return `${kind} fails: ${lastResult}`;
  if (failures > 0) return `${kind} failed ${failures} ${failures === 1 ? "time" : "times"}: ${lastResult}`;
  return `${kind} ok${lastLatencyMs === undefined ? "" : ` ${took(lastLatencyMs)}`}${next}`;
}

const serverDetails = (rs: RealServer, context: OutlineContext): string[] => [
  ...(rs.why === "" ? [] : [`DOWN because: ${rs.why}`]),
  ...(rs.override ? [`by command: ${overrideText(rs.override, context.since)}`] : []),
  ...(rs.checkers.length === 0
    ? ["it has no check, and counts as up"]
    : rs.checkers.flatMap((one) => [checkDetail(one, context), ...outputLines(one)])),
];

/** What a program wrote, as it wrote it. */
const outputLines = ({ output }: Check): readonly string[] =>
  output === undefined ? [] : ["it wrote:", ...output.split("\n").map((line) => `  ${line}`)];

function checkDetail(check: Check, { since, took, due }: OutlineContext): string {
  const { kind, target, up, hasRun, lastResult, lastRunWallMs, lastLatencyMs, nextRunWallMs, failures, retry, runs } =
    check;
  return joined(
    [
      `${kind} of ${target}: ${!hasRun ? "not run yet" : up ? "ok" : "FAILS"}`,
      lastResult !== "up" && hasRun && lastResult,
      lastRunWallMs !== undefined && `last run ${since(lastRunWallMs)} ago`,
      lastLatencyMs !== undefined && `took ${took(lastLatencyMs)}`,
      nextRunWallMs !== undefined && `next run in ${due(nextRunWallMs)}`,
      failures > 0 && up && `${failures} failed, ${retry} more than the first are allowed`,
      runs && `${runs.passed} passed and ${runs.failed} failed so far`,
    ],
    ", ",
  );
}

/** "draining since 5 s, 3 open connections", "disabled since 2 h 7 min". */
function overrideText(override: Override, since: Since): string {
  const { mode, weight, drained, after, activeConnections: active } = override;
  const when = `since ${since(override.sinceWallMs)}`;
  if (mode === "weight") return `weight ${weight} by command ${when}`;
  if (mode === "disable") return `disabled ${when}`;
  if (drained) return `drained ${when}${after === "stay" ? ", stays with weight 0" : ""}`;
  return `draining ${when}${active === undefined ? "" : `, ${active} open ${active === 1 ? "connection" : "connections"}`}`;
}

/** How many checks are fed by how many probes that they share. */
function sharedLine({ virtualServers }: CheckerStatus): string[] {
  const all = virtualServers.flatMap(({ realServers }) => realServers.flatMap(({ checkers }) => checkers));
  const readers = all.flatMap((check) => check.readers ?? []);
  const probes = Math.round(readers.reduce((sum, count) => sum + 1 / count, 0));
  return probes === 0 ? [] : [`shared probes: ${probes}, which ${readers.length} checks get their verdicts from`];
}

import type { BfdStatus } from "../bfd/model.ts";
import type { DirectorStatus, ProcessStatus } from "../process/status.ts";
import type { CheckerStatus } from "../virtual-server/model.ts";
import type { VrrpStatus } from "../vrrp/model.ts";
import { bfdRemarks, bfdRows } from "./status-bfd.ts";
import { noTraffic, type Traffic } from "./status-traffic.ts";

/** One screen that answers: does it serve, who is master, what is down, since when, and why. Pure: every age is counted
 *  from the status's own clock. */
export function statusText(status: DirectorStatus, traffic: Traffic = noTraffic): string {
  const since = (wallMs: number): string => durationText(status.nowWallMs - wallMs);
  const sections = [
    [
      headline(status),
      `${status.program} ${status.version}, pid ${status.pid}, up ${since(status.startedWallMs)}, ${status.configFile}`,
    ],
    reloadLines(status, since),
    processLines(status, since),
    vrrpLines(status.vrrp, since),
    checkerLines(status.checker, since, status.nowWallMs, traffic),
    bfdLines(status.bfd, since),
    status.warnings.length > 0
      ? [`Warnings of the configuration (${status.warnings.length})`, ...indent(status.warnings)]
      : [],
  ];
  return `${sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join("\n"))
    .join("\n\n")}\n`;
}

type Since = (wallMs: number) => string;

/** "42 s", "3 min 5 s", "2 h 7 min", "12 d 3 h"; a clock that went back counts as now. */
export function durationText(ms: number): string {
  const s = Math.max(0, Math.floor(ms / 1000));
  const [minutes, hours, days] = [Math.floor(s / 60), Math.floor(s / 3600), Math.floor(s / 86_400)];
  if (minutes === 0) return `${s} s`;
  if (hours === 0) return `${minutes} min ${s % 60} s`;
  if (days === 0) return `${hours} h ${minutes % 60} min`;
  return `${days} d ${hours % 24} h`;
}

/** "SERVING: …", or what is wrong, worst first. */
function headline(status: DirectorStatus): string {
  const problems = problemsOf(status);
  const { vrrp, checker } = status;
  const facts: string[] = [];
  if (vrrp && typeof vrrp !== "string") {
    const masters = vrrp.instances.filter(({ state }) => state === "master").map(({ name }) => name);
    facts.push(masters.length > 0 ? `MASTER of ${masters.join(", ")}` : "MASTER of none");
  }
  if (checker && typeof checker !== "string") {
    const all = checker.virtualServers.length;
    facts.push(`${checker.virtualServers.filter(({ quorumUp }) => quorumUp).length} of ${all} virtual servers up`);
  }
  return `${problems.length > 0 ? "DEGRADED" : "OK"}: ${[...problems, ...facts].join("; ") || "nothing configured to run"}`;
}

function problemsOf({ processes, vrrp, checker, bfd, lastReload }: DirectorStatus): string[] {
  const problems = processes
    .filter(({ role, state }) => role !== "api" && state !== "running")
    .map(({ role, state }) => `${role} process is ${state}`);
  for (const part of [vrrp, checker, bfd]) if (typeof part === "string") problems.push(part);
  if (vrrp && typeof vrrp !== "string")
    for (const { name, state, secondMaster } of vrrp.instances) {
      if (state === "fault") problems.push(`${name} is in FAULT`);
      if (secondMaster) problems.push(`${name} has a second master, ${secondMaster.address}`);
    }
  if (checker && typeof checker !== "string") {
    if (checker.tableError) problems.push(checker.tableError);
    for (const { name, quorumUp } of checker.virtualServers) if (!quorumUp) problems.push(`${name} is down`);
    const servers = checker.virtualServers.flatMap(({ realServers }) => realServers);
    const down = servers.filter(({ alive }) => !alive).length;
    if (down > 0) problems.push(`${down} of ${servers.length} real servers down`);
  }
  if (bfd && typeof bfd !== "string") {
    for (const { name, verdict } of bfd.sessions) if (verdict === "down") problems.push(`BFD session ${name} is down`);
    if (bfd.trouble.length > 0) problems.push("BFD cannot listen");
  }
  if (lastReload && !lastReload.ok) problems.push("the last reload was refused");
  return problems;
}

function reloadLines({ lastReload }: DirectorStatus, since: Since): string[] {
  if (!lastReload) return [];
  const when = `${since(lastReload.atWallMs)} ago`;
  return [lastReload.ok ? `Last reload: done ${when}` : `Last reload: REFUSED ${when}: ${lastReload.error ?? ""}`];
}

function processLines({ processes }: DirectorStatus, since: Since): string[] {
  const row = (p: ProcessStatus): string[] => [
    p.role,
    p.pid === undefined ? "-" : String(p.pid),
    p.state + (p.respawnInMs === undefined ? "" : `, next start in ${durationText(p.respawnInMs)}`),
    p.sinceWallMs === undefined ? "" : since(p.sinceWallMs),
    p.respawns === 0
      ? ""
      : `respawned ${p.respawns} ${p.respawns === 1 ? "time" : "times"}${p.lastEnd ? `, last: ${p.lastEnd}` : ""}`,
    p.lagMs !== undefined && p.lagMs >= 100 ? `event loop late by ${p.lagMs} ms` : "",
  ];
  const shown = processes.filter(({ role, state }) => role !== "api" || state !== "off");
  return ["Processes", ...columns(shown.map(row))];
}

function vrrpLines(vrrp: VrrpStatus | string | undefined, since: Since): string[] {
  if (vrrp === undefined) return [];
  if (typeof vrrp === "string") return [`VRRP: ${vrrp}`];
  const rows = vrrp.instances.map((i) => [
    i.name,
    i.state.toUpperCase(),
    since(i.sinceWallMs),
    `${i.interface} vrid ${i.vrid} v${i.version}`,
    priorityText(i),
    i.addresses.join(" "),
    [...new Set([...secondOf(i, since), i.why, ...i.faults, ...masterOf(i), ...heardOf(i, since)])]
      .filter((text) => text !== "")
      .join("; "),
  ]);
  const scripts = vrrp.scripts.map((s) => [
    s.name,
    s.ok === undefined ? "not run yet" : s.ok ? "ok" : "FAILED",
    s.detail,
  ]);
  return ["VRRP instances", ...columns(rows), ...(scripts.length > 0 ? ["Track scripts", ...columns(scripts)] : [])];
}

const secondOf = ({ secondMaster: s }: VrrpStatus["instances"][number], since: Since): string[] =>
  s
    ? [
        `SPLIT BRAIN: ${s.address} (priority ${s.priority}) is MASTER too since ${since(s.sinceWallMs)}, ${s.adverts} adverts`,
      ]
    : [];

const masterOf = ({ master, state, why }: VrrpStatus["instances"][number]): string[] =>
  master && state !== "master" && !why.includes(master.address)
    ? [`master is ${master.address}, priority ${master.priority}`]
    : [];

/** "priority 100 (base 120, trackers -20)". */
function priorityText({ effectivePriority: priority, basePriority: base }: VrrpStatus["instances"][number]): string {
  if (priority === base) return `priority ${priority}`;
  return `priority ${priority} (base ${base}, trackers ${priority > base ? "+" : ""}${priority - base})`;
}

const heardOf = ({ master, state }: VrrpStatus["instances"][number], since: Since): string[] =>
  master && state !== "master" ? [`last advert ${since(master.lastAdvertWallMs)} ago`] : [];

function bfdLines(bfd: BfdStatus | string | undefined, since: Since): string[] {
  if (bfd === undefined) return [];
  if (typeof bfd === "string") return [`BFD: ${bfd}`];
  return ["BFD sessions", ...columns(bfdRows(bfd, since)), ...indent(bfdRemarks(bfd))];
}

function checkerLines(
  checker: CheckerStatus | string | undefined,
  since: Since,
  nowWallMs: number,
  traffic: Traffic,
): string[] {
  if (checker === undefined) return [];
  if (typeof checker === "string") return [`Virtual servers: ${checker}`];
  const head = `Virtual servers (IPVS over ${checker.transport}${checker.driftRepairs > 0 ? `, ${checker.driftRepairs} drift repairs` : ""})`;
  const lines = checker.virtualServers.flatMap((vs) => {
    const alive = vs.realServers.filter((rs) => rs.alive).length;
    const sorry = vs.sorryServerActive ? ", sorry server active" : "";
    const state = vs.quorumUp ? "up" : "DOWN";
    const quorum = vs.quorumUp && vs.quorum === 1 ? "" : `, quorum ${vs.quorum}`;
    const load = traffic.service(vs.name);
    return [
      `  ${vs.name}  ${vs.scheduler} ${vs.forwarding}  ${state} ${since(vs.sinceWallMs)}, ${alive} of ${vs.realServers.length} real servers${quorum}${sorry}${load && `, ${load}`}${vs.suspended ? ", not checked: its address is not here" : ""}`,
      ...columns(vs.realServers.map((rs) => realServerRow(rs, since, nowWallMs, traffic.server(vs.name, rs.name)))).map(
        (line) => `  ${line}`,
      ),
    ];
  });
  const dormant = (checker.dormantOverrides ?? []).map(
    (o) => `  ${o.address}:${o.port} of ${o.virtualServer}, not configured now: ${overrideText(o, since)}`,
  );
  const daemons = checker.syncDaemons.map((d) => `  sync daemon: ${d.role} on ${d.interface}, id ${d.syncId}`);
  const trouble = checker.tableError ? [`  IPVS: ${checker.tableError}`] : [];
  return [head, ...trouble, ...lines, ...dormant, ...sharedLine(checker), ...daemons];
}

/** How many checks are fed by how many probes that they share. */
function sharedLine({ virtualServers }: CheckerStatus): string[] {
  const all = virtualServers.flatMap(({ realServers }) => realServers.flatMap(({ checkers }) => checkers));
  const readers = all.flatMap((check) => check.readers ?? []);
  const probes = Math.round(readers.reduce((sum, count) => sum + 1 / count, 0));
  return probes === 0 ? [] : [`  shared probes: ${probes}, which ${readers.length} checks get their verdicts from`];
}

type Override = NonNullable<CheckerStatus["virtualServers"][number]["realServers"][number]["override"]>;

/** "draining since 5 s, 3 open connections", "disabled since 2 h 7 min". */
function overrideText(override: Override, since: Since): string {
  const { mode, weight, drained, after, activeConnections: active } = override;
  const when = `since ${since(override.sinceWallMs)}`;
  if (mode === "weight") return `weight ${weight} by command ${when}`;
  if (mode === "disable") return `disabled ${when}`;
  if (drained) return `drained ${when}${after === "stay" ? ", stays with weight 0" : ""}`;
  return `draining ${when}${active === undefined ? "" : `, ${active} open ${active === 1 ? "connection" : "connections"}`}`;
}

type RealServer = CheckerStatus["virtualServers"][number]["realServers"][number];

/** From so many days before its end on, a certificate is worth a word beside a server that is up. */
const CERTIFICATE_NOTICE_DAYS = 30;

const certificateTexts = ({ checkers }: RealServer, nowWallMs: number): string[] =>
  checkers
    .filter(
      ({ certificateExpiresWallMs: end = Number.POSITIVE_INFINITY }) =>
        end < nowWallMs + CERTIFICATE_NOTICE_DAYS * 86_400_000,
    )
    .map(({ lastResult }) => lastResult.replace(/^up; /, ""));

function realServerRow(rs: RealServer, since: Since, nowWallMs: number, load: string): string[] {
  const weight = `weight ${rs.effectiveWeight}${rs.effectiveWeight === rs.weight ? "" : ` (configured ${rs.weight})`}`;
  const said = rs.override ? overrideText(rs.override, since) : "";
  const ramp = rs.servedWeight === undefined ? "" : `slow start, weight ${rs.servedWeight} so far`;
  const table = rs.alive === rs.inTable || rs.override ? "" : rs.inTable ? "in the table" : "not in the table";
  return [
    rs.name,
    rs.alive ? "up" : "DOWN",
    since(rs.sinceWallMs),
    weight,
    load,
    [table, said, ramp, rs.why, ...certificateTexts(rs, nowWallMs)].filter((t) => t).join(", "),
  ];
}

const indent = (lines: readonly string[]): string[] => lines.map((line) => `  ${line}`);

/** Rows as lines, indented by two; every cell but the last as wide as its column, and a column that is empty left out. */
function columns(rows: readonly (readonly string[])[]): string[] {
  const count = Math.max(0, ...rows.map((row) => row.length));
  const widths = Array.from({ length: count }, (_, i) => Math.max(0, ...rows.map((row) => (row[i] ?? "").length)));
  return rows.map((row) => {
    const cells = row.map((cell, i) => (widths[i] === 0 ? "" : `${cell.padEnd(widths[i] ?? 0)}  `));
    return `  ${cells.join("")}`.trimEnd();
  });
}

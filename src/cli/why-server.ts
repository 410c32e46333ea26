import { durationText } from "../outline/duration.ts";
import type { DirectorStatus } from "../process/status.ts";
import { type History, lastEvent } from "./why-events.ts";
import { holdersOf, type RealServer, type VirtualServer } from "./why-subject.ts";
import { type Reason, reason } from "./why-text.ts";

/** Of many servers that are down, so many are told of. */
const MOST_SERVERS = 10;

/** Why a virtual server is up or down, and whether its address is here. */
export function serviceReason(status: DirectorStatus, service: VirtualServer, history: History): Reason {
  const { name, quorumUp, sinceWallMs, realServers, sorryServerActive, suspended } = service;
  const down = realServers.filter(({ alive }) => !alive);
  const more = down.length - MOST_SERVERS;
  return reason(
    `${name} is ${quorumUp ? "up" : "DOWN"} since ${durationText(status.nowWallMs - sinceWallMs)}`,
    quorumReason(service),
    ...(sorryServerActive ? [reason("its sorry server answers instead")] : []),
    ...(suspended ? [reason("it is not checked: its address is not here (ha_suspend)")] : []),
    ...tableReasons(status),
    ...down.slice(0, MOST_SERVERS).map((server) => serverReason(status, service, server, history)),
    ...(more > 0 ? [reason(`${more} more real servers are down`)] : []),
    ...holdersOf(status, service).map((instance) =>
      instance.state === "master"
        ? reason(`${instance.name}, which has its address, is MASTER here`)
        : reason(
            `${instance.name}, which has its address, is ${instance.state.toUpperCase()} here`,
            reason(instance.why),
          ),
    ),
    lastEvent(history, quorumUp ? ["quorum.gained"] : ["quorum.lost", "quorum.startsDown"], { virtualServer: name }),
  );
}

/** The quorum is gained at quorum + hysteresis, and lost below quorum - hysteresis. */
function quorumReason({ quorum, hysteresis, quorumUp, realServers }: VirtualServer): Reason {
  const live = realServers.filter(({ alive }) => alive);
  const sum = live.reduce((total, { effectiveWeight }) => total + effectiveWeight, 0);
  const needed = quorumUp ? Math.max(1, quorum - hysteresis) : quorum + hysteresis;
  return reason(
    `${live.length} of ${realServers.length} real servers are up, with weights of ${sum} together; ${quorumUp ? "it stays up with" : "it needs"} ${needed}`,
  );
}

const tableReasons = ({ checker }: DirectorStatus): Reason[] =>
  typeof checker === "object" && checker.tableError !== undefined ? [reason(`IPVS: ${checker.tableError}`)] : [];

/** Why a real server is up or down, in the table or not. */
export function serverReason(
  status: DirectorStatus,
  service: VirtualServer,
  server: RealServer,
  history: History,
): Reason {
  const { alive, name, sinceWallMs, why, checkers } = server;
  const since = (wallMs: number): string => durationText(status.nowWallMs - wallMs);
  const failing = checkers.filter(({ up }) => !up);
  const shown = alive ? checkers.filter(({ up, failures }) => !up || failures > 0) : failing;
  const state = alive ? "up" : "DOWN";
  return reason(
    `${name} of ${service.name} is ${state} since ${since(sinceWallMs)}`,
    ...(failing.length === 0 && why !== "" ? [reason(why)] : []),
    ...shown.map((check) => reason(checkText(check, since))),
    ...(alive && shown.length === 0 ? [reason(passText(checkers))] : []),
    ...placeReasons(server, since),
    lastEvent(history, [alive ? "rs.up" : "rs.down"], { realServer: name, virtualServer: service.name }),
  );
}

type Check = RealServer["checkers"][number];
type Since = (wallMs: number) => string;

function checkText(
  { kind, target, lastResult, failures, retry, lastRunWallMs, hasRun, up }: Check,
  since: Since,
): string {
  const when = lastRunWallMs === undefined ? "" : `, ${since(lastRunWallMs)} ago`;
  if (!hasRun) return `${kind} of ${target} has not run yet`;
  if (up)
    return `${kind} of ${target}: ${lastResult}${when}; attempt ${failures} failed, ${retry} more than the first are allowed`;
  return `${kind} of ${target} fails: ${lastResult}${when}`;
}

const passText = (checkers: readonly Check[]): string =>
  checkers.length === 0
    ? "it has no check, and counts as up"
    : `${checkers.length === 1 ? "its check passes" : `all its ${checkers.length} checks pass`}: ${[...new Set(checkers.map(({ kind }) => kind))].join(", ")}`;

/** Where it is not as its verdict alone would have it. */
function placeReasons(server: RealServer, since: Since): Reason[] {
  const { override, alive, inTable, servedWeight, effectiveWeight, weight } = server;
  const said = override
    ? [
        reason(
          `${COMMANDS[override.mode]} ${since(override.sinceWallMs)} ago, by command; \`lvskeeper rs enable\` undoes it`,
        ),
      ]
    : [];
  const ramp =
    servedWeight === undefined
      ? []
      : [reason(`slow start: it has weight ${servedWeight} of ${effectiveWeight} so far`)];
  const weighed =
    effectiveWeight === weight ? [] : [reason(`its weight is ${effectiveWeight}, ${weight} is configured`)];
  const table =
    alive && !inTable
      ? [reason("it is not in the kernel's table")]
      : !alive && inTable
        ? [reason("it is in the kernel's table still (inhibit_on_failure, or the table cannot be changed)")]
        : [];
  return [...said, ...ramp, ...weighed, ...(override ? [] : table)];
}

const COMMANDS = { drain: "drained", disable: "disabled", weight: "given another weight" } as const;

import type { DirectorStatus, ProcessStatus } from "../process/status.ts";
import { durationText } from "./duration.ts";
import { cell, joined, type OutlineContext, type Row, row, type Section } from "./model.ts";

/** An event loop that is later than this is worth a word. */
const LATE_MS = 100;

export function processSection({ processes }: DirectorStatus, context: OutlineContext): Section {
  // The api process comes and goes with whoever asks: while there is none, nothing is amiss.
  const shown = processes.filter(({ role, state }) => role !== "api" || state !== "off");
  return { id: "processes", title: "Processes", rows: shown.map((one) => processRow(one, context)), remarks: [] };
}

function processRow(p: ProcessStatus, { since }: OutlineContext): Row {
  const runs = p.state === "running" || p.role === "api";
  const mark = runs ? "good" : "bad";
  return row(
    "process",
    p.role,
    [
      cell(p.pid === undefined ? "-" : String(p.pid)),
      cell(p.state + (p.respawnInMs === undefined ? "" : `, next start in ${durationText(p.respawnInMs)}`), mark),
      cell(p.sinceWallMs === undefined ? "" : since(p.sinceWallMs)),
      cell(joined([respawnText(p), lateText(p)], ", ")),
    ],
    { mark, sinceWallMs: p.sinceWallMs ?? 0, details: () => processDetails(p) },
  );
}

const respawnText = ({ respawns, lastEnd }: ProcessStatus): string =>
  respawns === 0
    ? ""
    : `respawned ${respawns} ${respawns === 1 ? "time" : "times"}${lastEnd ? `, last: ${lastEnd}` : ""}`;

const lateText = ({ lagMs = 0 }: ProcessStatus): string => (lagMs >= LATE_MS ? `event loop late by ${lagMs} ms` : "");

const processDetails = ({ lagMs, lastHeartbeatAgeMs, respawns }: ProcessStatus): string[] => [
  ...(lagMs === undefined ? [] : [`its event loop was late by ${lagMs} ms at its last heartbeat`]),
  ...(lastHeartbeatAgeMs === undefined ? [] : [`its last heartbeat came ${Math.round(lastHeartbeatAgeMs)} ms ago`]),
  respawns === 0 ? "it was not replaced since the director started" : `it was replaced ${respawns} times`,
];

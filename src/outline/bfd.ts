import type { BfdSessionStatus, BfdStatus } from "../bfd/model.ts";
import { cell, joined, type OutlineContext, optional, type Row, row, type Section } from "./model.ts";

/** The sessions, what is wrong with them, and what was dropped. */
export function bfdSections(bfd: BfdStatus | string | undefined, context: OutlineContext): Section[] {
  if (bfd === undefined) return [];
  if (typeof bfd === "string") return [{ id: "sessions", title: `BFD: ${bfd}`, rows: [], remarks: [] }];
  return [
    {
      id: "sessions",
      title: "BFD sessions",
      rows: bfd.sessions.map((session) => sessionRow(session, context)),
      remarks: bfdRemarks(bfd),
    },
  ];
}

function sessionRow(s: BfdSessionStatus, { since }: OutlineContext): Row {
  const mark = s.verdict === "down" ? "bad" : s.verdict === "up" ? "good" : "plain";
  return row(
    "session",
    s.name,
    [
      cell(s.state.toUpperCase(), mark),
      cell(since(s.sinceWallMs)),
      cell(s.neighbor + (s.multihop ? " (multihop)" : "")),
      optional(timesOf(s)),
      cell(joined([remoteOf(s), reasonOf(s), s.sendError && `cannot send: ${s.sendError}`])),
    ],
    {
      mark,
      sinceWallMs: s.sinceWallMs,
      details: () => [
        ...(s.lastHeardWallMs === undefined ? [] : [`last heard ${since(s.lastHeardWallMs)} ago`]),
        `${s.sent} packets sent, ${s.received} received; ${s.timesUp} times up, ${s.timesDown} times down`,
      ],
    },
  );
}

function bfdRemarks({ dropped, trouble }: BfdStatus): readonly string[] {
  const counts = Object.entries(dropped).filter(([, count]) => count > 0);
  const all = counts.reduce((sum, [, count]) => sum + count, 0);
  const reasons = counts.map(([reason, count]) => `${reason} ${count}`).join(", ");
  return [...trouble.map((one) => `cannot listen: ${one}`), ...(all > 0 ? [`${all} packets dropped: ${reasons}`] : [])];
}

const ms = (value: number): string => `${Math.round(value * 10) / 10} ms`;

const timesOf = ({ transmitMs, detectionMs }: BfdSessionStatus): string =>
  joined(
    [
      transmitMs === undefined ? "silent" : `every ${ms(transmitMs)}`,
      detectionMs !== undefined && `detects in ${ms(detectionMs)}`,
    ],
    ", ",
  );

const remoteOf = ({ remote }: BfdSessionStatus): string =>
  remote ? `peer is ${remote.state.toUpperCase()}` : "nothing is heard of the peer";

const reasonOf = ({ state, diagnostic, diagnosticText }: BfdSessionStatus): string =>
  state === "up" || diagnostic === 0 ? "" : diagnosticText;

import type { BfdSessionStatus, BfdStatus } from "../bfd/model.ts";

/** The rows of the sessions, what is wrong with them, and what was dropped. `since` is an age in words. */
export function bfdRows(bfd: BfdStatus, since: (wallMs: number) => string): readonly string[][] {
  return bfd.sessions.map((s) => [
    s.name,
    s.state.toUpperCase(),
    since(s.sinceWallMs),
    s.neighbor + (s.multihop ? " (multihop)" : ""),
    timesOf(s),
    [remoteOf(s), reasonOf(s), s.sendError && `cannot send: ${s.sendError}`].filter(Boolean).join("; "),
  ]);
}

export function bfdRemarks({ dropped, trouble }: BfdStatus): readonly string[] {
  const counts = Object.entries(dropped).filter(([, count]) => count > 0);
  const all = counts.reduce((sum, [, count]) => sum + count, 0);
  const reasons = counts.map(([reason, count]) => `${reason} ${count}`).join(", ");
  return [...trouble.map((one) => `cannot listen: ${one}`), ...(all > 0 ? [`${all} packets dropped: ${reasons}`] : [])];
}

const ms = (value: number): string => `${Math.round(value * 10) / 10} ms`;

const timesOf = ({ transmitMs, detectionMs }: BfdSessionStatus): string =>
  [
    transmitMs === undefined ? "silent" : `every ${ms(transmitMs)}`,
    detectionMs === undefined ? "" : `detects in ${ms(detectionMs)}`,
  ]
    .filter((text) => text !== "")
    .join(", ");

const remoteOf = ({ remote }: BfdSessionStatus): string =>
  remote ? `peer is ${remote.state.toUpperCase()}` : "nothing is heard of the peer";

const reasonOf = ({ state, diagnostic, diagnosticText }: BfdSessionStatus): string =>
  state === "up" || diagnostic === 0 ? "" : diagnosticText;

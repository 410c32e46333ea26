import type { DirectorStatus, ReloadStatus } from "../process/status.ts";
import { bfdSections } from "./bfd.ts";
import { durationText, latencyText } from "./duration.ts";
import { headline } from "./headline.ts";
import { vrrpSections } from "./instances.ts";
import { cell, type Outline, type OutlineContext, row, type Section } from "./model.ts";
import { processSection } from "./processes.ts";
import { checkerSections } from "./servers.ts";

/** Every age is counted from the status's own clock. */
export const contextOf = ({ nowWallMs }: DirectorStatus): OutlineContext => ({
  since: (wallMs) => durationText(nowWallMs - wallMs),
  due: (wallMs) => durationText(wallMs - nowWallMs),
  took: latencyText,
  flow: (text) => text,
  nowWallMs,
});

/** Without what is another with every look, so that two outlines of a director that nothing happened to are the same. */
export const steadyContext = ({ nowWallMs }: DirectorStatus): OutlineContext => ({
  since: () => "",
  due: () => "",
  took: () => "",
  flow: () => "",
  nowWallMs,
});

/** Does it serve, who is master, what is down, since when, and why. Pure. */
export function outlineOf(status: DirectorStatus, context: OutlineContext = contextOf(status)): Outline {
  const { text, ok } = headline(status);
  return {
    headline: text,
    mark: ok ? "good" : "bad",
    about: [
      `${status.program} ${status.version}, pid ${status.pid}, up ${context.since(status.startedWallMs)}, ${status.configFile}`,
      ...reloadLines(status, context),
    ],
    sections: [
      processSection(status, context),
      ...vrrpSections(status.vrrp, context),
      ...checkerSections(status.checker, context),
      ...bfdSections(status.bfd, context),
      ...reloadSections(status, context),
      ...warningSections(status),
    ],
  };
}

function reloadLines({ lastReload }: DirectorStatus, { since }: OutlineContext): string[] {
  if (!lastReload) return [];
  const when = `${since(lastReload.atWallMs)} ago`;
  return [lastReload.ok ? `Last reload: done ${when}` : `Last reload: REFUSED ${when}: ${lastReload.error ?? ""}`];
}

/** The reloads so far, the latest first, and what each changed. */
function reloadSections({ reloads = [] }: DirectorStatus, { since }: OutlineContext): Section[] {
  if (reloads.length === 0) return [];
  const rows = reloads.map((reload) => {
    const mark = reload.ok ? "good" : "bad";
    const told = reload.ok ? changesText(reload) : (reload.error ?? "");
    const time = new Date(reload.atWallMs).toISOString().slice(0, 19).replace("T", " ");
    return row(
      "reload",
      `${time} UTC`,
      [
        cell(`${since(reload.atWallMs)} ago`),
        cell(reload.ok ? "done" : "REFUSED", mark),
        cell(reload.tookMs === undefined ? "" : `in ${reload.tookMs} ms`),
        cell(told, reload.ok ? "plain" : "bad"),
      ],
      { mark, sinceWallMs: reload.atWallMs, details: () => changeLines(reload) },
    );
  });
  return [{ id: "reloads", title: "Reloads", rows, remarks: [] }];
}

function changesText({ changes = [], moreChanges = 0 }: ReloadStatus): string {
  const [first] = changes;
  if (first === undefined) return "nothing changed";
  const more = changes.length - 1 + moreChanges;
  return more > 0 ? `${first}; and ${more} more` : first;
}

const changeLines = ({ changes = [], moreChanges = 0, error }: ReloadStatus): string[] => [
  ...(error === undefined ? [] : [error]),
  ...changes,
  ...(moreChanges > 0 ? [`and ${moreChanges} more`] : []),
];

const warningSections = ({ warnings }: DirectorStatus): Section[] =>
  warnings.length === 0
    ? []
    : [{ id: "warnings", title: `Warnings of the configuration (${warnings.length})`, rows: [], remarks: warnings }];

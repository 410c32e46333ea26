import type { DirectorStatus } from "../process/status.ts";
import { durationText, latencyText } from "./duration.ts";
import type { Outline, OutlineContext, Section } from "./outline.ts";
import { bfdSections } from "./status-bfd.ts";
import { headline } from "./status-headline.ts";
import { vrrpSections } from "./status-instances.ts";
import { processSection } from "./status-processes.ts";
import { checkerSections } from "./status-servers.ts";
import { noTraffic, type Traffic } from "./status-traffic.ts";

/** Does it serve, who is master, what is down, since when, and why. Pure: every age is counted from the status's own
 *  clock. `steady`: without what is another with every look, so that two outlines of a director that nothing happened to
 *  are the same. */
export function outlineOf(
  status: DirectorStatus,
  traffic: Traffic = noTraffic,
  { steady = false }: { readonly steady?: boolean } = {},
): Outline {
  const context: OutlineContext = {
    since: (wallMs) => (steady ? "" : durationText(status.nowWallMs - wallMs)),
    took: (ms) => (steady ? "" : latencyText(ms)),
    nowWallMs: status.nowWallMs,
  };
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
      ...checkerSections(status.checker, context, traffic),
      ...bfdSections(status.bfd, context),
      ...warningSections(status),
    ],
  };
}

function reloadLines({ lastReload }: DirectorStatus, { since }: OutlineContext): string[] {
  if (!lastReload) return [];
  const when = `${since(lastReload.atWallMs)} ago`;
  return [lastReload.ok ? `Last reload: done ${when}` : `Last reload: REFUSED ${when}: ${lastReload.error ?? ""}`];
}

const warningSections = ({ warnings }: DirectorStatus): Section[] =>
  warnings.length === 0
    ? []
    : [{ title: `Warnings of the configuration (${warnings.length})`, rows: [], remarks: warnings }];

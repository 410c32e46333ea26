import type { VrrpStatus } from "../../vrrp/model.ts";
import type { Plan } from "../plan.ts";
import { globalLines } from "./global.ts";
import { instanceLines } from "./instance.ts";
import { dumpedInstances } from "./instance-state.ts";
import { heading } from "./text.ts";
import { fileLines, groupLines, processLines, scriptLines } from "./trackers.ts";

/** keepalived.data: what SIGUSR1 asks of the vrrp process. */
export function vrrpData(plan: Plan, status: VrrpStatus): string {
  const { instances, groups, scripts, trackFiles = [], trackProcesses = [] } = plan.vrrp;
  const section = (name: string, lines: readonly string[]): readonly string[] =>
    lines.length > 0 ? [heading(name), ...lines] : [];
  return [
    heading("Global definitions"),
    ...globalLines(plan),
    heading("VRRP Topology"),
    ...dumpedInstances(plan.vrrp, status).flatMap(instanceLines),
    ...section(
      "VRRP Sync groups",
      groups.flatMap((group) => groupLines(group, status)),
    ),
    ...section(
      "VRRP Scripts",
      scripts.flatMap((script) => scriptLines(script, instances, status)),
    ),
    ...section(
      "VRRP Track files",
      trackFiles.flatMap((file) => fileLines(file, instances, status)),
    ),
    ...section(
      "VRRP Track processes",
      trackProcesses.flatMap((process) => processLines(process, instances, status)),
    ),
    "",
  ].join("\n");
}

/** keepalived_parent.data: the parent knows the global part. */
export const parentData = (plan: Plan): string => [heading("Global definitions"), ...globalLines(plan), ""].join("\n");

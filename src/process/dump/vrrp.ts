import type { VrrpStatus } from "../../vrrp/model.ts";
import type { Plan } from "../plan.ts";
import { globalLines } from "./global.ts";
import { type HostNetwork, interfaceSection, ownGarpDelays, socketLines, staticSections } from "./host.ts";
import { instanceLines } from "./instance.ts";
import { dumpedInstances } from "./instance-state.ts";
import { heading, when } from "./text.ts";
import { bfdLines, fileLines, groupLines, processLines, scriptLines } from "./trackers.ts";

/** keepalived.data: what SIGUSR1 asks of the vrrp process. `network` absent: it could not be read. */
export function vrrpData(plan: Plan, status: VrrpStatus, network?: HostNetwork): string {
  const { instances, groups, scripts, garpGroups = [], trackFiles = [], trackProcesses = [] } = plan.vrrp;
  const section = (name: string, lines: readonly string[]): readonly string[] =>
    lines.length > 0 ? [heading(name), ...lines] : [];
  const garps = [
    ...ownGarpDelays(plan.vrrp).map((delays) => ({ ...delays, number: 0 })),
    ...garpGroups.map((group, i) => ({ ...group, number: i + 1 })),
  ].map(({ number, garpIntervalMs, gnaIntervalMs, interfaces }) => [
    heading(`GARP delay group ${number}`),
    ...when(garpIntervalMs > 0, ` GARP interval = ${garpIntervalMs / 1000}`),
    ...when(gnaIntervalMs > 0, ` GNA interval = ${gnaIntervalMs / 1000}`),
    " Interfaces",
    ...interfaces.map((name) => `  ${name}`),
  ]);
  return [
    heading("Global definitions"),
    ...globalLines(plan, "vrrp"),
    ...section("Gratuitous ARP delays", garps.flat()),
    ...staticSections(plan.vrrp).flatMap(([name, lines]) => section(name, lines)),
    heading("VRRP Topology"),
    ...dumpedInstances(plan.vrrp, status).flatMap(instanceLines),
    ...section("VRRP Sockpool", socketLines(plan.vrrp)),
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
    ...section(
      "VRRP Track BFDs",
      (plan.bfd ?? []).filter(({ vrrp }) => vrrp).flatMap((session) => bfdLines(session, instances, status)),
    ),
    ...(network ? section("Interfaces", interfaceSection(plan.vrrp, network)) : []),
    "",
  ].join("\n");
}

/** keepalived_parent.data: the parent knows the global part. */
export const parentData = (plan: Plan): string =>
  [heading("Global definitions"), ...globalLines(plan, "parent"), ""].join("\n");

import type { SyncGroupPlan, TrackPlan, VrrpInstancePlan, VrrpScriptPlan, VrrpStatus } from "../../vrrp/model.ts";
import type { BfdInstancePlan, TrackFilePlan, TrackProcessPlan } from "../../vrrp/tracked-model.ts";
import { listed } from "./instance.ts";
import { STATE_WORD } from "./instance-state.ts";
import { notifyLines } from "./notify.ts";
import { commandText, ownerText, secondsText, when, yesNo } from "./text.ts";

const indented = (title: string, lines: readonly string[]): string[] => [title, ...lines.map((line) => `   ${line}`)];

export function groupLines(group: SyncGroupPlan, { instances }: Pick<VrrpStatus, "instances">): string[] {
  const members = instances.filter(({ name }) => group.members.includes(name));
  const count = (state: string): number => members.filter((member) => member.state === state).length;
  const all = members.length > 0 && count("master") === members.length;
  const word = count("fault") > 0 ? STATE_WORD.fault : all ? STATE_WORD.master : STATE_WORD.backup;
  return indented(` VRRP Sync Group = ${group.name}, ${word}`, [
    `Num member fault ${count("fault")}, num member init ${count("init")}`,
    ...listed("VRRP member instances :", group.members),
    `Using smtp notification = ${yesNo(group.smtpAlert)}`,
    ...notifyLines(group.notify),
  ]);
}

/** The instances that track something, as each section lists them. */
function trackingLines(
  name: string,
  instances: readonly VrrpInstancePlan[],
  listOf: (plan: VrrpInstancePlan) => readonly TrackPlan[] | undefined,
): readonly string[] {
  return listed(
    "Tracking instances :",
    instances.flatMap((plan) => {
      const found = listOf(plan)?.find((t) => t.name === name);
      return found ? [`${plan.name}, weight ${found.weight}${found.reverse ? " reverse" : ""}`] : [];
    }),
  );
}

/** A vrrp_script. `Result` counts as keepalived does: 0 after a failure that holds, the highest after a success. */
export function scriptLines(
  plan: VrrpScriptPlan,
  instances: readonly VrrpInstancePlan[],
  { scripts }: Pick<VrrpStatus, "scripts">,
): string[] {
  const ok = scripts.find(({ name }) => name === plan.name)?.ok;
  const initial = ok === undefined ? (plan.initFail ? "FAILED" : "INIT") : "unknown";
  return indented(` VRRP Script = ${plan.name}`, [
    `Command = ${commandText(plan.script)}`,
    `Interval = ${plan.intervalMs / 1000} sec`,
    `Timeout = ${plan.timeoutMs / 1000} sec`,
    `Weight = ${plan.weight}${plan.reverse ? " reverse" : ""}`,
    `Rise = ${plan.rise}`,
    `Fall = ${plan.fall}`,
    `Result = ${ok ? plan.rise + plan.fall - 1 : 0}`,
    "Insecure = no",
    `Init state = ${initial}`,
    `Status = ${ok ? "GOOD" : "BAD"}`,
    `Script uid:gid = ${ownerText(plan.script)}`,
    "VRRP instances :",
    ...trackingLines(plan.name, instances, ({ trackScripts }) => trackScripts),
    `State = ${ok === undefined ? "running" : "idle"}`,
  ]);
}

export function fileLines(
  plan: TrackFilePlan,
  instances: readonly VrrpInstancePlan[],
  { files = [] }: Pick<VrrpStatus, "files">,
): string[] {
  return indented(` Track file = ${plan.name}`, [
    `File = ${plan.file}`,
    `Status = ${files.find(({ name }) => name === plan.name)?.value ?? 0}`,
    `Weight = ${plan.weight}${plan.reverse ? " reverse" : ""}`,
    ...trackingLines(plan.name, instances, ({ trackFiles }) => trackFiles),
  ]);
}

export function processLines(
  plan: TrackProcessPlan,
  instances: readonly VrrpInstancePlan[],
  { processes = [] }: Pick<VrrpStatus, "processes">,
): string[] {
  const found = processes.find(({ name }) => name === plan.name);
  const match = plan.match === "name" || plan.match === "command" ? undefined : plan.match;
  return indented(` VRRP Track process = ${plan.name}`, [
    `Process = ${plan.process}`,
    ...when(plan.args.length > 0, `Parameters = ${plan.args.join(" ")}`),
    ...when(match !== undefined, `Param match = ${match}`),
    `Min processes = ${plan.quorum}`,
    ...when(plan.quorumMax !== undefined, `Max processes = ${plan.quorumMax}`),
    `Current processes = ${found?.count ?? 0}`,
    `Have quorum = ${found?.up === true}`,
    `Weight = ${plan.weight}${plan.reverse ? " reverse" : ""}`,
    `Terminate delay = ${secondsText(plan.terminateDelayMs)}s`,
    `Fork delay = ${secondsText(plan.forkDelayMs)}s`,
    "Fork delay timer not running",
    "Terminate delay timer not running",
    `Full command = ${plan.match !== "name"}`,
    ...trackingLines(plan.name, instances, ({ trackProcesses }) => trackProcesses),
  ]);
}

/** A BFD session that instances track. */
export function bfdLines(
  plan: BfdInstancePlan,
  instances: readonly VrrpInstancePlan[],
  { bfds }: Pick<VrrpStatus, "bfds">,
): string[] {
  const up = bfds?.find(({ name }) => name === plan.name)?.up ?? false;
  return indented(` VRRP Track BFD = ${plan.name}`, [
    `Weight = ${plan.weight}${plan.reverse ? " reverse" : ""}`,
    `Bfd is ${up ? "up" : "down"}`,
    "Tracking VRRP instances :",
    ...trackingLines(plan.name, instances, ({ trackBfds }) => trackBfds),
  ]);
}

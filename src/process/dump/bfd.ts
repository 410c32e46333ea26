import type { BfdSessionStatus, BfdStatus } from "../../bfd/model.ts";
import { diagnosticText, type SessionState } from "../../bfd/packet.ts";
import type { BfdInstancePlan } from "../../vrrp/tracked-model.ts";
import type { Plan } from "../plan.ts";
import { globalLines } from "./global.ts";
import { heading, timeText, microsecondsText as us } from "./text.ts";

const STATE_NAMES: Readonly<Record<SessionState, string>> = {
  ...{ adminDown: "AdminDown", down: "Down", init: "Init", up: "Up" },
};
const YesNo = (on: boolean): string => (on ? "Yes" : "No");
const hex = (discriminator: number): string => `0x${discriminator.toString(16)}`;

/** keepalived_bfd.data: what SIGUSR1 asks of the bfd process. */
export function bfdData(plan: Plan, { sessions }: BfdStatus): string {
  return [
    heading("Global definitions"),
    ...globalLines(plan, "bfd"),
    heading("BFD Topology"),
    ...(plan.bfd ?? []).flatMap((one) => {
      const status = sessions.find(({ name }) => name === one.name);
      return status ? sessionLines(one, status) : [];
    }),
    "",
  ].join("\n");
}

/** One session; `status` is that of its name. */
export function sessionLines(plan: BfdInstancePlan, status: BfdSessionStatus): readonly string[] {
  const { remote, lastHeardWallMs } = status;
  const lines = [
    `Neighbor IP = ${plan.neighbor}`,
    ...(plan.source === undefined ? [] : [`Source IP = ${plan.source}`]),
    `Required min RX interval = ${us(plan.minRxMs)}`,
    `Desired min TX interval = ${us(plan.minTxMs)}`,
    `Desired idle TX interval = ${us(plan.idleTxMs)}`,
    `Detection multiplier = ${plan.multiplier}`,
    `TTL = ${plan.ttl}`,
    `max_hops = ${plan.minTtl === undefined ? -1 : Math.max(0, plan.ttl - plan.minTtl)}`,
    `passive = ${plan.passive}`,
    `send event to VRRP process = ${YesNo(plan.vrrp)}`,
    `send event to checker process = ${YesNo(plan.checker)}`,
    `send error = ${status.sendError !== undefined}`,
    `local state = ${STATE_NAMES[status.state]}`,
    `remote state = ${STATE_NAMES[remote?.state ?? "down"]}`,
    `local discriminator = ${hex(status.discriminator)}`,
    `remote discriminator = ${hex(remote?.discriminator ?? 0)}`,
    `local diag = ${status.diagnosticText}`,
    `remote diag = ${diagnosticText(remote?.diagnostic ?? 0)}`,
    `remote min tx intv = ${us(remote?.minTxMs ?? 0)}`,
    `remote min rx intv = ${us(remote?.minRxMs ?? 0)}`,
    `remote detect multiplier = ${remote?.multiplier ?? 0}`,
    `local tx intv = ${us(status.transmitMs ?? 0)}`,
    `local detection time = ${us(status.detectionMs ?? 0)}`,
    ...(lastHeardWallMs === undefined ? [] : [`last seen = ${timeText(lastHeardWallMs)}`]),
  ];
  return [` BFD Instance = ${plan.name}`, ...lines.map((line) => `   ${line}`)];
}

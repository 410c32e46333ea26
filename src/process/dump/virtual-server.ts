import type { TlsPlan } from "../../checkers/model.ts";
import { serviceFlags } from "../../ipvs/kernel-values.ts";
import type { Forwarding } from "../../ipvs/model.ts";
import { serviceFamily } from "../../ipvs/model.ts";
import type {
  CheckerStatus,
  GroupPlan,
  RealServerPlan,
  ServiceRange,
  VirtualServerPlan,
} from "../../virtual-server/model.ts";
import { scriptText } from "./notify.ts";
import { bit, enabled, onOff, secondsText, when, yesNo } from "./text.ts";

export type VirtualServerStatus = CheckerStatus["virtualServers"][number];
export type RealServerStatus = VirtualServerStatus["realServers"][number];

/** keepalived's `delay_loop` where none is given; servers without checks have it in dumps too. */
const DEFAULT_DELAY_LOOP_MS = 60_000;

const SCHEDULER_FLAGS = [serviceFlags.scheduler1, serviceFlags.scheduler2, serviceFlags.scheduler3] as const;

const delayLoopMs = (rs: RealServerPlan | undefined): number => rs?.checkers[0]?.delayLoopMs ?? DEFAULT_DELAY_LOOP_MS;
/** Where it is another than the default. */
function warmupLines(rs: RealServerPlan | undefined): readonly string[] {
  const check = rs?.checkers[0];
  return check && check.warmupMs !== check.delayLoopMs ? [`Warmup = ${secondsText(check.warmupMs)}`] : [];
}
const isAlpha = (rs: RealServerPlan): boolean => [...rs.checkers, ...(rs.tracked ?? [])].some(({ alpha }) => alpha);

export const sslLines = (tls: TlsPlan | undefined): readonly string[] =>
  tls === undefined
    ? [" Using autogen SSL context"]
    : [
        ...when(tls.password !== undefined, " Password : ********"),
        ...when(tls.ca !== undefined, ` CA-file : ${tls.ca}`),
        ...when(tls.certificate !== undefined, ` Certificate file : ${tls.certificate}`),
        ...when(tls.key !== undefined, ` Key file : ${tls.key}`),
      ];

export const groupLines = ({ name, ranges }: GroupPlan): readonly string[] => {
  const has = (family: 4 | 6): boolean => ranges.some((range) => familyOfRange(range) === family);
  return [
    ` Virtual Server Group = ${name}, IPv4 = ${yesNo(has(4))}, IPv6 = ${yesNo(has(6))}`,
    ...ranges.map((range) => `   ${rangeText(range)}`),
  ];
};

const familyOfRange = (range: ServiceRange): 4 | 6 =>
  range.kind === "fwmark" ? range.family : range.first.includes(":") ? 6 : 4;

function rangeText(range: ServiceRange): string {
  if (range.kind === "fwmark") return `FWMARK = ${range.fwmark}`;
  const ports = range.firstPort === range.lastPort ? `${range.firstPort}` : `${range.firstPort}-${range.lastPort}`;
  return range.count === 1
    ? `VIP = ${range.first}, VPORT = ${ports}`
    : `VIP Range = ${range.first}-${range.last}, VPORT = ${ports}`;
}

/** One virtual server of the section `LVS Topology`, without its real servers. */
export function virtualServerLines(plan: VirtualServerPlan, status: VirtualServerStatus): readonly string[] {
  const { id, flags, notify, sorryServer } = plan;
  const [first] = plan.realServers;
  const [one, two, three] = schedulerFlagNames(plan.scheduler);
  const flag = (name: string, at: 0 | 1 | 2): string => `${name} = ${enabled((flags & SCHEDULER_FLAGS[at]) !== 0)}`;
  const forwarding = first?.forwarding ?? sorryServer?.forwarding;
  return [
    ` ${serviceTitle(plan)}`,
    ...[
      `Address family = ${serviceFamily(id) === 6 ? "inet6" : "inet"}`,
      `delay_loop = ${secondsText(delayLoopMs(first))}`,
      `lvs_sched = ${plan.scheduler}`,
      "Hashed = disabled",
      flag(one, three === undefined ? 1 : 0),
      flag(two, three === undefined ? 0 : 1),
      ...when(three !== undefined, flag(three ?? "", 2)),
      `One packet scheduling = ${enabled((flags & serviceFlags.onePacket) !== 0)}`,
      ...persistenceLines(plan),
      `protocol = ${id.kind === "fwmark" ? "none" : id.protocol.toUpperCase()}`,
      `alpha is ${onOff(plan.realServers.some(isAlpha))}`,
      `omega is ${onOff(plan.omega)}`,
      ...warmupLines(first),
      `Inhibit on failure is ${onOff(plan.realServers.length > 0 && plan.realServers.every((rs) => rs.inhibitOnFailure))}`,
      `quorum = ${plan.quorum}, hysteresis = ${plan.hysteresis}`,
      ...(notify.quorumUp ? [`Quorum up notify script = ${scriptText(notify.quorumUp)}`] : []),
      ...(notify.quorumDown ? [`Quorum down notify script = ${scriptText(notify.quorumDown)}`] : []),
      ...when(plan.haSuspend === true, "Using HA suspend"),
      `Using smtp notification = ${yesNo(plan.smtpAlert)}`,
      ...(forwarding ? [`default forwarding method = ${forwardingText(forwarding)}`] : []),
      ...sorryLines(plan),
      "alive = 1",
      `quorum_state_up = ${bit(status.quorumUp)}`,
      "reloaded = 0",
    ].map((line) => `   ${line}`),
  ];
}

function serviceTitle({ id, name, group }: VirtualServerPlan): string {
  if (group) return `VS GROUP = ${name}`;
  return id.kind === "fwmark" ? `VS FWMARK = ${id.fwmark}` : `VS VIP = ${id.address}, VPORT = ${id.port}`;
}

/** Flags that a scheduler has names for: the port is the second bit there, the fallback the first. */
const schedulerFlagNames = (scheduler: string): readonly [string, string, string?] =>
  scheduler === "sh" || scheduler === "mh"
    ? [`${scheduler}-port`, `${scheduler}-fallback`]
    : ["flag-1", "flag-2", "flag-3"];

function persistenceLines({ flags, id, ...plan }: VirtualServerPlan): readonly string[] {
  if ((flags & serviceFlags.persistent) === 0) return [];
  const isIpv6 = serviceFamily(id) === 6;
  const each = isIpv6 ? 128 : 32;
  const mask = isIpv6 ? `${plan.persistenceMaskBits}` : dottedMask(plan.persistenceMaskBits);
  return [
    `persistence timeout = ${plan.persistenceTimeoutS}`,
    ...when(plan.persistenceMaskBits !== each, `persistence granularity = ${mask}`),
    ...when(plan.persistenceEngine !== undefined, `persistence engine = ${plan.persistenceEngine}`),
  ];
}

/** 24 → "255.255.255.0" */
const dottedMask = (bits: number): string =>
  [0, 8, 16, 24].map((from) => 256 - 2 ** (8 - Math.min(8, Math.max(0, bits - from)))).join(".");

function sorryLines({ id, sorryServer }: VirtualServerPlan): readonly string[] {
  if (sorryServer === undefined) return [];
  const protocol = id.kind === "fwmark" ? "none" : id.protocol;
  return [
    `sorry server = [${sorryServer.address}]:${protocol}:${sorryServer.port}`,
    `  forwarding method = ${forwardingText(sorryServer.forwarding)}`,
    `  Inhibit on failure is ${onOff(sorryServer.inhibit)}`,
  ];
}

function forwardingText(forwarding: Forwarding): string {
  if (forwarding.method !== "tun") return forwarding.method.toUpperCase();
  const { tunnel } = forwarding;
  const port = tunnel.type === "gue" ? `, port = ${tunnel.port}` : "";
  const checksum = tunnel.type === "ipip" || tunnel.checksum === "none" ? "" : `, ${tunnel.checksum}`;
  return `TUN, type = ${tunnel.type.toUpperCase()}${port}${checksum}`;
}

export function realServerLines(rs: RealServerPlan, status: RealServerStatus): readonly string[] {
  const { up, down } = rs.notify;
  return [
    `RIP = ${rs.address}, RPORT = ${rs.port}, WEIGHT = ${rs.weight} EFF WEIGHT = ${status.effectiveWeight}`,
    `forwarding method = ${forwardingText(rs.forwarding)}`,
    `Alpha is ${onOff(isAlpha(rs))}`,
    `connection limit range = ${rs.lowerThreshold} -> ${rs.upperThreshold}`,
    `Delay loop = ${secondsText(delayLoopMs(rs))}`,
    ...warmupLines(rs),
    `Inhibit on failure is ${onOff(rs.inhibitOnFailure)}`,
    ...(up ? [`  RS up notify script = ${scriptText(up)}`] : []),
    ...(down ? [`  RS down notify script = ${scriptText(down)}`] : []),
    `Using smtp notification = ${yesNo(rs.smtpAlert)}`,
    `initial weight = ${rs.weight}`,
    `effective weight = ${status.effectiveWeight}`,
    `alive = ${bit(status.alive)}`,
    `num failed checkers = ${status.checkers.filter((checker) => !checker.up).length}`,
    `RS set = ${bit(status.inTable)}`,
    "reloaded = 0",
  ].map((line) => `   ${line}`);
}

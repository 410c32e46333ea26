import type { GarpPlan, TrackPlan, VrrpInstancePlan } from "../../vrrp/model.ts";
import { channelDeviceOf } from "../../vrrp/own-links.ts";
import { addressText, routeText, ruleText } from "./address.ts";
import { type DumpedInstance, masterDownUs, masterIntervalMs, STATE_WORD, WANTED_WORD } from "./instance-state.ts";
import { notifyLines } from "./notify.ts";
import { enabled, timeText, when, yesNo } from "./text.ts";

/** What stands for a password. */
export const MASKED = "********";

/** One instance of the section `VRRP Topology`. */
export function instanceLines(instance: DumpedInstance): string[] {
  const { plan, status } = instance;
  return [
    ` VRRP Instance = ${plan.name}`,
    ...[
      `VRRP Version = ${plan.version}`,
      ...when(instance.group !== undefined, `Sync group = ${instance.group}`),
      ...when(plan.family === 6, "Using Native IPv6"),
      ...stateLines(instance),
      ...interfaceLines(instance),
      ...garpLines(plan.garp),
      `Down timer adverts = ${plan.downTimerAdverts}`,
      `Send advert after receive lower priority advert = ${!plan.lowerPrioNoAdvert}`,
      `Send advert after receive higher priority advert = ${plan.higherPrioSendAdvert}`,
      `Virtual Router ID = ${plan.vrid}`,
      `Priority = ${plan.priority}`,
      `Effective priority = ${status.effectivePriority}`,
      `Total priority = ${status.effectivePriority}`,
      ...electionLines(instance),
      ...authenticationLines(plan),
      ...addressLines(instance),
      ...unicastLines(plan),
      ...listed("Virtual Routes :", (plan.routes ?? []).map(routeText)),
      ...listed("Virtual Rules :", (plan.rules ?? []).map(ruleText)),
      ...trackLines(plan),
      `Using smtp notification = ${yesNo(plan.smtpAlert)}`,
      `Notify deleted = ${plan.notify.reportsDeleted ? "Deleted" : "Fault"}`,
      ...notifyLines(plan.notify),
      `Notify priority changes = ${plan.notifyPriorityChanges === true}`,
    ].map((line) => `   ${line}`),
  ];
}

/** A list with its title, where there is something on it. */
export const listed = (title: string, items: readonly string[]): readonly string[] =>
  items.length > 0 ? [title, ...items.map((item) => `  ${item}`)] : [];

function stateLines(instance: DumpedInstance): readonly string[] {
  const { plan, status } = instance;
  const { master } = status;
  const flags = !plan.preempt || plan.unicast !== undefined || plan.vmac !== undefined;
  const interval = (masterIntervalMs(instance) / 1000).toFixed(2);
  return [
    `State = ${STATE_WORD[status.state]}`,
    ...when(master !== undefined, `Master router = ${master?.address}`, `Master priority = ${master?.priority}`),
    ...when(master !== undefined && plan.version === 3, `Master advert int = ${interval} sec`),
    flags ? "Flags:" : "Flags: none",
    ...when(plan.unicast !== undefined, "  Using unicast"),
    `Wantstate = ${WANTED_WORD[status.state]}`,
    "Number of config faults = 0",
    `Number of interface and track script faults = ${status.faults.length}`,
    `Number of track scripts init = ${status.state === "init" ? 1 : 0}`,
    `Last transition = ${timeText(status.sinceWallMs)}`,
    `Read timeout = ${status.dueWallMs === undefined ? "DISABLED" : timeText(status.dueWallMs)}`,
    `Master down timer = ${masterDownUs(instance)} usecs`,
  ];
}

function interfaceLines({ plan, status }: DumpedInstance): readonly string[] {
  const { vmac } = plan;
  const use = vmac?.kind === "ipvlan" ? "IPVLAN" : "VMAC";
  const device = channelDeviceOf(plan);
  const configured = plan.sourceAddress !== undefined ? " (from configuration)" : "";
  return [
    ...when(
      vmac !== undefined,
      `Use ${use}, i/f name ${vmac?.interface}, is_up = ${status.state !== "fault"}, xmit_base = ${vmac?.transmitBelow}`,
    ),
    `Interface = ${vmac && device === vmac.interface ? `${device}, ${use.toLowerCase()} on ${plan.interface}` : device}`,
    ...when(!plan.trackPrimary, "VRRP interface tracking disabled"),
    `Using src_ip = ${status.sourceAddress === undefined ? "(none)" : status.sourceAddress + configured}`,
    ...when(plan.unicast === undefined, `Multicast address ${plan.multicastGroup}`),
  ];
}

const garpLines = (garp: GarpPlan): readonly string[] => [
  `Gratuitous ARP delay = ${garp.masterDelayMs / 1000}`,
  `Gratuitous ARP repeat = ${garp.masterRepeat}`,
  `Gratuitous ARP refresh = ${garp.masterRefreshMs / 1000}`,
  `Gratuitous ARP refresh repeat = ${garp.masterRefreshRepeat}`,
  `Gratuitous ARP lower priority delay = ${garp.lowerPrioDelayMs / 1000}`,
  `Gratuitous ARP lower priority repeat = ${garp.lowerPrioRepeat}`,
];

function electionLines(instance: DumpedInstance): readonly string[] {
  const { plan, status } = instance;
  const isV3 = plan.version === 3;
  return [
    `Advert interval = ${isV3 ? `${plan.advertIntervalMs} milli-sec` : `${plan.advertIntervalMs / 1000} sec`}`,
    ...when(isV3 && status.state === "backup", `Master advert interval = ${masterIntervalMs(instance)} milli-sec`),
    `Accept = ${enabled(plan.accept !== false)}`,
    `Preempt = ${enabled(plan.preempt)}`,
    ...when(plan.preemptDelayMs > 0, `Preempt delay = ${plan.preemptDelayMs / 1000} secs`),
    `Promote_secondaries = ${enabled(plan.promoteSecondaries === true)}`,
  ];
}

function authenticationLines(plan: VrrpInstancePlan): readonly string[] {
  if (plan.version !== 2) return [];
  if (plan.ahKey !== undefined) return ["Authentication type = IPSEC_AH"];
  if (plan.authPass === undefined) return ["Authentication type = none"];
  return ["Authentication type = SIMPLE_PASSWORD", `Password = ${MASKED}`];
}

function addressLines({ plan, status }: DumpedInstance): readonly string[] {
  const set = status.state === "master";
  const texts = (list: VrrpInstancePlan["addresses"]): string[] => list.map((a) => addressText(plan, a, set));
  return [
    ...listed(`Virtual IP (${plan.addresses.length}):`, texts(plan.addresses)),
    ...listed("Virtual IP Excluded :", texts(plan.excludedAddresses)),
  ];
}

const CHECKSUM_WORD = { no: "no", use: "config", never: "never" } as const;

const unicastLines = ({ unicast, oldUnicastChecksum }: VrrpInstancePlan): readonly string[] =>
  unicast === undefined
    ? []
    : [
        `Unicast TTL = ${unicast.ttl}`,
        `Check unicast src : ${yesNo(unicast.checkSource)}`,
        ...listed(
          "Unicast Peer :",
          unicast.peers.map((peer) => `${peer.address} min_ttl ${peer.minTtl} max_ttl ${peer.maxTtl}`),
        ),
        `Unicast checksum compatibility = ${CHECKSUM_WORD[oldUnicastChecksum ?? "no"]}`,
      ];

const trackLines = (plan: VrrpInstancePlan): readonly string[] => {
  const texts = (list: readonly TrackPlan[] | undefined, separator: string): string[] =>
    (list ?? []).map((t) => `${t.name}${separator}weight ${t.weight}${t.reverse ? " reverse" : ""}`);
  return [
    ...listed("Tracked interfaces :", texts(plan.trackInterfaces, " ")),
    ...listed("Tracked scripts :", texts(plan.trackScripts, " ")),
    ...listed("Tracked files :", texts(plan.trackFiles, ", ")),
    ...listed("Tracked processes :", texts(plan.trackProcesses, ", ")),
    ...listed("Tracked BFDs :", texts(plan.trackBfds, ": ")),
  ];
};

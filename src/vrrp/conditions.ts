import type { VrrpInstancePlan } from "./model.ts";
import { deviceOf, neededDeviceOf } from "./own-links.ts";
import { sharesOf, type TrackerShare } from "./shares.ts";
import { effectivePriority, isFault, isFileFault, type Tracked, type TrackedNumber } from "./tracking.ts";
import { CHECKER_NAME } from "./tracking-options.ts";

/** The world around an instance, as far as it decides whether the instance can run and with which priority. */
export type Surroundings = {
  readonly link: "up" | "down" | "missing";
  /** The interface of the instance's own (use_vmac), where it has one; coming: it is being made. */
  readonly own?: "up" | "down" | "missing" | "coming";
  /** Why that one cannot be used. */
  readonly ownTrouble?: string | undefined;
  /** The address adverts are sent from. */
  readonly source: string | undefined;
  /** Whether that address is on the interface, or on any for an instance without one. */
  readonly sourceThere: boolean;
  /** Why there is no socket, when there should be one. */
  readonly socketError: string | undefined;
  /** What it depends on and is not there, each in a sentence. */
  readonly missing: readonly string[];
  /** Since when the administrator has it handed over; wall-clock ms. */
  readonly handedOverSinceWallMs?: number;
  readonly scriptUp: (script: string) => boolean | undefined;
  readonly linkUp: (interfaceName: string) => boolean;
  readonly processUp: (process: string) => boolean | undefined;
  readonly bfdUp: (session: string) => boolean | undefined;
  /** Of a virtual server, or of the checker process. */
  readonly balancingUp: (name: string) => boolean | undefined;
  /** A service on this host. */
  readonly serviceUp: (name: string) => boolean | undefined;
  readonly fileValue: (file: string) => number;
};

export type Conditions = {
  /** Why the instance cannot run; each sentence is also the name under which the state machine holds it. */
  readonly faults: readonly string[];
  /** What a start waits for: the first results of scripts, an interface that is being made. */
  readonly holds: readonly string[];
  readonly priority: number;
  /** What each tracker has to do with it. */
  readonly trackers: readonly TrackerShare[];
};

/** Faults, holds and the effective priority of an instance, from nothing but its plan and what is seen now. */
export function conditionsOf(plan: VrrpInstancePlan, around: Surroundings): Conditions {
  const scripts = plan.trackScripts.map((track): Tracked => ({ track, up: around.scriptUp(track.name) }));
  const interfaces = plan.trackInterfaces
    .filter((track) => track.name !== plan.interface)
    .map((track): Tracked => ({ track, up: around.linkUp(track.name) }));
  const processes = (plan.trackProcesses ?? []).map((track): Tracked => ({ track, up: around.processUp(track.name) }));
  const bfds = (plan.trackBfds ?? []).map((track): Tracked => ({ track, up: around.bfdUp(track.name) }));
  const balancing = (plan.trackBalancing ?? []).map(
    (track): Tracked => ({ track, up: around.balancingUp(track.name) }),
  );
  const services = (plan.trackServices ?? []).map((track): Tracked => ({ track, up: around.serviceUp(track.name) }));
  const files = (plan.trackFiles ?? []).map((track): TrackedNumber => ({ track, value: around.fileValue(track.name) }));
  const faults = [
    ...(around.handedOverSinceWallMs === undefined ? [] : [handedOverFault(around.handedOverSinceWallMs)]),
    ...ownFaults(plan, around),
    ...around.missing,
    ...scripts.filter(isFault).map(({ track }) => scriptFault(track)),
    ...interfaces.filter(isFault).map(({ track, up }) => `tracked interface ${track.name} is ${up ? "up" : "down"}`),
    ...processes.filter(isFault).map(({ track, up }) => `tracked process ${track.name} is ${up ? "there" : "missing"}`),
    ...bfds.filter(isFault).map(({ track, up }) => `tracked BFD session ${track.name} is ${up ? "up" : "down"}`),
    ...balancing.filter(isFault).map(balancingFault),
    ...services
      .filter(isFault)
      .map(({ track, up }) => `service ${track.name} ${up ? "answers (reverse)" : "does not answer"}`),
    ...files.filter(isFileFault).map(({ track, value }) => `tracked file ${track.name} has the value ${value}`),
  ];
  const isAwaited = ({ track, up }: Tracked): boolean => track.weight === 0 && up === undefined;
  return {
    faults,
    holds: [
      ...(around.own === "coming" ? [`waiting for interface ${deviceOf(plan)}`] : []),
      ...scripts.filter(isAwaited).map(({ track }) => `waiting for the first result of script ${track.name}`),
      ...services.filter(isAwaited).map(({ track }) => `waiting for the first result of service ${track.name}`),
    ],
    priority: effectivePriority(
      plan.priority,
      [...scripts, ...interfaces, ...processes, ...bfds, ...balancing, ...services],
      files,
    ),
    trackers: sharesOf(
      {
        script: scripts,
        interface: interfaces,
        process: processes,
        "BFD session": bfds,
        "virtual server": balancing,
        service: services,
      },
      files,
    ),
  };
}

/** The fault of an instance that `lvskeeper vrrp failover` took down. */
export const handedOverFault = (sinceWallMs: number): string =>
  `handed over by the administrator since ${new Date(sinceWallMs).toISOString().slice(0, 19).replace("T", " ")} UTC`;

function balancingFault({ track: { name }, up }: Tracked): string {
  if (name === CHECKER_NAME) return `our checker process is ${up ? "there (reverse)" : "not there"}`;
  return `virtual server ${name} has ${up ? "its quorum (reverse)" : "lost its quorum"}`;
}

const scriptFault = (track: { readonly name: string; readonly reverse: boolean }): string =>
  track.reverse ? `script ${track.name} succeeds (reverse)` : `script ${track.name} failed`;

const addressKind = ({ family, unicast }: VrrpInstancePlan): string =>
  family === 4 ? "IPv4 address" : unicast ? "IPv6 address that suits its peers" : "link-local IPv6 address";

function ownFaults(plan: VrrpInstancePlan, around: Surroundings): string[] {
  const device = neededDeviceOf(plan);
  if (around.link === "missing") return [`interface ${device} does not exist`];
  if (around.link === "down" && plan.trackPrimary) return [`interface ${device} is down`];
  if (around.own === "missing")
    return [
      `interface ${deviceOf(plan)} ${around.ownTrouble === undefined ? "does not exist" : `cannot be used: ${around.ownTrouble}`}`,
    ];
  if (around.own === "down" && plan.trackPrimary) return [`interface ${deviceOf(plan)} is down`];
  if (around.own === "coming") return [];
  if (around.source === undefined) return [`interface ${plan.interface} has no ${addressKind(plan)} to send from`];
  if (plan.interface === "" && !around.sourceThere)
    return [`${around.source} is on no interface${plan.vrf === undefined ? "" : ` of VRF ${plan.vrf}`}`];
  if (plan.trackSource && !around.sourceThere) return [`${around.source} is not on interface ${plan.interface}`];
  if (plan.unicast?.peers.length === 0) return ["there is no unicast_peer to speak to"];
  return around.socketError === undefined ? [] : [around.socketError];
}

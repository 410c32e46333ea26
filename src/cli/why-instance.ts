import { durationText } from "../outline/duration.ts";
import type { DirectorStatus } from "../process/status.ts";
import { type History, lastEvent } from "./why-events.ts";
import type { Instance } from "./why-subject.ts";
import { type Reason, reason } from "./why-text.ts";

/** Why a VRRP instance is in its state. */
export function instanceReason(status: DirectorStatus, instance: Instance, history: History): Reason {
  const { name, state, sinceWallMs } = instance;
  const since = (wallMs: number): string => durationText(status.nowWallMs - wallMs);
  return reason(
    `${name} is ${state.toUpperCase()} since ${since(sinceWallMs)}`,
    ...splitBrain(instance, since),
    ...askingReasons(instance, since),
    ...handedOver(instance, since),
    ...faultReasons(status, instance),
    ...masterReasons(instance, since),
    ...(state === "init" && instance.why !== "" ? [reason(instance.why)] : []),
    ...priorityReasons(status, instance, history),
    lastEvent(history, [`vrrp.${state}`, "vrrp.resumed"], { instance: name }),
  );
}

type Since = (wallMs: number) => string;

/** Another master, known by its adverts, by its claim to an address, or both. */
function splitBrain({ secondMaster: second, addressClaim: claim, ...one }: Instance, since: Since): Reason[] {
  const { effectivePriority, interface: device, vrid } = one;
  if (!second && claim) {
    const causes = `another director whose adverts do not reach ${device} (firewall, IP protocol 112, multicast snooping), or a real server that answers for the address (arp_ignore)`;
    return [reason(`SPLIT BRAIN: ${claimText(claim, since)}`, heardClaims(claim, since), reason(causes))];
  }
  if (!second) return [];
  const { address, priority, adverts, lastWallMs, sinceWallMs } = second;
  const better =
    priority > effectivePriority
      ? "it has the better claim, and this director takes no notice of it"
      : `ours is ${effectivePriority}: it does not hear our adverts, or takes no notice of them`;
  return [
    reason(
      `SPLIT BRAIN: ${address} is MASTER too since ${since(sinceWallMs)}`,
      reason(`${adverts} adverts of it with priority ${priority}, the last ${since(lastWallMs)} ago; ${better}`),
      reason(
        `look at what lies between ${device} here and there: firewall (IP protocol 112), VLAN, vrid ${vrid}, authentication`,
      ),
      ...(claim ? [reason(claimText(claim, since), heardClaims(claim, since))] : []),
    ),
  ];
}

type Claim = NonNullable<Instance["addressClaim"]>;

const claimText = ({ address, hardwareAddress, interface: on, sinceWallMs }: Claim, since: Since): string =>
  `${address} is claimed by ${hardwareAddress} on ${on} since ${since(sinceWallMs)}`;

const heardClaims = ({ claims, lastWallMs }: Claim, since: Since): Reason =>
  reason(`${claims} times by ARP or neighbour discovery, the last ${since(lastWallMs)} ago`);

/** A backup that asks before it takes over. */
function askingReasons({ takeover, interface: device }: Instance, since: Since): Reason[] {
  if (!takeover) return [];
  const { sinceWallMs, heldBy, address, hardwareAddress } = takeover;
  const asks = `no advert comes, and takeover_check asks since ${since(sinceWallMs)} whether the master is gone`;
  if (heldBy === undefined) return [reason(asks)];
  const obstacle =
    heldBy === "conflict"
      ? reason(
          `${hardwareAddress} answers for ${address} on ${device}`,
          reason(
            "a master whose adverts are lost on the way (firewall, IP protocol 112, multicast snooping), or proxy ARP",
          ),
        )
      : reason("none of its witnesses answers", reason("this director may be the one that is cut off"));
  return [reason(`${asks}; until then it stays BACKUP`, obstacle)];
}

const handedOver = ({ handedOverSinceWallMs: at, name }: Instance, since: Since): Reason[] =>
  at === undefined
    ? []
    : [
        reason(
          `it was handed over by command ${since(at)} ago; \`lvskeeper vrrp resume ${name}\` takes it back`,
          reason("it takes part again by itself when whoever took it falls silent"),
        ),
      ];

/** Each fault, with what its tracker says. */
const faultReasons = (status: DirectorStatus, { faults }: Instance): Reason[] =>
  faults.map((fault) => reason(`fault: ${fault}`, ...trackerFacts(status, fault)));

function trackerFacts({ vrrp }: DirectorStatus, fault: string): Reason[] {
  if (typeof vrrp !== "object") return [];
  const name = /^(?:script|service|tracked (?:file|process|BFD session)) (\S+) /.exec(fault)?.[1];
  if (name === undefined) return [];
  const script = fault.startsWith("script ") ? vrrp.scripts.find((one) => one.name === name) : undefined;
  const service = fault.startsWith("service ") ? vrrp.services?.find((one) => one.name === name) : undefined;
  const process = fault.startsWith("tracked process ") ? vrrp.processes?.find((one) => one.name === name) : undefined;
  return [
    ...(script && script.detail !== "" ? [reason(`its last run: ${script.detail}`)] : []),
    ...(service ? [reason(`its last try: ${service.detail}`)] : []),
    ...(process ? [reason(`${process.count} such processes run`)] : []),
  ];
}

function masterReasons({ state, master, why, effectivePriority, takeover }: Instance, since: Since): Reason[] {
  if (state === "master") return why === "" ? [] : [reason(`it became MASTER: ${why}`)];
  if (state !== "backup" || takeover) return [];
  if (!master) return why === "" ? [] : [reason(why)];
  const { address, priority, lastAdvertWallMs } = master;
  const compared =
    priority > effectivePriority
      ? `higher than ours, ${effectivePriority}`
      : priority === effectivePriority
        ? "the same as ours: whoever is MASTER stays it"
        : `lower than ours, ${effectivePriority}: nopreempt, preempt_delay or its sync group keeps this one BACKUP`;
  return [
    reason(
      `${address} is MASTER with priority ${priority}, ${compared}`,
      reason(`its last advert came ${since(lastAdvertWallMs)} ago`),
    ),
  ];
}

/** Which trackers fail while the priority is not the configured one, and what changed it last. */
function priorityReasons({ vrrp }: DirectorStatus, instance: Instance, history: History): Reason[] {
  const { name, basePriority, effectivePriority } = instance;
  if (effectivePriority === basePriority || typeof vrrp !== "object") return [];
  const difference = effectivePriority - basePriority;
  const details = new Map(vrrp.scripts.map(({ name: script, detail }) => [script, detail]));
  const counting = (instance.trackers ?? []).filter(({ share }) => share !== 0);
  return [
    reason(
      `its priority is ${effectivePriority}, not ${basePriority}: trackers ${difference < 0 ? "take" : "add"} ${Math.abs(difference)}`,
      ...counting.map(({ kind, name: tracker, share, value }) => {
        const state = value !== undefined ? ` has the value ${value}` : share < 0 ? " is not well" : " is well";
        const detail = kind === "script" ? (details.get(tracker) ?? "") : "";
        return reason(
          `${kind} ${tracker}${state}: ${share > 0 ? "+" : ""}${share}${detail === "" ? "" : ` (${detail})`}`,
        );
      }),
      lastEvent(history, ["vrrp.priority"], { instance: name }),
    ),
  ];
}

import type { DirectorStatus } from "../process/status.ts";
import { durationText } from "./duration.ts";
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
    ...handedOver(instance, since),
    ...faultReasons(status, instance),
    ...masterReasons(instance, since),
    ...(state === "init" && instance.why !== "" ? [reason(instance.why)] : []),
    ...priorityReasons(status, instance, history),
    lastEvent(history, [`vrrp.${state}`, "vrrp.resumed"], { instance: name }),
  );
}

type Since = (wallMs: number) => string;

function splitBrain({ secondMaster: second, effectivePriority, interface: device, vrid }: Instance, since: Since) {
  if (!second) return [];
  const { address, priority, adverts, lastWallMs, sinceWallMs } = second;
  const claim =
    priority > effectivePriority
      ? "it has the better claim, and this director takes no notice of it"
      : `ours is ${effectivePriority}: it does not hear our adverts, or takes no notice of them`;
  return [
    reason(
      `SPLIT BRAIN: ${address} is MASTER too since ${since(sinceWallMs)}`,
      reason(`${adverts} adverts of it with priority ${priority}, the last ${since(lastWallMs)} ago; ${claim}`),
      reason(
        `look at what lies between ${device} here and there: firewall (IP protocol 112), VLAN, vrid ${vrid}, authentication`,
      ),
    ),
  ];
}

const handedOver = ({ handedOverSinceWallMs: at, name }: Instance, since: Since): Reason[] =>
  at === undefined
    ? []
    : [reason(`it was handed over by command ${since(at)} ago; \`lvskeeper vrrp resume ${name}\` takes it back`)];

/** Each fault, with what its tracker says. */
const faultReasons = (status: DirectorStatus, { faults }: Instance): Reason[] =>
  faults.map((fault) => reason(`fault: ${fault}`, ...trackerFacts(status, fault)));

function trackerFacts({ vrrp }: DirectorStatus, fault: string): Reason[] {
  if (typeof vrrp !== "object") return [];
  const name = /^(?:script|tracked (?:file|process|BFD session)) (\S+) /.exec(fault)?.[1];
  if (name === undefined) return [];
  const script = fault.startsWith("script ") ? vrrp.scripts.find((one) => one.name === name) : undefined;
  const process = fault.startsWith("tracked process ") ? vrrp.processes?.find((one) => one.name === name) : undefined;
  return [
    ...(script && script.detail !== "" ? [reason(`its last run: ${script.detail}`)] : []),
    ...(process ? [reason(`${process.count} such processes run`)] : []),
  ];
}

function masterReasons({ state, master, why, effectivePriority }: Instance, since: Since): Reason[] {
  if (state === "master") return why === "" ? [] : [reason(`it became MASTER: ${why}`)];
  if (state !== "backup") return [];
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
  const failing = [
    ...vrrp.scripts.filter(({ ok }) => ok === false).map((s) => `script ${s.name} fails: ${s.detail}`),
    ...(vrrp.processes ?? []).filter(({ up }) => !up).map((p) => `process ${p.name}: ${p.count} run`),
    ...(vrrp.bfds ?? []).filter(({ up }) => up === false).map((b) => `BFD session ${b.name} is down`),
    ...(vrrp.files ?? []).filter(({ value }) => value !== 0).map((f) => `file ${f.name} has the value ${f.value}`),
  ];
  return [
    reason(
      `its priority is ${effectivePriority}, not ${basePriority}: trackers ${difference < 0 ? "take" : "add"} ${Math.abs(difference)}`,
      failing.length === 0
        ? undefined
        : reason("not well now, of the trackers of all instances:", ...failing.map((text) => reason(text))),
      lastEvent(history, ["vrrp.priority"], { instance: name }),
    ),
  ];
}

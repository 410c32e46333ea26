import type { ScriptSpec } from "../../script/model.ts";
import type { VrrpInstancePlan, VrrpNotify, VrrpProcessPlan, VrrpStatus } from "../../vrrp/model.ts";
import { channelDeviceOf } from "../../vrrp/own-links.ts";
import type { TrackProcessPlan } from "../../vrrp/tracked-model.ts";
import { addressText, routeText, ruleText } from "./address.ts";
import { MASKED } from "./instance.ts";
import {
  type DumpedInstance,
  dumpedInstances,
  masterIntervalMs,
  STATE_NUMBER,
  STATE_WORD,
  WANTED_WORD,
} from "./instance-state.ts";
import { bit, commandText } from "./text.ts";

/** Counters of an instance, in the order of the file. */
const COUNTERS = [
  ...["advert_rcvd", "advert_sent", "become_master", "release_master", "packet_len_err", "advert_interval_err"],
  ...["ip_ttl_err", "invalid_type_rcvd", "addr_list_err", "invalid_authtype", "authtype_mismatch", "auth_failure"],
];
/** Those of auth_hmac. */
const EXTENSION_COUNTERS = ["missing", "malformed", "unknown_key", "invalid_hmac", "stale", "replay"].map(
  (name) => `auth_ext_${name}`,
);
const LAST_COUNTERS = ["pri_zero_rcvd", "pri_zero_sent"];

const countersOf = (version: 1 | 2): readonly string[] => [
  ...COUNTERS,
  ...(version === 1 ? [] : EXTENSION_COUNTERS),
  ...LAST_COUNTERS,
];

/** keepalived.json: what SIGRTMIN+2 asks for. Version 1 is a list of instances, with what keepalived 2.2 has of each.
 *  Version 2, which only later ones know, is an object that has the tracked processes too. */
export function vrrpJson(plan: VrrpProcessPlan, status: VrrpStatus, version: 1 | 2): string {
  const vrrp = dumpedInstances(plan, status).map((instance) => ({
    data: instanceData(instance, plan, version),
    stats: Object.fromEntries(countersOf(version).map((name) => [name, instance.status.counters[name] ?? 0])),
  }));
  const processes = (plan.trackProcesses ?? []).map((process) => processData(process, status));
  const whole = version === 1 ? vrrp : { vrrp, ...(processes.length > 0 && { track_process: processes }) };
  return `${JSON.stringify(whole).replaceAll("/", "\\/")}\n`;
}

function instanceData(instance: DumpedInstance, whole: VrrpProcessPlan, version: 1 | 2): object {
  const { plan, status } = instance;
  const { garp } = plan;
  const set = status.state === "master";
  const addresses = (list: VrrpInstancePlan["addresses"]): string[] => list.map((a) => addressText(plan, a, set));
  return {
    iname: plan.name,
    dont_track_primary: bit(!plan.trackPrimary),
    skip_check_adv_addr: bit(plan.skipCheckAdvAddr),
    strict_mode: bit(plan.strict === true),
    vmac_ifname: plan.vmac?.interface ?? "",
    ifp_ifname: channelDeviceOf(plan),
    master_priority: status.master?.priority ?? 0,
    last_transition: status.sinceWallMs / 1000,
    garp_delay: garp.masterDelayMs / 1000,
    garp_refresh: garp.masterRefreshMs / 1000,
    garp_rep: garp.masterRepeat,
    garp_refresh_rep: garp.masterRefreshRepeat,
    garp_lower_prio_delay: garp.lowerPrioDelayMs / 1000,
    garp_lower_prio_rep: garp.lowerPrioRepeat,
    lower_prio_no_advert: bit(plan.lowerPrioNoAdvert),
    higher_prio_send_advert: bit(plan.higherPrioSendAdvert),
    vrid: plan.vrid,
    base_priority: plan.priority,
    effective_priority: status.effectivePriority,
    vipset: set,
    promote_secondaries: plan.promoteSecondaries === true,
    adver_int: plan.advertIntervalMs / 1000,
    master_adver_int: masterIntervalMs(instance) / 1000,
    accept: bit(plan.accept !== false),
    nopreempt: !plan.preempt,
    preempt_delay: plan.preemptDelayMs / 1000,
    state: STATE_NUMBER[STATE_WORD[status.state]],
    wantstate: STATE_NUMBER[WANTED_WORD[status.state]],
    version: plan.version,
    smtp_alert: plan.smtpAlert,
    notify_deleted: plan.notify.reportsDeleted === true,
    ...scripts(plan.notify),
    ...filled("vips", addresses(plan.addresses)),
    ...filled("evips", addresses(plan.excludedAddresses)),
    ...filled("vroutes", (plan.routes ?? []).map(routeText)),
    ...filled("vrules", (plan.rules ?? []).map(ruleText)),
    ...filled(
      "track_ifp",
      plan.trackInterfaces.map(({ name }) => name),
    ),
    ...filled(
      "track_script",
      plan.trackScripts.flatMap(({ name }) =>
        whole.scripts.filter((script) => script.name === name).map(({ script }) => commandText(script)),
      ),
    ),
    ...filled("track_process", version === 1 ? [] : trackedProcesses(plan, whole)),
    ...authentication(plan),
  };
}

/** By the names of the processes themselves. */
const trackedProcesses = ({ trackProcesses = [] }: VrrpInstancePlan, whole: VrrpProcessPlan): string[] =>
  trackProcesses.flatMap(({ name }) =>
    (whole.trackProcesses ?? []).filter((process) => process.name === name).map(({ process }) => process),
  );

/** Empty lists are left out. */
const filled = (name: string, items: readonly string[]): object => (items.length > 0 ? { [name]: items } : {});

function scripts(notify: VrrpNotify): object {
  const named: readonly (readonly [string, ScriptSpec | undefined])[] = [
    ["script_backup", notify.backup],
    ["script_master", notify.master],
    ["script_fault", notify.fault],
    ["script_stop", notify.stop],
    ["script_deleted", notify.deleted],
    ["script", notify.any],
    ["script_master_rx_lower_pri", notify.masterRxLowerPriority],
  ];
  return Object.fromEntries(named.flatMap(([name, script]) => (script ? [[name, commandText(script)]] : [])));
}

function authentication({ authPass, ahKey }: VrrpInstancePlan): object {
  if (authPass === undefined && ahKey === undefined) return { auth_type: 0 };
  return { auth_type: ahKey === undefined ? 1 : 2, auth_data: MASKED };
}

function processData(plan: TrackProcessPlan, { processes = [] }: Pick<VrrpStatus, "processes">): object {
  const found = processes.find(({ name }) => name === plan.name);
  return {
    process: plan.process,
    ...(plan.args.length > 0 && { parameters: plan.args.join(" ") }),
    param_match: plan.match === "name" || plan.match === "command" ? "none" : plan.match,
    min_processes: plan.quorum,
    ...(plan.quorumMax !== undefined && { max_processes: plan.quorumMax }),
    current_processes: found?.count ?? 0,
    have_quorum: found?.up === true,
    weight: plan.reverse ? -plan.weight : plan.weight,
    terminate_delay: plan.terminateDelayMs / 1000,
    fork_delay: plan.forkDelayMs / 1000,
    fork_delay_timer_running: false,
    terminate_delay_timer_running: false,
    full_command: plan.match !== "name",
  };
}

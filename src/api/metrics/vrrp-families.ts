import type { MetricsInput } from "../../process/metrics-input.ts";
import { SCRIPT_BOUNDS_S, type ScriptCounts } from "../../process/script-meter.ts";
import type { VrrpStatus } from "../../vrrp/model.ts";
import type { Family, Reading, Sample } from "./family.ts";

const family = <F extends Family>(given: F): F => given;
const S = 1000;
const STATES = ["init", "backup", "master", "fault"] as const;
/** Not `instance`, which is what Prometheus calls the director. */
const instance = ["vrrp_instance"] as const;

/** Counters of an instance that say why an advert was dropped, or what was odd about it; the label is the name without
 *  `_err`, `_rcvd` and `auth_`… as keepalived's JSON dump has it. */
const ADVERT_ERRORS = {
  packet_len_err: "length",
  advert_interval_err: "interval",
  advert_interval_diff: "interval_differs",
  ip_ttl_err: "ttl",
  invalid_type_rcvd: "type",
  addr_list_err: "addresses",
  invalid_authtype: "auth_type_unknown",
  authtype_mismatch: "auth_type",
  auth_failure: "auth",
  vers_err: "version",
  chk_err: "checksum",
  dest_err: "destination",
  unicast_src_err: "not_a_peer",
  auth_ext_missing: "hmac_missing",
  auth_ext_malformed: "hmac_malformed",
  auth_ext_unknown_key: "hmac_unknown_key",
  auth_ext_invalid_hmac: "hmac_wrong",
  auth_ext_stale: "hmac_stale",
  auth_ext_replay: "hmac_replayed",
  auth_ext_skew: "hmac_clock_off",
} as const;

/** VRRP. */
export const vrrpFamilies = {
  info: family({
    name: "lvskeeper_vrrp_instance",
    type: "info",
    help: "Interface, VRID and version of a VRRP instance.",
    labels: ["vrrp_instance", "interface", "vrid", "version"],
  }),
  state: family({
    name: "lvskeeper_vrrp_state",
    type: "gauge",
    help: "1 for the state that the instance is in: init, backup, master or fault; 0 for the others.",
    labels: ["vrrp_instance", "state"],
  }),
  since: family({
    name: "lvskeeper_vrrp_state_since_timestamp_seconds",
    type: "gauge",
    unit: "seconds",
    help: "When the instance came into its state, in seconds since 1970.",
    labels: instance,
  }),
  transitions: family({
    name: "lvskeeper_vrrp_transitions",
    type: "counter",
    help: "Changes of state of the instance, by the new state; they go on when the vrrp process is replaced.",
    labels: ["vrrp_instance", "to"],
  }),
  basePriority: family({
    name: "lvskeeper_vrrp_base_priority",
    type: "gauge",
    help: "Priority of the instance as configured.",
    labels: instance,
  }),
  priority: family({
    name: "lvskeeper_vrrp_priority",
    type: "gauge",
    help: "Priority of the instance with the shares of its trackers.",
    labels: instance,
  }),
  faults: family({
    name: "lvskeeper_vrrp_faults",
    type: "gauge",
    help: "How many things keep the instance from running.",
    labels: instance,
  }),
  handedOver: family({
    name: "lvskeeper_vrrp_handed_over",
    type: "gauge",
    help: "1 while the administrator has the instance handed over to its peer.",
    labels: instance,
  }),
  sent: family({
    name: "lvskeeper_vrrp_adverts_sent",
    type: "counter",
    help: "Adverts of the instance that were sent.",
    labels: instance,
  }),
  received: family({
    name: "lvskeeper_vrrp_adverts_received",
    type: "counter",
    help: "Adverts with the VRID of the instance that came in, those that were dropped included.",
    labels: instance,
  }),
  zeroSent: family({
    name: "lvskeeper_vrrp_priority_zero_sent",
    type: "counter",
    help: "Adverts of priority 0 that were sent: it gave up MASTER in order.",
    labels: instance,
  }),
  zeroReceived: family({
    name: "lvskeeper_vrrp_priority_zero_received",
    type: "counter",
    help: "Adverts of priority 0 that came in: another gave up MASTER in order.",
    labels: instance,
  }),
  errors: family({
    name: "lvskeeper_vrrp_advert_errors",
    type: "counter",
    help: "Adverts that were dropped or odd, by reason.",
    labels: ["vrrp_instance", "reason"],
  }),
  sendErrors: family({
    name: "lvskeeper_vrrp_advert_send_errors",
    type: "counter",
    help: "Adverts that could not be sent.",
    labels: instance,
  }),
  lastDelay: family({
    name: "lvskeeper_vrrp_advert_delay_seconds",
    type: "gauge",
    unit: "seconds",
    help: "How late the last advert of the instance left, while MASTER.",
    labels: instance,
  }),
  mostDelay: family({
    name: "lvskeeper_vrrp_advert_delay_max_seconds",
    type: "gauge",
    unit: "seconds",
    help: "The latest that an advert left since the instance became MASTER.",
    labels: instance,
  }),
  masterHeard: family({
    name: "lvskeeper_vrrp_master_last_advert_timestamp_seconds",
    type: "gauge",
    unit: "seconds",
    help: "When the master was last heard, in seconds since 1970, while BACKUP.",
    labels: instance,
  }),
  secondMaster: family({
    name: "lvskeeper_vrrp_second_master",
    type: "gauge",
    help: "1 while another master is heard beside this one: split brain.",
    labels: instance,
  }),
  secondAdverts: family({
    name: "lvskeeper_vrrp_second_master_adverts",
    type: "counter",
    help: "Adverts of another master that were heard while MASTER.",
    labels: instance,
  }),
  addressClaimed: family({
    name: "lvskeeper_vrrp_address_claimed",
    type: "gauge",
    help: "1 while another hardware address claims an address of this master by ARP or neighbour discovery: split brain. It is 0 again after a minute without a claim.",
    labels: instance,
  }),
  addressClaims: family({
    name: "lvskeeper_vrrp_address_claims",
    type: "counter",
    help: "Claims of another hardware address to an address of the instance that were heard while MASTER.",
    labels: instance,
  }),
  takeoverHeld: family({
    name: "lvskeeper_vrrp_takeover_held",
    type: "gauge",
    help: "1 while takeover_check keeps the instance from taking over.",
    labels: instance,
  }),
  takeoversHeld: family({
    name: "lvskeeper_vrrp_takeovers_held",
    type: "counter",
    help: "Times that takeover_check found something in the way of taking over.",
    labels: instance,
  }),
  stoodStill: family({
    name: "lvskeeper_vrrp_stood_still",
    type: "counter",
    help: "Times that it stood still while MASTER for longer than a backup waits.",
    labels: instance,
  }),
  vipsRestored: family({
    name: "lvskeeper_vrrp_addresses_restored",
    type: "counter",
    help: "Virtual addresses that somebody else removed while MASTER, and that were put back.",
    labels: instance,
  }),
  routesRestored: family({
    name: "lvskeeper_vrrp_routes_restored",
    type: "counter",
    help: "Virtual routes and rules that somebody else removed while MASTER, and that were put back.",
    labels: instance,
  }),
  scriptUp: family({
    name: "lvskeeper_vrrp_script_up",
    type: "gauge",
    help: "1 while the vrrp_script counts as up, 0 as down; absent before its first result.",
    labels: ["script"],
  }),
  fileValue: family({
    name: "lvskeeper_vrrp_track_file_value",
    type: "gauge",
    help: "The number in a tracked file.",
    labels: ["file"],
  }),
  trackedProcess: family({
    name: "lvskeeper_vrrp_track_process_up",
    type: "gauge",
    help: "1 while as many of the tracked process run as are asked for.",
    labels: ["name"],
  }),
  serviceUp: family({
    name: "lvskeeper_vrrp_track_service_up",
    type: "gauge",
    help: "1 while the tracked service counts as good, 0 as failed; absent before its first result.",
    labels: ["service"],
  }),
  scriptRuns: family({
    name: "lvskeeper_script_runs",
    type: "counter",
    help: "Runs of scripts, by process, kind (a vrrp_script, or what is told of changes), name and result: how it ended.",
    labels: ["process", "kind", "script", "result"],
  }),
  scriptTime: family({
    name: "lvskeeper_script_duration_seconds",
    type: "histogram",
    unit: "seconds",
    help: "How long scripts ran.",
    labels: ["process", "kind", "script"],
    bounds: SCRIPT_BOUNDS_S,
  }),
} as const;

type Instance = VrrpStatus["instances"][number];

export function vrrpReadings({ status, tally, vrrp, checker }: MetricsInput): Reading[] {
  const f = vrrpFamilies;
  const known = typeof status.vrrp === "object" ? status.vrrp : undefined;
  const instances = known?.instances ?? [];
  const each = (family: Family, of: (one: Instance) => number | undefined): Reading => ({
    family,
    samples: instances.flatMap((one): Sample[] => {
      const value = of(one);
      return value === undefined ? [] : [{ labels: { vrrp_instance: one.name }, value }];
    }),
  });
  const counter = (family: Family, name: string): Reading => each(family, ({ counters }) => counters[name]);
  const scripts = [...scriptsOf("vrrp", vrrp?.room), ...scriptsOf("checker", checker?.room)];
  return [
    {
      family: f.info,
      samples: instances.map((one) => ({
        labels: {
          vrrp_instance: one.name,
          interface: one.interface,
          vrid: String(one.vrid),
          version: String(one.version),
        },
        value: 1,
      })),
    },
    {
      family: f.state,
      samples: instances.flatMap(({ name, state }) =>
        STATES.map((each) => ({ labels: { vrrp_instance: name, state: each }, value: each === state ? 1 : 0 })),
      ),
    },
    each(f.since, ({ sinceWallMs }) => sinceWallMs / S),
    {
      family: f.transitions,
      samples: tally.transitions.flatMap(({ instance: name, ...counts }) =>
        STATES.map((to) => ({ labels: { vrrp_instance: name, to }, value: counts[to] })),
      ),
    },
    each(f.basePriority, ({ basePriority }) => basePriority),
    each(f.priority, ({ effectivePriority }) => effectivePriority),
    each(f.faults, ({ faults }) => faults.length),
    each(f.handedOver, ({ handedOverSinceWallMs }) => (handedOverSinceWallMs === undefined ? 0 : 1)),
    counter(f.sent, "advert_sent"),
    counter(f.received, "advert_rcvd"),
    counter(f.zeroSent, "pri_zero_sent"),
    counter(f.zeroReceived, "pri_zero_rcvd"),
    {
      family: f.errors,
      samples: instances.flatMap(({ name, counters }) =>
        Object.entries(ADVERT_ERRORS).map(([counted, reason]) => ({
          labels: { vrrp_instance: name, reason },
          value: counters[counted] ?? 0,
        })),
      ),
    },
    counter(f.sendErrors, "send_err"),
    each(f.lastDelay, ({ advertDelay }) => advertDelay && advertDelay.lastMs / S),
    each(f.mostDelay, ({ advertDelay }) => advertDelay && advertDelay.mostMs / S),
    each(f.masterHeard, ({ master }) => master && master.lastAdvertWallMs / S),
    each(f.secondMaster, ({ secondMaster }) => (secondMaster ? 1 : 0)),
    counter(f.secondAdverts, "second_master"),
    each(f.addressClaimed, ({ addressClaim }) => (addressClaim ? 1 : 0)),
    counter(f.addressClaims, "address_claimed"),
    each(f.takeoverHeld, ({ takeover }) => (takeover?.heldBy ? 1 : 0)),
    counter(f.takeoversHeld, "takeover_held"),
    counter(f.stoodStill, "stood_still"),
    counter(f.vipsRestored, "vip_restored"),
    counter(f.routesRestored, "route_restored"),
    {
      family: f.scriptUp,
      samples: (known?.scripts ?? []).flatMap(({ name, ok }) =>
        ok === undefined ? [] : [{ labels: { script: name }, value: ok ? 1 : 0 }],
      ),
    },
    {
      family: f.fileValue,
      samples: (known?.files ?? []).map(({ name, value }) => ({ labels: { file: name }, value })),
    },
    {
      family: f.trackedProcess,
      samples: (known?.processes ?? []).map(({ name, up }) => ({ labels: { name }, value: up ? 1 : 0 })),
    },
    {
      family: f.serviceUp,
      samples: (known?.services ?? []).flatMap(({ name, up }) =>
        up === undefined ? [] : [{ labels: { service: name }, value: up ? 1 : 0 }],
      ),
    },
    {
      family: f.scriptRuns,
      samples: scripts.flatMap(({ labels, runs }) =>
        Object.entries(runs).map(([result, value]) => ({ labels: { ...labels, result }, value })),
      ),
    },
    { family: f.scriptTime, samples: scripts.map(({ labels, duration }) => ({ labels, histogram: duration })) },
  ];
}

function scriptsOf(process: string, room: Readonly<Record<string, unknown>> | undefined) {
  const counts = (room?.scripts ?? []) as readonly ScriptCounts[];
  return counts.map(({ kind, name, runs, duration }) => ({
    labels: { process, kind, script: name },
    runs,
    duration,
  }));
}

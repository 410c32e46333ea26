import { CHECK_BOUNDS_S, type GroupCounts } from "../../checkers/check-meter.ts";
import type { MetricsInput } from "../../process/metrics-input.ts";
import type { CheckerStatus } from "../../virtual-server/model.ts";
import type { Family, Reading, Sample } from "./family.ts";

const family = <F extends Family>(given: F): F => given;
const S = 1000;
const vs = ["virtual_server"] as const;
const rs = ["virtual_server", "real_server"] as const;
const check = ["virtual_server", "real_server", "check", "target"] as const;

/** Virtual servers, real servers, checks. Named as in the log: "[10.0.0.1]:tcp:80". */
export const checkerFamilies = {
  tableError: family({
    name: "lvskeeper_ipvs_table_error",
    type: "gauge",
    help: "1 while the kernel's table cannot be brought to what is wanted.",
    labels: [],
  }),
  drift: family({
    name: "lvskeeper_ipvs_drift_repairs",
    type: "counter",
    help: "Entries of the kernel's table that somebody else had changed, and that were put right.",
    labels: [],
  }),
  syncDaemon: family({
    name: "lvskeeper_ipvs_sync_daemon",
    type: "info",
    help: "Connection sync daemons that run, by role: master or backup.",
    labels: ["role", "interface", "sync_id"],
  }),
  quorum: family({
    name: "lvskeeper_virtual_server_up",
    type: "gauge",
    help: "1 while the virtual server has its quorum.",
    labels: vs,
  }),
  since: family({
    name: "lvskeeper_virtual_server_since_timestamp_seconds",
    type: "gauge",
    unit: "seconds",
    help: "When the virtual server gained or lost its quorum, in seconds since 1970.",
    labels: vs,
  }),
  wanted: family({
    name: "lvskeeper_virtual_server_quorum",
    type: "gauge",
    help: "The weight of living real servers that the virtual server needs.",
    labels: vs,
  }),
  weight: family({
    name: "lvskeeper_virtual_server_live_weight",
    type: "gauge",
    help: "The weight of its living real servers.",
    labels: vs,
  }),
  total: family({
    name: "lvskeeper_virtual_server_real_servers",
    type: "gauge",
    help: "Real servers that are configured.",
    labels: vs,
  }),
  alive: family({
    name: "lvskeeper_virtual_server_real_servers_up",
    type: "gauge",
    help: "Real servers that are alive.",
    labels: vs,
  }),
  sorry: family({
    name: "lvskeeper_virtual_server_sorry_server_active",
    type: "gauge",
    help: "1 while the sorry server serves.",
    labels: vs,
  }),
  suspended: family({
    name: "lvskeeper_virtual_server_suspended",
    type: "gauge",
    help: "1 while it is not checked, since its address is not on this host (ha_suspend).",
    labels: vs,
  }),
  duration: family({
    name: "lvskeeper_check_duration_seconds",
    type: "histogram",
    unit: "seconds",
    help: "How long checks took, by virtual server and kind. A check that several virtual servers have is counted in the first.",
    labels: ["virtual_server", "check"],
    bounds: CHECK_BOUNDS_S,
  }),
  reasons: family({
    name: "lvskeeper_check_failure_reasons",
    type: "counter",
    help: "Failing runs of checks, by reason: refused, timeout, unreachable, reset, status, digest, content, tls, protocol, script.",
    labels: ["virtual_server", "check", "reason"],
  }),
  realServer: family({
    name: "lvskeeper_real_server_up",
    type: "gauge",
    help: "1 while the real server is alive.",
    labels: rs,
  }),
  realSince: family({
    name: "lvskeeper_real_server_since_timestamp_seconds",
    type: "gauge",
    unit: "seconds",
    help: "When the real server came up or went down, in seconds since 1970.",
    labels: rs,
  }),
  realWeight: family({
    name: "lvskeeper_real_server_weight",
    type: "gauge",
    help: "The weight that the real server has now.",
    labels: rs,
  }),
  inTable: family({
    name: "lvskeeper_real_server_in_table",
    type: "gauge",
    help: "1 while the real server is in the kernel's table.",
    labels: rs,
  }),
  override: family({
    name: "lvskeeper_real_server_override",
    type: "gauge",
    help: "1 for what the administrator has said of the real server at run time: drain, disable or weight.",
    labels: ["virtual_server", "real_server", "mode"],
  }),
  certificate: family({
    name: "lvskeeper_check_certificate_expiry_timestamp_seconds",
    type: "gauge",
    unit: "seconds",
    help: "When the certificate that the real server showed last expires, in seconds since 1970.",
    labels: check,
  }),
  up: family({ name: "lvskeeper_check_up", type: "gauge", help: "1 while the check counts as passed.", labels: check }),
  failing: family({
    name: "lvskeeper_check_failing_attempts",
    type: "gauge",
    help: "Failing attempts in a row of a check that still counts as passed.",
    labels: check,
  }),
  latency: family({
    name: "lvskeeper_check_last_duration_seconds",
    type: "gauge",
    unit: "seconds",
    help: "How long the last run of the check took.",
    labels: check,
  }),
  runs: family({
    name: "lvskeeper_check_runs",
    type: "counter",
    help: "Runs of the check, by result: passed, failed, or unknown where this host itself was the reason.",
    labels: [...check, "result"],
  }),
} as const;

type VirtualServer = CheckerStatus["virtualServers"][number];
type RealServer = VirtualServer["realServers"][number];
type Check = RealServer["checkers"][number];

export function checkerReadings({ status, checker }: MetricsInput): Reading[] {
  const f = checkerFamilies;
  const known = typeof status.checker === "object" ? status.checker : undefined;
  const services = known?.virtualServers ?? [];
  const groups = (checker?.room?.checks ?? []) as readonly GroupCounts[];
  const ofServices = (family: Family, of: (one: VirtualServer) => number): Reading => ({
    family,
    samples: services.map((one) => ({ labels: { virtual_server: one.name }, value: of(one) })),
  });
  const ofServers = (family: Family, of: (one: RealServer, service: VirtualServer) => Sample[]): Reading => ({
    family,
    samples: services.flatMap((service) => service.realServers.flatMap((one) => of(one, service))),
  });
  const server = (family: Family, of: (one: RealServer) => number): Reading =>
    ofServers(family, (one, service) => [{ labels: serverLabels(service, one), value: of(one) }]);
  const checks = (family: Family, of: (one: Check) => number | undefined): Reading =>
    ofServers(family, (one, service) =>
      one.checkers.flatMap((each) => {
        const value = of(each);
        return value === undefined ? [] : [{ labels: checkLabels(service, one, each), value }];
      }),
    );
  const flag = (value: boolean): number => (value ? 1 : 0);
  return [
    { family: f.tableError, samples: known ? [{ labels: {}, value: flag(known.tableError !== undefined) }] : [] },
    { family: f.drift, samples: known ? [{ labels: {}, value: known.driftRepairs }] : [] },
    {
      family: f.syncDaemon,
      samples: (known?.syncDaemons ?? []).map((one) => ({
        labels: { role: one.role, interface: one.interface, sync_id: String(one.syncId) },
        value: 1,
      })),
    },
    ofServices(f.quorum, ({ quorumUp }) => flag(quorumUp)),
    ofServices(f.since, ({ sinceWallMs }) => sinceWallMs / S),
    ofServices(f.wanted, ({ quorum }) => quorum),
    ofServices(f.weight, ({ realServers }) =>
      realServers.reduce((sum, { alive, effectiveWeight }) => sum + (alive ? effectiveWeight : 0), 0),
    ),
    ofServices(f.total, ({ realServers }) => realServers.length),
    ofServices(f.alive, ({ realServers }) => realServers.filter(({ alive }) => alive).length),
    ofServices(f.sorry, ({ sorryServerActive }) => flag(sorryServerActive)),
    ofServices(f.suspended, ({ suspended }) => flag(suspended === true)),
    {
      family: f.duration,
      samples: groups.map(({ virtualServer, kind, duration }) => ({
        labels: { virtual_server: virtualServer, check: kind },
        histogram: duration,
      })),
    },
    {
      family: f.reasons,
      samples: groups.flatMap(({ virtualServer, kind, failures }) =>
        Object.entries(failures).map(([reason, value]) => ({
          labels: { virtual_server: virtualServer, check: kind, reason },
          value,
        })),
      ),
    },
    server(f.realServer, ({ alive }) => flag(alive)),
    server(f.realSince, ({ sinceWallMs }) => sinceWallMs / S),
    server(f.realWeight, ({ servedWeight, effectiveWeight }) => servedWeight ?? effectiveWeight),
    server(f.inTable, ({ inTable }) => flag(inTable)),
    ofServers(f.override, (one, service) =>
      one.override ? [{ labels: { ...serverLabels(service, one), mode: one.override.mode }, value: 1 }] : [],
    ),
    checks(f.certificate, ({ certificateExpiresWallMs: atMs }) => (atMs === undefined ? undefined : atMs / S)),
    checks(f.up, ({ up }) => flag(up)),
    checks(f.failing, ({ failures }) => failures),
    checks(f.latency, ({ lastLatencyMs }) => (lastLatencyMs === undefined ? undefined : lastLatencyMs / S)),
    ofServers(f.runs, (one, service) =>
      one.checkers.flatMap((each) =>
        Object.entries(each.runs ?? {}).map(([result, value]) => ({
          labels: { ...checkLabels(service, one, each), result },
          value,
        })),
      ),
    ),
  ];
}

const serverLabels = (service: VirtualServer, { name }: RealServer) => ({
  virtual_server: service.name,
  real_server: name,
});
const checkLabels = (service: VirtualServer, server: RealServer, { kind, target }: Check) => ({
  ...serverLabels(service, server),
  check: kind,
  target,
});

import type { MetricsInput } from "../../process/metrics-input.ts";
import { GC_KINDS, LAG_BOUNDS_S, type Vitals } from "../../process/vitals.ts";
import type { Family, Reading, Sample } from "./family.ts";

const family = <F extends Family>(given: F): F => given;
const S = 1000;

/** The director and its processes. */
export const directorFamilies = {
  build: family({
    name: "lvskeeper_build",
    type: "info",
    help: "Version of the program, and the name it was called by.",
    labels: ["version", "program"],
  }),
  started: family({
    name: "lvskeeper_start_time_seconds",
    type: "gauge",
    unit: "seconds",
    help: "When the director started, in seconds since 1970.",
    labels: [],
  }),
  reloads: family({
    name: "lvskeeper_config_reloads",
    type: "counter",
    help: "Reloads of the configuration, by result: done or refused.",
    labels: ["result"],
  }),
  lastReloadOk: family({
    name: "lvskeeper_config_last_reload_successful",
    type: "gauge",
    help: "1 while the last reload was not refused, or none was asked for.",
    labels: [],
  }),
  lastReload: family({
    name: "lvskeeper_config_last_reload_success_timestamp_seconds",
    type: "gauge",
    unit: "seconds",
    help: "When the running configuration was read, in seconds since 1970.",
    labels: [],
  }),
  warnings: family({
    name: "lvskeeper_config_warnings",
    type: "gauge",
    help: "Warnings of the running configuration.",
    labels: [],
  }),
  events: family({
    name: "lvskeeper_events",
    type: "counter",
    help: "Events, of which /events has the last 1,000.",
    labels: [],
  }),
  up: family({
    name: "lvskeeper_process_up",
    type: "gauge",
    help: "1 while the process (parent, checker, vrrp, bfd, api) runs; a process that is not needed is absent.",
    labels: ["process"],
  }),
  processStarted: family({
    name: "lvskeeper_process_start_time_seconds",
    type: "gauge",
    unit: "seconds",
    help: "When the process started, in seconds since 1970.",
    labels: ["process"],
  }),
  respawns: family({
    name: "lvskeeper_process_respawns",
    type: "counter",
    help: "How often the process was replaced because it died or hung.",
    labels: ["process"],
  }),
  heartbeat: family({
    name: "lvskeeper_process_heartbeat_age_seconds",
    type: "gauge",
    unit: "seconds",
    help: "Time since the last heartbeat of the process, of which one comes each half second.",
    labels: ["process"],
  }),
  cpu: family({
    name: "lvskeeper_process_cpu_seconds",
    type: "counter",
    unit: "seconds",
    help: "Processor time of the process, by mode: user or system.",
    labels: ["process", "mode"],
  }),
  resident: family({
    name: "lvskeeper_process_resident_memory_bytes",
    type: "gauge",
    unit: "bytes",
    help: "Memory of the process that is not swapped out.",
    labels: ["process"],
  }),
  heap: family({
    name: "lvskeeper_process_heap_used_bytes",
    type: "gauge",
    unit: "bytes",
    help: "Part of JavaScript's heap that is in use.",
    labels: ["process"],
  }),
  lag: family({
    name: "lvskeeper_process_loop_lag_seconds",
    type: "histogram",
    unit: "seconds",
    help: "How late a timer of the process came, once each heartbeat: longer than an advert interval and the peer may take over.",
    labels: ["process"],
    bounds: LAG_BOUNDS_S,
  }),
  gcRuns: family({
    name: "lvskeeper_process_gc_runs",
    type: "counter",
    help: "Garbage collections of the process, by kind.",
    labels: ["process", "kind"],
  }),
  gcTime: family({
    name: "lvskeeper_process_gc_seconds",
    type: "counter",
    unit: "seconds",
    help: "Time that garbage collections stood in the way of everything else.",
    labels: ["process", "kind"],
  }),
} as const;

export function directorReadings({ status, tally, parent, ...others }: MetricsInput): Reading[] {
  const f = directorFamilies;
  const one = (value: number): Sample[] => [{ labels: {}, value }];
  const vitals: [string, Vitals][] = [["parent", parent]];
  for (const process of ["checker", "vrrp", "bfd", "api"] as const) {
    const known = others[process]?.vitals;
    if (known) vitals.push([process, known]);
  }
  const each = (of: (vitals: Vitals) => number): Sample[] =>
    vitals.map(([process, value]) => ({ labels: { process }, value: of(value) }));
  const gc = (of: (counts: { readonly count: number; readonly seconds: number }) => number): Sample[] =>
    vitals.flatMap(([process, value]) =>
      GC_KINDS.map((kind) => ({ labels: { process, kind }, value: of(value.gc[kind]) })),
    );
  const processes = status.processes;
  return [
    { family: f.build, samples: [{ labels: { version: status.version, program: status.program }, value: 1 }] },
    { family: f.started, samples: one(status.startedWallMs / S) },
    {
      family: f.reloads,
      samples: (["done", "refused"] as const).map((result) => ({ labels: { result }, value: tally.reloads[result] })),
    },
    { family: f.lastReloadOk, samples: one(status.lastReload?.ok === false ? 0 : 1) },
    { family: f.lastReload, samples: one((tally.reloadedWallMs ?? status.startedWallMs) / S) },
    { family: f.warnings, samples: one(status.warnings.length) },
    { family: f.events, samples: one(tally.events) },
    {
      family: f.up,
      samples: processes.map(({ role, state }) => ({ labels: { process: role }, value: state === "running" ? 1 : 0 })),
    },
    {
      family: f.processStarted,
      samples: processes.flatMap(({ role, sinceWallMs }) =>
        sinceWallMs === undefined ? [] : [{ labels: { process: role }, value: sinceWallMs / S }],
      ),
    },
    {
      family: f.respawns,
      samples: processes.map(({ role, respawns }) => ({ labels: { process: role }, value: respawns })),
    },
    {
      family: f.heartbeat,
      samples: processes.flatMap(({ role, lastHeartbeatAgeMs: ageMs }) =>
        ageMs === undefined ? [] : [{ labels: { process: role }, value: ageMs / S }],
      ),
    },
    {
      family: f.cpu,
      samples: vitals.flatMap(([process, { cpuUserS, cpuSystemS }]) => [
        { labels: { process, mode: "user" }, value: cpuUserS },
        { labels: { process, mode: "system" }, value: cpuSystemS },
      ]),
    },
    { family: f.resident, samples: each(({ residentBytes }) => residentBytes) },
    { family: f.heap, samples: each(({ heapUsedBytes }) => heapUsedBytes) },
    { family: f.lag, samples: vitals.map(([process, { lag }]) => ({ labels: { process }, histogram: lag })) },
    { family: f.gcRuns, samples: gc(({ count }) => count) },
    { family: f.gcTime, samples: gc(({ seconds }) => seconds) },
  ];
}

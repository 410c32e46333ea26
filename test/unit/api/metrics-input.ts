import { CHECK_BOUNDS_S } from "../../../src/checkers/check-meter.ts";
import type { MetricsInput } from "../../../src/process/metrics-input.ts";
import { SCRIPT_BOUNDS_S } from "../../../src/process/script-meter.ts";
import { LAG_BOUNDS_S, type Vitals } from "../../../src/process/vitals.ts";
import { counterNames } from "../../../src/vrrp/counters.ts";

const AT = 1_795_000_000_000;
const histogram = (bounds: readonly number[]) => ({ counts: [1, ...bounds.map(() => 0)], sum: 0.0005 });
const gc = { count: 2, seconds: 0.01 };
const vitals: Vitals = {
  ...{ cpuUserS: 1, cpuSystemS: 0.5, residentBytes: 50e6, heapUsedBytes: 8e6 },
  lag: histogram(LAG_BOUNDS_S),
  gc: { minor: gc, major: gc, incremental: gc, weakcb: gc },
};
const stats = {
  ...{ connections: 5, packetsIn: 50, packetsOut: 40, bytesIn: 5000, bytesOut: 4000 },
  ...{ connectionsPerS: 0, packetsInPerS: 0, packetsOutPerS: 0, bytesInPerS: 0, bytesOutPerS: 0 },
};

/** A director that has one of everything, as the parent tells the api process of it. */
export const metricsInputOf = (): MetricsInput =>
  ({
    status: {
      ...{ version: "0.1.0", program: "lvskeeper", pid: 1, nowWallMs: AT, startedWallMs: AT, configFile: "/k.conf" },
      processes: [
        { role: "parent", pid: 1, state: "running", sinceWallMs: AT, respawns: 0 },
        { role: "checker", pid: 2, state: "running", sinceWallMs: AT, respawns: 1, lastHeartbeatAgeMs: 200 },
        { role: "vrrp", pid: 3, state: "waiting", respawns: 2 },
      ],
      vrrp: {
        instances: [
          {
            ...{ name: "VI_1", state: "master", sinceWallMs: AT, why: "", interface: "eth0", vrid: 51, version: 3 },
            ...{ basePriority: 100, effectivePriority: 90, faults: [], addresses: [] },
            advertDelay: { lastMs: 0.2, mostMs: 3 },
            counters: Object.fromEntries(counterNames.map((name) => [name, 7])),
          },
          {
            ...{ name: "VI_2", state: "backup", sinceWallMs: AT, why: "", interface: "eth0", vrid: 52, version: 3 },
            ...{ basePriority: 100, effectivePriority: 100, faults: [], addresses: [] },
            master: { address: "10.0.0.3", priority: 150, lastAdvertWallMs: AT },
            counters: {},
          },
        ],
        scripts: [{ name: "chk", ok: true, detail: "" }],
        files: [{ name: "load", value: 3 }],
        processes: [{ name: "nginx", up: true, count: 1 }],
        services: [{ name: "tcp://127.0.0.1:3306", up: true, detail: "connected", sinceWallMs: AT }],
      },
      bfd: {
        sessions: [
          {
            ...{ name: "peer", neighbor: "10.0.0.3", multihop: false, verdict: "up", state: "up", sinceWallMs: AT },
            ...{ received: 10, sent: 11, sendErrors: 0, timesUp: 1, timesDown: 0 },
          },
        ],
        dropped: { short: 0 },
        trouble: [],
      },
      checker: {
        ...{ transport: "genl", driftRepairs: 1 },
        syncDaemons: [{ role: "master", interface: "eth0", syncId: 1 }],
        virtualServers: [
          {
            ...{ name: "[10.0.0.1]:tcp:80", scheduler: "rr", forwarding: "DR", quorum: 1, hysteresis: 0 },
            ...{ quorumUp: true, sinceWallMs: AT, sorryServerActive: false },
            realServers: [
              {
                ...{ name: "[10.0.0.2]:tcp:80", weight: 1, effectiveWeight: 1, alive: true, inTable: true },
                ...{ sinceWallMs: AT, why: "", override: { mode: "weight", weight: 1, sinceWallMs: AT } },
                checkers: [
                  {
                    ...{ kind: "SSL_GET", target: "10.0.0.2:443", up: true, hasRun: true, sinceWallMs: AT },
                    ...{ lastRunWallMs: AT, lastLatencyMs: 1.5, lastResult: "up", failures: 0, retry: 1 },
                    runs: { passed: 10, failed: 1, unknown: 0 },
                    certificateExpiresWallMs: AT + 86_400_000,
                  },
                ],
              },
            ],
          },
        ],
      },
      warnings: [],
    },
    tally: {
      reloads: { done: 1, refused: 0 },
      events: 9,
      transitions: [{ instance: "VI_1", init: 0, backup: 1, master: 1, fault: 0 }],
    },
    parent: vitals,
    checker: {
      vitals,
      room: {
        checks: [
          {
            ...{ virtualServer: "[10.0.0.1]:tcp:80", kind: "SSL_GET", failures: { timeout: 1 } },
            duration: histogram(CHECK_BOUNDS_S),
          },
        ],
        scripts: [],
      },
    },
    vrrp: {
      vitals,
      room: { scripts: [{ kind: "track", name: "chk", runs: { succeeded: 3 }, duration: histogram(SCRIPT_BOUNDS_S) }] },
    },
    ipvs: [
      {
        service: { id: { kind: "address", protocol: "tcp", address: "10.0.0.1", port: 80 }, scheduler: "rr" },
        stats,
        destinations: [
          {
            destination: { address: "10.0.0.2", port: 80, weight: 1 },
            ...{ activeConnections: 1, inactiveConnections: 2, persistentConnections: 0, stats },
          },
        ],
      },
    ],
  }) as unknown as MetricsInput;

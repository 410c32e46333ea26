import type { CheckerPlan, CheckerState } from "../../../src/checkers/model.ts";
import type {
  CheckerProcessPlan,
  RealServerPlan,
  SorryServerPlan,
  VirtualServerPlan,
} from "../../../src/virtual-server/model.ts";
import type { CheckerView } from "../../../src/virtual-server/state.ts";

export const checker = (id: string, more: Partial<CheckerPlan> = {}): CheckerPlan => ({
  id,
  probe: { kind: "TCP_CHECK", endpoint: { host: "10.0.0.2", port: 80 }, connectTimeoutMs: 1000 },
  delayLoopMs: 1000,
  warmupMs: 0,
  retry: 0,
  delayBeforeRetryMs: 100,
  alpha: false,
  logAllFailures: false,
  ...more,
});

/** 10.0.0.N:80 with weight 1 by DR, guarded by a checker "cN". */
export const server = (n: number, more: Partial<RealServerPlan> = {}): RealServerPlan => ({
  address: `10.0.0.${n}`,
  port: 80,
  weight: 1,
  forwarding: { method: "dr" },
  inhibitOnFailure: false,
  upperThreshold: 0,
  lowerThreshold: 0,
  checkers: [checker(`c${n}`)],
  notify: {},
  smtpAlert: false,
  ...more,
});

export const sorry = (n: number, more: Partial<SorryServerPlan> = {}): SorryServerPlan => ({
  address: `10.0.0.${n}`,
  port: 80,
  forwarding: { method: "dr" },
  inhibit: false,
  ...more,
});

/** 10.0.1.N:80/tcp. */
export const service = (
  n: number,
  realServers: readonly RealServerPlan[],
  more: Partial<VirtualServerPlan> = {},
): VirtualServerPlan => ({
  name: `[10.0.1.${n}]:tcp:80`,
  id: { kind: "address", protocol: "tcp", address: `10.0.1.${n}`, port: 80 },
  scheduler: "rr",
  flags: 0,
  persistenceTimeoutS: 0,
  persistenceMaskBits: 32,
  quorum: 1,
  hysteresis: 0,
  omega: false,
  notify: {},
  smtpAlert: false,
  realServers,
  ...more,
});

export const processPlan = (
  virtualServers: readonly VirtualServerPlan[],
  more: Partial<CheckerProcessPlan> = {},
): CheckerProcessPlan => ({
  virtualServers,
  flushAtStart: false,
  flushAtStop: "no",
  resyncMs: 0,
  syncInstances: [],
  ...more,
});

export const checkerState = (more: Partial<CheckerState> = {}): CheckerState => ({
  up: true,
  hasRun: true,
  failures: 0,
  sinceWallMs: 0,
  ...more,
});

/** All checkers up, but those that are given. */
export const view =
  (states: Readonly<Record<string, Partial<CheckerState>>> = {}): CheckerView =>
  (id) =>
    checkerState(states[id]);

export const downWith = (why: string): Partial<CheckerState> => ({ up: false, why });

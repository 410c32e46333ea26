import type { CheckRuns } from "../checkers/check-meter.ts";
import { targetOf } from "../checkers/kinds.ts";
import type { CheckerPlan, CheckerState, TrackedCheckPlan } from "../checkers/model.ts";
import { wallMs } from "../core/clock.ts";
import { destinationKey, type Forwarding, type SyncDaemon, serviceKey, type Table } from "../ipvs/model.ts";
import { sorryActive } from "../virtual-server/desired.ts";
import type { Fleet } from "../virtual-server/fleet.ts";
import { portIn } from "../virtual-server/group.ts";
import type { CheckerStatus, RealServerPlan, VirtualServerPlan } from "../virtual-server/model.ts";
import { realServerKey, realServerName, savedKey, virtualServerKey } from "../virtual-server/names.ts";
import { isDraining, type Override, type Overrides } from "../virtual-server/overrides.ts";
import { type VirtualServerState, whyDown } from "../virtual-server/state.ts";
import { type KernelCounts, serverTraffic, serviceTraffic } from "../virtual-server/traffic.ts";

/** All that `status` draws on. `stateOf` gives the state of a checker by its id. */
export type StatusSources = {
  readonly plans: readonly VirtualServerPlan[];
  readonly fleet: Fleet;
  readonly stateOf: (id: string) => CheckerState | undefined;
  readonly runsOf?: (id: string) => CheckRuns | undefined;
  readonly nextInMsOf?: (id: string) => number | undefined;
  readonly outputOf?: (id: string) => string | undefined;
  /** How many checks share its probe, with itself. */
  readonly readersOf: (id: string) => number;
  /** What the kernel holds of ours. */
  readonly held: Table;
  /** What the kernel counts; absent: it was not asked, or did not answer. */
  readonly counts?: KernelCounts;
  readonly transport: CheckerStatus["transport"];
  readonly keeper: { readonly error?: string; readonly driftRepairs: number };
  readonly syncDaemons: readonly SyncDaemon[];
  readonly isSuspended: (plan: VirtualServerPlan) => boolean;
  readonly overrides: {
    current(): Overrides;
    active(key: string): number | undefined;
  };
};

type VirtualServerStatus = CheckerStatus["virtualServers"][number];
type RealServerStatus = VirtualServerStatus["realServers"][number];
type CheckStatus = RealServerStatus["checkers"][number];

export const checkerStatus = (sources: StatusSources): CheckerStatus => ({
  transport: sources.transport,
  driftRepairs: sources.keeper.driftRepairs,
  ...(sources.keeper.error !== undefined && { tableError: sources.keeper.error }),
  virtualServers: sources.plans.flatMap((plan) => {
    const state = sources.fleet.get(virtualServerKey(plan));
    return state ? [virtualServerStatus(plan, state, sources)] : [];
  }),
  syncDaemons: sources.syncDaemons,
  ...dormantOf(sources),
});

/** Overrides of servers that the configuration does not have. */
function dormantOf({ plans, overrides }: StatusSources): Pick<CheckerStatus, "dormantOverrides"> {
  const all = Object.entries(overrides.current());
  if (all.length === 0) return {};
  const known = new Set(
    plans.flatMap((plan) => plan.realServers.map((rs) => savedKey(virtualServerKey(plan), realServerKey(rs)))),
  );
  const dormant = all.filter(([key]) => !known.has(key)).map(([, override]) => override);
  return dormant.length > 0 ? { dormantOverrides: dormant } : {};
}

function virtualServerStatus(
  plan: VirtualServerPlan,
  state: VirtualServerState,
  sources: StatusSources,
): VirtualServerStatus {
  const traffic = sources.counts && serviceTraffic(plan, sources.counts);
  return {
    name: plan.name,
    scheduler: plan.scheduler,
    forwarding: forwardingText(plan.realServers[0]?.forwarding ?? plan.sorryServer?.forwarding),
    quorum: plan.quorum,
    hysteresis: plan.hysteresis,
    quorumUp: state.quorumUp,
    sinceWallMs: state.sinceWallMs,
    sorryServerActive: sorryActive(plan, state),
    ...(sources.isSuspended(plan) && { suspended: true as const }),
    ...(traffic && { traffic }),
    realServers: plan.realServers.map((rs) => realServerStatus(plan, rs, state, sources)),
  };
}

function realServerStatus(
  plan: VirtualServerPlan,
  rs: RealServerPlan,
  state: VirtualServerState,
  { stateOf, readersOf, runsOf, nextInMsOf, outputOf, held, counts, overrides }: StatusSources,
): RealServerStatus {
  const key = savedKey(virtualServerKey(plan), realServerKey(rs));
  const override = overrides.current()[key];
  const known = state.realServers.get(realServerKey(rs));
  const traffic = counts && serverTraffic(plan, rs, counts);
  return {
    name: realServerName(plan, rs),
    weight: rs.weight,
    effectiveWeight: known?.weight ?? rs.weight,
    alive: known?.alive ?? false,
    inTable: isInTable(plan, rs, held),
    sinceWallMs: known?.sinceWallMs ?? state.sinceWallMs,
    ...(known?.served !== undefined && { servedWeight: known.served }),
    ...(traffic && { traffic }),
    ...(override && { override: overrideStatus(override, overrides.active(key)) }),
    why: whyDown(rs, stateOf),
    checkers: [
      ...rs.checkers.flatMap((checker) => {
        const checked = stateOf(checker.id);
        const runs = runsOf?.(checker.id);
        if (!checked) return [];
        const output = outputOf?.(checker.id);
        const nextInMs = nextInMsOf?.(checker.id);
        return [
          {
            ...checkStatus(checker, checked, readersOf(checker.id)),
            ...(nextInMs !== undefined && { nextRunWallMs: Math.round(wallMs() + nextInMs) }),
            ...(runs && { runs }),
            ...(output !== undefined && { output }),
          },
        ];
      }),
      ...(rs.tracked ?? []).flatMap((tracked) => {
        const known = stateOf(tracked.id);
        return known ? [trackedStatus(tracked, known)] : [];
      }),
    ],
  };
}

function overrideStatus(
  { virtualServer: _virtualServer, address: _address, port: _port, ...override }: Override,
  active: number | undefined,
): NonNullable<RealServerStatus["override"]> {
  return { ...override, ...(active !== undefined && isDraining({ ...override }) && { activeConnections: active }) };
}

/** Of a group the first service tells for all. */
function isInTable(plan: VirtualServerPlan, rs: RealServerPlan, held: Table): boolean {
  const port = portIn(plan, rs, plan.id);
  return held.get(serviceKey(plan.id))?.destinations.has(destinationKey({ address: rs.address, port })) ?? false;
}

const checkStatus = (plan: CheckerPlan, state: CheckerState, readers: number): CheckStatus => ({
  kind: plan.probe.kind,
  target: targetOf(plan.probe),
  up: state.up,
  hasRun: state.hasRun || state.lastVerdict?.up === true, // one of several urls, say
  sinceWallMs: state.sinceWallMs,
  ...(state.lastRunWallMs !== undefined && { lastRunWallMs: state.lastRunWallMs }),
  ...(state.lastLatencyMs !== undefined && { lastLatencyMs: Math.round(state.lastLatencyMs * 1000) / 1000 }),
  lastResult: resultText(state),
  failures: state.failures,
  retry: plan.retry,
  ...(readers > 1 && { readers }),
  ...certificateEnd(state),
});

const certificateEnd = ({ lastVerdict }: CheckerState): Pick<CheckStatus, "certificateExpiresWallMs"> =>
  lastVerdict?.up === true && lastVerdict.certificateExpiresWallMs !== undefined
    ? { certificateExpiresWallMs: lastVerdict.certificateExpiresWallMs }
    : {};

const trackedStatus = (plan: TrackedCheckPlan, state: CheckerState): CheckStatus => ({
  kind: plan.kind,
  target: plan.kind === "FILE_CHECK" ? plan.trackFile : plan.instance,
  up: state.up,
  hasRun: state.hasRun,
  sinceWallMs: state.sinceWallMs,
  ...(state.lastRunWallMs !== undefined && { lastRunWallMs: state.lastRunWallMs }),
  lastResult: resultText(state),
  failures: 0,
  retry: 0,
});

function resultText({ lastVerdict }: CheckerState): string {
  if (!lastVerdict) return "not run yet";
  if (lastVerdict.up !== true) return lastVerdict.detail;
  if (lastVerdict.weight !== undefined) return `up, weight ${lastVerdict.weight}`;
  return lastVerdict.detail ?? "up";
}

function forwardingText(forwarding: Forwarding | undefined): string {
  if (!forwarding) return "";
  if (forwarding.method !== "tun") return forwarding.method.toUpperCase();
  const { tunnel } = forwarding;
  return tunnel.type === "gue" ? `TUN gue port ${tunnel.port}` : `TUN ${tunnel.type}`;
}

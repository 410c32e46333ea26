import http from "node:http";
import net from "node:net";
import { nowMs, wallMs } from "../core/clock.ts";
import { messageOf } from "../core/errors.ts";
import type { Logger } from "../core/log.ts";
import type { vrrpEvents } from "./log-events.ts";
import type { VrrpStatus } from "./model.ts";
import type { ServiceProbe, TrackServicePlan } from "./tracked-model.ts";
import { countResult, initialScript, type ScriptState } from "./tracking.ts";

/** How one try ended, in words. */
export type ServiceResult = { readonly up: boolean; readonly detail: string };

/** Tries the services of this host that instances track, each at its interval and never twice at once. */
export type ServiceTracker = {
  /** Undefined while no try has ended yet. */
  up(name: string): boolean | undefined;
  /** A service whose name stays keeps its result; `known` are results that a predecessor of this process had. */
  configure(plans: readonly TrackServicePlan[], known?: Readonly<Record<string, boolean>>): void;
  list(): NonNullable<VrrpStatus["services"]>;
  stop(): void;
};

export type ServiceTrackerOptions = {
  readonly log: Logger<typeof vrrpEvents>;
  readonly onChange: (name: string) => void;
  /** What a successor has to know; null: it is no more tried. */
  readonly onKnown: (name: string, up: boolean | null) => void;
  readonly probe?: typeof probeService;
};

type Entry = {
  plan: TrackServicePlan;
  state: ScriptState;
  detail: string;
  sinceWallMs: number;
  timer: NodeJS.Timeout | undefined;
  trying: AbortController | undefined;
};

export function createServiceTracker(options: ServiceTrackerOptions): ServiceTracker {
  const { log, onChange, onKnown, probe = probeService } = options;
  let entries = new Map<string, Entry>();

  const attempt = (entry: Entry): void => {
    const startedAt = nowMs();
    const trying = new AbortController();
    entry.trying = trying;
    void probe(entry.plan, trying.signal).then((result) => {
      if (entry.trying !== trying) return;
      entry.trying = undefined;
      const waitMs = Math.max(0, Math.ceil(startedAt + entry.plan.intervalMs - nowMs()));
      entry.timer = setTimeout(attempt, waitMs, entry);
      count(entry, result);
    });
  };

  const count = (entry: Entry, { up, detail }: ServiceResult): void => {
    const before = entry.state.up;
    entry.state = countResult(entry.state, up, entry.plan);
    entry.detail = detail;
    const now = entry.state.up;
    if (now === undefined || now === before) return;
    const service = entry.plan.name;
    entry.sinceWallMs = wallMs();
    if (now) log.info("service.up", { service, detail });
    else log.warn("service.down", { service, detail });
    onKnown(service, now);
    onChange(service);
  };

  const cancel = (entry: Entry): void => {
    clearTimeout(entry.timer);
    const { trying } = entry;
    entry.trying = undefined;
    trying?.abort();
  };

  return {
    up: (name) => entries.get(name)?.state.up,
    configure(plans, known = {}) {
      const next = new Map<string, Entry>();
      for (const plan of plans) {
        const old = entries.get(plan.name);
        entries.delete(plan.name);
        const state = old?.state ?? initialScript({ initFail: false }, known[plan.name]);
        const detail = old?.detail ?? "not tried yet";
        if (old) cancel(old);
        const sinceWallMs = old?.sinceWallMs ?? wallMs();
        next.set(plan.name, { plan, state, detail, sinceWallMs, timer: undefined, trying: undefined });
      }
      for (const [name, gone] of entries) {
        cancel(gone);
        onKnown(name, null);
      }
      entries = next;
      for (const entry of entries.values()) attempt(entry);
    },
    list: () =>
      [...entries.values()].map(({ plan, state, detail, sinceWallMs }) => ({
        name: plan.name,
        ...(state.up !== undefined && { up: state.up }),
        detail,
        sinceWallMs,
      })),
    stop() {
      for (const entry of entries.values()) cancel(entry);
      entries.clear();
    },
  };
}

/** One try; it never rejects, and takes no longer than its timeout. Of an HTTP answer the status line and the header are read,
 *  16 KB at most. */
export function probeService(probe: ServiceProbe, cancelled: AbortSignal): Promise<ServiceResult> {
  const { protocol, timeoutMs } = probe;
  const late = AbortSignal.timeout(timeoutMs);
  const signal = AbortSignal.any([cancelled, late]);
  const silent = `no answer within ${timeoutMs / 1000} s`;
  return new Promise((resolve) => {
    const fail = (error: NodeJS.ErrnoException): void =>
      resolve({ up: false, detail: late.aborted ? silent : failureText(error) });
    if (protocol === "tcp") connect(probe, signal, resolve, fail);
    else get(probe, signal, resolve, fail);
  });
}

type Resolve = (result: ServiceResult) => void;
type Fail = (error: NodeJS.ErrnoException) => void;

function connect({ address, port }: ServiceProbe, signal: AbortSignal, resolve: Resolve, fail: Fail): void {
  const socket = net.connect({ host: address, port, signal } as net.NetConnectOpts);
  socket.once("error", fail);
  socket.once("connect", () => {
    resolve({ up: true, detail: "connected" });
    socket.destroy();
  });
}

function get(probe: ServiceProbe, signal: AbortSignal, resolve: Resolve, fail: Fail): void {
  const { address, port, path = "/", status: good = { from: 200, to: 399 } } = probe;
  const request = http.get({ host: address, port, path, signal, agent: false, headers: { "user-agent": "lvskeeper" } });
  request.on("error", fail);
  request.once("response", (response) => {
    const status = response.statusCode ?? 0;
    resolve({ up: status >= good.from && status <= good.to, detail: `status ${status}` });
    response.destroy();
  });
}

const failureText = (error: NodeJS.ErrnoException): string =>
  error.code === "ECONNREFUSED"
    ? "connection refused"
    : error.code === "ECONNRESET"
      ? "connection reset"
      : messageOf(error);

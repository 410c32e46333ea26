import { isDeepStrictEqual } from "node:util";
import { nowMs, wallMs } from "../core/clock.ts";
import type { Logger } from "../core/log.ts";
import type { ScriptOutcome, ScriptSpec } from "../script/model.ts";
import { type RunOptions, run as runScript } from "../script/runner.ts";
import type { vrrpEvents } from "./log-events.ts";
import { createLogGate } from "./log-gate.ts";
import type { VrrpScriptPlan, VrrpStatus } from "./model.ts";
import { countResult, initialScript, type ScriptState } from "./tracking.ts";

export type ScriptRunner = (spec: ScriptSpec, options: RunOptions) => Promise<ScriptOutcome>;

/** Runs the vrrp_scripts, each at its interval and never twice at once, and counts their results. */
export type ScriptTracker = {
  /** The scripts to run from now on. One whose command and user stay keeps its result; `known` are results that a
   *  predecessor of this process had. */
  configure(plans: readonly VrrpScriptPlan[], known?: Readonly<Record<string, boolean>>): void;
  /** Up, down, or undefined while no run has ended yet. */
  up(name: string): boolean | undefined;
  /** Each script with its verdict, and how its last run ended in words. */
  list(): VrrpStatus["scripts"];
  /** Ends what runs (SIGTERM, then SIGKILL), and starts nothing more. */
  stop(): void;
};

type Entry = {
  plan: VrrpScriptPlan;
  state: ScriptState;
  detail: string;
  /** Since when it is up, down or without a result. */
  sinceWallMs: number;
  timer: NodeJS.Timeout | undefined;
  dueAt: number;
  running: AbortController | undefined;
};

export function createScriptTracker(
  log: Logger<typeof vrrpEvents>,
  onChange: (script: string, up: boolean) => void,
  run: ScriptRunner = runScript,
): ScriptTracker {
  let entries = new Map<string, Entry>();
  const gate = createLogGate();

  const schedule = (entry: Entry): void => {
    clearTimeout(entry.timer);
    entry.timer = setTimeout(start, Math.max(0, Math.ceil(entry.dueAt - nowMs())), entry);
  };

  const start = (entry: Entry): void => {
    const now = nowMs();
    const { plan } = entry;
    entry.dueAt = Math.max(entry.dueAt + plan.intervalMs, now);
    schedule(entry);
    if (entry.running) {
      const held = gate.pass(`busy ${plan.name}`, now);
      if (held !== undefined) log.warn("script.busy", { script: plan.name, held });
      return;
    }
    const running = new AbortController();
    entry.running = running;
    run(plan.script, { timeoutMs: plan.timeoutMs, signal: running.signal, isCheck: true }).then(
      (outcome) => ended(entry, running, outcome),
      (cause: unknown) => {
        throw cause; // run never rejects: this is a bug of ours, and ends the process
      },
    );
  };

  const ended = (entry: Entry, running: AbortController, outcome: ScriptOutcome): void => {
    if (entry.running !== running) return;
    entry.running = undefined;
    if (outcome.how === "cancelled") return;
    if (outcome.how === "lost") {
      entry.detail = howEnded(outcome); // says nothing about what the script was to find out
      return;
    }
    const before = entry.state.up;
    const success = outcome.how === "exited" && outcome.status === 0;
    entry.detail = howEnded(outcome);
    entry.state = countResult(entry.state, success, entry.plan);
    const { up } = entry.state;
    if (up === undefined || up === before) return;
    entry.sinceWallMs = wallMs();
    const script = entry.plan.name;
    if (up) log.info("script.up", { script });
    else log.warn("script.down", { script, how: entry.detail, outcome });
    onChange(script, up);
  };

  const cancel = (entry: Entry): void => {
    clearTimeout(entry.timer);
    entry.running?.abort();
    entry.running = undefined;
  };

  return {
    configure(plans, known = {}) {
      const now = nowMs();
      const next = new Map<string, Entry>();
      for (const plan of plans) {
        const old = entries.get(plan.name);
        if (old && isDeepStrictEqual(old.plan.script, plan.script)) {
          old.plan = plan;
          old.dueAt = Math.min(old.dueAt, now + plan.intervalMs);
          next.set(plan.name, old);
          entries.delete(plan.name);
        } else {
          // Another command under a known name: its first result decides, and until then the last one stands.
          const state = old
            ? { up: old.state.up, against: Math.max(plan.rise, plan.fall) }
            : initialScript(plan, known[plan.name]);
          const detail = "has not run yet";
          const sinceWallMs = old?.sinceWallMs ?? wallMs();
          next.set(plan.name, { plan, state, detail, sinceWallMs, timer: undefined, dueAt: now, running: undefined });
        }
      }
      for (const gone of entries.values()) cancel(gone);
      entries = next;
      for (const entry of entries.values()) schedule(entry);
    },
    up: (name) => entries.get(name)?.state.up,
    list: () =>
      [...entries.values()].map(({ plan, state, detail, sinceWallMs }) => ({
        name: plan.name,
        ...(state.up !== undefined && { ok: state.up }),
        detail,
        sinceWallMs,
      })),
    stop() {
      for (const entry of entries.values()) cancel(entry);
      entries.clear();
    },
  };
}

/** The end of a run in keepalived's words: they follow "VRRP_Script(name) ". */
function howEnded(outcome: ScriptOutcome): string {
  switch (outcome.how) {
    case "exited":
      return outcome.status === 0 ? "succeeded" : `failed (exited with status ${outcome.status})`;
    case "signalled":
      return `failed (due to signal ${outcome.signal})`;
    case "timeout":
      return `timed_out after ${(outcome.elapsedMs / 1000).toFixed(1)} s`;
    case "not-started":
      return `failed (${outcome.error})`;
    case "lost":
      return `has no result (${outcome.error})`;
    case "cancelled":
      return "was cancelled";
  }
}

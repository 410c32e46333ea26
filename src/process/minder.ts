import { nowMs, wallMs } from "../core/clock.ts";
import type { Logger } from "../core/log.ts";
import { err, ok, type Result } from "../core/result.ts";
import { type ChildEnd, type ChildLink, type ChildLinkEvents, openChild, type Refusal } from "./child-link.ts";
import type { spawnChild } from "./child-spawn.ts";
import type { ProcessEvents } from "./log-events.ts";
import { dispatch } from "./message-guard.ts";
import type { ChildBoot, FromChild, FromChildOf, StartMessage, ToChild } from "./messages.ts";
import { removePidFile, writePidFile } from "./pid-file.ts";
import { createSavedState } from "./saved.ts";
import type { ProcessStatus } from "./status.ts";
import { deadlineOf, type Limits, OFF, type SupervisorEffect, type SupervisorEvent, step } from "./supervisor.ts";

/** What a minder needs to know of its child. `M` is what the child starts from: its plan. */
export type MinderOptions<M> = {
  readonly boot: ChildBoot;
  readonly args: readonly string[];
  /** The network namespace of the child; absent: ours. */
  readonly namespace?: string;
  readonly pidFile?: string;
  /** What starts its process. */
  readonly spawn?: typeof spawnChild;
  readonly log: Logger<ProcessEvents>;
  readonly limits: (material: M) => Limits;
  readonly startMessage: (material: M, saved: object | undefined) => StartMessage;
  /** Without `material`: the child has what it is to have. `has`: what it surely has. */
  readonly reloadMessage: (material: M | undefined, id: number, has: M | undefined) => ToChild;
  readonly onReady?: () => void;
  /** A child has died by itself; its successor is on the way. */
  readonly onDeath?: () => void;
  /** Whether a failure is the end of it: no other child is started. */
  readonly isHopeless: (failure: FromChildOf<"failed">) => boolean;
  readonly onVrrpState?: (message: FromChildOf<"vrrp.state">) => void;
  readonly onEvents?: (message: FromChildOf<"events">) => void;
};

const RELOAD_LIMIT_MS = 30_000;
/** A timer for longer would fire at once. */
const LONGEST_TIMEOUT_MS = 2 ** 31 - 1;
/** A SIGTERM to the whole process group reaches a child before its parent: how long the parent's own may take. */
const GROUP_SIGNAL_MS = 100;

/** Keeps one child process alive: starts, watches, kills and replaces it as supervisor.ts decides, and hands each new one
 *  the plan that its predecessor had accepted and the state it had reported. */
export class Minder<M> {
  readonly #options: MinderOptions<M>;
  readonly #saved = createSavedState();
  #material: M;
  #state = OFF;
  #link: ChildLink | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isReady = false;
  #spawnedAtMs = 0;
  #spawnedWallMs = 0;
  #heardAtMs = 0;
  #lagMs = 0;
  #lastEnd = "";
  #hasLetGo = true;
  /** The child did not answer a reload: it may have taken that plan all the same. */
  #isUnsure = false;
  #lastPid: number | undefined;
  #failure: FromChildOf<"failed"> | undefined;
  readonly #readyWaiters = new Set<(outcome: Result<undefined, Refusal>) => void>();
  readonly #stopWaiters = new Set<() => void>();

  constructor(options: MinderOptions<M>, material: M) {
    this.#options = options;
    this.#material = material;
  }

  /** Whether a child is meant to run. */
  get isOn(): boolean {
    const { name } = this.#state.phase;
    return name !== "off" && name !== "stopping" && name !== "overdue";
  }

  /** Whether the last child stopped in order, or none ever ran; otherwise what it held is still in the kernel. */
  get hasLetGo(): boolean {
    return this.#hasLetGo;
  }

  /** Starts the child, or its successor at once if one is waited for. */
  start(): void {
    this.#take({ type: "start", now: nowMs() });
  }

  /** Resolves once the child runs its room, or with the reason when it says that it cannot, or is stopped. One that
   *  crashes says nothing: its successor is awaited. */
  ready(withinMs: number): Promise<Result<undefined, Refusal>> {
    if (this.#isReady) return Promise.resolve(ok(undefined));
    return new Promise((resolve) => {
      const message = `the ${this.#options.boot.role} process was not ready within ${withinMs / 1000} s`;
      const timer = setTimeout(() => waiter(err({ code: "child/slow", message })), withinMs);
      const waiter = (outcome: Result<undefined, Refusal>): void => {
        clearTimeout(timer);
        this.#readyWaiters.delete(waiter);
        resolve(outcome);
      };
      this.#readyWaiters.add(waiter);
    });
  }

  /** Stops the child in order; killed when it takes longer than `withinMs`. Resolves when it is gone. */
  stop(withinMs: number): Promise<void> {
    return new Promise((resolve) => {
      this.#stopWaiters.add(resolve);
      this.#take({ type: "stop", now: nowMs(), withinMs });
    });
  }

  /** Gives the child a new plan. When it refuses or dies over it, its successor has the plan before. */
  async reload(material: M): Promise<Result<unknown, Refusal>> {
    if (!this.#link || !this.isOn || this.#state.phase.name === "waiting") {
      this.#material = material;
      if (this.isOn) this.start();
      return ok(undefined);
    }
    const has = this.#isUnsure ? undefined : this.#material;
    const news = material === has ? undefined : material;
    const answer = await this.#link.request((id) => this.#options.reloadMessage(news, id, has), RELOAD_LIMIT_MS);
    this.#isUnsure = !answer.ok;
    if (answer.ok) this.#material = material;
    return answer;
  }

  /** The plan of the next start of a child that does not run. */
  prepare(material: M): void {
    this.#material = material;
  }

  /** What its successor would be told; undefined while the child has told nothing. */
  get saved(): object | undefined {
    return this.#saved.value();
  }

  send(message: ToChild): void {
    this.#link?.send(message);
  }

  /** Asks the room for something; a child that does not answer in time is an error. */
  ask(make: (id: number) => ToChild, withinMs: number): Promise<Result<unknown, Refusal>> {
    const message = `the ${this.#options.boot.role} process is not running`;
    return this.#link?.request(make, withinMs) ?? Promise.resolve(err({ code: "child/ended", message }));
  }

  /** The room's own status; a child that does not answer in time is an error, never a wait. */
  roomStatus(withinMs: number): Promise<Result<unknown, Refusal>> {
    return this.ask((id) => ({ t: "status", id }), withinMs);
  }

  describe(): ProcessStatus {
    const now = nowMs();
    const { phase, respawns } = this.#state;
    const alive = this.#link !== undefined;
    return {
      role: this.#options.boot.role,
      state: phase.name,
      respawns,
      ...(alive && this.#link?.pid !== undefined && { pid: this.#link.pid }),
      ...(alive && {
        sinceWallMs: this.#spawnedWallMs,
        lagMs: this.#lagMs,
        lastHeartbeatAgeMs: Math.max(0, Math.round(now - this.#heardAtMs)),
      }),
      ...(phase.name === "waiting" && { respawnInMs: Math.max(0, Math.round(phase.respawnAtMs - now)) }),
      ...(this.#lastEnd && { lastEnd: this.#lastEnd }),
    };
  }

  #take(event: SupervisorEvent): void {
    const { state, effects } = step(this.#state, event, this.#options.limits(this.#material));
    this.#state = state;
    for (const effect of effects) this.#perform(effect);
    this.#arm();
  }

  /** One timer, at the state's own deadline. What the child has said by then is read first: reading a large configuration
   *  may have kept us from listening. */
  #arm(): void {
    clearTimeout(this.#timer);
    const deadlineMs = deadlineOf(this.#state);
    if (deadlineMs === undefined) return;
    const due = (): unknown => setImmediate(() => this.#take({ type: "timer", now: nowMs() }));
    this.#timer = setTimeout(due, Math.min(LONGEST_TIMEOUT_MS, Math.max(1, deadlineMs - nowMs())));
  }

  #perform(effect: SupervisorEffect): void {
    const { boot, log } = this.#options;
    const child = { role: boot.role, pid: this.#link?.pid };
    switch (effect.do) {
      case "spawn":
        this.#spawn(effect.continues);
        break;
      case "orderStop":
        this.#link?.send({ t: "stop" });
        break;
      case "kill":
        if (effect.why === "silent") log.error("child.silent", { ...child, silentMs: nowMs() - this.#heardAtMs });
        else log.warn("child.overdue", child);
        this.#link?.kill("SIGKILL");
        break;
      case "reportDeath":
        log.error("child.died", {
          role: boot.role,
          pid: this.#lastPid,
          how: this.#lastEnd,
          respawnInMs: effect.respawnInMs,
        });
        this.#options.onDeath?.();
        break;
      case "stopped":
        for (const waiter of [...this.#readyWaiters])
          waiter(err({ code: "child/stopped", message: `the ${boot.role} process was stopped` }));
        for (const resolve of this.#stopWaiters) resolve();
        this.#stopWaiters.clear();
        break;
    }
  }

  #spawn(continues: boolean): void {
    const { boot, args, log, pidFile, namespace, spawn } = this.#options;
    this.#spawnedAtMs = nowMs();
    this.#spawnedWallMs = wallMs();
    this.#heardAtMs = this.#spawnedAtMs;
    this.#failure = undefined;
    this.#isUnsure = false;
    const events: ChildLinkEvents = {
      message: (message) => this.#receive(message),
      badMessage: () => log.warn("child.badMessage", { role: boot.role }),
      ended: (end) => this.#ended(end),
    };
    const link = openChild({ boot, args, namespace }, events, spawn);
    this.#link = link;
    log.info("child.starting", { role: boot.role, pid: link.pid });
    if (pidFile && link.pid !== undefined) writePidFile(pidFile, link.pid);
    link.send(this.#options.startMessage(this.#material, continues ? this.#saved.value() : undefined));
  }

  #receive(message: FromChild): void {
    const { log, boot } = this.#options;
    this.#heardAtMs = nowMs();
    this.#take({ type: "heard", now: this.#heardAtMs, ready: message.t === "ready" });
    dispatch(message, {
      ready: () => {
        this.#isReady = true;
        const afterMs = nowMs() - this.#spawnedAtMs;
        log.debug("child.ready", { role: boot.role, pid: this.#link?.pid, afterMs });
        this.#options.onReady?.();
        for (const waiter of [...this.#readyWaiters]) waiter(ok(undefined));
      },
      heartbeat: ({ lagMs }) => {
        this.#lagMs = lagMs;
      },
      saved: ({ part }) => this.#saved.merge(part),
      "vrrp.state": (m) => this.#options.onVrrpState?.(m),
      events: (m) => this.#options.onEvents?.(m),
      failed: (m) => {
        this.#failure = m;
        log.error("child.failed", { role: boot.role, message: m.message });
      },
      terminated: () => {
        const { pid } = this.#link ?? {};
        setTimeout(() => {
          if (this.isOn && this.#link?.pid === pid) this.send({ t: "stop" });
        }, GROUP_SIGNAL_MS);
      },
      done: () => {},
      refused: () => {},
      request: () => {},
      closed: () => {},
      idle: () => {},
    });
  }

  #ended(end: ChildEnd): void {
    const { pidFile } = this.#options;
    const failure = this.#failure;
    this.#lastEnd = failure ? failure.message : end.how;
    // One that failed before it ran has changed nothing: what its predecessor left is still there, or is not.
    if (failure === undefined || this.#isReady) this.#hasLetGo = end.inOrder;
    this.#isReady = false;
    this.#lastPid = this.#link?.pid;
    this.#link = undefined;
    if (pidFile) removePidFile(pidFile);
    if (failure) for (const waiter of [...this.#readyWaiters]) waiter(err(failure));
    if (failure && this.#options.isHopeless(failure)) this.#take({ type: "stop", now: nowMs(), withinMs: 0 });
    this.#take({ type: "exited", now: nowMs(), inOrder: end.inOrder });
  }
}

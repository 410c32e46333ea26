import { wallMs } from "../core/clock.ts";
import type { Logger } from "../core/log.ts";
import { err, type Result } from "../core/result.ts";
import type { ServiceReading } from "../ipvs/model.ts";
import type { RsCommand } from "../virtual-server/rs-command.ts";
import type { InstanceStateName } from "../vrrp/model.ts";
import type { VrrpCommand } from "../vrrp/vrrp-command.ts";
import type { Refusal } from "./child-link.ts";
import type { spawnChild } from "./child-spawn.ts";
import { type Loaded, loadSafely } from "./loaded.ts";
import type { ProcessEvents } from "./log-events.ts";
import type { FromChildOf, RoomRole } from "./messages.ts";
import type { RoomMetrics } from "./metrics-input.ts";
import { Minder, type MinderOptions } from "./minder.ts";
import type { Plan } from "./plan.ts";
import { printPlan } from "./plan-print.ts";
import type { Running } from "./preview.ts";
import { type PreviewNow, previewNow } from "./preview-now.ts";
import { type ReloadTarget, reloadAll } from "./reload.ts";
import { type ReloadRefusal, Reloads } from "./reloads.ts";
import type { RunOptions } from "./run-options.ts";
import { startMessages } from "./start-messages.ts";
import type { DirectorStatus, ProcessStatus } from "./status.ts";
import type { Limits } from "./supervisor.ts";
import { Tally } from "./tally.ts";
import { VERSION } from "./version.ts";

type DirectorParts = {
  readonly options: RunOptions;
  readonly log: Logger<ProcessEvents>;
  readonly load: () => Loaded;
  /** What starts a child's process. */
  readonly spawn?: typeof spawnChild;
  /** A child that cannot run at all, before the director ever ran: everything is to end. */
  readonly onHopeless: (failure: FromChildOf<"failed">) => void;
  /** Another plan is the running one. */
  readonly onPlan?: (plan: Plan) => void;
  /** What has happened in a child. */
  readonly onEvents?: (role: RoomRole, message: FromChildOf<"events">) => void;
};

const START_TIMEOUT_MS = 20_000;
const FIRST_READY_MS = 60_000;
const ROOM_STATUS_MS = 1000;
const ROOM_ANSWER_MS = 5000;
/** Reading a large table from the kernel takes the checker a while. */
const TABLE_MS = 10_000;
/** A peer takes over when it has waited for the adverts it is set to; the control socket waits a little longer. */
const HANDOVER_MS = 115_000;
/** How long the successor of a child that died without letting go may take to start, at a stop. */
const CLEAN_UP_MS = 10_000;

/** The parent's work once the configuration stands: both children, what passes between them, reload, stop and status. */
export class Director {
  readonly #parts: DirectorParts;
  readonly #minders: Readonly<Record<RoomRole, Minder<Plan>>>;
  readonly #reloads: Reloads;
  readonly #vrrpStates = new Map<string, InstanceStateName>();
  readonly #startedWallMs = wallMs();
  /** What is counted for metrics. */
  readonly tally = new Tally();
  #plan: Plan;
  #warnings: readonly string[];
  #hasRun = false;
  #stopping: Promise<void> | undefined;

  constructor(parts: DirectorParts, plan: Plan, warnings: readonly string[]) {
    this.#parts = parts;
    this.#plan = plan;
    this.#warnings = warnings;
    const { pidFiles } = parts.options;
    this.#reloads = new Reloads({
      log: parts.log,
      load: parts.load,
      pidFile: pidFiles.parent,
      tally: this.tally,
      running: () => this.#plan,
      warnings: () => this.#warnings,
      isStopping: () => this.#stopping !== undefined,
      carryOut: (next) => reloadAll(this.#targets(), this.#plan, next),
      adopt: (next, remarks) => this.#adopt(next, remarks),
    });
    const start = startMessages(parts.options);
    this.#minders = {
      checker: new Minder({ ...this.#minderOptions("checker", pidFiles.checker), startMessage: start.checker }, plan),
      vrrp: new Minder({ ...this.#minderOptions("vrrp", pidFiles.vrrp), startMessage: start.vrrp }, plan),
      bfd: new Minder({ ...this.#minderOptions("bfd", pidFiles.bfd), startMessage: start.bfd }, plan),
    };
  }

  /** The running configuration. */
  get plan(): Plan {
    return this.#plan;
  }

  /** Starts the children that the plan needs. Resolves when all of them run, or with the first reason why one cannot. */
  async start(): Promise<Result<undefined, Refusal>> {
    const needed = this.#targets().filter(({ isNeeded }) => isNeeded(this.#plan));
    if (needed.length === 0) this.#parts.log.warn("process.nothingToRun", { program: this.#parts.options.program });
    const outcomes = await Promise.all(needed.map(({ start }) => start(this.#plan)));
    const failed = outcomes.find(({ ok }) => !ok);
    if (failed && !failed.ok) return failed;
    this.#hasRun = true;
    return { ok: true, value: undefined };
  }

  /** Reads the configuration again and hands it to the children. One reload at a time; those asked for meanwhile become
   *  one more after it. */
  reload(): Promise<Result<undefined, ReloadRefusal>> {
    return this.#reloads.reload();
  }

  /** VRRP first, so that a peer owns the VIPs before our table goes; then the others. Resolves when all are gone. */
  stop(): Promise<void> {
    this.#stopping ??= (async () => {
      this.#parts.log.info("process.stopping", undefined);
      await this.#stopChild("vrrp");
      await Promise.all([this.#stopChild("checker"), this.#stopChild("bfd")]);
    })();
    return this.#stopping;
  }

  async status(more: readonly ProcessStatus[]): Promise<DirectorStatus> {
    const { options } = this.#parts;
    const reloads = this.#reloads.history;
    const [lastReload] = reloads;
    const [vrrp, checker, bfd] = await Promise.all(
      (["vrrp", "checker", "bfd"] as const).map((role) => this.#roomStatus(role)),
    );
    return {
      version: VERSION,
      program: options.program,
      pid: process.pid,
      nowWallMs: wallMs(),
      startedWallMs: this.#startedWallMs,
      configFile: options.configFile,
      ...(lastReload && { lastReload, reloads }),
      processes: [
        { role: "parent", pid: process.pid, state: "running", sinceWallMs: this.#startedWallMs, respawns: 0 },
        ...(["checker", "vrrp", "bfd"] as const)
          .filter((r) => this.#minders[r].isOn)
          .map((r) => this.#minders[r].describe()),
        ...more,
      ],
      ...(vrrp !== undefined && { vrrp: vrrp as Exclude<DirectorStatus["vrrp"], undefined> }),
      ...(checker !== undefined && { checker: checker as Exclude<DirectorStatus["checker"], undefined> }),
      ...(bfd !== undefined && { bfd: bfd as Exclude<DirectorStatus["bfd"], undefined> }),
      warnings: this.#warnings,
    };
  }

  /** The counters of VRRP begin again. */
  clearCounters(): void {
    this.#minders.vrrp.send({ t: "clearCounters" });
  }

  /** Says something of real servers at run time. */
  override(command: RsCommand): Promise<Result<unknown, Refusal>> {
    return this.#minders.checker.ask((id) => ({ t: "rs", id, command }), ROOM_ANSWER_MS);
  }

  /** Hands a VRRP instance over, or takes part again. */
  vrrpCommand(command: VrrpCommand): Promise<Result<unknown, Refusal>> {
    return this.#minders.vrrp.ask((id) => ({ t: "vrrp", id, command }), HANDOVER_MS);
  }

  /** The kernel's IPVS table with its counters; empty while there is nothing to balance. */
  async kernelTable(): Promise<Result<readonly ServiceReading[], Refusal>> {
    const { checker } = this.#minders;
    if (!checker.isOn) return { ok: true, value: [] };
    const answer = await checker.ask((id) => ({ t: "ipvs", id }), TABLE_MS);
    return answer.ok ? { ok: true, value: answer.value as readonly ServiceReading[] } : answer;
  }

  /** What a child counts beyond its status; undefined where it does not answer. */
  async roomMetrics(role: RoomRole): Promise<RoomMetrics | undefined> {
    const minder = this.#minders[role];
    if (!minder.isOn) return undefined;
    const answer = await minder.ask((id) => ({ t: "metrics", id }), ROOM_STATUS_MS);
    return answer.ok ? (answer.value as RoomMetrics) : undefined;
  }

  /** What a reload would change now. */
  async preview(): Promise<Result<PreviewNow, ReloadRefusal>> {
    const { load, options } = this.#parts;
    const table = await this.kernelTable();
    if (!table.ok) return err({ ...table.error, drawn: "" });
    return previewNow({
      configFile: options.configFile,
      loaded: loadSafely(load),
      running: this.running() as Running,
      table: table.value,
      elsewhere: this.#plan.global.place.namespace !== undefined,
    });
  }

  /** The configuration as understood; secrets are masked. */
  configuration(): object {
    return { configFile: this.#parts.options.configFile, plan: JSON.parse(printPlan(this.#plan)) as object };
  }

  /** What runs, for a preview of a reload; secrets are masked. */
  running(): object {
    const { checker, vrrp } = JSON.parse(printPlan(this.#plan)) as Plan;
    const { saved } = this.#minders.checker;
    return { configFile: this.#parts.options.configFile, checker, vrrp, ...(saved && { saved }) };
  }

  /** A child that was killed, or died and is not back yet, has let go of nothing: a successor takes over what it left in
   *  the kernel, and stops in order. */
  async #stopChild(role: RoomRole): Promise<void> {
    const minder = this.#minders[role];
    const { childWaitMs } = this.#plan.global;
    await minder.stop(childWaitMs);
    const { keepTable, keepVips } = this.#parts.options.stop;
    if (minder.hasLetGo || role === "bfd" || (role === "vrrp" ? keepVips : keepTable)) return;
    this.#parts.log.warn("child.cleanUp", { role });
    minder.start();
    await minder.ready(CLEAN_UP_MS);
    await minder.stop(childWaitMs);
  }

  async #roomStatus(role: RoomRole): Promise<unknown> {
    const minder = this.#minders[role];
    if (!minder.isOn) return undefined;
    const answer = await minder.roomStatus(ROOM_STATUS_MS);
    if (!answer.ok) return answer.error.message;
    return answer.value ?? `the ${role} process is starting`;
  }

  #adopt(plan: Plan, warnings: readonly string[]): void {
    this.#plan = plan;
    this.#warnings = warnings;
    this.#parts.onPlan?.(plan);
    const names = new Set(plan.vrrp.instances.map(({ name }) => name));
    for (const name of this.#vrrpStates.keys()) if (!names.has(name)) this.#vrrpStates.delete(name);
    this.tally.keep(names);
  }

  /** In the order of start and of reload: services stand before the VIPs bring traffic. */
  #targets(): readonly ReloadTarget<Plan>[] {
    const { runChecker, runVrrp, runBfd } = this.#parts.options;
    const target = (role: RoomRole, isNeeded: (plan: Plan) => boolean): ReloadTarget<Plan> => {
      const minder = this.#minders[role];
      return {
        isNeeded,
        isOn: () => minder.isOn,
        reload: (plan) => minder.reload(plan),
        stop: () => minder.stop(this.#plan.global.childWaitMs),
        start: async (plan) => {
          if (this.#stopping !== undefined)
            return err({ code: "reload/stopping", message: "the director is stopping" });
          minder.prepare(plan);
          minder.start();
          return minder.ready(FIRST_READY_MS);
        },
      };
    };
    return [
      target("checker", (plan) => runChecker && needsChecker(plan)),
      target("vrrp", (plan) => runVrrp && plan.vrrp.instances.length > 0),
      target("bfd", (plan) => runBfd && plan.bfd !== undefined),
    ];
  }

  #minderOptions(role: RoomRole, pidFile: string): Omit<MinderOptions<Plan>, "startMessage"> {
    const { options, log, onHopeless, spawn } = this.#parts;
    const { namespace } = this.#plan.global.place;
    return {
      boot: { role, program: options.program, log: options.log },
      ...(namespace !== undefined && { namespace }),
      args: options.args,
      ...(spawn && { spawn }),
      pidFile,
      log,
      limits: limitsOf,
      reloadMessage: (plan, id, has) => {
        if (!plan || (has && plan[role] === has[role] && plan.global === has.global)) return { t: "reload", id };
        const held = has?.[role];
        return {
          t: "reload",
          id,
          to: { plan: plan[role] ?? [], global: plan.global },
          ...(held && { has: held }),
        };
      },
      onReady: () => {
        if (role !== "checker") return;
        for (const [instance, state] of this.#vrrpStates) this.#tellChecker(instance, state);
      },
      // Once all have run, a child that cannot be replaced is tried again with back-off: the other one still serves.
      isHopeless: (failure) => {
        if (!failure.permanent || this.#hasRun) return false;
        onHopeless(failure);
        return true;
      },
      ...(options.noRespawn && {
        onDeath: () => {
          const message = `the ${role} process died, and with --dont-respawn that is the end of all`;
          log.error("process.cannotStart", { text: message });
          onHopeless({ t: "failed", code: "child/died", message, permanent: true });
        },
      }),
      onEvents: (message) => this.#parts.onEvents?.(role, message),
      onVrrpState: ({ instance, state }) => {
        if (this.#vrrpStates.get(instance) !== state) this.tally.transition(instance, state);
        this.#vrrpStates.set(instance, state);
        this.#tellChecker(instance, state);
      },
    };
  }

  #tellChecker(instance: string, state: InstanceStateName): void {
    this.#minders.checker.send({ t: "vrrp.state", instance, state });
  }
}

/** Without a virtual server the checker still steers the kernel's sync daemons. */
const needsChecker = ({ checker }: Plan): boolean =>
  checker.virtualServers.length > 0 || checker.syncInstances.length > 0 || checker.syncAlways !== undefined;

const limitsOf = ({ global }: Plan): Limits => ({
  watchdogTimeoutMs: global.watchdogTimeoutMs,
  startTimeoutMs: Math.max(START_TIMEOUT_MS, global.watchdogTimeoutMs),
});

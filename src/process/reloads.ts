import { wallMs } from "../core/clock.ts";
import { messageOf } from "../core/errors.ts";
import type { Logger } from "../core/log.ts";
import { err, type Result } from "../core/result.ts";
import type { Refusal } from "./child-link.ts";
import { type Loaded, loadSafely } from "./loaded.ts";
import type { ProcessEvents } from "./log-events.ts";
import { changedPlace } from "./placed-options.ts";
import type { Plan } from "./plan.ts";
import { reloadChanges } from "./reload-changes.ts";
import { logRefusal, markerFileOf, markReload } from "./reload-files.ts";
import type { ReloadStatus } from "./status.ts";
import type { Tally } from "./tally.ts";

/** Why a reload did not happen; `drawn` are the diagnostics as `check` draws them, empty when it was not the file. */
export type ReloadRefusal = Refusal & { readonly drawn: string };

export type ReloadsParts = {
  readonly log: Logger<ProcessEvents>;
  readonly load: () => Loaded;
  readonly pidFile: string;
  readonly tally: Tally;
  readonly running: () => Plan;
  /** What the log was told of the running configuration: it is not told again. */
  readonly warnings: () => readonly string[];
  readonly isStopping: () => boolean;
  /** Hands a plan to the children: all of them take it, or none. */
  readonly carryOut: (plan: Plan) => Promise<Result<undefined, Refusal>>;
  /** The children have taken it. */
  readonly adopt: (plan: Plan, warnings: readonly string[]) => void;
};

/** As many reloads are remembered. */
const RELOADS_KEPT = 10;

/** The reloads of a director, one at a time. */
export class Reloads {
  readonly #parts: ReloadsParts;
  #history: readonly ReloadStatus[] = [];
  #current: Promise<unknown> = Promise.resolve();
  #next: Promise<Result<undefined, ReloadRefusal>> | undefined;

  constructor(parts: ReloadsParts) {
    this.#parts = parts;
  }

  /** The latest first. */
  get history(): readonly ReloadStatus[] {
    return this.#history;
  }

  /** Reads the configuration again. Those asked for meanwhile become one more after it. */
  reload(): Promise<Result<undefined, ReloadRefusal>> {
    this.#next ??= this.#current.then(() => {
      this.#next = undefined;
      const current = this.#marked().catch((error: unknown) => this.#refuse(internal(error)));
      this.#current = current;
      return current;
    });
    return this.#next;
  }

  async #marked(): Promise<Result<undefined, ReloadRefusal>> {
    const { running, pidFile } = this.#parts;
    const unmark = markReload(markerFileOf(running().global.reload, pidFile), (error) => this.#noFile(error));
    try {
      return await this.#reloadNow();
    } finally {
      unmark();
    }
  }

  async #reloadNow(): Promise<Result<undefined, ReloadRefusal>> {
    const { log, load, running, carryOut, adopt, tally, isStopping } = this.#parts;
    const startedMs = performance.now();
    if (isStopping()) return err({ code: "reload/stopping", message: "the director is stopping", drawn: "" });
    log.info("reload.started", undefined);
    const loaded = loadSafely(load);
    const before = running();
    const known = new Set(this.#parts.warnings());
    const news = loaded.warnings.filter((text) => !known.has(text));
    for (const text of [...loaded.errors, ...news]) log.warn("reload.diagnostic", { text });
    if (!loaded.plan) {
      logRefusal(before.global.reload.checkLog, loaded.drawn, (error) => this.#noFile(error));
      const message = loaded.errors[0] ?? "the configuration cannot be used";
      return this.#refuse({ code: "reload/configuration", message, drawn: loaded.drawn });
    }
    const changed = changedPlace(before.global.place, loaded.plan.global.place);
    if (changed !== undefined)
      return this.#refuse({ code: "reload/place", message: `\`${changed}\` is only changed by a restart`, drawn: "" });
    const outcome = await carryOut(loaded.plan);
    if (!outcome.ok) return this.#refuse({ ...outcome.error, drawn: "" });
    const { changes, more } = reloadChanges(before, loaded.plan);
    adopt(loaded.plan, loaded.warnings);
    const tookMs = performance.now() - startedMs;
    const warningsAsBefore = loaded.warnings.length - news.length;
    log.info("reload.done", {
      tookMs,
      ...(loaded.plan === before && { unchanged: true }),
      ...(warningsAsBefore > 0 && { warningsAsBefore }),
    });
    tally.reload(true);
    this.#remember({ ok: true, tookMs: Math.round(tookMs), changes, ...(more > 0 && { moreChanges: more }) });
    return outcome;
  }

  #refuse(refusal: ReloadRefusal): Result<undefined, ReloadRefusal> {
    this.#parts.log.error("reload.refused", { reason: refusal.message });
    this.#parts.tally.reload(false);
    this.#remember({ ok: false, error: refusal.message });
    return err(refusal);
  }

  #remember(reload: Omit<ReloadStatus, "atWallMs">): void {
    this.#history = [{ atWallMs: wallMs(), ...reload }, ...this.#history].slice(0, RELOADS_KEPT);
  }

  #noFile(error: unknown): void {
    this.#parts.log.warn("reload.file", { error: messageOf(error) });
  }
}

/** A reload that breaks off must not keep the next one from being tried. */
const internal = (error: unknown): ReloadRefusal => ({
  code: "reload/internal",
  message: `internal error: ${messageOf(error)}; reload again`,
  drawn: "",
});

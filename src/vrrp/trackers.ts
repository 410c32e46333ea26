import type { Logger } from "../core/log.ts";
import { createTrackedFiles, type TrackedFiles } from "../files/tracked-files.ts";
import { createLinkDelays, type LinkDelays } from "./link-delays.ts";
import type { vrrpEvents } from "./log-events.ts";
import type { VrrpInstancePlan, VrrpProcessPlan, VrrpProcessSaved, VrrpStatus } from "./model.ts";
import { createProcessTracker, type ProcessTracker } from "./process-tracker.ts";
import { createScriptTracker, type ScriptRunner, type ScriptTracker } from "./script-tracker.ts";

/** All that instances are made to depend on beside their interfaces' addresses: scripts, processes, files, and since when
 *  an interface counts as up or down. */
export type Trackers = {
  readonly scripts: Pick<ScriptTracker, "up">;
  readonly processes: Pick<ProcessTracker, "up">;
  readonly files: Pick<TrackedFiles, "value">;
  readonly linkDelays: Pick<LinkDelays, "counts">;
  /** What is tracked from now on; `saved` is what a predecessor of this process knew. */
  start(plan: VrrpProcessPlan, saved: VrrpProcessSaved | undefined): void;
  reload(plan: VrrpProcessPlan): void;
  /** For `status`. */
  list(): Pick<VrrpStatus, "scripts" | "files" | "processes">;
  stop(): void;
};

export type TrackersOptions = {
  readonly log: Logger<typeof vrrpEvents>;
  readonly runScript: ScriptRunner | undefined;
  /** The instances that `tracks` is true of have to be looked at again. */
  readonly onChange: (tracks: (plan: VrrpInstancePlan) => boolean) => void;
  /** A script has another result, which a successor of this process has to know. */
  readonly onScript: (script: string, up: boolean) => void;
  /** An interface counts differently. */
  readonly onLink: () => void;
};

export function createTrackers({ log, runScript, onChange, onScript, onLink }: TrackersOptions): Trackers {
  const linkDelays = createLinkDelays(onLink);
  const scripts = createScriptTracker(
    log,
    (script, up) => {
      onScript(script, up);
      onChange(({ trackScripts }) => trackScripts.some(({ name }) => name === script));
    },
    runScript,
  );
  const processes = createProcessTracker({
    log,
    onChange: (name) => onChange(({ trackProcesses = [] }) => trackProcesses.some((t) => t.name === name)),
  });
  const files = createTrackedFiles({
    onChange: (name, value) => {
      log.info("file.value", { file: name, value });
      onChange(({ trackFiles = [] }) => trackFiles.some((t) => t.name === name));
    },
    onTrouble: (file, error) => log.warn("file.trouble", { file, error }),
  });

  const configure = (
    plan: VrrpProcessPlan,
    known: Readonly<Record<string, boolean>> | undefined,
    fresh: boolean,
  ): void => {
    scripts.configure(plan.scripts, known);
    linkDelays.configure(plan.linkDelays ?? []);
    processes.configure(plan.trackProcesses ?? []);
    files.configure(plan.trackFiles ?? [], fresh);
  };
  return {
    scripts,
    processes,
    files,
    linkDelays,
    start: (plan, saved) => configure(plan, saved?.scripts, saved === undefined),
    reload: (plan) => configure(plan, undefined, true),
    list() {
      const tracked = { files: files.list(), processes: processes.list() };
      return {
        scripts: scripts.list(),
        ...(tracked.files.length > 0 && { files: tracked.files }),
        ...(tracked.processes.length > 0 && { processes: tracked.processes }),
      };
    },
    stop() {
      scripts.stop();
      linkDelays.stop();
      processes.stop();
      files.stop();
    },
  };
}

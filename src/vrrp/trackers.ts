import type { BfdVerdicts } from "../bfd/model.ts";
import type { Logger } from "../core/log.ts";
import { createTrackedFiles, type TrackedFiles } from "../files/tracked-files.ts";
import { type BfdTracker, createBfdTracker } from "./bfd-tracker.ts";
import { type CheckerTracker, createCheckerTracker } from "./checker-tracker.ts";
import { createLinkDelays, type LinkDelays } from "./link-delays.ts";
import type { vrrpEvents } from "./log-events.ts";
import type { VrrpInstancePlan, VrrpProcessPlan, VrrpProcessSaved, VrrpStatus } from "./model.ts";
import { createProcessTracker, type ProcessTracker } from "./process-tracker.ts";
import { createScriptTracker, type ScriptRunner, type ScriptTracker } from "./script-tracker.ts";
import { createServiceTracker, type ServiceTracker } from "./service-tracker.ts";

/** All that instances are made to depend on beside their interfaces' addresses: scripts, processes, files, BFD sessions,
 *  services and what is balanced on this host, and since when an interface counts as up or down. */
export type Trackers = {
  readonly scripts: Pick<ScriptTracker, "up">;
  readonly processes: Pick<ProcessTracker, "up">;
  readonly files: Pick<TrackedFiles, "value">;
  readonly bfds: Pick<BfdTracker, "up">;
  readonly checker: Pick<CheckerTracker, "up">;
  readonly services: Pick<ServiceTracker, "up">;
  readonly linkDelays: Pick<LinkDelays, "counts">;
  /** What is tracked from now on; `saved` is what a predecessor of this process knew. */
  start(plan: VrrpProcessPlan, saved: VrrpProcessSaved | undefined): void;
  reload(plan: VrrpProcessPlan): void;
  /** What the BFD process tells of its sessions. */
  hearBfd(verdicts: BfdVerdicts): void;
  /** What the checker process tells of its virtual servers; undefined: nobody is there. */
  hearChecker(quorums: BfdVerdicts | undefined): void;
  /** For `status`. */
  list(): Pick<VrrpStatus, "scripts" | "files" | "processes" | "bfds" | "balancing" | "services">;
  stop(): void;
};

export type TrackersOptions = {
  readonly log: Logger<typeof vrrpEvents>;
  readonly runScript: ScriptRunner | undefined;
  /** The instances that `tracks` is true of have to be looked at again. */
  readonly onChange: (tracks: (plan: VrrpInstancePlan) => boolean) => void;
  /** A script has another result, which a successor of this process has to know. */
  readonly onScript: (script: string, up: boolean) => void;
  /** So has a BFD session; null: nobody knows any more. */
  readonly onBfd: (session: string, up: boolean | null) => void;
  /** So has a virtual server, or the checker process. */
  readonly onBalancing: (name: string, up: boolean | null) => void;
  /** So has a service on this host. */
  readonly onService: (name: string, up: boolean | null) => void;
  /** An interface counts differently. */
  readonly onLink: () => void;
};

export function createTrackers(options: TrackersOptions): Trackers {
  const { log, runScript, onChange, onScript, onBfd, onBalancing, onService, onLink } = options;
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

  const bfds = createBfdTracker({
    log,
    onKnown: onBfd,
    onChange: (session) => onChange(({ trackBfds = [] }) => trackBfds.some((t) => t.name === session)),
  });

  const checker = createCheckerTracker({
    log,
    onKnown: onBalancing,
    onChange: (name) => onChange(({ trackBalancing = [] }) => trackBalancing.some((t) => t.name === name)),
  });

  const services = createServiceTracker({
    log,
    onKnown: onService,
    onChange: (name) => onChange(({ trackServices = [] }) => trackServices.some((t) => t.name === name)),
  });

  const configure = (
    plan: VrrpProcessPlan,
    known: Partial<VrrpProcessSaved> | undefined,
    fresh: boolean,
    first: boolean,
  ): void => {
    scripts.configure(plan.scripts, known?.scripts);
    bfds.configure(plan, known?.bfds, first && fresh);
    checker.configure(plan, known?.balancing);
    services.configure(plan.trackServices ?? [], known?.services);
    linkDelays.configure(plan.linkDelays ?? []);
    processes.configure(plan.trackProcesses ?? []);
    files.configure(plan.trackFiles ?? [], fresh);
  };
  return {
    scripts,
    processes,
    files,
    linkDelays,
    bfds,
    checker,
    services,
    start: (plan, saved) => configure(plan, saved, saved === undefined, true),
    reload: (plan) => configure(plan, undefined, true, false),
    hearBfd: (verdicts) => bfds.hear(verdicts),
    hearChecker: (quorums) => checker.hear(quorums),
    list() {
      const tracked = {
        files: files.list(),
        processes: processes.list(),
        bfds: bfds.list(),
        balancing: checker.list(),
        services: services.list(),
      };
      return {
        scripts: scripts.list(),
        ...(tracked.files.length > 0 && { files: tracked.files }),
        ...(tracked.processes.length > 0 && { processes: tracked.processes }),
        ...(tracked.bfds.length > 0 && { bfds: tracked.bfds }),
        ...(tracked.balancing.length > 0 && { balancing: tracked.balancing }),
        ...(tracked.services.length > 0 && { services: tracked.services }),
      };
    },
    stop() {
      scripts.stop();
      checker.stop();
      services.stop();
      linkDelays.stop();
      processes.stop();
      files.stop();
    },
  };
}

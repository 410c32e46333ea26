import { wallMs } from "../core/clock.ts";
import { createLogger, type LogSink } from "../core/log.ts";
import { createTrackedFiles } from "../files/tracked-files.ts";
import { type FileCheckPlan, judgeFile } from "./file-check.ts";
import { checkerEvents } from "./log-events.ts";
import type { CheckerState, TrackedFile } from "./model.ts";
import { trackedState } from "./tracked-state.ts";

/** The FILE_CHECKs of all real servers. They have a verdict at any time, and a new one as soon as their file changes. */
export type FileChecks = {
  /** The files and the checks from now on. `fresh`: files not known yet are made as their `init` says. */
  configure(files: readonly TrackedFile[], checks: Iterable<FileCheckPlan>, fresh: boolean): void;
  state(id: string): CheckerState | undefined;
  stop(): void;
};

/** `onChange` is told the checks whose verdict or weight has changed, by their ids; not during configure(). */
export function createFileChecks(sink: LogSink, onChange: (ids: ReadonlySet<string>) => void): FileChecks {
  const log = createLogger(checkerEvents, sink);
  const states = new Map<string, CheckerState>();
  let checks = new Map<string, FileCheckPlan>();
  let configuring = false;

  const files = createTrackedFiles({
    onChange: (file, value) => {
      log.info("file.value", { file, value });
      if (!configuring) onChange(judgeAll((check) => check.trackFile === file));
    },
    onTrouble: (file, error) => log.error("file.trouble", { file, error }),
  });

  const judgeAll = (isAsked: (check: FileCheckPlan) => boolean): ReadonlySet<string> => {
    const changed = new Set<string>();
    for (const [id, check] of checks) {
      if (!isAsked(check)) continue;
      const before = states.get(id);
      const found = judgeFile(check, files.value(check.trackFile));
      const after = trackedState({ ...found, reason: "file" }, true, before, wallMs());
      states.set(id, after);
      if (before?.up !== after.up || before.delta !== after.delta) changed.add(id);
    }
    return changed;
  };

  return {
    configure(wanted, plans, fresh) {
      checks = new Map([...plans].map((check) => [check.id, check]));
      for (const id of states.keys()) if (!checks.has(id)) states.delete(id);
      configuring = true;
      files.configure(wanted, fresh);
      configuring = false;
      judgeAll(() => true);
    },
    state: (id) => states.get(id),
    stop: () => files.stop(),
  };
}

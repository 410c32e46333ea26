import { scriptsProgram } from "../../native/index.ts";
import { createLogger, type LogSink } from "../core/log.ts";
import { scriptEvents } from "./log-events.ts";
import type { RunOptions, ScriptOutcome, ScriptSpec } from "./model.ts";
import { runHere } from "./own-runner.ts";
import { ScriptProcess } from "./script-process.ts";

export type { RunOptions } from "./model.ts";

/** Its end is told no more often than this. */
const TELL_EVERY_MS = 60_000;

let shared: ScriptProcess | undefined;

/** The process that runs the scripts of this one; undefined where it was not built. */
function scriptProcess(): ScriptProcess | undefined {
  if (shared) return shared;
  const program = scriptsProgram();
  shared = program === undefined ? undefined : new ScriptProcess(program);
  return shared;
}

/** Runs a program without a shell, as the leader of a process group of its own, standard input on /dev/null. At the time
 *  limit its group, its session and what descends from it get SIGTERM, and 2 s later SIGKILL, also when the leader is gone by
 *  then; only what has made itself a daemon before lives on. A file that is executable but in no format the kernel knows (no
 *  `#!`) is run by /bin/sh. Never rejects, and resolves when the script itself has ended; what it left in the background
 *  lives on, unless it timed out. */
export const run = (spec: ScriptSpec, options: RunOptions = {}): Promise<ScriptOutcome> =>
  scriptProcess()?.run(spec, options) ?? runHere(spec, options);

/** Has the log told when the process that runs scripts dies. */
export function tellOfScripts(sink: LogSink): void {
  const log = createLogger(scriptEvents, sink);
  const process = scriptProcess();
  if (!process) return;
  let toldMs = Number.NEGATIVE_INFINITY;
  process.onLost = (lost) => {
    if (performance.now() < toldMs + TELL_EVERY_MS) return;
    toldMs = performance.now();
    log.warn("script.runnerLost", { lost });
  };
}

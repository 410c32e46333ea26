import { type ChildProcess, spawn } from "node:child_process";
import type { Readable } from "node:stream";
import { nowMs } from "../core/clock.ts";
import { errnoCode } from "../core/errors.ts";
import { keptBytes, killGraceMs, type RunOptions, type ScriptOutcome, type ScriptSpec } from "./model.ts";
import { cleanEnvironment, notStarted, startFailure } from "./start-failure.ts";
import { createTail } from "./tail.ts";

/** How long standard error is read on after the script's own end, for what is already in the pipe. */
const lastWordsMs = 50;
/** Descendants that outlive their script hold its standard error open; that many pipes are kept drained, so that a
 *  daemon started by a script is not killed by its first line of output. */
const maxLingeringPipes = 32;

const lingering: Readable[] = [];

/** Runs a program from this process, where there is none to run it (runner.ts): without a shell, as the leader of a process
 *  group of its own, standard input and output on /dev/null. Privileges and limits are ours. At the time limit the whole group gets SIGTERM and 2 s later SIGKILL, also when the leader is gone by then.
 *  A file that is executable but in no format the kernel knows (no `#!`) is run by /bin/sh. Never rejects, and resolves
 *  when the script itself has ended; what it left in the background lives on, unless it timed out. */
export function runHere(spec: ScriptSpec, options: RunOptions = {}): Promise<ScriptOutcome> {
  const startedMs = nowMs();
  const tail = createTail(options.keepBytes ?? keptBytes);
  const end = (outcome: Omit<ScriptOutcome, "output" | "elapsedMs">): ScriptOutcome => ({
    ...outcome,
    output: tail.text(),
    elapsedMs: nowMs() - startedMs,
  });
  if (options.signal?.aborted) return Promise.resolve(end({ how: "cancelled" }));

  return new Promise((resolve) => {
    start(spec, (child, failure) => {
      if (!child) return resolve(end(notStarted(failure, startFailure(spec, failure))));
      child.stderr?.on("data", tail.push);
      supervise(child, options, (status, signal, ended) => {
        if (ended) resolve(end({ how: ended }));
        else if (signal) resolve(end({ how: "signalled", signal }));
        else resolve(end({ how: "exited", status: status ?? 0 }));
      });
    });
  });
}

/** Starts the program; `done` gets the running child, or the reason why there is none. */
function start(spec: ScriptSpec, done: (child: ChildProcess | undefined, failure?: unknown) => void): void {
  const attempt = (file: string, args: readonly string[], fallback: boolean): void => {
    let child: ChildProcess;
    try {
      child = spawn(file, args, {
        detached: true,
        stdio: ["ignore", "ignore", "pipe"],
        env: cleanEnvironment(process.env),
        ...(spec.user && { uid: spec.user.uid, gid: spec.user.gid }),
      });
    } catch (cause) {
      done(undefined, cause);
      return;
    }
    child.once("spawn", () => done(child));
    child.once("error", (cause) => {
      child.removeAllListeners("spawn");
      if (fallback && errnoCode(cause) === "ENOEXEC") attempt("/bin/sh", spec.argv, false);
      else done(undefined, cause);
    });
  };
  const [file = "", ...args] = spec.argv;
  attempt(file, args, true);
}

/** Watches a running child to its end, and ends it when its time is up or it is no longer wanted. */
function supervise(
  child: ChildProcess,
  options: RunOptions,
  done: (status: number | null, signal: string | null, ended: "timeout" | "cancelled" | undefined) => void,
): void {
  let ended: "timeout" | "cancelled" | undefined;
  let killTimer: NodeJS.Timeout | undefined;
  const finish = (why: "timeout" | "cancelled"): void => {
    if (ended) return;
    ended = why;
    signalGroup(child, "SIGTERM");
    killTimer = setTimeout(() => signalGroup(child, "SIGKILL"), killGraceMs);
  };
  const onAbort = (): void => finish("cancelled");
  // The end of the script may already wait to be read when this process was held up itself: it gets its turn first.
  const onTime = (): void =>
    void setImmediate(() => child.exitCode === null && child.signalCode === null && finish("timeout"));
  const timer = options.timeoutMs === undefined ? undefined : setTimeout(onTime, options.timeoutMs);
  options.signal?.addEventListener("abort", onAbort, { once: true });

  child.once("exit", (status, signal) => {
    clearTimeout(timer);
    options.signal?.removeEventListener("abort", onAbort);
    // The group's id cannot be reused while any member lives, so an answer here makes the later SIGKILL safe to send.
    if (killTimer && !groupLives(child)) clearTimeout(killTimer);
    afterLastWords(child, () => done(status, signal, ended));
  });
}

/** Standard error may end after the script, or never: a daemon it started can hold the pipe. */
function afterLastWords(child: ChildProcess, done: () => void): void {
  const pipe = child.stderr;
  if (!pipe || pipe.destroyed) {
    done();
    return;
  }
  const settle = (): void => {
    clearTimeout(timer);
    pipe.removeListener("close", settle);
    if (!pipe.destroyed) linger(pipe);
    done();
  };
  const timer = setTimeout(settle, lastWordsMs);
  pipe.once("close", settle);
}

function linger(pipe: Readable): void {
  pipe.removeAllListeners("data");
  pipe.on("error", () => pipe.destroy());
  pipe.resume();
  if ("unref" in pipe && typeof pipe.unref === "function") pipe.unref();
  lingering.push(pipe);
  pipe.once("close", () => {
    const at = lingering.indexOf(pipe);
    if (at >= 0) lingering.splice(at, 1);
  });
  if (lingering.length > maxLingeringPipes) lingering[0]?.destroy();
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals | 0): boolean {
  if (child.pid === undefined) return false;
  try {
    process.kill(-child.pid, signal);
    return true;
  } catch (cause) {
    // EPERM: members live, but run as somebody we may not signal. ESRCH: nobody is left.
    return errnoCode(cause) === "EPERM";
  }
}

const groupLives = (child: ChildProcess): boolean => signalGroup(child, 0);

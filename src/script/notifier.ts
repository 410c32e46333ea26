import { createLogger, type LogSink } from "../core/log.ts";
import { type HookFields, scriptEvents } from "./log-events.ts";
import type { ScriptOutcome, ScriptSpec } from "./model.ts";
import { type RunOptions, run as runScript } from "./runner.ts";

/** A script to run because something happened. Runs of one `queue` never overtake each other: give all hooks of one
 *  VRRP instance, or of one real server, the same queue. */
export type Notification = HookFields & { readonly queue: string };

export type Notifier = {
  /** Queues a run; returns at once and never throws. */
  notify(notification: Notification): void;
  /** Waits until all that is queued has run, at most `timeoutMs`; then ends what still runs and drops the rest. After
   *  that nothing more is run. */
  drain(timeoutMs: number): Promise<void>;
};

export type NotifierOptions = {
  readonly run?: (spec: ScriptSpec, options: RunOptions) => Promise<ScriptOutcome>;
  /** How long a running script may keep a later one of its queue waiting before it is ended. */
  readonly graceMs?: number;
  /** Runs waiting in one queue; beyond it the oldest is dropped, so that the last event is always told. */
  readonly maxWaiting?: number;
};

/** How soon a run is tried again that there was no room for; twice as late each time. */
const FIRST_AGAIN_MS = 250;
const LAST_AGAIN_MS = 16_000;

type Queue = {
  readonly waiting: Notification[];
  current: { readonly notification: Notification; readonly stop: AbortController; grace?: NodeJS.Timeout } | undefined;
};

const fieldsOf = ({ hook, subject, script }: Notification): HookFields => ({ hook, subject, script });

/** Runs notify scripts in order. A script may take as long as it likes until a later event of its queue waits for it;
 *  then it has `graceMs`. So a slow script is never overtaken, and a hung one never silences the events after it. */
export function createNotifier(sink: LogSink, options: NotifierOptions = {}): Notifier {
  const { run = runScript, graceMs = 30_000, maxWaiting = 64 } = options;
  const log = createLogger(scriptEvents, sink);
  const queues = new Map<string, Queue>();
  let closed = false;
  let onIdle: (() => void) | undefined;

  const hurry = ({ current }: Queue): void => {
    if (!current || current.grace) return;
    log.debug("script.overdue", { ...fieldsOf(current.notification), graceMs });
    current.grace = setTimeout(() => current.stop.abort(), graceMs);
  };

  /** What happened must be told: a machine that has no room for a process may have some in a moment. */
  const runOnceThereIsRoom = async (script: ScriptSpec, signal: AbortSignal): Promise<ScriptOutcome> => {
    for (let againMs = FIRST_AGAIN_MS; ; againMs *= 2) {
      const outcome = await run(script, { signal });
      if (!outcome.mayStartLater || againMs > LAST_AGAIN_MS || closed) return outcome;
      await pause(againMs, signal);
    }
  };

  const runOne = async (queue: Queue, notification: Notification): Promise<void> => {
    const current = { notification, stop: new AbortController() };
    queue.current = current;
    if (queue.waiting.length > 0) hurry(queue);
    const fields = fieldsOf(notification);
    log.debug("script.started", fields);
    const outcome = await runOnceThereIsRoom(notification.script, current.stop.signal);
    clearTimeout(queue.current.grace);
    queue.current = undefined;
    if (outcome.how === "exited" && outcome.status === 0) log.info("script.succeeded", { ...fields, outcome });
    else log.warn("script.failed", { ...fields, outcome });
  };

  const work = async (name: string, queue: Queue): Promise<void> => {
    for (let next = queue.waiting.shift(); next; next = queue.waiting.shift()) await runOne(queue, next);
    queues.delete(name);
    if (queues.size === 0) onIdle?.();
  };

  const drop = (notification: Notification, reason: string): void =>
    log.warn("script.dropped", { ...fieldsOf(notification), reason });

  return {
    notify(notification) {
      if (closed) return drop(notification, "the daemon is stopping");
      const running = queues.get(notification.queue);
      if (running) {
        running.waiting.push(notification);
        const oldest = running.waiting.length > maxWaiting ? running.waiting.shift() : undefined;
        if (oldest) drop(oldest, `${maxWaiting} later events wait already`);
        hurry(running);
        return;
      }
      const queue: Queue = { waiting: [notification], current: undefined };
      queues.set(notification.queue, queue);
      void work(notification.queue, queue);
    },

    async drain(timeoutMs) {
      closed = true;
      if (queues.size === 0) return;
      const idle = new Promise<"idle">((resolve) => {
        onIdle = () => resolve("idle");
      });
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<"late">((resolve) => {
        timer = setTimeout(resolve, timeoutMs, "late");
      });
      if ((await Promise.race([idle, late])) === "late") {
        for (const queue of queues.values()) {
          for (const notification of queue.waiting.splice(0)) drop(notification, "the daemon is stopping");
          queue.current?.stop.abort();
        }
        await idle;
      }
      clearTimeout(timer);
    },
  };
}

const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener("abort", done);
  });

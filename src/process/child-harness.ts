import { setTimeout as delay } from "node:timers/promises";
import { messageOf } from "../core/errors.ts";
import { createLogger, type Logger, type LogSink } from "../core/log.ts";
import { type EventBatch, joined, withEvents } from "./event-outbox.ts";
import { ignoreOutputErrors } from "./log-console.ts";
import { type ProcessEvents, processEvents } from "./log-events.ts";
import { processSink } from "./log-sink.ts";
import type { ChildBoot, FromChild, RoomPlan, ToChild } from "./messages.ts";
import { fromWire } from "./plan-wire.ts";
import { ignoreRealtimeSignals } from "./realtime-signals.ts";
import { createSavedState, type SavedState } from "./saved.ts";
import { keepHeapSmall } from "./small-heap.ts";
import { setProcessTitle } from "./title.ts";
import { noteLag } from "./vitals.ts";

const HEARTBEAT_MS = 500;
/** With this many messages unread by the parent, heartbeats are left out, saved states and events are folded together: a
 *  parent that is stopped for hours must not fill our memory. */
const MOST_UNREAD = 64;
/** A stop that takes longer ends without further order; with a parent it has killed us long before. */
const STOP_LIMIT_MS = 20_000;

/** After a SIGTERM, how long the parent may take to order the stop; a stopped or hung one is not waited for. */
const PARENT_ACTS_WITHIN_MS = 10_000;

/** Exit status of a process that met a bug of its own (EX_SOFTWARE). */
const EXIT_INTERNAL = 70;

/** A child's end of the line to its parent, with what every child does alike. */
export type Harness = {
  readonly sink: LogSink;
  readonly log: Logger<ProcessEvents>;
  /** Never throws and never blocks; with the parent gone, messages are dropped. */
  readonly send: (message: FromChild) => void;
  /** Sends the last word and ends the process. */
  readonly endWith: (message: FromChild, status: number) => void;
  /** Stops once, whoever asks first; then the process ends with 0. */
  readonly stop: (options: { readonly orphaned: boolean }) => void;
};

export type HarnessHandlers = {
  readonly message: (message: ToChild, handle: unknown) => void;
  /** The plan that is in force. */
  readonly plan?: () => RoomPlan | undefined;
  readonly stop: (options: { readonly orphaned: boolean }) => Promise<void>;
};

/** Title, log, heartbeat, signals and the end of this process, around whatever the child does. */
export function startHarness(boot: ChildBoot, args: readonly string[], handlers: HarnessHandlers): Harness {
  keepHeapSmall();
  const parentPid = process.ppid;
  const send = createOutbox();
  const logged = processSink(boot.program, boot.role, boot.log);
  const sink = boot.role === "api" ? logged : withEvents(logged, (batch) => send({ t: "events", ...batch }));
  const log = createLogger(processEvents, sink);
  ignoreOutputErrors();
  setProcessTitle(boot.program, boot.role, args);
  endOnBugs(log);

  let stopping = false;
  const stop = (options: { readonly orphaned: boolean }): void => {
    if (stopping) return;
    stopping = true;
    if (options.orphaned && boot.role !== "api") log.warn("child.orphaned", { role: boot.role });
    setTimeout(() => process.exit(1), STOP_LIMIT_MS);
    void handlers.stop(options).then(
      () => process.exit(0),
      (error: unknown) => crash(log, error),
    );
  };

  process.on("message", (message: object, handle: unknown) =>
    handlers.message(fromWire(message, handlers.plan?.()), handle),
  );
  process.on("disconnect", () => stop({ orphaned: true }));
  ignoreRealtimeSignals();
  for (const signal of ["SIGINT", "SIGHUP"] as const) process.on(signal, () => {}); // the parent's to act on
  process.on("SIGTERM", () => {
    if (!process.connected || process.ppid !== parentPid) stop({ orphaned: true });
    else {
      send({ t: "terminated" });
      setTimeout(() => stop({ orphaned: false }), PARENT_ACTS_WITHIN_MS);
    }
  });
  if (!process.connected) stop({ orphaned: true });
  startHeartbeat(send);

  const endWith = (message: FromChild, status: number): void => {
    const end = (): never => process.exit(status);
    if (!process.connected || !process.send) end();
    process.send?.(message, end);
    void delay(1000).then(end);
  };
  return { sink, log, send, endWith, stop };
}

/** Messages to the parent, with a bound on what a parent that does not read can make us hold. */
function createOutbox(): (message: FromChild) => void {
  let unread = 0;
  let folded: SavedState | undefined;
  let foldedEvents: EventBatch | undefined;
  const post = (message: FromChild): void => {
    if (!process.connected || !process.send) return;
    unread += 1;
    process.send(message, (_error: Error | null) => {
      unread -= 1;
      if (unread >= MOST_UNREAD) return;
      const part = folded?.value();
      const events = foldedEvents;
      folded = undefined;
      foldedEvents = undefined;
      if (part !== undefined) post({ t: "saved", part });
      if (events) post({ t: "events", ...events });
    });
  };
  return (message) => {
    if (unread >= MOST_UNREAD && message.t === "heartbeat") return;
    if (message.t === "saved" && (folded || unread >= MOST_UNREAD)) {
      folded ??= createSavedState({ keepNulls: true });
      folded.merge(message.part);
      return;
    }
    if (message.t === "events" && (foldedEvents || unread >= MOST_UNREAD)) {
      foldedEvents = joined(foldedEvents, message);
      return;
    }
    post(message);
  };
}

/** From the room's own event loop, so that it falls silent when the room hangs. The first goes out at once. */
function startHeartbeat(send: (message: FromChild) => void): void {
  let dueMs = performance.now();
  const beat = (): void => {
    const now = performance.now();
    const lagMs = Math.max(0, now - dueMs);
    noteLag(lagMs);
    send({ t: "heartbeat", lagMs: Math.round(lagMs) });
    dueMs = now + HEARTBEAT_MS;
  };
  beat();
  setInterval(beat, HEARTBEAT_MS);
}

/** Our own bugs end the process after one line; the parent starts another with the state this one reported. */
export function endOnBugs(log: Logger<ProcessEvents>): void {
  process.on("uncaughtException", (error) => crash(log, error));
}

export function crash(log: Logger<ProcessEvents>, error: unknown): never {
  const frame = error instanceof Error ? error.stack?.split("\n").find((line) => /^\s+at /.test(line)) : undefined;
  log.error("process.crash", { what: messageOf(error), where: frame?.trim() ?? "no stack" });
  process.exit(EXIT_INTERNAL);
}

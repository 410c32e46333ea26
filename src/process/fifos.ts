import { isDeepStrictEqual } from "node:util";
import { nowMs } from "../core/clock.ts";
import { messageOf } from "../core/errors.ts";
import { createLogger, type LogSink } from "../core/log.ts";
import { type Fifo, openFifo } from "../files/fifo.ts";
import { run as runScript } from "../script/runner.ts";
import { processEvents } from "./log-events.ts";
import type { FifoPlan, FifosPlan } from "./plan-global-model.ts";

/** The FIFOs that a room writes its events to, each with the program that reads it. */
export type Fifos = {
  /** The FIFOs from now on; one that stays as it was is not touched. One that cannot be opened is told and left out. */
  configure(plans: readonly ReadFifo[]): void;
  write(line: string): void;
  /** Ends the programs, and removes what was made. */
  close(): Promise<void>;
};

/** `reads`: this room starts its program; of two rooms that write to one FIFO only one does. */
export type ReadFifo = FifoPlan & { readonly reads: boolean };

export type FifosOptions = {
  readonly sink: LogSink;
  /** The lines that say how everything stands now. */
  readonly current: () => readonly string[];
  readonly open?: typeof openFifo;
  readonly run?: typeof runScript;
};

type Slot = {
  readonly plan: ReadFifo;
  readonly fifo: Fifo;
  readonly stop: AbortController;
  readonly reading: Promise<void>;
};

/** The FIFOs of a process. */
export const fifosOf = (role: "vrrp" | "checker", plan: FifosPlan | undefined): readonly ReadFifo[] => {
  const own = plan?.[role];
  return [
    ...(plan?.all ? [{ ...plan.all, reads: plan.allReadBy === role }] : []),
    ...(own ? [{ ...own, reads: true }] : []),
  ];
};

const FIRST_RESTART_MS = 1000;
const LONGEST_RESTART_MS = 60_000;

export function createFifos({ sink, current, open = openFifo, run = runScript }: FifosOptions): Fifos {
  const log = createLogger(processEvents, sink);
  let slots: Slot[] = [];

  /** The program of a FIFO runs as long as the FIFO is there; one that keeps ending is waited for longer and longer. */
  const read = async ({ path, reader }: ReadFifo, signal: AbortSignal): Promise<void> => {
    if (!reader) return;
    const script = { ...reader, argv: [...reader.argv, path] };
    for (let waitMs = FIRST_RESTART_MS; !signal.aborted; waitMs = Math.min(waitMs * 2, LONGEST_RESTART_MS)) {
      const startedMs = nowMs();
      const outcome = await run(script, { signal, endsWithUs: true });
      if (signal.aborted) return;
      if (nowMs() - startedMs > LONGEST_RESTART_MS) waitMs = FIRST_RESTART_MS;
      log.warn("fifo.readerEnded", { path, outcome, waitMs });
      await until(waitMs, signal);
    }
  };

  const openSlot = (plan: ReadFifo): Slot[] => {
    const { path, owner, reads } = plan;
    try {
      const fifo = open({
        path,
        ...(owner && { owner }),
        current,
        onDropped: (error) => log.warn("fifo.dropped", { path, error }),
      });
      const stop = new AbortController();
      return [{ plan, fifo, stop, reading: reads ? read(plan, stop.signal) : Promise.resolve() }];
    } catch (error) {
      log.error("fifo.failed", { path, error: messageOf(error) });
      return [];
    }
  };

  const shut = async (old: readonly Slot[]): Promise<void> => {
    for (const { stop } of old) stop.abort();
    for (const { fifo, plan } of old) {
      try {
        fifo.close();
      } catch (error) {
        log.warn("fifo.failed", { path: plan.path, error: messageOf(error) });
      }
    }
    await Promise.all(old.map(({ reading }) => reading));
  };

  return {
    configure(plans) {
      const kept = slots.filter(({ plan }) => plans.some((next) => isDeepStrictEqual(next, plan)));
      void shut(slots.filter((slot) => !kept.includes(slot)));
      slots = plans.flatMap((plan) => kept.find((slot) => isDeepStrictEqual(slot.plan, plan)) ?? openSlot(plan));
    },
    write(line) {
      for (const { fifo } of slots) fifo.write(line);
    },
    close() {
      const old = slots;
      slots = [];
      return shut(old);
    },
  };
}

const until = (waitMs: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, waitMs);
    signal.addEventListener("abort", done);
  });

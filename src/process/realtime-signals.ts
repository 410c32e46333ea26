import { native } from "../../native/index.ts";

/** SIGRTMIN to SIGRTMAX as glibc leaves them to programs; the two below are the thread library's. */
const FIRST = 34;
const LAST = 64;

/** More signals than anybody sends between two turns of the event loop. */
const MOST_AT_ONCE = 256;

/** A real-time signal ends a process that does not expect it, and process.on() cannot name one. Monitoring that is made
 *  for keepalived sends them (36 asks it for JSON): no director may die of being asked. Without the addon they stay deadly. */
export function ignoreRealtimeSignals(): void {
  for (let signal = FIRST; signal <= LAST; signal++) {
    try {
      native().ignoreSignal(signal);
    } catch {
      return;
    }
  }
}

/** Calls back for each of these signals, until the returned function is called: while it listens the process does not end
 *  by itself. Without the addon nothing comes of them. */
export function onRealtimeSignals(handlers: ReadonlyMap<number, () => void>): () => void {
  try {
    let fd: number | undefined;
    for (const signal of handlers.keys()) fd = native().catchSignal(signal);
    if (fd === undefined) return () => {};
    const from = fd;
    const numbers = Buffer.alloc(MOST_AT_ONCE);
    return native().watch(from, () => {
      const length = native().read(from, numbers);
      for (const signal of numbers.subarray(0, Math.max(0, length))) handlers.get(signal)?.();
    });
  } catch {
    return () => {}; // they stay ignored
  }
}

import { native } from "../../native/index.ts";

/** SIGRTMIN to SIGRTMAX as glibc leaves them to programs. */
const FIRST = 34;
const LAST = 64;

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

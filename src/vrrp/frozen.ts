import type { Event, MachineConfig } from "./machine.ts";
import { type Ms, masterDownMs } from "./timing.ts";

/** What does not wake a master that stood still: adverts that left by themselves, and what takes it down anyway. */
const PASSING: ReadonlySet<Event["type"]> = new Set([
  "sent",
  "start",
  "stop",
  "fault",
  "clear",
  "hold",
  "release",
  "priority",
]);

/** A process that is late by no more than this has only waited for its turn, as the backup beside it may have: listening
 *  would make it lead for certain, where an advert may still be in time. */
const LATE_MS = 100;

/** How long a master has been silent, where that is clearly longer than a backup waits, of its own claim or of the one that
 *  timer_expired_backup names: whoever is there has taken over by then. Undefined: not so long. The owner of the addresses never gives way for it (RFC 9568 §6.4.1). */
export function frozenMs(
  e: Pick<Event, "type" | "now">,
  master: { readonly sentAt: Ms; readonly priority: number },
  c: MachineConfig,
): Ms | undefined {
  if (PASSING.has(e.type) || c.priority === 255) return undefined;
  const silentMs = e.now - master.sentAt;
  const priority = c.timerExpiredBackupPriority ?? master.priority;
  const timing = { version: c.version, priority, intervalMs: c.advertIntervalMs };
  return silentMs > masterDownMs(timing, c.downTimerAdverts) + LATE_MS ? silentMs : undefined;
}

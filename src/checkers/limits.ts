import { readFileSync } from "node:fs";
import type { Slot } from "./kinds.ts";

/** Descriptors that this process needs for all else: IPC, netlink, epoll, files, logs. */
const OTHER_DESCRIPTORS = 256;

/** Probes in flight at most, of each kind of place. A connection being opened costs a descriptor and little else; a talk
 *  over one has buffers and a parser besides. */
export function placesFor(openFiles: number): Readonly<Record<Slot, number>> {
  const descriptors = Math.max(64, openFiles - OTHER_DESCRIPTORS);
  return {
    connect: Math.min(16_384, Math.floor(descriptors / 2)),
    socket: Math.min(2048, Math.floor(descriptors / 4)),
    process: 128,
  };
}

/** Descriptors that this process may have (RLIMIT_NOFILE); Node raises its limit as far as it may. */
export function openFilesLimit(): number {
  try {
    const soft = /^Max open files\s+(\w+)/m.exec(readFileSync("/proc/self/limits", "latin1"))?.[1];
    return soft === "unlimited" ? 2 ** 20 : Number(soft ?? Number.NaN) || 1024;
  } catch {
    return 1024; // no /proc: what every system allows
  }
}

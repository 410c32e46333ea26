import { type PerformanceEntry, PerformanceObserver } from "node:perf_hooks";
import { Histogram, type HistogramCounts } from "../core/histogram.ts";

/** Seconds that a turn of the event loop came late. */
export const LAG_BOUNDS_S = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5] as const;

export const GC_KINDS = ["minor", "major", "incremental", "weakcb"] as const;
type GcKind = (typeof GC_KINDS)[number];

/** How a process is doing, since it started. Times are seconds. */
export type Vitals = {
  readonly cpuUserS: number;
  readonly cpuSystemS: number;
  readonly residentBytes: number;
  readonly heapUsedBytes: number;
  readonly lag: HistogramCounts;
  readonly gc: Readonly<Record<GcKind, { readonly count: number; readonly seconds: number }>>;
};

/** What @types/node leaves out of an entry of a garbage collection. */
type GcEntry = { readonly detail?: { readonly kind: number } };

/** perf_hooks.constants.NODE_PERFORMANCE_GC_*. */
const KIND_OF: Readonly<Record<number, GcKind>> = { 1: "minor", 4: "major", 8: "incremental", 16: "weakcb" };

const lag = new Histogram(LAG_BOUNDS_S);
const gc: Record<GcKind, { count: number; seconds: number }> = {
  minor: { count: 0, seconds: 0 },
  major: { count: 0, seconds: 0 },
  incremental: { count: 0, seconds: 0 },
  weakcb: { count: 0, seconds: 0 },
};

/** Counts this process's garbage collections from now on. */
export function watchGarbageCollection(): void {
  const observer = new PerformanceObserver((list) => {
    for (const entry of list.getEntries() as (PerformanceEntry & GcEntry)[]) {
      const kind = KIND_OF[entry.detail?.kind ?? 0];
      if (!kind) continue;
      gc[kind].count += 1;
      gc[kind].seconds += entry.duration / 1000;
    }
  });
  observer.observe({ entryTypes: ["gc"] });
}

/** A timer of this process came so late. */
export const noteLag = (lagMs: number): void => lag.add(lagMs / 1000);

/** Watches a process that sends no heartbeat: the parent. */
export function watchOwnLag(everyMs: number): void {
  let dueMs = performance.now() + everyMs;
  setInterval(() => {
    const now = performance.now();
    noteLag(Math.max(0, now - dueMs));
    dueMs = now + everyMs;
  }, everyMs).unref();
}

export function vitals(): Vitals {
  const { userCPUTime, systemCPUTime } = process.resourceUsage();
  const { rss, heapUsed } = process.memoryUsage();
  return {
    cpuUserS: userCPUTime / 1e6,
    cpuSystemS: systemCPUTime / 1e6,
    residentBytes: rss,
    heapUsedBytes: heapUsed,
    lag: lag.read(),
    gc: structuredClone(gc),
  };
}

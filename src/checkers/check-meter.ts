import { Histogram, type HistogramCounts } from "../core/histogram.ts";
import type { DownReason, Verdict } from "./model.ts";

/** Seconds that a probe took. */
export const CHECK_BOUNDS_S = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30] as const;

/** All checks of one kind in one virtual server, since this process started. */
export type GroupCounts = {
  readonly virtualServer: string;
  readonly kind: string;
  readonly duration: HistogramCounts;
  /** Failing runs by reason. */
  readonly failures: Readonly<Partial<Record<DownReason, number>>>;
};

/** The runs of one check. `unknown`: our own side failed. */
export type CheckRuns = { readonly passed: number; readonly failed: number; readonly unknown: number };

class Group {
  readonly duration = new Histogram(CHECK_BOUNDS_S);
  readonly failures: Partial<Record<DownReason, number>> = {};
  readonly virtualServer: string;
  readonly kind: string;

  constructor(virtualServer: string, kind: string) {
    this.virtualServer = virtualServer;
    this.kind = kind;
  }
}

/** Counts the runs of one check, for itself and for its group. Costs no allocation. */
export class CheckMeter {
  passed = 0;
  failed = 0;
  unknown = 0;
  readonly #group: Group;

  constructor(group: Group) {
    this.#group = group;
  }

  add(verdict: Verdict, durationMs: number): void {
    this.#group.duration.add(durationMs / 1000);
    if (verdict.up === true) this.passed += 1;
    else if (verdict.up === false) {
      this.failed += 1;
      this.#group.failures[verdict.reason] = (this.#group.failures[verdict.reason] ?? 0) + 1;
    } else this.unknown += 1;
  }

  read(): CheckRuns {
    return { passed: this.passed, failed: this.failed, unknown: this.unknown };
  }
}

/** The meters of all checks. */
export class CheckMeters {
  readonly #groups = new Map<string, Group>();

  make(virtualServer: string, kind: string): CheckMeter {
    const key = `${virtualServer} ${kind}`;
    const group = this.#groups.get(key) ?? new Group(virtualServer, kind);
    this.#groups.set(key, group);
    return new CheckMeter(group);
  }

  /** Forgets groups of virtual servers that are no more. */
  keep(virtualServers: ReadonlySet<string>): void {
    for (const [key, { virtualServer }] of this.#groups)
      if (!virtualServers.has(virtualServer)) this.#groups.delete(key);
  }

  read(): readonly GroupCounts[] {
    return [...this.#groups.values()].map(({ virtualServer, kind, duration, failures }) => ({
      virtualServer,
      kind,
      duration: duration.read(),
      failures: { ...failures },
    }));
  }
}

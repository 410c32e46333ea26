import { Histogram, type HistogramCounts } from "../core/histogram.ts";
import type { ScriptOutcome, ScriptSpec } from "../script/model.ts";
import { type RunOptions, run as runScript } from "../script/runner.ts";

/** Seconds that a script ran. */
export const SCRIPT_BOUNDS_S = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30] as const;

/** The runs of one script since the process started. `name`: of a vrrp_script its own, otherwise the program's path. */
export type ScriptCounts = {
  readonly kind: "track" | "notify";
  readonly name: string;
  readonly runs: Readonly<Partial<Record<Result, number>>>;
  readonly duration: HistogramCounts;
};

type Result = "succeeded" | "failed" | "signalled" | "timeout" | "not_started" | "cancelled" | "lost";
type Entry = {
  readonly kind: ScriptCounts["kind"];
  readonly name: string;
  runs: Record<string, number>;
  duration: Histogram;
};
export type RunScript = (spec: ScriptSpec, options: RunOptions) => Promise<ScriptOutcome>;

/** Scripts that are told apart; of more only what they come to together. */
const MOST_SCRIPTS = 200;
const OTHERS = "(others)";

/** Counts runs of scripts, and how long they took. */
export class ScriptMeter {
  readonly #entries = new Map<string, Entry>();
  readonly #run: RunScript;

  constructor(run: RunScript = runScript) {
    this.#run = run;
  }

  /** A runner whose runs are counted. */
  runner(kind: ScriptCounts["kind"], nameOf: (spec: ScriptSpec) => string = ({ argv }) => argv[0] ?? ""): RunScript {
    return async (spec, options) => {
      const outcome = await this.#run(spec, options);
      const entry = this.#entry(kind, nameOf(spec));
      const result = resultOf(outcome);
      entry.runs[result] = (entry.runs[result] ?? 0) + 1;
      entry.duration.add(outcome.elapsedMs / 1000);
      return outcome;
    };
  }

  read(): readonly ScriptCounts[] {
    return [...this.#entries.values()].map(({ kind, name, runs, duration }) => ({
      kind,
      name,
      runs: { ...runs },
      duration: duration.read(),
    }));
  }

  #entry(kind: ScriptCounts["kind"], asked: string): Entry {
    const name = this.#entries.has(`${kind} ${asked}`) || this.#entries.size < MOST_SCRIPTS ? asked : OTHERS;
    const key = `${kind} ${name}`;
    const entry = this.#entries.get(key) ?? { kind, name, runs: {}, duration: new Histogram(SCRIPT_BOUNDS_S) };
    this.#entries.set(key, entry);
    return entry;
  }
}

function resultOf({ how, status }: ScriptOutcome): Result {
  if (how === "exited") return status === 0 ? "succeeded" : "failed";
  return how === "not-started" ? "not_started" : how;
}

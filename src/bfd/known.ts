import type { BfdVerdicts } from "./model.ts";

/** What a follower knows of sessions. "unknown" leaves it as it was: a BFD process that was replaced begins its sessions
 *  anew, and what is only watched from there goes on meanwhile. */
export class KnownSessions {
  readonly #up = new Map<string, boolean>();

  /** `before`: what a predecessor knew. */
  constructor(before: Readonly<Record<string, boolean>> = {}) {
    for (const [name, up] of Object.entries(before)) this.#up.set(name, up);
  }

  /** Undefined: nobody knows yet. */
  up(name: string): boolean | undefined {
    return this.#up.get(name);
  }

  /** What the BFD process tells of all its sessions; those not among them are forgotten. The names of those that are
   *  another way than before. */
  hear(verdicts: BfdVerdicts): ReadonlySet<string> {
    const changed = new Set<string>();
    for (const name of [...this.#up.keys()])
      if (!Object.hasOwn(verdicts, name)) {
        this.#up.delete(name);
        changed.add(name);
      }
    for (const [name, verdict] of Object.entries(verdicts)) {
      if (verdict === "unknown") continue;
      const up = verdict === "up";
      if (this.#up.get(name) === up) continue;
      this.#up.set(name, up);
      changed.add(name);
    }
    return changed;
  }
}

const VERDICTS: ReadonlySet<unknown> = new Set(["up", "down", "unknown"]);

/** One line of the feed; undefined for what is none. */
export function parseVerdicts(line: string): BfdVerdicts | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  return Object.values(value).every((verdict) => VERDICTS.has(verdict)) ? (value as BfdVerdicts) : undefined;
}

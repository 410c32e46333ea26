import type { DirectorEvent, EventDraft } from "./events.ts";
import { logOwnEvents } from "./log-own-events.ts";

/** As many events are kept. */
export const EVENTS_KEPT = 1000;

export type EventListener = (events: readonly DirectorEvent[]) => void;

/** The last events of all processes, kept by the parent, which outlives the others. */
export class EventRing {
  readonly #epoch: string;
  readonly #capacity: number;
  readonly #listeners = new Set<EventListener>();
  #events: DirectorEvent[] = [];
  #count = 0;

  /** `startedWallMs` tells the events of this director from those of the one before. */
  constructor(startedWallMs: number, capacity = EVENTS_KEPT) {
    this.#epoch = startedWallMs.toString(36);
    this.#capacity = capacity;
  }

  /** `lost`: how many the process could not tell. */
  push(process: DirectorEvent["process"], drafts: readonly EventDraft[], lost = 0): void {
    const told = lost > 0 ? [lostEvent(lost, drafts), ...drafts] : drafts;
    const events = told.map((draft): DirectorEvent => {
      this.#count += 1;
      return { id: `${this.#epoch}-${this.#count}`, process, ...draft };
    });
    if (events.length === 0) return;
    this.#events.push(...events);
    // Twice as many before the old half goes: a shift for each event would move them all each time.
    if (this.#events.length >= 2 * this.#capacity) this.#events = this.#events.slice(-this.#capacity);
    for (const listener of this.#listeners) listener(events);
  }

  /** Those behind the one with this id, oldest first; all where it is not of this director, or so old that it is gone. */
  after(id?: string): readonly DirectorEvent[] {
    const kept = this.#events.slice(-this.#capacity);
    const seen = id === undefined ? undefined : this.#numberOf(id);
    if (seen === undefined) return kept;
    const missing = this.#count - seen;
    return missing <= 0 ? [] : kept.slice(-missing);
  }

  listen(listener: EventListener): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  #numberOf(id: string): number | undefined {
    const [, epoch, number] = /^([0-9a-z]+)-(\d{1,15})$/.exec(id) ?? [];
    return epoch === this.#epoch && Number(number) <= this.#count ? Number(number) : undefined;
  }
}

const lostEvent = (count: number, [next]: readonly EventDraft[]): EventDraft => ({
  atWallMs: next?.atWallMs ?? 0,
  level: "warn",
  event: "events.lost",
  text: logOwnEvents["events.lost"]({ count }),
  facts: { count },
});

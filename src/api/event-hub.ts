import { EVENTS_KEPT } from "../process/event-ring.ts";
import type { DirectorEvent } from "../process/events.ts";

export type HubParts = {
  /** Asks the parent for the events after an id, all without one; it tells of what happens from then on. Undefined where it
   *  does not answer. */
  readonly ask: (after: string | undefined) => Promise<readonly DirectorEvent[] | undefined>;
  /** The parent need not tell any more. */
  readonly quiet: () => void;
};

export type EventReader = (events: readonly DirectorEvent[]) => void;

/** After the last reader has gone, how long the parent goes on telling. */
const LINGER_MS = 30_000;

/** The events of the director, followed while somebody reads them. */
export class EventHub {
  readonly #parts: HubParts;
  readonly #readers = new Set<EventReader>();
  #known: DirectorEvent[] | undefined;
  #early: DirectorEvent[] = [];
  #asking: Promise<boolean> | undefined;
  #leaving: NodeJS.Timeout | undefined;

  constructor(parts: HubParts) {
    this.#parts = parts;
  }

  /** The events after an id; all where it is not known. Undefined when the parent does not answer. */
  async after(id: string | undefined): Promise<readonly DirectorEvent[] | undefined> {
    if (!(await this.#follow())) return undefined;
    this.#leaveSoon();
    return this.#behind(id);
  }

  /** Calls the reader with the events after an id, and from then on with each that happens; the returned function ends it.
   *  Undefined when the parent does not answer. */
  async read(id: string | undefined, reader: EventReader): Promise<(() => void) | undefined> {
    if (!(await this.#follow())) return undefined;
    this.#readers.add(reader);
    clearTimeout(this.#leaving);
    reader(this.#behind(id));
    return () => {
      this.#readers.delete(reader);
      this.#leaveSoon();
    };
  }

  get readers(): number {
    return this.#readers.size;
  }

  /** The parent tells of what has happened. What it could not tell is asked for again. */
  happened(events: readonly DirectorEvent[]): void {
    if (this.#asking !== undefined) this.#early.push(...events);
    else if (this.#known) this.#take(events);
  }

  #take(events: readonly DirectorEvent[]): void {
    const known = this.#known ?? [];
    const last = known.at(-1);
    const [first] = events;
    const lastNumber = last ? numberOf(last) : 0;
    if (first && numberOf(first) > lastNumber + 1) {
      void this.#catchUp(last?.id);
      return;
    }
    const fresh = events.filter((event) => numberOf(event) > lastNumber);
    if (fresh.length === 0) return;
    known.push(...fresh);
    if (known.length > 2 * EVENTS_KEPT) known.splice(0, known.length - EVENTS_KEPT);
    this.#known = known;
    for (const reader of this.#readers) reader(fresh);
  }

  async #follow(): Promise<boolean> {
    if (this.#known) return true;
    return this.#catchUp(undefined);
  }

  /** One question at a time; what is told meanwhile is put behind its answer. */
  #catchUp(after: string | undefined): Promise<boolean> {
    this.#asking ??= this.#parts.ask(after).then((events) => {
      this.#asking = undefined;
      const early = this.#early;
      this.#early = [];
      if (!events) {
        this.#known = undefined;
        return false;
      }
      this.#known ??= [];
      const known = this.#known;
      const last = known.at(-1);
      const fresh = last ? events.filter((event) => numberOf(event) > numberOf(last)) : [...events];
      known.push(...fresh);
      if (fresh.length > 0) for (const reader of this.#readers) reader(fresh);
      if (early.length > 0) this.#take(early);
      return true;
    });
    return this.#asking;
  }

  #behind(id: string | undefined): readonly DirectorEvent[] {
    const known = (this.#known ?? []).slice(-EVENTS_KEPT);
    const index = id === undefined ? -1 : known.findIndex((event) => event.id === id);
    return known.slice(index + 1);
  }

  #leaveSoon(): void {
    clearTimeout(this.#leaving);
    if (this.#readers.size > 0) return;
    this.#leaving = setTimeout(() => {
      this.#known = undefined;
      this.#parts.quiet();
    }, LINGER_MS);
    this.#leaving.unref();
  }
}

/** Events are numbered behind the letters of their director. */
const numberOf = ({ id }: DirectorEvent): number => Number(id.slice(id.lastIndexOf("-") + 1));

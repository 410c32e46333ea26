import { plainText } from "../core/plain-text.ts";
import type { DirectorEvent } from "../process/events.ts";
import { byId, make } from "./live-texts.ts";

/** So many events are shown. */
const SHOWN = 50;
/** Events of one moment are drawn together. */
const DRAW_MS = 100;

/** What happened, the latest first, each with the causes that its own words do not name. */
export class Happenings {
  readonly #section = byId("happened");
  readonly #list = byId("events");
  #waiting: DirectorEvent[] = [];
  #timer: number | undefined;

  add(event: DirectorEvent): void {
    this.#waiting.push(event);
    if (this.#waiting.length > SHOWN) this.#waiting = this.#waiting.slice(-SHOWN);
    this.#timer ??= window.setTimeout(() => this.#draw(), DRAW_MS);
  }

  #draw(): void {
    this.#timer = undefined;
    // After a break a stream may begin with what is there already.
    const known = new Set([...this.#list.children].map((line) => (line as HTMLElement).dataset.id));
    for (const event of this.#waiting) if (!known.has(event.id)) this.#list.prepend(lineOf(event));
    this.#waiting = [];
    while (this.#list.children.length > SHOWN) this.#list.lastElementChild?.remove();
    this.#section.hidden = false;
  }
}

function lineOf(event: DirectorEvent): HTMLLIElement {
  const at = new Date(event.atWallMs);
  const when = make("time", at.toLocaleTimeString());
  when.dateTime = at.toISOString();
  const causes: string[] = [];
  for (let cause = event.cause; cause; cause = cause.cause)
    if (!event.text.includes(cause.text)) causes.push(` \u2190 ${cause.text}`);
  const line = make("li", when, ` ${plainText(event.text + causes.join(""))}`);
  line.dataset.id = event.id;
  return line;
}

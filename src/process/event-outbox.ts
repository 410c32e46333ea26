import { nowMs, wallMs } from "../core/clock.ts";
import type { LogSink } from "../core/log.ts";
import { EVENTS_KEPT } from "./event-ring.ts";
import { type EventDraft, EventMaker } from "./events.ts";

export type EventBatch = { readonly events: readonly EventDraft[]; readonly lost: number };

/** A sink that passes every record on and makes events of those that are. The events of one turn of the event loop go
 *  together, not more than are kept; what is beyond is counted. */
export function withEvents(sink: LogSink, send: (batch: EventBatch) => void): LogSink {
  const maker = new EventMaker();
  let waiting: EventBatch | undefined;
  const flush = (): void => {
    const batch = waiting;
    waiting = undefined;
    if (batch) send(batch);
  };
  return (record) => {
    sink(record);
    const event = maker.make(record, nowMs(), wallMs());
    if (!event) return;
    if (!waiting) setImmediate(flush);
    waiting = joined(waiting, { events: [event], lost: 0 });
  };
}

/** Two batches as one. */
export function joined(first: EventBatch | undefined, second: EventBatch): EventBatch {
  if (!first) return second;
  const events = first.events as EventDraft[];
  events.push(...second.events);
  const tooMany = Math.max(0, events.length - EVENTS_KEPT);
  if (tooMany > 0) events.splice(0, tooMany);
  return { events, lost: first.lost + second.lost + tooMany };
}

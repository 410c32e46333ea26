import { durationText } from "../outline/duration.ts";
import type { Cause, DirectorEvent, Facts } from "../process/events.ts";
import { type Reason, reason } from "./why-text.ts";

/** What happened, as causes of how things are. */
export type History = {
  readonly nowWallMs: number;
  readonly events: readonly DirectorEvent[];
};

/** The last event of one of these names about these things, with its own causes. Undefined: none is remembered. */
export function lastEvent({ events, nowWallMs }: History, names: readonly string[], about: Facts): Reason | undefined {
  const isAbout = ({ event, facts }: DirectorEvent): boolean =>
    names.includes(event) && Object.entries(about).every(([key, value]) => facts[key] === value);
  const event = events.findLast(isAbout);
  if (!event) return undefined;
  const when = `${durationText(nowWallMs - event.atWallMs)} ago`;
  return reason(`${when}: ${event.text}`, event.cause && causeReason(event.cause, event.text));
}

/** A cause that says no more than what follows from it already does is left out. */
function causeReason({ text, cause }: Cause, told: string): Reason | undefined {
  const deeper = cause && causeReason(cause, text);
  return told.includes(text) ? deeper : reason(text, deeper);
}

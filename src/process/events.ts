import type { LogLevel, LogRecord } from "../core/log.ts";
import { eventRules } from "./event-rules.ts";
import type { RoomRole } from "./messages.ts";

/** What made something happen: the record before it in the same process, with its own cause, or a reason in words. */
export type Cause = {
  /** The name of that record; absent: it is a reason in words only. */
  readonly event?: string;
  readonly text: string;
  readonly facts?: Facts;
  readonly cause?: Cause;
};

export type Facts = Readonly<Record<string, string | number | boolean>>;

/** Something that changed, as a process tells it. `event` is a name of the log's registry, `text` the log's sentence. */
export type EventDraft = {
  readonly atWallMs: number;
  readonly level: LogLevel;
  readonly event: string;
  readonly text: string;
  /** Who it is about and what is known of it: instance, virtualServer, realServer, from, priority … */
  readonly facts: Facts;
  readonly cause?: Cause;
};

/** `id` ascends; it names the director's start too, so that one of an earlier director is not taken for a later event. */
export type DirectorEvent = EventDraft & { readonly id: string; readonly process: "parent" | RoomRole };

/** Texts of scripts and peers are cut to this. */
const MOST_CHARACTERS = 500;
/** Causes are looked for among this many recent things. */
const MOST_REMEMBERED = 4096;
/** A chain of causes is told so far back. */
const MOST_DEPTH = 4;
/** What came longer ago is no cause. */
const RECENT_MS = 1000;

type Remembered = { readonly atMs: number; readonly cause: Cause };

/** Makes events of a process's log records, each with what it followed from. Pure but for what it remembers. */
export class EventMaker {
  readonly #recent = new Map<string, Remembered>();

  /** The event that a record is; undefined for what is only logged. `nowMs` is monotonic. */
  make(record: LogRecord, nowMs: number, atWallMs: number): EventDraft | undefined {
    const rule = Object.hasOwn(eventRules, record.event) ? eventRules[record.event] : undefined;
    if (!rule) return undefined;
    const facts = factsOf(record.fields);
    const text = cut(record.text);
    const cause = this.#causeOf(rule.after?.(facts) ?? [], rule.why?.(facts), nowMs, rule.withinMs ?? RECENT_MS);
    for (const key of rule.as?.(facts) ?? [])
      this.#remember(key, { atMs: nowMs, cause: { event: record.event, text, facts, ...(cause && { cause }) } });
    if (rule.silent) return undefined;
    return { atWallMs, level: record.level, event: record.event, text, facts, ...(cause && { cause }) };
  }

  #causeOf(keys: readonly string[], why: string | undefined, nowMs: number, withinMs: number): Cause | undefined {
    for (const key of keys) {
      const found = this.#recent.get(key);
      if (found && nowMs - found.atMs <= withinMs) return shortened(found.cause, MOST_DEPTH);
    }
    return why === undefined || why === "" ? undefined : { text: cut(why) };
  }

  #remember(key: string, remembered: Remembered): void {
    this.#recent.delete(key);
    this.#recent.set(key, remembered);
    if (this.#recent.size <= MOST_REMEMBERED) return;
    const [oldest] = this.#recent.keys();
    if (oldest !== undefined) this.#recent.delete(oldest);
  }
}

function shortened({ cause, ...own }: Cause, depth: number): Cause {
  return cause && depth > 1 ? { ...own, cause: shortened(cause, depth - 1) } : own;
}

const cut = (text: string): string => (text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS)}…` : text);

/** The plain values among a record's fields; of a check its real server, virtual server and kind, of a script's run how it
 *  ended. */
export function factsOf(fields: Readonly<Record<string, unknown>> | undefined): Facts {
  const facts: Record<string, string | number | boolean> = {};
  for (const [name, value] of Object.entries(fields ?? {})) {
    if (typeof value === "string") facts[name] = cut(value);
    else if (typeof value === "number" || typeof value === "boolean") facts[name] = value;
    else if (name === "subject" && isObject(value)) Object.assign(facts, checkFacts(value));
    else if (name === "outcome" && isObject(value) && typeof value.how === "string") facts.how ??= value.how;
  }
  return facts;
}

function checkFacts({ plan, realServer, virtualServer }: Readonly<Record<string, unknown>>): Facts {
  const probe = isObject(plan) && isObject(plan.probe) ? plan.probe : {};
  return {
    ...(typeof probe.kind === "string" && { check: probe.kind }),
    ...(typeof realServer === "string" && { realServer }),
    ...(typeof virtualServer === "string" && { virtualServer }),
  };
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null;

import type { ChildRole, FromChild, FromChildOf } from "./messages.ts";

type Shape = Readonly<Record<string, "string" | "number" | "boolean" | "object" | "any">>;

/** Fields each message must have to be acted on. Parts that are only kept and handed on (`saved`, `result`) are the
 *  room's own and are not looked into. */
const shapes: { readonly [T in FromChild["t"]]: Shape } = {
  ready: { role: "string", pid: "number" },
  heartbeat: { lagMs: "number" },
  saved: { part: "object" },
  "vrrp.state": { instance: "string", state: "string" },
  events: { events: "object", lost: "number" },
  done: { id: "number", result: "any" },
  refused: { id: "number", code: "string", message: "string" },
  failed: { code: "string", message: "string", permanent: "boolean" },
  terminated: {},
  request: { id: "number", request: "string" },
  closed: {},
  idle: {},
};

/** Tags that the unprivileged api process may send; anything else from it is dropped. */
const apiTags: ReadonlySet<string> = new Set([
  "ready",
  "heartbeat",
  "failed",
  "terminated",
  "request",
  "closed",
  "idle",
]);

/** What a child said, or undefined when it is no message of ours: the caller drops it. `done` may come without a
 *  result, since JSON leaves undefined out. */
export function parseFromChild(value: unknown, from: ChildRole): FromChild | undefined {
  if (typeof value !== "object" || value === null || !("t" in value) || typeof value.t !== "string") return undefined;
  if (!Object.hasOwn(shapes, value.t) || (from === "api" && !apiTags.has(value.t))) return undefined;
  const fields = value as Readonly<Record<string, unknown>>;
  const shape = shapes[value.t as FromChild["t"]];
  const fits = Object.entries(shape).every(([name, type]) => {
    const field = fields[name];
    return type === "any" || (typeof field === type && field !== null);
  });
  if (value.t === "events" && !Array.isArray(fields.events)) return undefined;
  return fits ? (value as FromChild) : undefined;
}

export type FromChildHandlers = { readonly [T in FromChild["t"]]: (message: FromChildOf<T>) => void };

/** Calls the handler of the message's tag; a new message does not compile until every receiver handles it. */
export const dispatch = (message: FromChild, to: FromChildHandlers): void =>
  (to[message.t] as (m: FromChild) => void)(message);

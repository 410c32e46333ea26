import Type, { type Static, type TProperties } from "typebox";
import { MAX_WEIGHT } from "../virtual-server/model.ts";

/** An object with these members and no others. */
export const closed = <P extends TProperties>(properties: P, description?: string) =>
  Type.Object(properties, { additionalProperties: false, ...(description !== undefined && { description }) });

export const words = <W extends string[]>(...values: [...W]) => Type.Enum<W>(values);

/** Wall-clock ms since the epoch. */
export const wallMs = (description?: string) =>
  Type.Number({ description: `${description === undefined ? "" : `${description}; `}milliseconds since 1970` });

export const anything = Type.Object({}, { additionalProperties: true });

export const refusal = Type.Object(
  {
    ok: Type.Literal(false),
    code: Type.String({ description: "Stable between releases." }),
    message: Type.String({ description: "What is wrong, where, and the remedy, in one line." }),
    drawn: Type.Optional(
      Type.String({ description: "Diagnostics of a configuration, as `lvskeeper check` draws them." }),
    ),
  },
  { additionalProperties: true },
);

export const done = closed({ ok: Type.Literal(true) });
export const stopping = closed({ ok: Type.Literal(true), pid: Type.Integer() });

const server = Type.String({
  description: "ADDRESS (all its ports), ADDRESS:PORT or [ADDRESS]:PORT",
  minLength: 2,
  maxLength: 100,
  examples: ["10.0.0.2:80"],
});
const service = Type.Optional(
  Type.String({
    description: "Only in this virtual server: ADDRESS:PORT, ADDRESS:PORT/PROTOCOL, fwm:MARK or a group",
    maxLength: 256,
  }),
);

/** What POST /rs takes. The times of a deadline go up to 31 days. */
export const rsCommand = Type.Union([
  closed({ do: words("disable", "enable"), server, service }),
  closed({ do: Type.Literal("weight"), server, service, weight: Type.Integer({ minimum: 0, maximum: MAX_WEIGHT }) }),
  closed({
    do: Type.Literal("drain"),
    server,
    service,
    after: Type.Optional(words("remove", "stay")),
    deadlineMs: Type.Optional(Type.Integer({ minimum: 0, maximum: 31 * 86_400_000 })),
  }),
]);

export const rsAnswer = closed({
  ok: Type.Literal(true),
  servers: Type.Array(closed({ realServer: Type.String(), virtualServer: Type.String(), what: Type.String() })),
  notKept: Type.Optional(Type.String({ description: "Why it will not be known after a restart." })),
});

/** What POST /vrrp takes. */
export const vrrpCommand = closed({
  do: words("failover", "resume"),
  instance: Type.String({ minLength: 1, maxLength: 1024, description: "The name of a vrrp_instance" }),
});

export const stateName = words("init", "backup", "master", "fault");

export const vrrpAnswer = Type.Union([
  closed({
    ok: Type.Literal(true),
    did: Type.Literal("failover"),
    instance: Type.String(),
    was: stateName,
    sinceWallMs: wallMs(),
    takenBy: Type.Optional(
      closed(
        { address: Type.String(), priority: Type.Integer(), afterMs: Type.Number() },
        "Whose first advert came so long after our last one; absent where this was not MASTER.",
      ),
    ),
  }),
  closed({ ok: Type.Literal(true), did: Type.Literal("resume"), instance: Type.String(), downMs: Type.Number() }),
]);

export const eventsQuery = closed({
  after: Type.Optional(Type.String({ maxLength: 40, description: "The id of the last event that is known already." })),
});

const facts = Type.Record(Type.String(), Type.Union([Type.String(), Type.Number(), Type.Boolean()]), {
  description: "Who it is about and what is known of it: instance, virtualServer, realServer, from, priority …",
});

const cause = Type.Cyclic(
  {
    Cause: closed({
      event: Type.Optional(
        Type.String({ description: "The name of what it followed from; absent: a reason in words." }),
      ),
      text: Type.String(),
      facts: Type.Optional(facts),
      cause: Type.Optional(Type.Ref("Cause")),
    }),
  },
  "Cause",
);

const event = closed({
  id: Type.String({ description: "Ascends; another director's start begins with other letters." }),
  atWallMs: wallMs(),
  process: words("parent", "checker", "vrrp", "bfd"),
  level: words("error", "warn", "info", "debug"),
  event: Type.String({ description: "A name of docs/messages.md." }),
  text: Type.String({ description: "The log's sentence." }),
  facts,
  cause: Type.Optional(cause),
});

export const events = closed({ events: Type.Array(event) });

const change = closed({
  kind: words("add", "change", "remove"),
  text: Type.String(),
  op: Type.Optional(Type.String()),
});

export const preview = closed({
  version: Type.Literal(1),
  configFile: Type.String(),
  changes: Type.Boolean(),
  table: Type.Array(change),
  addresses: Type.Array(change),
  checks: Type.Array(change),
  sync: Type.Array(change),
  settings: Type.Array(change),
});

export const configuration = closed({
  configFile: Type.String(),
  plan: Type.Object({}, { additionalProperties: true, description: "Of the version that it names." }),
});

export const running = Type.Object({ configFile: Type.String(), checker: anything, vrrp: anything }, {});

const stats = closed(
  Object.fromEntries(
    ["connections", "packetsIn", "packetsOut", "bytesIn", "bytesOut"].flatMap((name) => [
      [name, Type.Number()],
      [`${name}PerS`, Type.Number()],
    ]),
  ),
);

const serviceId = Type.Union([
  closed({
    kind: Type.Literal("address"),
    protocol: words("tcp", "udp", "sctp"),
    address: Type.String(),
    port: Type.Integer(),
  }),
  closed({ kind: Type.Literal("fwmark"), family: Type.Enum([4, 6]), fwmark: Type.Integer() }),
]);

export const ipvsTable = closed({
  services: Type.Array(
    closed({
      service: Type.Object({ id: serviceId, scheduler: Type.String() }, { additionalProperties: true }),
      stats,
      destinations: Type.Array(
        closed({
          destination: Type.Object(
            { address: Type.String(), port: Type.Integer(), weight: Type.Integer() },
            { additionalProperties: true },
          ),
          activeConnections: Type.Number(),
          inactiveConnections: Type.Number(),
          persistentConnections: Type.Number(),
          stats,
        }),
      ),
    }),
  ),
});

export type RsBody = Static<typeof rsCommand>;
export type VrrpBody = Static<typeof vrrpCommand>;

import Type, { type Static } from "typebox";
import { DROP_REASONS, type DropReason } from "../bfd/model.ts";
import type { DirectorStatus } from "../process/status.ts";
import { closed, stateName, wallMs, words } from "./schemas.ts";

// The published form of `status`. A member that is added to DirectorStatus is added here too: the last lines do not compile
// otherwise.

const optional = Type.Optional;
const text = (description?: string) => Type.String(description === undefined ? {} : { description });
const number = (description?: string) => Type.Number(description === undefined ? {} : { description });

const process = closed({
  role: words("parent", "checker", "vrrp", "bfd", "api"),
  pid: optional(number()),
  state: text("off, starting, running, killed, waiting, stopping or overdue"),
  sinceWallMs: optional(wallMs()),
  respawns: number(),
  lagMs: optional(number("How late its last heartbeat was.")),
  lastHeartbeatAgeMs: optional(number()),
  respawnInMs: optional(number()),
  lastEnd: optional(text("How its predecessor ended.")),
});

const secondMaster = closed(
  {
    address: text(),
    priority: number(),
    sinceWallMs: wallMs(),
    lastWallMs: wallMs(),
    adverts: number(),
  },
  "Another master that is heard while this is MASTER: split brain.",
);

const addressClaim = closed(
  {
    address: text(),
    hardwareAddress: text(),
    interface: text(),
    sinceWallMs: wallMs(),
    lastWallMs: wallMs(),
    claims: number(),
  },
  "Another host that claims one of its addresses by ARP or neighbour discovery while this is MASTER: split brain.",
);

const takeover = closed(
  {
    sinceWallMs: wallMs(),
    heldBy: optional(words("conflict", "no-witness")),
    address: optional(text("Of a conflict: what is answered for.")),
    hardwareAddress: optional(text("Of a conflict: by whom.")),
  },
  "It asks before it takes over (takeover_check): since when, and what holds it.",
);

const tracker = closed(
  {
    kind: text("script, interface, process, BFD session, virtual server, service or file."),
    name: text(),
    weight: number("As configured; 0: it is a fault when it is not well."),
    reverse: optional(Type.Literal(true)),
    up: optional(Type.Boolean({ description: "Absent: not known yet, or a number." })),
    value: optional(number("Of a file.")),
    share: number("What it adds to the priority."),
    isFault: Type.Boolean({ description: "It keeps the instance in FAULT." }),
  },
  "What one tracker does to the instance now.",
);

const peer = closed(
  {
    address: text(),
    configured: optional(Type.Literal(true)),
    priority: optional(number()),
    lastAdvertWallMs: optional(wallMs("of its last advert; absent: it was never heard")),
    adverts: number(),
  },
  "A router of the same VRID: a unicast_peer, or one that was heard.",
);

const instance = closed({
  name: text(),
  state: stateName,
  sinceWallMs: wallMs(),
  why: text("Why it is in this state, in one sentence."),
  interface: text(),
  vrid: number(),
  version: Type.Enum([2, 3]),
  basePriority: number(),
  effectivePriority: number("With the shares of its trackers."),
  faults: Type.Array(text()),
  addresses: Type.Array(text()),
  master: optional(closed({ address: text(), priority: number(), lastAdvertWallMs: wallMs() })),
  trackers: optional(Type.Array(tracker)),
  peers: optional(Type.Array(peer)),
  secondMaster: optional(secondMaster),
  addressClaim: optional(addressClaim),
  takeover: optional(takeover),
  handedOverSinceWallMs: optional(wallMs("since when the administrator has it handed over")),
  sourceAddress: optional(text()),
  masterIntervalMs: optional(number()),
  advertDelay: optional(
    closed(
      { lastMs: number(), mostMs: number() },
      "How late its adverts leave, while MASTER: the last, and the latest.",
    ),
  ),
  dueWallMs: optional(wallMs("when its timer runs out")),
  counters: Type.Record(Type.String(), Type.Number()),
});

const vrrp = closed({
  instances: Type.Array(instance),
  scripts: Type.Array(closed({ name: text(), ok: optional(Type.Boolean()), detail: text(), sinceWallMs: wallMs() })),
  files: optional(Type.Array(closed({ name: text(), value: number(), sinceWallMs: wallMs() }))),
  processes: optional(Type.Array(closed({ name: text(), up: Type.Boolean(), count: number(), sinceWallMs: wallMs() }))),
  balancing: optional(
    Type.Array(
      closed({
        name: text(),
        up: optional(Type.Boolean({ description: "Absent: not known yet." })),
        sinceWallMs: wallMs(),
      }),
    ),
  ),
  services: optional(
    Type.Array(
      closed({
        name: text(),
        up: optional(Type.Boolean({ description: "Absent: no result yet." })),
        detail: text("How the last try ended."),
        sinceWallMs: wallMs(),
      }),
    ),
  ),
  bfds: optional(
    Type.Array(
      closed({
        name: text(),
        up: optional(Type.Boolean({ description: "Absent: not known yet." })),
        sinceWallMs: wallMs(),
      }),
    ),
  ),
});

const sessionState = () => words("adminDown", "down", "init", "up");

const bfdSession = closed({
  name: text(),
  neighbor: text(),
  source: optional(text()),
  multihop: Type.Boolean(),
  verdict: words("up", "down", "unknown"),
  state: sessionState(),
  sinceWallMs: wallMs(),
  diagnostic: number("Why it went down last, RFC 5880 section 4.1."),
  diagnosticText: text(),
  discriminator: number(),
  remote: optional(
    closed(
      {
        state: sessionState(),
        diagnostic: number(),
        discriminator: number(),
        minTxMs: number(),
        minRxMs: number(),
        multiplier: number(),
      },
      "What the peer said last; absent: it is silent.",
    ),
  ),
  transmitMs: optional(number("Between packets that are sent, before jitter.")),
  detectionMs: optional(number("Silence of this length is the end of the session.")),
  lastHeardWallMs: optional(wallMs()),
  received: number(),
  sent: number(),
  sendErrors: number(),
  sendError: optional(text("Why packets cannot be sent now.")),
  timesUp: number(),
  timesDown: number(),
});

const bfd = closed({
  sessions: Type.Array(bfdSession),
  dropped: closed(
    Object.fromEntries(DROP_REASONS.map((reason) => [reason, number()])) as Record<
      DropReason,
      ReturnType<typeof number>
    >,
    "Datagrams that no session took, by reason.",
  ),
  trouble: Type.Array(text("What cannot be listened on.")),
});

const check = closed({
  kind: text(),
  target: text(),
  up: Type.Boolean(),
  hasRun: Type.Boolean(),
  sinceWallMs: wallMs(),
  lastRunWallMs: optional(wallMs()),
  lastLatencyMs: optional(number()),
  nextRunWallMs: optional(wallMs("when it runs next; absent while it runs")),
  lastResult: text(),
  failures: number("Failing attempts in a row, while it still counts as up."),
  retry: number(),
  readers: optional(number("How many checks get their verdicts from its probe, with itself.")),
  runs: optional(
    closed({ passed: number(), failed: number(), unknown: number() }, "Its runs since the checker process started."),
  ),
  output: optional(text()),
  certificateExpiresWallMs: optional(wallMs("when the certificate that the server showed last expires")),
});

const traffic = () =>
  optional(
    closed(
      {
        activeConnections: number("Open ones; of UDP those that were used of late."),
        inactiveConnections: number("Remembered ones that are not open."),
        connectionsPerS: number("New ones."),
        bytesInPerS: number(),
        bytesOutPerS: number("Seen with NAT only."),
      },
      "What the kernel counts; absent: it has no such entry, or did not say in time.",
    ),
  );

const overrideFacts = {
  mode: words("drain", "disable", "weight"),
  sinceWallMs: wallMs(),
  weight: optional(number()),
  after: optional(words("remove", "stay")),
  deadlineWallMs: optional(wallMs()),
  drained: optional(words("empty", "deadline")),
};

const realServer = closed({
  name: text(),
  weight: number(),
  effectiveWeight: number(),
  alive: Type.Boolean(),
  inTable: Type.Boolean(),
  sinceWallMs: wallMs(),
  servedWeight: optional(number("slow_start: the weight that it has so far.")),
  traffic: traffic(),
  override: optional(
    closed({ ...overrideFacts, activeConnections: optional(number()) }, "What was said of it at run time."),
  ),
  why: text("Why it is down; empty while it is up."),
  checkers: Type.Array(check),
});

const virtualServer = closed({
  name: text(),
  scheduler: text(),
  forwarding: text(),
  quorum: number(),
  hysteresis: number(),
  quorumUp: Type.Boolean(),
  sinceWallMs: wallMs(),
  sorryServerActive: Type.Boolean(),
  suspended: optional(Type.Literal(true)),
  traffic: traffic(),
  realServers: Type.Array(realServer),
});

const syncDaemon = closed({
  role: words("master", "backup"),
  interface: text(),
  syncId: number(),
  maxLength: optional(number()),
  port: optional(number()),
  ttl: optional(number()),
  group: optional(text()),
});

const checker = closed({
  transport: words("genl", "sockopt", "none"),
  driftRepairs: number("How often the kernel's table had been changed by somebody else, in entries."),
  tableError: optional(text("Why the kernel's table is not as it is to be.")),
  virtualServers: Type.Array(virtualServer),
  syncDaemons: Type.Array(syncDaemon),
  dormantOverrides: optional(
    Type.Array(closed({ virtualServer: text(), address: text(), port: number(), ...overrideFacts })),
  ),
});

const orReason = <S extends typeof vrrp | typeof checker | typeof bfd>(schema: S) =>
  Type.Union([schema, text("Why the process that knows did not answer.")]);

const reload = closed({
  atWallMs: wallMs(),
  ok: Type.Boolean(),
  error: optional(text("Why it was refused.")),
  tookMs: optional(number()),
  changes: optional(Type.Array(text(), { description: "What it changed, a line each; of many the first." })),
  moreChanges: optional(number("How many more there were.")),
});

export const statusSchema = closed({
  version: text(),
  program: text(),
  pid: number(),
  nowWallMs: wallMs(),
  startedWallMs: wallMs(),
  configFile: text(),
  lastReload: optional(reload),
  reloads: optional(Type.Array(reload, { description: "The last ones, the latest first." })),
  processes: Type.Array(process),
  vrrp: optional(orReason(vrrp)),
  checker: optional(orReason(checker)),
  bfd: optional(orReason(bfd)),
  warnings: Type.Array(text("What the configuration's check warned of.")),
});

/** Everything readable and required: what is left is which members there are, and their types. */
type Bare<T> = T extends readonly (infer I)[]
  ? readonly Bare<I>[]
  : T extends object
    ? { readonly [K in keyof T]-?: Bare<Exclude<T[K], undefined>> }
    : T;
type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;

/** A type error here: this schema and DirectorStatus differ. */
export const isSame: Same<Bare<Static<typeof statusSchema>>, Bare<DirectorStatus>> = true;

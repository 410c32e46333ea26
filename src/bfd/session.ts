import { type ControlPacket, DIAGNOSTIC, type SessionState } from "./packet.ts";

// A BFD session in asynchronous mode without authentication and echo: RFC 5880 §6. No clock, socket or log: `now` and
// deadlines are monotonic ms, effects run in list order, and chance comes in as a number.

/** What the configuration says. `idleTxMs` is the interval of packets while the session is not up, 1000 at least (§6.8.3);
 *  `passive`: nothing is sent before something is received (§6.1). */
export type SessionConfig = {
  readonly minTxMs: number;
  readonly minRxMs: number;
  readonly idleTxMs: number;
  /** 1..255 */
  readonly multiplier: number;
  readonly passive: boolean;
};

/** What the last packet of the peer said; `mine` is its discriminator. */
type Peer = Pick<ControlPacket, "state" | "mine" | "minTxMs" | "minRxMs" | "multiplier" | "demand">;

export type Session = {
  readonly state: SessionState;
  readonly diagnostic: number;
  /** Ours: unique on this host, not 0. */
  readonly discriminator: number;
  /** Absent: nothing was heard within the last detection time. */
  readonly peer?: Peer;
  /** The intervals that we act by. While up, a longer minTxMs and a shorter minRxMs wait for the end of the Poll Sequence
   *  that tells them (§6.8.3). */
  readonly inUse: { readonly minTxMs: number; readonly minRxMs: number };
  /** A Poll Sequence is under way: our packets have P until one with F comes (§6.5). */
  readonly polling: boolean;
  /** When the last packet was sent, and the part of the interval after which the next one is. */
  readonly sentAt?: number;
  readonly part: number;
  /** When the peer was last heard. */
  readonly heardAt?: number;
};

export type SessionEvent = { readonly now: number } & (
  | { readonly type: "start" | "timer" | "disable" }
  /** A packet that is for this session: its `yours` is our discriminator, or 0 and it came from the peer's address. */
  | { readonly type: "packet"; readonly packet: ControlPacket }
  /** The configuration passed to this step is another than before. */
  | { readonly type: "configured" }
);

export type SessionEffect =
  | { readonly do: "send"; readonly packet: ControlPacket }
  | { readonly do: "moved"; readonly from: SessionState; readonly to: SessionState; readonly diagnostic: number };

export type SessionStep = { readonly session: Session; readonly effects: readonly SessionEffect[] };

/** §6.8.7: a sender takes 75 to 100 % of its interval, and with a multiplier of 1 at most 90 %, by chance (0 to below 1). */
export const jitterOf = (multiplier: number, chance: number): number =>
  0.75 + chance * (multiplier === 1 ? 0.15 : 0.25);

export const newSession = (discriminator: number, c: SessionConfig): Session => ({
  state: "down",
  diagnostic: DIAGNOSTIC.none,
  discriminator,
  inUse: { minTxMs: c.idleTxMs, minRxMs: c.minRxMs },
  polling: false,
  part: 1,
});

/** §6.8.4: silence of the peer for this long means that the path is down. Undefined while the peer is not known. */
export function detectionTimeMs({ peer, inUse }: Session): number | undefined {
  return peer && peer.multiplier * Math.max(inUse.minRxMs, peer.minTxMs);
}

/** The interval between our packets before jitter (§6.8.7); undefined: none are sent by time. */
export function transmitIntervalMs({ peer, inUse }: Session, c: SessionConfig): number | undefined {
  if (!peer) return c.passive ? undefined : inUse.minTxMs;
  return peer.minRxMs === 0 ? undefined : Math.max(inUse.minTxMs, peer.minRxMs);
}

/** When `timer` is due; undefined when nothing is awaited. */
export function deadlineOf(s: Session, c: SessionConfig): number | undefined {
  const due = [sendAt(s, c), detectAt(s)].filter((at) => at !== undefined);
  return due.length === 0 ? undefined : Math.min(...due);
}

/** `chance` is 0 to below 1, another one at each step: it decides on the jitter of the next packet. */
export function step(s: Session, e: SessionEvent, c: SessionConfig, chance: number): SessionStep {
  switch (e.type) {
    case "start":
      return c.passive ? keep(s) : sent(s, e.now, c, chance);
    case "timer":
      return timer(s, e.now, c, chance);
    case "disable":
      return moved(s, "adminDown", DIAGNOSTIC.adminDown, e.now, c, chance);
    case "packet":
      return received(s, e, c, chance);
    case "configured":
      return configured(s, e.now, c, chance);
  }
}

const keep = (session: Session): SessionStep => ({ session, effects: [] });
const isDue = (at: number | undefined, now: number): boolean => at !== undefined && now >= at;

function sendAt(s: Session, c: SessionConfig): number | undefined {
  const intervalMs = transmitIntervalMs(s, c);
  return intervalMs === undefined || s.sentAt === undefined ? undefined : s.sentAt + s.part * intervalMs;
}

function detectAt(s: Session): number | undefined {
  const timeMs = detectionTimeMs(s);
  return timeMs === undefined || s.heardAt === undefined ? undefined : s.heardAt + timeMs;
}

/** What is announced: while the session is not up, no wish for more than a packet a second (§6.8.3). */
const announcedTxMs = (s: Session, c: SessionConfig): number => (s.state === "up" ? c.minTxMs : c.idleTxMs);

/** A packet now, and the next one after another part of the interval. `final` answers a poll, and never polls (§6.5). */
function sent(s: Session, now: number, c: SessionConfig, chance: number, final = false): SessionStep {
  const packet: ControlPacket = {
    state: s.state,
    diagnostic: s.diagnostic,
    poll: s.polling && !final,
    final,
    demand: false,
    multiplier: c.multiplier,
    mine: s.discriminator,
    yours: s.peer?.mine ?? 0,
    minTxMs: announcedTxMs(s, c),
    minRxMs: c.minRxMs,
    minEchoRxMs: 0,
  };
  return { session: { ...s, sentAt: now, part: jitterOf(c.multiplier, chance) }, effects: [{ do: "send", packet }] };
}

/** Another state, told to the peer at once since it may wait a second for our next packet. A session that comes up polls,
 *  since it wants shorter intervals from now on. */
function moved(
  s: Session,
  to: SessionState,
  diagnostic: number,
  now: number,
  c: SessionConfig,
  chance: number,
  final = false,
): SessionStep {
  if (s.state === to) return final ? sent(s, now, c, chance, true) : keep(s);
  const minTxMs = to === "up" ? c.minTxMs : c.idleTxMs;
  const next: Session = { ...s, state: to, diagnostic, inUse: { minTxMs, minRxMs: c.minRxMs }, polling: to === "up" };
  const told = sent(next, now, c, chance, final);
  return { session: told.session, effects: [{ do: "moved", from: s.state, to, diagnostic }, ...told.effects] };
}

/** The silence of the peer counts before anything is sent: a packet that says Up must not leave after it. */
function timer(s: Session, now: number, c: SessionConfig, chance: number): SessionStep {
  if (isDue(detectAt(s), now)) {
    const { peer: _silent, heardAt: _then, ...forgotten } = s; // §6.8.1: the peer's discriminator is forgotten
    if (s.state === "init" || s.state === "up")
      return moved(forgotten, "down", DIAGNOSTIC.detectionTime, now, c, chance);
    return keep(forgotten);
  }
  return isDue(sendAt(s, c), now) ? sent(s, now, c, chance) : keep(s);
}

/** §6.8.6 */
function received(
  before: Session,
  { packet, now }: { readonly packet: ControlPacket; readonly now: number },
  c: SessionConfig,
  chance: number,
): SessionStep {
  if (before.state === "adminDown") return keep(before);
  const { state, mine, minTxMs, minRxMs, multiplier, demand } = packet;
  const polled = before.polling && packet.final;
  const s: Session = {
    ...before,
    peer: { state, mine, minTxMs, minRxMs, multiplier, demand },
    heardAt: now,
    ...(polled && { polling: false, inUse: { minTxMs: announcedTxMs(before, c), minRxMs: c.minRxMs } }),
  };
  const [to, diagnostic] = nextOf(s, packet.state);
  if (to !== s.state || packet.poll) return moved(s, to, diagnostic, now, c, chance, packet.poll);
  // A passive end, or one whose peer wanted nothing before, begins to send by time.
  return s.sentAt === undefined && transmitIntervalMs(s, c) !== undefined ? sent(s, now, c, chance) : keep(s);
}

/** The state machine of §6.2 for the peer's state, and the diagnostic that goes with it. */
function nextOf(s: Session, heard: SessionState): readonly [SessionState, number] {
  switch (s.state) {
    case "adminDown":
      return ["adminDown", s.diagnostic];
    case "down":
      if (heard === "down") return ["init", s.diagnostic];
      return heard === "init" ? ["up", DIAGNOSTIC.none] : ["down", s.diagnostic];
    case "init":
      if (heard === "adminDown") return ["down", DIAGNOSTIC.neighborDown];
      return heard === "down" ? ["init", s.diagnostic] : ["up", DIAGNOSTIC.none];
    case "up":
      return heard === "down" || heard === "adminDown" ? ["down", DIAGNOSTIC.neighborDown] : ["up", s.diagnostic];
  }
}

/** §6.8.3: while up, shorter packets are sent at once and longer silences granted at once; the reverse waits until the peer
 *  has heard of it. */
function configured(s: Session, now: number, c: SessionConfig, chance: number): SessionStep {
  if (s.state !== "up") return keep({ ...s, inUse: { minTxMs: c.idleTxMs, minRxMs: c.minRxMs } });
  const { minTxMs, minRxMs } = s.inUse;
  const inUse = { minTxMs: Math.min(minTxMs, c.minTxMs), minRxMs: Math.max(minRxMs, c.minRxMs) };
  return sent({ ...s, inUse, polling: true }, now, c, chance);
}

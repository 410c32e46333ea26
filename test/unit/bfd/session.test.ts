import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ControlPacket, SessionState } from "../../../src/bfd/packet.ts";
import {
  deadlineOf,
  detectionTimeMs,
  jitterOf,
  newSession,
  type Session,
  type SessionConfig,
  type SessionEffect,
  type SessionEvent,
  step,
  transmitIntervalMs,
} from "../../../src/bfd/session.ts";

const c: SessionConfig = { minTxMs: 10, minRxMs: 20, idleTxMs: 1000, multiplier: 3, passive: false };
const heard = (state: SessionState, more: Partial<ControlPacket> = {}): ControlPacket => ({
  ...{ state, diagnostic: 0, poll: false, final: false, demand: false, multiplier: 3 },
  ...{ mine: 77, yours: state === "down" ? 0 : 1, minTxMs: 50, minRxMs: 30, minEchoRxMs: 0 },
  ...more,
});
const packetsOf = (effects: readonly SessionEffect[]): ControlPacket[] =>
  effects.flatMap((e) => (e.do === "send" ? [e.packet] : []));

/** A session through packets of these states, a ms apart. */
function sessionAfter(states: readonly SessionState[], config = c) {
  let { session, effects } = step(newSession(1, config), { type: "start", now: 0 }, config, 0);
  for (const [i, state] of states.entries())
    ({ session, effects } = step(session, { type: "packet", now: i + 1, packet: heard(state) }, config, 0));
  return { session, effects };
}

describe("RFC 5880 §6.2: the state machine", () => {
  test.for([
    [[], "down"],
    [["down"], "init"],
    [["init"], "up"],
    [["up"], "down"],
    [["adminDown"], "down"],
    [["down", "down"], "init"],
    [["down", "init"], "up"],
    [["down", "up"], "up"],
    [["down", "adminDown"], "down"],
    [["init", "init"], "up"],
    [["init", "up"], "up"],
    [["init", "down"], "down"],
    [["init", "adminDown"], "down"],
    [["init", "down", "down"], "init"],
  ] as const)("having heard %j it is %s", ([states, state]) => {
    expect(sessionAfter(states).session.state).toBe(state);
  });

  test("a session that the peer took down says so at once", () => {
    const { session, effects } = sessionAfter(["init", "adminDown"]);
    expect(effects[0]).toEqual({ do: "moved", from: "up", to: "down", diagnostic: 3 });
    expect(packetsOf(effects)).toMatchObject([{ state: "down", diagnostic: 3, minTxMs: 1000, poll: false, yours: 77 }]);
    expect(session.polling).toBe(false);
  });

  test("silence for the detection time: Down, and the peer is forgotten", () => {
    const { session } = sessionAfter(["init"]);
    expect(detectionTimeMs(session)).toBe(3 * 50);
    const early = step(session, { type: "timer", now: 150.9 }, c, 0);
    expect(early.session.state).toBe("up");
    const { session: down, effects } = step(session, { type: "timer", now: 151 }, c, 0);
    expect(effects[0]).toEqual({ do: "moved", from: "up", to: "down", diagnostic: 1 });
    expect(packetsOf(effects)).toMatchObject([{ state: "down", diagnostic: 1, yours: 0 }]);
    expect(down.peer).toBeUndefined();
  });

  test("taken down by its own side it hears nothing any more", () => {
    const { session } = sessionAfter(["init"]);
    const off = step(session, { type: "disable", now: 5 }, c, 0);
    expect(packetsOf(off.effects)).toMatchObject([{ state: "adminDown", diagnostic: 7 }]);
    const deaf = step(off.session, { type: "packet", now: 6, packet: heard("up", { poll: true }) }, c, 0);
    expect([deaf.session.state, deaf.effects]).toEqual(["adminDown", []]);
  });
});

describe("RFC 5880 §6.8.7: when packets are sent", () => {
  test("one a second while down, then as fast as both allow", () => {
    expect(transmitIntervalMs(sessionAfter([]).session, c)).toBe(1000);
    expect(transmitIntervalMs(sessionAfter(["down"]).session, c)).toBe(1000);
    expect(transmitIntervalMs(sessionAfter(["init"]).session, c)).toBe(30);
    expect(deadlineOf(sessionAfter(["init"]).session, c)).toBe(1 + 0.75 * 30);
  });

  test("a peer that takes nothing in gets nothing, a passive end waits for the first packet", () => {
    const { session } = sessionAfter(["init"]);
    const muted = step(session, { type: "packet", now: 3, packet: heard("up", { minRxMs: 0 }) }, c, 0);
    expect(transmitIntervalMs(muted.session, c)).toBeUndefined();
    const passive = { ...c, passive: true };
    expect([sessionAfter([], passive).effects, deadlineOf(sessionAfter([], passive).session, passive)]).toEqual([
      [],
      undefined,
    ]);
    expect(packetsOf(sessionAfter(["down"], passive).effects)).toMatchObject([{ state: "init", yours: 77 }]);
  });

  test("jitter takes at most a quarter, and a tenth at least where one loss is the end", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 255 }), fc.double({ min: 0, max: 0.999, noNaN: true }), (multiplier, x) => {
        expect(jitterOf(multiplier, x)).toBeGreaterThanOrEqual(0.75);
        expect(jitterOf(multiplier, x)).toBeLessThanOrEqual(multiplier === 1 ? 0.9 : 1);
      }),
    );
  });
});

describe("RFC 5880 §6.5, §6.8.3: Poll Sequences", () => {
  test("a session that comes up polls until a packet with F comes", () => {
    const { session, effects } = sessionAfter(["init"]);
    expect(packetsOf(effects)).toMatchObject([{ state: "up", poll: true, minTxMs: 10 }]);
    const told = step(session, { type: "packet", now: 3, packet: heard("up", { final: true }) }, c, 0);
    expect(told.session.polling).toBe(false);
  });

  test("a poll is answered at once, by a packet that does not poll", () => {
    const { session } = sessionAfter(["init"]);
    const { effects } = step(session, { type: "packet", now: 3, packet: heard("up", { poll: true }) }, c, 0);
    expect(packetsOf(effects)).toMatchObject([{ poll: false, final: true }]);
  });

  test("while up, slower packets and sooner detection wait until the peer has heard of them", () => {
    const { session } = sessionAfter(["init"]);
    const slower = { ...c, minTxMs: 400, minRxMs: 5 };
    const asked = step(session, { type: "configured", now: 3 }, slower, 0);
    expect(packetsOf(asked.effects)).toMatchObject([{ poll: true, minTxMs: 400, minRxMs: 5 }]);
    expect(asked.session.inUse).toEqual({ minTxMs: 10, minRxMs: 20 });
    const final = heard("up", { final: true });
    const granted = step(asked.session, { type: "packet", now: 4, packet: final }, slower, 0);
    expect(granted.session.inUse).toEqual({ minTxMs: 400, minRxMs: 5 });
    const faster = { ...c, minTxMs: 2, minRxMs: 200 };
    expect(step(session, { type: "configured", now: 3 }, faster, 0).session.inUse).toEqual({
      minTxMs: 2,
      minRxMs: 200,
    });
  });
});

/** Two ends on a path: each packet arrives after its delay, or not at all. */
class Pair {
  now = 0;
  readonly configs: readonly [SessionConfig, SessionConfig];
  readonly sessions: [Session, Session];
  readonly sent: { readonly by: 0 | 1; readonly at: number; readonly packet: ControlPacket }[] = [];
  private readonly chance: () => number;
  private readonly passes: () => boolean;
  private flying: { readonly to: 0 | 1; readonly at: number; readonly packet: ControlPacket }[] = [];

  constructor(configs: readonly [SessionConfig, SessionConfig], chance: () => number, passes: () => boolean) {
    this.configs = configs;
    this.chance = chance;
    this.passes = passes;
    this.sessions = [newSession(1, configs[0]), newSession(2, configs[1])];
    for (const end of [0, 1] as const) this.take(end, { type: "start", now: 0 });
  }

  run(untilMs: number): void {
    for (;;) {
      const [next] = [...this.flying].sort((a, b) => a.at - b.at);
      const due = ([0, 1] as const).map((end) => deadlineOf(this.sessions[end], this.configs[end]) ?? Infinity);
      const at = Math.min(next?.at ?? Infinity, ...due);
      if (at > untilMs) break;
      this.now = Math.max(this.now, at);
      if (next && next.at <= at) {
        this.flying = this.flying.filter((one) => one !== next);
        this.take(next.to, { type: "packet", now: this.now, packet: next.packet });
      } else this.take(due[0] === at ? 0 : 1, { type: "timer", now: this.now });
    }
    this.now = untilMs;
  }

  get states(): readonly SessionState[] {
    return this.sessions.map(({ state }) => state);
  }

  private take(end: 0 | 1, event: SessionEvent): void {
    const { session, effects } = step(this.sessions[end], event, this.configs[end], this.chance());
    this.sessions[end] = session;
    for (const packet of packetsOf(effects)) {
      this.sent.push({ by: end, at: this.now, packet });
      if (this.passes()) this.flying.push({ to: end === 0 ? 1 : 0, at: this.now + 0.1 + this.chance(), packet });
    }
  }
}

const anyConfig: fc.Arbitrary<SessionConfig> = fc.record({
  minTxMs: fc.integer({ min: 5, max: 300 }),
  minRxMs: fc.integer({ min: 5, max: 300 }),
  idleTxMs: fc.integer({ min: 1000, max: 1500 }),
  multiplier: fc.integer({ min: 2, max: 5 }),
  passive: fc.boolean(),
});
const chances = fc
  .infiniteStream(fc.double({ min: 0, max: 0.999, noNaN: true }))
  .map((stream) => () => stream.next().value as number);

describe("two ends", () => {
  const runs = { numRuns: 60 };

  test("come up within a few idle intervals unless both are passive, and stay so; cut, both are down within their detection times; joined, they come up again", () => {
    fc.assert(
      fc.property(anyConfig, anyConfig, chances, (one, other, chance) => {
        let joined = true;
        const pair = new Pair([{ ...one, passive: false }, other], chance, () => joined);
        pair.run(6000);
        expect(pair.states).toEqual(["up", "up"]);
        const moves = pair.sent.filter(({ packet }) => packet.state === "down").length;
        pair.run(9000);
        expect(pair.states).toEqual(["up", "up"]);
        expect(pair.sent.filter(({ packet }) => packet.state === "down").length).toBe(moves);
        joined = false;
        const longest = Math.max(...pair.sessions.map((s) => detectionTimeMs(s) ?? Infinity));
        pair.run(9000 + longest + 2);
        expect(pair.states).toEqual(["down", "down"]);
        joined = true;
        pair.run(pair.now + 12_000);
        expect(pair.states).toEqual(["up", "up"]);
      }),
      runs,
    );
  });

  test("whatever is lost: never P with F, no wish for more than a packet a second unless up, and up only with a peer", () => {
    fc.assert(
      fc.property(anyConfig, anyConfig, chances, fc.double({ min: 0, max: 0.9, noNaN: true }), (a, b, chance, loss) => {
        const pair = new Pair([a, b], chance, () => chance() >= loss);
        for (let at = 500; at <= 8000; at += 500) {
          pair.run(at);
          for (const { state, peer } of pair.sessions) if (state === "up") expect(peer).toBeDefined();
        }
        for (const { packet } of pair.sent) {
          expect(packet.poll && packet.final).toBe(false);
          if (packet.state !== "up") expect(packet.minTxMs).toBeGreaterThanOrEqual(1000);
        }
      }),
      runs,
    );
  });
});

import fc from "fast-check";
import { expect, test } from "vitest";
import { ACK, after, FIN, PSH, RST, type Segment, SYN } from "../../../src/checkers/via-packet.ts";
import { type ViaEffect, ViaTcp } from "../../../src/checkers/via-tcp.ts";

const ends = { from: "10.0.0.1", fromPort: 40_000, to: "10.0.0.100", toPort: 80 };
const back = { from: ends.to, fromPort: ends.toPort, to: ends.from, toPort: ends.fromPort };

const sent = (effects: readonly ViaEffect[]): Segment[] =>
  effects.flatMap((one) => (one.do === "send" ? [one.segment] : []));
const told = (effects: readonly ViaEffect[]): string[] => effects.flatMap((one) => (one.do === "send" ? [] : [one.do]));

/** A connection that has been opened, the server's number being 1000 by then. */
function opened(window = 64_240): ViaTcp {
  const tcp = new ViaTcp(ends, 99);
  tcp.begin(0);
  const effects = tcp.onSegment(
    { ...back, sequence: 999, acknowledgment: 100, flags: SYN | ACK, window, maxSegment: 1460 },
    1,
  );
  expect(told(effects)).toEqual(["opened"]);
  expect(sent(effects)).toMatchObject([{ flags: ACK, sequence: 100, acknowledgment: 1000 }]);
  return tcp;
}

const from = (fields: Partial<Segment>): Segment => ({
  ...{ ...back, sequence: 1000, acknowledgment: 100, flags: ACK, window: 64_240 },
  ...fields,
});

test("a SYN without an answer is repeated after 1, 2 and 4 s (RFC 6298)", () => {
  const tcp = new ViaTcp(ends, 99);
  expect(sent(tcp.begin(0))).toMatchObject([{ flags: SYN, sequence: 99 }]);
  expect(tcp.onTime(999)).toEqual([]);
  for (const at of [1000, 3000, 7000]) {
    expect(tcp.deadline).toBe(at);
    expect(sent(tcp.onTime(at))).toMatchObject([{ flags: SYN, sequence: 99 }]);
  }
});

test("a refusal, and what answers an older connection", () => {
  const tcp = new ViaTcp(ends, 99);
  tcp.begin(0);
  const stale = tcp.onSegment(from({ acknowledgment: 5, flags: ACK }), 1);
  expect(sent(stale)).toMatchObject([{ flags: RST, sequence: 5 }, { flags: SYN }]);
  expect(tcp.onSegment(from({ flags: RST | ACK }), 2)).toEqual([{ do: "failed", code: "ECONNREFUSED" }]);
  expect(tcp.deadline).toBeUndefined();
});

test("a request longer than a segment leaves in several, and is repeated from the first that is not acknowledged", () => {
  const tcp = opened();
  const pieces = sent(tcp.write(Buffer.alloc(3000, 1), 10));
  expect(pieces.map(({ sequence, data }) => [sequence, data?.length])).toEqual([
    [100, 1360],
    [1460, 1360],
    [2820, 280],
  ]);
  tcp.onSegment(from({ acknowledgment: 1460 }), 20);
  expect(tcp.deadline).toBe(1020);
  expect(sent(tcp.onTime(1020)).map(({ sequence }) => sequence)).toEqual([1460, 2820]);
  tcp.onSegment(from({ acknowledgment: 3100 }), 1030);
  expect(tcp.deadline).toBeUndefined();
});

test("a closed window is waited for, and asked about when nothing comes", () => {
  const tcp = opened(0);
  expect(tcp.write(Buffer.alloc(10), 10)).toEqual([]);
  expect(sent(tcp.onTime(1010))).toMatchObject([{ data: Buffer.alloc(1) }]);
  expect(sent(tcp.onSegment(from({ window: 100 }), 1100))).toMatchObject([{ data: Buffer.alloc(9) }]);
});

test("what is lost before it comes again, and the end is told once", () => {
  const tcp = opened();
  const [a, b] = [Buffer.from("abc"), Buffer.from("de")];
  expect(tcp.onSegment(from({ sequence: 1003, data: b, flags: ACK | FIN }), 5)).toMatchObject([
    { do: "send", segment: { acknowledgment: 1000 } },
  ]);
  expect(told(tcp.onSegment(from({ data: a }), 6))).toEqual(["data"]);
  const rest = tcp.onSegment(from({ sequence: 1000, data: Buffer.from("abcde"), flags: ACK | FIN | PSH }), 7);
  expect(rest).toMatchObject([
    { do: "send", segment: { acknowledgment: 1006 } },
    { do: "data", data: b },
    { do: "ended" },
  ]);
  expect(told(tcp.onSegment(from({ sequence: 1003, data: b, flags: ACK | FIN }), 8))).toEqual([]);
});

test("a reset counts with the very number that is expected (RFC 9293 §3.10.7.4)", () => {
  const tcp = opened();
  expect(tcp.onSegment(from({ sequence: 1001, flags: RST }), 5)).toEqual([]);
  expect(tcp.onSegment(from({ flags: RST }), 6)).toEqual([{ do: "failed", code: "ECONNRESET" }]);
  expect(tcp.abort()).toEqual([]);
});

test("an end from here is a reset that the server believes", () => {
  const tcp = opened();
  tcp.write(Buffer.alloc(10), 5);
  expect(sent(tcp.abort())).toMatchObject([{ flags: RST | ACK, sequence: 110, acknowledgment: 1000 }]);
});

test("ended before the server has answered, it is told all the same: its answer may be on the way", () => {
  const tcp = new ViaTcp(ends, 99);
  tcp.begin(0);
  expect(sent(tcp.abort())).toMatchObject([{ flags: RST, sequence: 100, acknowledgment: 0 }]);
  expect(tcp.abort()).toEqual([]);
});

test("segments are known by their numbers", () => {
  const tcp = opened();
  tcp.write(Buffer.alloc(10), 5);
  expect([99, 100, 110, 111].map((acknowledgment) => tcp.owns(from({ acknowledgment })))).toEqual([
    false,
    true,
    true,
    false,
  ]);
  expect(tcp.owns(from({ flags: RST }))).toBe(true);
  expect(tcp.owns(from({ flags: RST, sequence: 5 }))).toBe(false);
});

/** A server that is as plain: takes what is next, acknowledges all it has, and repeats what it says until that is known. */
class Server {
  received = Buffer.alloc(0);
  readonly #says: Buffer;
  #known = 0;
  constructor(says: Buffer) {
    this.#says = says;
  }
  hear(segment: Segment): Segment[] {
    if (segment.flags & SYN) return [from({ sequence: 999, flags: SYN | ACK, maxSegment: 100 })];
    const data = segment.data ?? Buffer.alloc(0);
    if (segment.sequence === after(100, this.received.length)) this.received = Buffer.concat([this.received, data]);
    this.#known = Math.max(this.#known, segment.acknowledgment - 1000);
    return data.length > 0 ? this.say() : [];
  }
  say(): Segment[] {
    const ack = { acknowledgment: after(100, this.received.length), window: 300 };
    const out: Segment[] = [];
    for (let at = this.#known; at < this.#says.length; at += 70)
      out.push(from({ ...ack, sequence: after(1000, at), data: this.#says.subarray(at, at + 70) }));
    return [...out, from({ ...ack, sequence: after(1000, this.#says.length), flags: ACK | FIN })];
  }
}

test("whatever is lost, doubled or overtaken: both sides have all, in order, and the end once", () => {
  const bytes = fc.uint8Array({ maxLength: 900 }).map((all) => Buffer.from(all));
  const fates = fc.array(fc.constantFrom("lost", "once", "twice", "late"), { minLength: 1, maxLength: 60 });
  fc.assert(
    fc.property(bytes, bytes, fates, (asks, says, all) => {
      const tcp = new ViaTcp(ends, 99);
      const server = new Server(says);
      let [now, turn, ended] = [0, 0, 0];
      const heard: Buffer[] = [];
      let late: Segment[] = [];
      /** For a while the network does its worst; then everything arrives. */
      const passed = (segments: readonly Segment[]): Segment[] => {
        const through = segments.flatMap((segment) => {
          const fate = turn < 40 ? all[turn++ % all.length] : "once";
          if (fate === "late") late.push(segment);
          return fate === "once" ? [segment] : fate === "twice" ? [segment, segment] : [];
        });
        const overtaken = late;
        late = through.length > 0 ? [] : late;
        return through.length > 0 ? [...through, ...overtaken] : through;
      };
      const carryOut = (effects: readonly ViaEffect[]): void => {
        for (const effect of effects) {
          if (effect.do === "data") heard.push(effect.data);
          if (effect.do === "ended") ended += 1;
          if (effect.do === "failed") throw new Error(effect.code);
          if (effect.do === "opened") carryOut(tcp.write(asks, now));
        }
        const answers = passed(sent(effects)).flatMap((segment) => server.hear(segment));
        if (answers.length > 0) for (const answer of passed(answers)) carryOut(tcp.onSegment(answer, now));
      };
      carryOut(tcp.begin(now));
      for (let rounds = 0; rounds < 500 && !(ended > 0 && server.received.length === asks.length); rounds += 1) {
        now = Math.max(now + 200, tcp.deadline ?? 0);
        carryOut(tcp.onTime(now));
        if (tcp.isOpen) for (const answer of passed(server.say())) carryOut(tcp.onSegment(answer, now));
      }
      expect([server.received, Buffer.concat(heard), ended]).toEqual([asks, says, 1]);
    }),
    { seed: 11, numRuns: 150 },
  );
});

test("no segment makes it fail otherwise than by a reset", () => {
  const any32 = fc.integer({ min: 0, max: 2 ** 32 - 1 });
  const near = (base: number) => fc.integer({ min: -3, max: 3 }).map((by) => after(base, by + 2 ** 32));
  const segment = fc.record({
    sequence: fc.oneof(any32, near(1000)),
    acknowledgment: fc.oneof(any32, near(100)),
    flags: fc.nat(63),
    window: fc.nat(65_535),
    data: fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes)),
  });
  fc.assert(
    fc.property(fc.array(segment, { maxLength: 30 }), (segments) => {
      const tcp = opened();
      tcp.write(Buffer.alloc(5), 2);
      for (const fields of segments)
        for (const effect of tcp.onSegment(from(fields), 3))
          expect(["send", "data", "ended", "failed"]).toContain(effect.do);
    }),
    { seed: 12, numRuns: 500 },
  );
});

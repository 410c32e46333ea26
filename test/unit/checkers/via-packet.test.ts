import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  ACK,
  after,
  answerTo,
  decodeSegment,
  encapsulate,
  encodeSegment,
  FIN,
  RST,
  resetOf,
  type Segment,
  SYN,
} from "../../../src/checkers/via-packet.ts";
import { internetChecksum } from "../../../src/core/checksum.ts";

const syn: Segment = {
  from: "10.0.0.1",
  fromPort: 40_000,
  to: "10.0.0.100",
  toPort: 80,
  sequence: 0xffffffff,
  acknowledgment: 0,
  flags: SYN,
};
const answer: Segment = {
  from: "10.0.0.100",
  fromPort: 80,
  to: "10.0.0.1",
  toPort: 40_000,
  sequence: 7,
  acknowledgment: 0,
  flags: SYN | ACK,
};

test("a SYN as tcpdump would show it: one hop, no fragments, right checksums", () => {
  expect(encodeSegment(syn).toString("hex")).toBe(
    "4500002c00004000010665680a0000010a0000649c400050ffffffff000000006002faf0ec400000020405b4",
  );
});

describe("any segment", () => {
  const anyAddress = fc.tuple(fc.nat(255), fc.nat(255), fc.nat(255), fc.nat(255)).map((bytes) => bytes.join("."));
  const any32 = fc.integer({ min: 0, max: 2 ** 32 - 1 });
  const anySegment: fc.Arbitrary<Segment> = fc.record({
    from: anyAddress,
    fromPort: fc.nat(65_535),
    to: anyAddress,
    toPort: fc.nat(65_535),
    sequence: any32,
    acknowledgment: any32,
    flags: fc.constantFrom(SYN, RST, SYN | ACK, ACK, FIN | ACK),
    data: fc.uint8Array({ minLength: 1, maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
  });

  test("is read as it was written, and its checksums hold", () => {
    fc.assert(
      fc.property(anySegment, (segment) => {
        const packet = encodeSegment(segment);
        expect(decodeSegment(packet)).toMatchObject(segment);
        const [header, tcp] = [packet.subarray(0, 20), packet.subarray(20)];
        const pseudo = Buffer.concat([packet.subarray(12, 20), Buffer.from([0, 6, 0, tcp.length])]);
        expect([internetChecksum(header), internetChecksum(pseudo, tcp)]).toEqual([0, 0]);
        const outer = encapsulate("192.0.2.1", "192.0.2.2", packet);
        expect([internetChecksum(outer.subarray(0, 20)), outer[9]]).toEqual([0, 4]);
        expect(outer.subarray(20)).toEqual(packet);
        expect(decodeSegment(outer)).toBeUndefined();
      }),
    );
  });

  test("that is cut, or other bytes, is none or one: nothing throws", () => {
    fc.assert(
      fc.property(anySegment, fc.nat(40), fc.uint8Array({ maxLength: 80 }), (segment, length, bytes) => {
        expect(decodeSegment(encodeSegment(segment).subarray(0, Math.min(length, 39)))).toBeUndefined();
        expect(decodeSegment(Buffer.from(bytes))?.flags ?? 0).toBeLessThan(256);
      }),
    );
  });
});

describe("an answer to a SYN", () => {
  const acknowledgment = after(syn.sequence, 1);

  test("numbers begin again behind the largest", () => expect(acknowledgment).toBe(0));

  test.for<readonly [string, Partial<Segment>, ReturnType<typeof answerTo>]>([
    ["SYN and ACK of our number: the connection is open", {}, "open"],
    ["RST of our number: refused", { flags: RST | ACK }, "refused"],
    ["RST of another number is not for us", { flags: RST | ACK, acknowledgment: 9 }, undefined],
    ["RST without a number is not for us", { flags: RST }, undefined],
    ["another number: an older connection", { acknowledgment: 9 }, "stale"],
    ["ACK of another number: an older connection", { flags: ACK, acknowledgment: 9 }, "stale"],
    ["ACK alone", { flags: ACK }, undefined],
    ["SYN alone", { flags: SYN }, undefined],
    ["of another address", { from: "10.0.0.101" }, undefined],
    ["of another port", { fromPort: 81 }, undefined],
    ["to another port", { toPort: 40_001 }, undefined],
    ["to another address", { to: "10.0.0.3" }, undefined],
  ])("%s", ([, more, expected]) => {
    expect(answerTo(syn, { ...answer, acknowledgment, ...more })).toBe(expected);
  });

  test("is ended by a reset with the number that it expects next", () => {
    expect(resetOf({ ...answer, acknowledgment: 8 })).toEqual({ ...syn, sequence: 8, flags: RST });
  });
});

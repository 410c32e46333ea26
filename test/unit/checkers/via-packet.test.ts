import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { PROTOCOL } from "../../../src/checkers/via-ip.ts";
import {
  ACK,
  after,
  answerTo,
  decodeSegment,
  encodeSegment,
  FIN,
  RST,
  resetOf,
  type Segment,
  SYN,
} from "../../../src/checkers/via-packet.ts";
import { anyEnds, checksumOf } from "./via-packets.ts";

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

test("over IPv6: one hop as well, and room for 1440 bytes", () => {
  expect(encodeSegment({ ...syn, from: "2001:db8::1", to: "2001:db8::64" }).toString("hex")).toBe(
    "600000000018060120010db800000000000000000000000120010db80000000000000000000000649c400050ffffffff000000006002faf0a4e20000020405a0",
  );
});

describe("any segment", () => {
  const any32 = fc.integer({ min: 0, max: 2 ** 32 - 1 });
  const anySegment: fc.Arbitrary<Segment> = fc
    .tuple(
      anyEnds,
      fc.record({
        fromPort: fc.nat(65_535),
        toPort: fc.nat(65_535),
        sequence: any32,
        acknowledgment: any32,
        flags: fc.constantFrom(SYN, RST, SYN | ACK, ACK, FIN | ACK),
        data: fc.uint8Array({ minLength: 1, maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
      }),
    )
    .map(([ends, fields]) => ({ ...ends, ...fields }));

  test("is read as it was written, whatever a frame is filled up with, and its checksums hold", () => {
    fc.assert(
      fc.property(anySegment, fc.nat(20), (segment, filling) => {
        const packet = encodeSegment(segment);
        expect(decodeSegment(Buffer.concat([packet, Buffer.alloc(filling)]))).toMatchObject(segment);
        expect(checksumOf(packet, PROTOCOL.tcp)).toBe(0);
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

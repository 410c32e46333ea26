import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type ControlPacket, decodeControl, encodeControl } from "../../../src/bfd/packet.ts";

const bytesOf = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex.replaceAll(" ", ""), "hex"));

/** RFC 5880 §4.1 by hand: version 1, Down, multiplier 5, 1 s, 10 ms. */
const DOWN = "20 40 05 18 00000001 00000000 000f4240 00002710 00000000";

const word = fc.nat({ max: 0xffff_ffff });
const interval = word.map((us) => us / 1000);
const anyPacket: fc.Arbitrary<ControlPacket> = fc
  .record({
    state: fc.constantFrom("adminDown", "down", "init", "up" as const),
    diagnostic: fc.nat({ max: 31 }),
    poll: fc.boolean(),
    final: fc.boolean(),
    demand: fc.boolean(),
    multiplier: fc.integer({ min: 1, max: 255 }),
    mine: word.filter((n) => n > 0),
    yours: word,
    minTxMs: interval,
    minRxMs: interval,
    minEchoRxMs: interval,
  })
  .filter(({ state, yours }) => yours > 0 || state === "down" || state === "adminDown");

describe("RFC 5880 §4.1", () => {
  test("a packet as its bytes", () => {
    const packet: ControlPacket = {
      ...{ state: "down", diagnostic: 0, poll: false, final: false, demand: false, multiplier: 5 },
      ...{ mine: 1, yours: 0, minTxMs: 1000, minRxMs: 10, minEchoRxMs: 0 },
    };
    expect(decodeControl(bytesOf(DOWN))).toEqual({ ok: true, value: packet });
    expect(encodeControl(packet)).toEqual(bytesOf(DOWN));
  });

  test("any packet is what it was after the wire", () => {
    fc.assert(
      fc.property(anyPacket, (packet) => {
        expect(decodeControl(encodeControl(packet))).toEqual({ ok: true, value: packet });
      }),
    );
  });

  test("any bytes are a packet that has these bytes, or are refused", () => {
    const likely = fc.tuple(fc.uint8Array({ minLength: 20, maxLength: 40 }), fc.nat({ max: 31 })).map(([b, diag]) => {
      b[0] = 0x20 | diag;
      b[3] = 24;
      return b;
    });
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 64 }), likely), (b) => {
        const decoded = decodeControl(b);
        if (decoded.ok) expect([...encodeControl(decoded.value)].slice(4)).toEqual([...b.slice(4, 24)]);
      }),
    );
  });

  test("an interval that 32 bits do not hold is our bug", () => {
    const decoded = decodeControl(bytesOf(DOWN));
    if (!decoded.ok) throw new Error("no packet");
    expect(() => encodeControl({ ...decoded.value, minTxMs: 4_294_968 })).toThrow(RangeError);
  });
});

describe("RFC 5880 §6.8.6: what is refused without looking at a session", () => {
  test.for([
    ["short", DOWN.slice(0, -2)],
    ["version", `40${DOWN.slice(2)}`],
    ["length", DOWN.replace("20 40 05 18", "20 40 05 17")],
    ["length", DOWN.replace("20 40 05 18", "20 40 05 19")],
    ["multiplier", DOWN.replace("20 40 05", "20 40 00")],
    ["multipoint", DOWN.replace("20 40", "20 41")],
    ["mine", DOWN.replace("00000001", "00000000")],
    ["yours", DOWN.replace("20 40", "20 c0")],
    ["authentication", DOWN.replace("20 40", "20 44")],
  ] as const)("%s: %s", ([code, hex]) => {
    expect(decodeControl(bytesOf(hex))).toEqual({ ok: false, error: { code } });
  });
});

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { internetChecksum } from "../../../src/core/checksum.ts";
import {
  type Advert,
  AUTH_NONE,
  AUTH_PASS,
  advertLength,
  decodeAdvert,
  emitAdvert,
  passwordBytes,
  readAdvertHeader,
} from "../../../src/vrrp/wire/advert.ts";
import { emitGratuitousArp, gratuitousArpLength } from "../../../src/vrrp/wire/arp.ts";
import { decodeIpv4, emitVrrpIpv4, ipv4PseudoHeader, vrrpIpv4Length } from "../../../src/vrrp/wire/ipv4.ts";
import vectors from "../../vectors/vrrp.json" with { type: "json" };

const bytes = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex.replaceAll(" ", ""), "hex"));
const dirty = (length: number): Uint8Array => new Uint8Array(length).fill(0xa5);
const NONE = new Uint8Array();
const GROUP = "224.0.0.18";

const v2: Advert = {
  version: 2,
  vrid: 51,
  priority: 150,
  intervalMs: 1000,
  addresses: ["192.0.2.100", "192.0.2.101"],
  auth: { type: AUTH_PASS, data: passwordBytes("1111") },
};
const v3: Advert = { version: 3, vrid: 52, priority: 100, intervalMs: 500, addresses: ["192.0.2.110"] };

const anyAddress = fc.ipV4();
const anyV2 = fc.record({
  version: fc.constant(2 as const),
  vrid: fc.integer({ min: 1, max: 255 }),
  priority: fc.integer({ min: 0, max: 255 }),
  intervalMs: fc.integer({ min: 0, max: 255 }).map((s) => s * 1000),
  addresses: fc.array(anyAddress, { maxLength: 255 }),
  auth: fc.record({ type: fc.integer({ min: 0, max: 255 }), data: fc.uint8Array({ minLength: 8, maxLength: 8 }) }),
});
const anyV3 = fc.record({
  version: fc.constant(3 as const),
  vrid: fc.integer({ min: 1, max: 255 }),
  priority: fc.integer({ min: 0, max: 255 }),
  intervalMs: fc.integer({ min: 0, max: 4095 }).map((cs) => cs * 10),
  addresses: fc.array(anyAddress, { maxLength: 255 }),
});
const anyAdvert: fc.Arbitrary<Advert> = fc.oneof(anyV2, anyV3);

describe("keepalived's packets", () => {
  test.for([
    { name: "version 2 with a password", vector: vectors.v2Pass, advert: v2, pseudo: false },
    { name: "version 3 with the pseudo-header in its checksum", vector: vectors.v3, advert: v3, pseudo: true },
  ])("$name: read, and written byte for byte", ({ vector, advert, pseudo }) => {
    const packet = decodeIpv4(bytes(vector.hex));
    if (!packet.ok) throw new Error(packet.error.code);
    const { payload, source, destination } = packet.value;
    expect({ ...packet.value, payload: undefined, header: undefined, whole: undefined }).toEqual({
      source: "192.0.2.1",
      destination: GROUP,
      ttl: 255,
      protocol: 112,
      payload: undefined,
      header: undefined,
    });
    const header = ipv4PseudoHeader(source, destination, payload.length);
    expect(decodeAdvert(payload, header)).toEqual({ ok: true, value: advert });

    const body = dirty(advertLength(advert));
    emitAdvert(body, advert, pseudo ? header : NONE);
    const whole = dirty(vrrpIpv4Length(body.length));
    emitVrrpIpv4(whole, { source, destination, ttl: 255, id: 1, payload: body });
    expect(Buffer.from(whole).toString("hex")).toBe(vector.hex.replaceAll(" ", ""));
  });

  test("a gratuitous ARP request, written byte for byte", () => {
    const frame = dirty(gratuitousArpLength);
    emitGratuitousArp(frame, "192.0.2.110", bytes("2a008a697255"));
    expect(Buffer.from(frame).toString("hex")).toBe(vectors.gratuitousArp.hex.replaceAll(" ", ""));
  });
});

describe("RFC 9568 §5.2, RFC 3768 §5.3: an advert", () => {
  test("decode(emit(advert)) is the advert, with no byte left over from the buffer", () => {
    fc.assert(
      fc.property(anyAdvert, anyAddress, fc.boolean(), (advert, source, withPseudo) => {
        const length = advertLength(advert);
        const pseudo = ipv4PseudoHeader(source, GROUP, length);
        const [one, other] = [dirty(length), new Uint8Array(length)];
        const summed = advert.version === 3 && withPseudo ? pseudo : NONE;
        emitAdvert(one, advert, summed);
        emitAdvert(other, advert, summed);
        expect(one).toEqual(other);
        expect(decodeAdvert(one, pseudo)).toEqual({ ok: true, value: advert });
      }),
    );
  });

  test("a single flipped bit never passes as the same advert", () => {
    fc.assert(
      fc.property(anyAdvert, fc.nat(), (advert, at) => {
        const b = dirty(advertLength(advert));
        emitAdvert(b, advert, NONE);
        const bit = at % (b.length * 8);
        b[bit >> 3] = (b[bit >> 3] as number) ^ (1 << (bit & 7));
        const read = decodeAdvert(b, ipv4PseudoHeader("192.0.2.1", GROUP, b.length));
        expect(read).not.toEqual({ ok: true, value: advert });
      }),
    );
  });

  test("hostile bytes never throw, and what is accepted has its announced length", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 1200 }), fc.uint8Array({ minLength: 12, maxLength: 12 }), (b, pseudo) => {
        const read = decodeAdvert(b, pseudo);
        const header = readAdvertHeader(b);
        if (read.ok) expect(header.ok && header.value.lengthBytes).toBe(b.length);
      }),
    );
  });

  test.for([
    { name: "fewer than 8 bytes", b: bytes("21339602010160"), code: "short" },
    { name: "fewer addresses than counted", b: bytes("213396ff0101609cc0000264"), code: "short" },
    { name: "no bytes", b: NONE, code: "short" },
    { name: "version 1", b: bytes("1133960001010000"), code: "version" },
    { name: "version 4", b: bytes("4133960001010000"), code: "version" },
    { name: "type 2", b: bytes("3233960000640000"), code: "type" },
    { name: "more bytes than announced", b: bytes("313396000064000000000000"), code: "length" },
    { name: "a wrong checksum", b: bytes("3133960000640000"), code: "checksum" },
  ])("$name: $code", ({ b, code }) => {
    expect(decodeAdvert(b, new Uint8Array(12))).toMatchObject({ ok: false, error: { code } });
  });

  test("the checksum of version 2 does not cover a pseudo-header", () => {
    const b = new Uint8Array(advertLength(v2));
    const pseudo = ipv4PseudoHeader("192.0.2.1", GROUP, b.length);
    emitAdvert(b, v2, pseudo);
    expect(decodeAdvert(b, pseudo)).toEqual({ ok: false, error: { code: "checksum" } });
  });

  test.for([
    { name: "half a second in version 2", advert: { ...v2, intervalMs: 500 } },
    { name: "256 s in version 2", advert: { ...v2, intervalMs: 256_000 } },
    { name: "41 s in version 3", advert: { ...v3, intervalMs: 41_000 } },
    { name: "5 ms in version 3", advert: { ...v3, intervalMs: 5 } },
    { name: "256 addresses", advert: { ...v3, addresses: Array.from({ length: 256 }, () => "192.0.2.1") } },
  ])("what its field cannot carry is refused: $name", ({ advert }) => {
    expect(() => emitAdvert(new Uint8Array(2000), advert, NONE)).toThrow(RangeError);
  });

  test("without authentication the version 2 trailer is type 0 and zeros", () => {
    const { auth: _, ...plain } = v2;
    const b = dirty(advertLength(plain));
    emitAdvert(b, plain, NONE);
    const read = decodeAdvert(b, NONE);
    expect(read.ok && read.value.auth).toEqual({ type: AUTH_NONE, data: new Uint8Array(8) });
  });

  test("a password is cut at 8 bytes and padded with zeros", () => {
    expect(Buffer.from(passwordBytes("123456789")).toString()).toBe("12345678");
    expect([...passwordBytes("ab")]).toEqual([97, 98, 0, 0, 0, 0, 0, 0]);
  });
});

describe("RFC 791 §3.1: the IPv4 header", () => {
  test("hostile bytes never throw, and a payload never reaches past the bytes at hand", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (b) => {
        b[0] = 0x40 | ((b[0] ?? 0) & 0x0f);
        const read = decodeIpv4(b);
        if (read.ok) expect(read.value.payload.length).toBeLessThanOrEqual(b.length - 20);
      }),
    );
  });

  test("Ethernet padding behind the total length is no payload", () => {
    const packet = bytes(vectors.v3.hex);
    const padded = new Uint8Array(60);
    padded.set(packet);
    const read = decodeIpv4(padded);
    expect(read.ok && read.value.payload.length).toBe(12);
  });

  const header = (change: (b: Uint8Array) => void): Uint8Array => {
    const b = bytes(vectors.v3.hex);
    change(b);
    return b;
  };
  test.for([
    { name: "less than a header", b: new Uint8Array(19), code: "short" },
    { name: "version 6", b: header((b) => b.set([0x65], 0)), code: "version" },
    { name: "a header length below 5 words", b: header((b) => b.set([0x44], 0)), code: "length" },
    { name: "a header longer than the packet", b: header((b) => b.set([0x4f], 0)), code: "length" },
    { name: "a total length beyond the bytes", b: header((b) => b.set([0xff, 0xff], 2)), code: "length" },
    { name: "a total length below the header", b: header((b) => b.set([0, 19], 2)), code: "length" },
    { name: "a later fragment", b: header((b) => b.set([0x00, 0x01], 6)), code: "fragment" },
    { name: "a first fragment", b: header((b) => b.set([0x20, 0x00], 6)), code: "fragment" },
  ])("$name: $code", ({ b, code }) => {
    expect(decodeIpv4(b)).toEqual({ ok: false, error: { code } });
  });

  test("its checksum is right for any packet", () => {
    fc.assert(
      fc.property(anyAddress, fc.integer(), fc.uint8Array({ maxLength: 1032 }), (source, id, payload) => {
        const b = dirty(vrrpIpv4Length(payload.length));
        emitVrrpIpv4(b, { source, destination: GROUP, ttl: 255, id, payload });
        expect(internetChecksum(b.subarray(0, 20))).toBe(0);
        expect(decodeIpv4(b)).toMatchObject({ ok: true, value: { source, payload } });
      }),
    );
  });
});

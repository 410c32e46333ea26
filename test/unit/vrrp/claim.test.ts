import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { addressFromBytes } from "../../../src/core/ip.ts";
import { encodeFilter } from "../../../src/core/socket-filter.ts";
import { emitArpProbe, emitGratuitousArp, gratuitousArpLength } from "../../../src/vrrp/wire/arp.ts";
import { decodeArp, decodeNeighbour } from "../../../src/vrrp/wire/claim.ts";
import { CLAIM_BYTES, claimFilter } from "../../../src/vrrp/wire/claim-filter.ts";
import { macText } from "../../../src/vrrp/wire/mac.ts";
import {
  emitNeighbourAdvert,
  emitNeighbourProbe,
  neighbourAdvertLength,
  neighbourProbeLength,
} from "../../../src/vrrp/wire/neighbour.ts";
import { runFilter } from "../filter-machine.ts";

const MAC = "52:54:00:12:34:56";
const macBytes = Uint8Array.from(MAC.split(":"), (byte) => Number.parseInt(byte, 16));

type Emit = (into: Uint8Array) => void;
const frame = (bytes: number, emit: Emit): Buffer => {
  const into = Buffer.alloc(bytes, 0xa5); // so that a byte nobody wrote shows
  emit(into);
  return into;
};
const announced = (address: string): Buffer =>
  frame(gratuitousArpLength, (into) => emitGratuitousArp(into, address, macBytes));
const asked = (address: string): Buffer => frame(gratuitousArpLength, (into) => emitArpProbe(into, address, macBytes));
const advertised = (address: string): Buffer =>
  frame(neighbourAdvertLength, (into) => emitNeighbourAdvert(into, address, macBytes, true));
const solicited = (address: string): Buffer =>
  frame(neighbourProbeLength, (into) => emitNeighbourProbe(into, address, macBytes));
const changed = (bytes: Buffer, at: number, ...to: number[]): Buffer => {
  const copy = Buffer.from(bytes);
  copy.set(to, at);
  return copy;
};

const ipv4 = fc.uint8Array({ minLength: 4, maxLength: 4 }).map((b) => addressFromBytes(b));
const near = fc.integer({ min: 1, max: 40 }).map((n) => `192.0.2.${n}`);
const ipv6 = fc.uint8Array({ minLength: 16, maxLength: 16 }).map((b) => addressFromBytes(b));

describe("RFC 826, RFC 5227: who has an address, by ARP", () => {
  test("an announcement, a reply and a request of the address claim it", () => {
    const claim = { kind: "claim", address: "192.0.2.100", hardwareAddress: MAC };
    const announcement = announced("192.0.2.100");
    expect(decodeArp(announcement)).toEqual(claim);
    expect(decodeArp(changed(announcement, 21, 2))).toEqual(claim);
    expect(decodeArp(changed(announcement, 41, 1))).toEqual(claim);
  });

  test("a probe asks", () => {
    const probe = asked("192.0.2.100");
    expect(decodeArp(probe)).toEqual({ kind: "probe", address: "192.0.2.100", hardwareAddress: MAC });
    expect([probe.subarray(0, 6).toString("hex"), probe.subarray(28, 38).toString("hex")]).toEqual([
      "ffffffffffff",
      "00000000000000000000",
    ]);
  });

  test.for([
    ["cut", announced("192.0.2.100").subarray(0, 41)],
    ["of another ethertype", changed(announced("192.0.2.100"), 12, 8, 0)],
    ["of another protocol", changed(announced("192.0.2.100"), 16, 0x86, 0xdd)],
    ["of other lengths", changed(announced("192.0.2.100"), 18, 8)],
    ["of another operation", changed(announced("192.0.2.100"), 21, 3)],
    ["a reply without an address", changed(asked("192.0.2.100"), 21, 2)],
    ["from a group's hardware address", changed(announced("192.0.2.100"), 22, 0xff)],
  ] as const)("%s: nothing", ([, bytes]) => {
    expect(decodeArp(bytes)).toBeUndefined();
  });
});

describe("RFC 4861, RFC 4862: who has an address, by neighbour discovery", () => {
  const advert = advertised("2001:db8::100");

  test("an advertisement claims its target, with the link-layer address that it names", () => {
    const claim = { kind: "claim", address: "2001:db8::100", hardwareAddress: MAC };
    expect(decodeNeighbour(advert)).toEqual(claim);
    expect(decodeNeighbour(changed(advert, 6, 2, 0, 0, 0, 0, 9))).toEqual(claim);
    const unnamed = { ...claim, hardwareAddress: "02:00:00:00:00:09" };
    expect(decodeNeighbour(changed(advert, 6, 2, 0, 0, 0, 0, 9).subarray(0, 78))).toEqual(unnamed);
    expect(decodeNeighbour(changed(changed(advert, 6, 2, 0, 0, 0, 0, 9), 79, 0))).toEqual(unnamed);
  });

  test("a solicitation without a source asks", () => {
    const probe = solicited("2001:db8::12:3400");
    expect(decodeNeighbour(probe)).toEqual({ kind: "probe", address: "2001:db8::12:3400", hardwareAddress: MAC });
    expect(macText(probe.subarray(0, 6))).toBe("33:33:ff:12:34:00");
    expect(addressFromBytes(probe.subarray(38, 54))).toBe("ff02::1:ff12:3400");
  });

  test.for([
    ["cut", advert.subarray(0, 77)],
    ["that came through a router", changed(advert, 21, 254)],
    ["of another protocol", changed(advert, 20, 6)],
    ["of another code", changed(advert, 55, 1)],
    ["a solicitation of somebody with an address", changed(solicited("2001:db8::100"), 22, 0x20)],
  ] as const)("%s: nothing", ([, bytes]) => {
    expect(decodeNeighbour(bytes)).toBeUndefined();
  });
});

describe("the filter of the socket", () => {
  test("hands over what is said of these addresses, and nothing else", () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(ipv4, near), { maxLength: 30 }), fc.oneof(ipv4, near), (addresses, other) => {
        const filter = claimFilter(4, addresses);
        const wanted = addresses.includes(other) ? CLAIM_BYTES : 0;
        const probed = other === "0.0.0.0" ? wanted : runFilter(filter, asked(other));
        expect([runFilter(filter, announced(other)), probed]).toEqual([wanted, wanted]);
        for (const address of addresses) {
          expect(runFilter(filter, announced(address))).toBe(CLAIM_BYTES);
          expect(runFilter(filter, announced(address), 3)).toBe(0); // PACKET_OTHERHOST
        }
      }),
    );
  });

  test("the same for IPv6, by the end of the address", () => {
    fc.assert(
      fc.property(fc.array(ipv6, { maxLength: 30 }), (addresses) => {
        const filter = claimFilter(6, addresses);
        for (const address of addresses) {
          expect([advertised(address), solicited(address)].map((bytes) => runFilter(filter, bytes))).toEqual([
            CLAIM_BYTES,
            CLAIM_BYTES,
          ]);
          expect(runFilter(filter, changed(advertised(address), 21, 64))).toBe(0);
          expect(runFilter(filter, changed(advertised(address), 54, 134))).toBe(0); // a router advertisement
        }
        expect(runFilter(filter, announced("192.0.2.1"))).toBe(0);
      }),
    );
  });

  test("of ten thousand addresses none is missed, and the kernel takes it (BPF_MAXINSNS 4096)", () => {
    const many = Array.from({ length: 10_000 }, (_, i) => `10.${(i * 7) % 256}.${i >> 8}.${(i * 3) & 0xff}`);
    const filter = claimFilter(4, many);
    expect(filter.length).toBeLessThanOrEqual(4096);
    expect(encodeFilter(filter)).toHaveLength(filter.length * 8);
    expect(many.every((address) => runFilter(filter, announced(address)) === CLAIM_BYTES)).toBe(true);
    expect(runFilter(filter, announced("192.0.2.1"))).toBe(0);
  });
});

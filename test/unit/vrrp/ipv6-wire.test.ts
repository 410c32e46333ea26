import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type AdvertPlan, advertPacket } from "../../../src/vrrp/packet.ts";
import { checkAdvert, type Expectation } from "../../../src/vrrp/receive.ts";
import { decodeIpv4 } from "../../../src/vrrp/wire/ipv4.ts";
import { decodeIpv6 } from "../../../src/vrrp/wire/ipv6.ts";
import { emitNeighbourAdvert, neighbourAdvertLength } from "../../../src/vrrp/wire/neighbour.ts";
import vectors from "../../vectors/vrrp.json" with { type: "json" };

const bytes = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex, "hex"));
const hexOf = (b: Uint8Array): string => Buffer.from(b).toString("hex");

const six: AdvertPlan = {
  version: 3,
  family: 6,
  vrid: 53,
  advertIntervalMs: 500,
  addresses: ["fe80::100", "2001:db8::100"].map((address) => ({ address, prefixLength: 128 })),
  v3ChecksumAsV2: false,
};
const unicast: AdvertPlan = {
  version: 3,
  family: 4,
  vrid: 54,
  advertIntervalMs: 1000,
  addresses: [{ address: "192.0.2.110", prefixLength: 32 }],
  unicast: { peers: [{ address: "192.0.2.2", minTtl: 0, maxTtl: 255 }], ttl: 255, checkSource: false },
  v3ChecksumAsV2: false,
};
const routeToPeer = { source: "192.0.2.1", destination: "192.0.2.2" };
const routeToGroup = { source: "fe80::ff:fe00:1", destination: "ff02::12" };

describe("byte for byte what keepalived sends", () => {
  test("an advert over IPv6", () => {
    expect(hexOf(advertPacket(six, routeToGroup, 120, { id: 1, sequence: 1 }))).toBe(vectors.v3Ipv6.hex);
  });
  test("an advert to a peer, version 3: its address is in the checksum", () => {
    expect(hexOf(advertPacket(unicast, routeToPeer, 130, { id: 1, sequence: 1 }))).toBe(vectors.v3Unicast.hex);
  });
  test("an advert to a peer, version 2", () => {
    const plan = {
      ...unicast,
      version: 2,
      vrid: 55,
      addresses: [{ address: "192.0.2.111", prefixLength: 32 }],
    } as const;
    expect(hexOf(advertPacket(plan, routeToPeer, 131, { id: 1, sequence: 1 }))).toBe(vectors.v2Unicast.hex);
  });
  test("an unsolicited neighbour advertisement", () => {
    const frame = new Uint8Array(neighbourAdvertLength + 4).fill(0xee);
    emitNeighbourAdvert(frame, "2001:db8::100", bytes("020000000001"), false);
    expect(hexOf(frame.subarray(0, neighbourAdvertLength))).toBe(vectors.neighbourAdvert.hex);
    expect(hexOf(frame.subarray(neighbourAdvertLength))).toBe("eeeeeeee");
  });
});

test("a neighbour advertisement of a router has the router flag; ARP's addresses are refused", () => {
  const frame = new Uint8Array(neighbourAdvertLength);
  emitNeighbourAdvert(frame, "fe80::1", bytes("020000000001"), true);
  expect(frame[58]).toBe(0xa0);
  expect(() => emitNeighbourAdvert(frame, "192.0.2.1", bytes("020000000001"), true)).toThrow(RangeError);
});

const wantSix: Expectation = {
  version: 3,
  family: 6,
  intervalMs: 500,
  group: "ff02::12",
  ownAddress: "fe80::2",
  addresses: ["fe80::100", "2001:db8::100"],
};
const wantUnicast: Expectation = {
  version: 3,
  family: 4,
  intervalMs: 1000,
  group: "224.0.0.18",
  ownAddress: "192.0.2.2",
  addresses: ["192.0.2.110"],
  unicast: { peers: [{ address: "192.0.2.1", minTtl: 250, maxTtl: 255 }], ttl: 255, checkSource: true },
};
const decoded = (packet: Uint8Array) => {
  const read = (packet[0] as number) >> 4 === 6 ? decodeIpv6(packet) : decodeIpv4(packet);
  if (!read.ok) throw new Error(read.error.code);
  return read.value;
};
const ofSix = () => decoded(bytes(vectors.v3Ipv6.hex));
const ofPeer = () => decoded(bytes(vectors.v3Unicast.hex));

test("keepalived's adverts are accepted, with nothing to remark", () => {
  expect(checkAdvert(ofSix(), wantSix)).toMatchObject({ ok: true, value: { advert: { priority: 120 }, remarks: [] } });
  expect(checkAdvert(ofPeer(), wantUnicast)).toMatchObject({
    ok: true,
    value: { advert: { priority: 130 }, remarks: [] },
  });
});

test.for([
  { name: "hop limit 254", got: { ...ofSix(), ttl: 254 }, want: wantSix, counter: "ip_ttl_err" },
  {
    name: "a checksum without the pseudo-header",
    got: { ...ofSix(), source: "fe80::9" },
    want: wantSix,
    counter: "chk_err",
  },
  {
    name: "another destination",
    got: { ...ofPeer() },
    want: { ...wantUnicast, unicast: undefined },
    counter: "dest_err",
  },
  { name: "a TTL out of the peer's range", got: { ...ofPeer(), ttl: 249 }, want: wantUnicast, counter: "ip_ttl_err" },
  {
    name: "an address that is no peer",
    got: ofPeer(),
    want: { ...wantUnicast, unicast: { peers: [], ttl: 255, checkSource: true } },
    counter: "unicast_src_err",
  },
])("$name: dropped as $counter", ({ got, want, counter }) => {
  expect(checkAdvert(got, want as Expectation)).toMatchObject({ ok: false, error: { counter } });
});

test("multicast where unicast is expected is dropped", () => {
  const plan: AdvertPlan = { ...unicast };
  const toGroup = decoded(
    advertPacket(plan, { source: "192.0.2.1", destination: "224.0.0.18" }, 130, { id: 1, sequence: 1 }),
  );
  expect(checkAdvert(toGroup, wantUnicast)).toMatchObject({ ok: false, error: { counter: "dest_err" } });
});

test("no bytes at all make the IPv6 reading throw", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 120 }), (b) => {
      const read = decodeIpv6(b);
      if (read.ok) checkAdvert(read.value, wantSix);
    }),
  );
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), (payload) => {
      checkAdvert({ ...ofSix(), payload }, wantSix);
    }),
  );
});

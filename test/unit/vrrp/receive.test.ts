import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { checkAdvert, type Expectation, vridOf } from "../../../src/vrrp/receive.ts";
import { type Advert, advertLength, emitAdvert, passwordBytes } from "../../../src/vrrp/wire/advert.ts";
import type { IpPacket } from "../../../src/vrrp/wire/ip.ts";
import { ipv4PseudoHeader } from "../../../src/vrrp/wire/ipv4.ts";

const GROUP = "224.0.0.18";
const FROM = "192.0.2.9";
const v2: Advert = {
  version: 2,
  vrid: 51,
  priority: 150,
  intervalMs: 1000,
  addresses: ["192.0.2.100", "192.0.2.101"],
  auth: { type: 1, data: passwordBytes("1111") },
};
const v3: Advert = { version: 3, vrid: 51, priority: 150, intervalMs: 500, addresses: ["192.0.2.100"] };
const wantV2: Expectation = {
  version: 2,
  family: 4,
  intervalMs: 1000,
  password: passwordBytes("1111"),
  group: GROUP,
  ownAddress: "192.0.2.5",
  addresses: ["192.0.2.100", "192.0.2.101"],
};
const { password: _, ...wantPlain } = wantV2;
const wantV3: Expectation = { ...wantPlain, version: 3, intervalMs: 500, addresses: ["192.0.2.100"] };

function packet(advert: Advert, pseudo = false, change: (payload: Uint8Array) => Uint8Array = (b) => b): IpPacket {
  const payload = new Uint8Array(advertLength(advert));
  emitAdvert(payload, advert, pseudo ? ipv4PseudoHeader(FROM, GROUP, payload.length) : new Uint8Array());
  return { source: FROM, destination: GROUP, ttl: 255, protocol: 112, payload: change(payload) };
}
const flip = (at: number) => (b: Uint8Array) => b.with(at, (b[at] as number) ^ 0xff);

describe("a received advert is dropped, and counted", () => {
  test.for([
    {
      name: "shorter than its fields",
      got: packet(v2, false, (b) => b.subarray(0, 15)),
      want: wantV2,
      counter: "packet_len_err",
    },
    {
      name: "TTL 254: it came through a router",
      got: { ...packet(v2), ttl: 254 },
      want: wantV2,
      counter: "ip_ttl_err",
    },
    { name: "another version", got: packet(v3), want: wantV2, counter: "vers_err" },
    {
      name: "no authentication where a password is due",
      got: packet({ ...v2, auth: { type: 0, data: new Uint8Array(8) } }),
      want: wantV2,
      counter: "authtype_mismatch",
    },
    { name: "a password where none is due", got: packet(v2), want: wantPlain, counter: "authtype_mismatch" },
    {
      name: "an authentication type that does not exist",
      got: packet({ ...v2, auth: { type: 9, data: new Uint8Array(8) } }),
      want: wantV2,
      counter: "invalid_authtype",
    },
    {
      name: "another password",
      got: packet({ ...v2, auth: { type: 1, data: passwordBytes("1112") } }),
      want: wantV2,
      counter: "auth_failure",
    },
    {
      name: "another advert_int in version 2",
      got: packet({ ...v2, intervalMs: 3000 }),
      want: wantV2,
      counter: "advert_interval_err",
    },
    {
      name: "a packet that is no advertisement",
      got: packet(v2, false, flip(0)),
      want: { ...wantV2, version: 13 as 2 },
      counter: "invalid_type_rcvd",
    },
    {
      name: "bytes behind the advert",
      got: packet(v3, false, (b) => new Uint8Array([...b, 0, 0])),
      want: wantV3,
      counter: "packet_len_err",
    },
    { name: "a damaged checksum", got: packet(v2, false, flip(6)), want: wantV2, counter: "chk_err" },
    {
      name: "an interval of 0 in version 3, which would make us take over at once",
      got: packet({ ...v3, intervalMs: 0 }),
      want: wantV3,
      counter: "advert_interval_err",
    },
    {
      name: "sent to another group",
      got: { ...packet(v2), destination: "224.0.0.19" },
      want: wantV2,
      counter: "dest_err",
    },
  ])("$name: $counter", ({ got, want, counter }) => {
    expect(checkAdvert(got, want)).toMatchObject({ ok: false, error: { counter } });
  });

  test("the first of several faults counts: length, TTL, version, authentication, interval, checksum", () => {
    const all = {
      ...packet({ ...v2, intervalMs: 9000, auth: { type: 9, data: new Uint8Array(8) } }, false, flip(6)),
      ttl: 1,
    };
    expect(checkAdvert(all, wantV3)).toMatchObject({ error: { counter: "ip_ttl_err" } });
    expect(checkAdvert({ ...all, ttl: 255 }, wantV3)).toMatchObject({ error: { counter: "vers_err" } });
    expect(checkAdvert({ ...all, ttl: 255 }, wantV2)).toMatchObject({ error: { counter: "invalid_authtype" } });
    const slow = packet({ ...v2, intervalMs: 9000 }, false, flip(6));
    expect(checkAdvert(slow, wantV2)).toMatchObject({ error: { counter: "advert_interval_err" } });
  });
});

describe("a received advert is used", () => {
  test.for([
    { name: "version 2", got: packet(v2), want: wantV2 },
    { name: "version 3, pseudo-header in the checksum (keepalived, FRR)", got: packet(v3, true), want: wantV3 },
    { name: "version 3, checksum of the payload alone (RFC 9568)", got: packet(v3, false), want: wantV3 },
  ])("$name", ({ got, want }) => {
    expect(checkAdvert(got, want)).toEqual({
      ok: true,
      value: {
        advert: { type: "advert", from: FROM, priority: 150, intervalMs: want.intervalMs, order: 1 },
        remarks: [],
      },
    });
  });

  test("a different list of addresses is counted and told, the advert counts all the same", () => {
    const read = checkAdvert(packet({ ...v2, addresses: ["192.0.2.100", "192.0.2.200"] }), wantV2);
    expect(read).toMatchObject({
      ok: true,
      value: {
        remarks: [
          {
            counter: "addr_list_err",
            detail: "it does not list 192.0.2.101, it lists 192.0.2.200, which we do not have",
          },
        ],
      },
    });
  });

  test("skip_check_adv_addr: the list of a master already known is not compared", () => {
    const got = packet({ ...v2, addresses: [] });
    expect(checkAdvert(got, { ...wantV2, trusted: FROM })).toMatchObject({ ok: true, value: { remarks: [] } });
    expect(checkAdvert(got, { ...wantV2, trusted: "192.0.2.8" })).toMatchObject({ value: { remarks: [{}] } });
  });

  test("another interval in version 3 is only remarked on, and learned", () => {
    const read = checkAdvert(packet({ ...v3, intervalMs: 200 }), wantV3);
    expect(read).toMatchObject({
      ok: true,
      value: { advert: { intervalMs: 200 }, remarks: [{ counter: "advert_interval_diff" }] },
    });
  });

  test.for([
    { own: "192.0.2.5", order: 1 },
    { own: "192.0.2.10", order: -1 },
    { own: "192.0.2.9", order: 0 },
    { own: "10.0.0.1", order: 1 },
    { own: "200.0.0.1", order: -1 },
  ])("its source compared with $own as unsigned integers: $order", ({ own, order }) => {
    expect(checkAdvert(packet(v2), { ...wantV2, ownAddress: own })).toMatchObject({ value: { advert: { order } } });
  });
});

test("hostile packets never throw", () => {
  const anyPacket = fc.record({
    source: fc.ipV4(),
    destination: fc.constantFrom(GROUP, "192.0.2.5"),
    ttl: fc.constantFrom(255, 255, 1),
    protocol: fc.constant(112),
    payload: fc.oneof(
      fc.uint8Array({ maxLength: 1100 }),
      fc
        .tuple(fc.constantFrom(0x21, 0x31), fc.uint8Array({ minLength: 7, maxLength: 40 }))
        .map(([first, rest]) => Uint8Array.from([first, ...rest])),
    ),
  });
  fc.assert(
    fc.property(anyPacket, fc.constantFrom(wantV2, wantV3, wantPlain), (got, want) => {
      vridOf(got);
      checkAdvert(got, want);
    }),
  );
});

describe("the checksum of keepalived before 1.3.7, which is that of an advert to the group", () => {
  const to = "192.0.2.5";
  const unicast = { peers: [{ address: FROM, minTtl: 0, maxTtl: 255 }], ttl: 255, checkSource: false };
  const want: Expectation = { ...wantV3, unicast };
  const old = { ...packet(v3, true), destination: to };

  test("it is taken by unicast, and told, where it may be", () => {
    expect(checkAdvert(old, { ...want, oldChecksumToo: true })).toMatchObject({
      ok: true,
      value: { oldChecksum: true },
    });
    expect(checkAdvert(old, want)).toMatchObject({ ok: false, error: { counter: "chk_err" } });
  });

  test("the present one is no old one, and neither is a wrong one", () => {
    const payload = new Uint8Array(advertLength(v3));
    emitAdvert(payload, v3, ipv4PseudoHeader(FROM, to, payload.length));
    const present = checkAdvert({ ...old, payload }, { ...want, oldChecksumToo: true });
    expect(present.ok && present.value).not.toHaveProperty("oldChecksum");
    const wrong = { ...old, payload: flip(6)(old.payload) };
    expect(checkAdvert(wrong, { ...want, oldChecksumToo: true })).toMatchObject({ ok: false });
  });
});

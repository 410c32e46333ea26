import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { clockSequence, nextSequence, Senders } from "../../../src/vrrp/hmac.ts";
import type { HmacPlan } from "../../../src/vrrp/model.ts";
import { type AdvertPlan, advertPacket } from "../../../src/vrrp/packet.ts";
import { checkAdvert, type Expectation } from "../../../src/vrrp/receive.ts";
import type { IpPacket } from "../../../src/vrrp/wire/ip.ts";
import { decodeIpv4 } from "../../../src/vrrp/wire/ipv4.ts";
import { decodeIpv6 } from "../../../src/vrrp/wire/ipv6.ts";
import vectors from "../../vectors/vrrp-hmac.json" with { type: "json" };

const KEY = Buffer.from(Uint8Array.from({ length: 32 }, (_, i) => i)).toString("hex");
const OTHER = "ff".repeat(32);
const hmac: HmacPlan = {
  keys: [{ id: 1, keyHex: KEY }],
  activeKey: 1,
  timeWindowMs: 5000,
  antiReplay: "time",
  mode: "enforce",
};
const plan: AdvertPlan = {
  version: 3,
  family: 4,
  vrid: 51,
  advertIntervalMs: 1000,
  addresses: [{ address: "192.0.2.100", prefixLength: 32 }],
  hmac,
  v3ChecksumAsV2: false,
};
const route = { source: "192.0.2.1", destination: "224.0.0.18" };
/** A second of the vectors, and its sequence. */
const NOW_MS = 1_790_000_000_500;
const NOW = clockSequence(NOW_MS);
const SECOND = 1n << 32n;

const want = (part: Partial<Expectation> = {}, plan: HmacPlan = hmac, last?: bigint): Expectation => ({
  version: 3,
  family: 4,
  intervalMs: 1000,
  hmac: { plan, wallMs: NOW_MS, lastFrom: () => last },
  group: "224.0.0.18",
  ownAddress: "192.0.2.2",
  addresses: ["192.0.2.100"],
  ...part,
});
const sent = (part: Partial<AdvertPlan> = {}, signature = NOW, priority = 150): Uint8Array =>
  advertPacket({ ...plan, ...part }, route, priority, { id: 1, sequence: 1, signature });
const read = (bytes: Uint8Array, decode: typeof decodeIpv4 = decodeIpv4): IpPacket => {
  const packet = decode(bytes);
  if (!packet.ok) throw new Error(packet.error.code);
  return packet.value;
};
const counterOf = (bytes: Uint8Array, wanted: Expectation): string => {
  const checked = checkAdvert(read(bytes), wanted);
  return checked.ok ? "accepted" : checked.error.counter;
};

describe("adverts with a trailer, byte for byte as an independent program computes them", () => {
  const address = (text: string) => ({ address: text, prefixLength: 32 });
  const payloadOf = (bytes: Uint8Array, headerBytes: number): string =>
    Buffer.from(bytes.subarray(headerBytes)).toString("hex");

  test("version 3 over IPv4: the checksum does not count the trailer", () => {
    const addresses = [address("192.0.2.100"), address("192.0.2.101")];
    const bytes = sent({ addresses });
    expect(payloadOf(bytes, 20)).toBe(vectors.v3.hex);
    const checked = checkAdvert(read(bytes), want({ addresses: addresses.map((a) => a.address) }));
    expect(checked).toMatchObject({ ok: true, value: { signature: NOW, remarks: [], advert: { priority: 150 } } });
  });

  test("version 2: behind the authentication field, which is empty", () => {
    const v2 = { version: 2, vrid: 52, addresses: [address("192.0.2.110")] } as const;
    const bytes = sent(v2, (NOW & ~0xffffffffn) | 0x4000_0007n, 100);
    expect(payloadOf(bytes, 20)).toBe(vectors.v2.hex);
    expect(counterOf(bytes, want({ version: 2, addresses: ["192.0.2.110"] }))).toBe("accepted");
  });

  test("version 3 over IPv6: the checksum counts the trailer", () => {
    const six = {
      ...plan,
      ...({ family: 6, vrid: 53, advertIntervalMs: 500 } as const),
      addresses: [address("fe80::100"), address("2001:db8::100")],
      hmac: { ...hmac, keys: [{ id: 2, keyHex: KEY }], activeKey: 2 },
    } as const;
    const way = { source: "fe80::ff:fe00:1", destination: "ff02::12" };
    const bytes = advertPacket(six, way, 120, { id: 1, sequence: 1, signature: (NOW & ~0xffffffffn) | 1n });
    expect(payloadOf(bytes, 40)).toBe(vectors.v3Ipv6.hex);
    const wanted = {
      ...want({ family: 6, intervalMs: 500, group: "ff02::12", ownAddress: "fe80::2" }, six.hmac),
      addresses: ["fe80::100", "2001:db8::100"],
    };
    expect(checkAdvert(read(bytes, decodeIpv6), wanted)).toMatchObject({ ok: true, value: { remarks: [] } });
  });

  test("RFC 9568's checksum, and a peer by unicast over IPv6", () => {
    const signature = 0x6800_0000_8000_0000n;
    const from = { source: "198.51.100.10", destination: "224.0.0.18" };
    const four = advertPacket({ ...plan, v3ChecksumAsV2: true }, from, 200, { id: 1, sequence: 1, signature });
    expect(payloadOf(four, 20)).toBe(vectors.v3Plain.hex);
    const six = { ...plan, family: 6, addresses: [address("fe80::100")] } as const;
    const way = { source: "fe80::10", destination: "fe80::20" };
    const bytes = advertPacket(six, way, 200, { id: 1, sequence: 1, signature });
    expect(payloadOf(bytes, 40)).toBe(vectors.v3Ipv6Unicast.hex);
  });
});

describe("what is dropped, and what it is counted as", () => {
  const TRAILER = 20 + 12;
  test.for([
    { name: "no trailer", bytes: sent({ hmac: { ...hmac, mode: "receive-only" } }), counter: "auth_ext_missing" },
    { name: "another type of trailer", bytes: sent().with(TRAILER, 2), counter: "auth_ext_malformed" },
    { name: "reserved bytes in use", bytes: sent().with(TRAILER + 3, 1), counter: "auth_ext_malformed" },
    { name: "a key that is not known", bytes: sent().with(TRAILER + 1, 9), counter: "auth_ext_unknown_key" },
    {
      name: "another key of that number",
      bytes: sent({ hmac: { ...hmac, keys: [{ id: 1, keyHex: OTHER }] } }),
      counter: "auth_ext_invalid_hmac",
    },
    { name: "another priority", bytes: sent().with(22, 255), counter: "auth_ext_invalid_hmac" },
    { name: "another interval", bytes: sent().with(25, 1), counter: "auth_ext_invalid_hmac" },
    { name: "another address", bytes: sent().with(31, 1), counter: "auth_ext_invalid_hmac" },
    { name: "a forged counter", bytes: sent().with(TRAILER + 11, 1), counter: "auth_ext_invalid_hmac" },
    { name: "six seconds old", bytes: sent({}, NOW - 6n * SECOND), counter: "auth_ext_stale" },
    { name: "six seconds early", bytes: sent({}, NOW + 6n * SECOND), counter: "auth_ext_stale" },
    { name: "a trailer cut short", bytes: cut(sent()), counter: "auth_ext_missing" },
  ])("$name", ({ bytes, counter }) => {
    expect(counterOf(bytes, want())).toBe(counter);
  });

  test("the same VRID, version and sender are part of it", () => {
    const other = { ...read(sent()), source: "192.0.2.9" };
    expect(checkAdvert(other, want())).toMatchObject({ ok: false, error: { counter: "auth_ext_invalid_hmac" } });
  });

  test("a replayed advert, and one older than the last; not one whose sequence is higher", () => {
    const heard = (last: bigint): string => counterOf(sent(), want({}, hmac, last));
    expect([heard(NOW), heard(NOW + 1n), heard(NOW - 1n)]).toEqual(["auth_ext_replay", "auth_ext_replay", "accepted"]);
  });

  test("a last sequence outside of the window counts no more: its sender's clock was set back", () => {
    expect(counterOf(sent(), want({}, hmac, NOW + 100n * SECOND))).toBe("accepted");
    const monotonic: HmacPlan = { ...hmac, antiReplay: "monotonic" };
    expect(counterOf(sent(), want({}, monotonic, NOW + 100n * SECOND))).toBe("auth_ext_replay");
    expect(counterOf(sent({}, NOW - 1000n * SECOND), want({}, monotonic))).toBe("accepted");
  });

  test("a clock that is off by more than half of the window is told of", () => {
    const checked = checkAdvert(read(sent({}, NOW - 3n * SECOND)), want());
    expect(checked).toMatchObject({
      ok: true,
      value: { remarks: [{ counter: "auth_ext_skew", detail: "its clock is 3 s behind ours" }] },
    });
  });

  test.for(["permissive", "receive-only"] as const)("%s: none is accepted, a wrong one is not", (mode) => {
    const bare = sent({ hmac: { ...hmac, mode: "receive-only" } });
    const wanted = want({}, { ...hmac, mode });
    expect(counterOf(bare, wanted)).toBe("accepted");
    expect(counterOf(sent().with(22, 255), wanted)).toBe("auth_ext_invalid_hmac");
    expect(counterOf(sent(), wanted)).toBe("accepted");
  });

  test("every key is accepted, the active one is sent with", () => {
    const keys = [
      { id: 1, keyHex: KEY },
      { id: 2, keyHex: OTHER },
    ];
    const both: HmacPlan = { ...hmac, keys, activeKey: 2 };
    expect(counterOf(sent({ hmac: both }), want())).toBe("auth_ext_unknown_key");
    expect([counterOf(sent({ hmac: both }), want({}, both)), counterOf(sent(), want({}, both))]).toEqual([
      "accepted",
      "accepted",
    ]);
  });

  test("by unicast the sender has to be a peer", () => {
    const peer = (address: string) => ({ peers: [{ address, minTtl: 0, maxTtl: 255 }], ttl: 255, checkSource: false });
    const bytes = advertPacket(plan, { ...route, destination: "192.0.2.2" }, 150, {
      id: 1,
      sequence: 1,
      signature: NOW,
    });
    expect(counterOf(bytes, want({ unicast: peer("192.0.2.1") }))).toBe("accepted");
    expect(counterOf(bytes, want({ unicast: peer("192.0.2.77") }))).toBe("unicast_src_err");
  });

  test("no bytes make it throw, and none that were changed are accepted", () => {
    const whole = read(sent());
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (payload) => {
        expect(checkAdvert({ ...whole, payload }, want()).ok).toBe(false);
      }),
    );
    fc.assert(
      fc.property(fc.nat(whole.payload.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const payload = whole.payload.with(at, (whole.payload[at] as number) ^ change);
        expect(checkAdvert({ ...whole, payload }, want()).ok).toBe(false);
      }),
    );
  });
});

function cut(bytes: Uint8Array): Uint8Array {
  const shorter = bytes.slice(0, -4);
  new DataView(shorter.buffer).setUint16(2, shorter.length);
  return shorter;
}

describe("the sequence of what is sent", () => {
  test("the time: seconds, a binary fraction, a counter", () => {
    expect(clockSequence(1_790_000_000_500)).toBe((1_790_000_000n << 32n) | 0x8000_0000n);
    expect(nextSequence(0n, NOW_MS, hmac)).toBe(NOW);
  });

  test("grows whatever the clock does, within the window", () => {
    const anyTimes = fc.array(fc.integer({ min: NOW_MS - 4000, max: NOW_MS }), { minLength: 2, maxLength: 50 });
    fc.assert(
      fc.property(anyTimes, fc.constantFrom("time" as const, "monotonic" as const), (times, antiReplay) => {
        let last = 0n;
        for (const wallMs of times) {
          const next = nextSequence(last, wallMs, { ...hmac, antiReplay });
          expect(next > last).toBe(true);
          last = next;
        }
      }),
    );
  });

  test("a clock set back further than receivers allow is followed, but not where only growth counts", () => {
    const ahead = NOW + 60n * SECOND;
    expect(nextSequence(ahead, NOW_MS, hmac)).toBe(NOW);
    expect(nextSequence(ahead, NOW_MS, { ...hmac, antiReplay: "monotonic" })).toBe(ahead + 1n);
  });

  test("goes on behind the highest number", () => {
    const highest = (1n << 64n) - 1n;
    expect(nextSequence(highest, (2 ** 32 - 1) * 1000, hmac)).toBe(0n);
  });
});

test("of senders the last few are kept, those that were heard last", () => {
  const senders = new Senders();
  for (const [source, sequence] of [
    ["a", 1n],
    ["b", 2n],
    ["a", 3n],
    ["c", 4n],
  ] as const)
    senders.heard(source, sequence, 2);
  expect(["a", "b", "c"].map((source) => senders.from(source))).toEqual([3n, undefined, 4n]);
});

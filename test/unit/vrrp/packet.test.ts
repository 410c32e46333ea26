import { expect, test } from "vitest";
import { type AdvertPlan, advertPacket, listedAddresses, whyUnsendable } from "../../../src/vrrp/packet.ts";
import { checkAdvert } from "../../../src/vrrp/receive.ts";
import { decodeIpv4 } from "../../../src/vrrp/wire/ipv4.ts";

const plan: AdvertPlan = {
  version: 2,
  family: 4,
  vrid: 51,
  advertIntervalMs: 1000,
  addresses: [{ address: "192.0.2.100", prefixLength: 32 }],
  authPass: "1111",
  v3ChecksumAsV2: false,
};
const many = Array.from({ length: 300 }, (_, i) => ({ address: `10.0.${i >> 8}.${i & 255}`, prefixLength: 32 }));

test.for([
  { name: "seconds", part: { advertIntervalMs: 3000 }, why: undefined },
  {
    name: "half seconds in version 2",
    part: { advertIntervalMs: 500 },
    why: "VRRP version 2 cannot carry an interval of 500 ms",
  },
  { name: "half seconds in version 3", part: { version: 3, advertIntervalMs: 500 }, why: undefined },
  {
    name: "milliseconds",
    part: { version: 3, advertIntervalMs: 5 },
    why: "VRRP version 3 cannot carry an interval of 5 ms",
  },
  { name: "300 addresses", part: { addresses: many }, why: undefined },
  { name: "an IPv6 address", part: { addresses: [{ address: "2001:db8::1", prefixLength: 64 }] }, why: undefined },
] as const)("an advert can be made of $name: $why", ({ part, why }) => {
  expect(whyUnsendable({ ...plan, ...(part as Partial<AdvertPlan>) })).toBe(why);
});

test("adverts list IPv4 addresses in order, 255 at most", () => {
  const addresses = [{ address: "2001:db8::1", prefixLength: 64 }, ...many];
  const listed = listedAddresses({ addresses, family: 4 });
  expect([listed.length, listed[0], listed[254]]).toEqual([255, "10.0.0.0", "10.0.0.254"]);
});

test.for([{ version: 2 }, { version: 3 }, { version: 3, v3ChecksumAsV2: true }] as const)(
  "what we send, a peer of the same configuration accepts: %o",
  (part) => {
    const own: AdvertPlan = { ...plan, ...part };
    const packet = decodeIpv4(
      advertPacket(own, { source: "192.0.2.1", destination: "224.0.0.18" }, 100, { id: 7, sequence: 1 }),
    );
    if (!packet.ok) throw new Error(packet.error.code);
    const password = part.version === 2 ? { password: new Uint8Array([49, 49, 49, 49, 0, 0, 0, 0]) } : {};
    const checked = checkAdvert(packet.value, {
      version: part.version,
      family: 4,
      intervalMs: 1000,
      group: "224.0.0.18",
      ownAddress: "192.0.2.2",
      addresses: ["192.0.2.100"],
      ...password,
    });
    expect(checked).toMatchObject({ ok: true, value: { advert: { priority: 100 }, remarks: [] } });
  },
);

test("old_unicast_checksum: the checksum is that of an advert to the group, and everything else stays", () => {
  const peer = "192.0.2.2";
  const { authPass: _, ...rest } = plan;
  const unicast = { peers: [{ address: peer, minTtl: 0, maxTtl: 255 }], ttl: 255, checkSource: false };
  const three: AdvertPlan = { ...rest, version: 3, unicast, multicastGroup: "224.0.0.18" };
  const made = (part: Partial<AdvertPlan>, destination: string) =>
    advertPacket({ ...three, ...part }, { source: "192.0.2.1", destination }, 100, { id: 1, sequence: 1 }).subarray(20);
  expect(made({ oldUnicastChecksum: "use" }, peer)).toEqual(made({}, "224.0.0.18"));
  expect(made({ oldUnicastChecksum: "never" }, peer)).toEqual(made({}, peer));
  expect(made({}, peer)).not.toEqual(made({}, "224.0.0.18"));
});

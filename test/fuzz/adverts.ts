import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { internetChecksum } from "../../src/core/checksum.ts";
import { advertPacket } from "../../src/vrrp/packet.ts";
import { checkAdvert, type Expectation, vridOf } from "../../src/vrrp/receive.ts";
import { passwordBytes } from "../../src/vrrp/wire/advert.ts";
import type { IpPacket } from "../../src/vrrp/wire/ip.ts";
import { decodeIpv4, ipv4PseudoHeader } from "../../src/vrrp/wire/ipv4.ts";
import { decodeIpv6, ipv6PseudoHeader } from "../../src/vrrp/wire/ipv6.ts";
import { damaged } from "./packet-damage.ts";
import { bytesOf, type Files, textOf } from "./target.ts";

const vectors: Record<string, { readonly hex: string }> = JSON.parse(readFileSync("test/vectors/vrrp.json", "utf8"));
const vector = (name: string): Uint8Array =>
  Uint8Array.from(Buffer.from(vectors[name]?.hex.replaceAll(" ", "") ?? "", "hex"));

const WALL_MS = 1_700_000_000_000;
const hmac = {
  keys: [{ id: 3, keyHex: "00112233445566778899aabbccddeeff" }],
  activeKey: 3,
  timeWindowMs: 5000,
  antiReplay: "time",
  mode: "enforce",
} as const;
const v4 = { family: 4, group: "224.0.0.18", ownAddress: "192.0.2.2" } as const;
const v6 = { family: 6, group: "ff02::12", ownAddress: "fe80::2" } as const;
const peers = { peers: [{ address: "192.0.2.1", minTtl: 255, maxTtl: 255 }], ttl: 255, checkSource: true };
const trailed = { hmac: { plan: hmac, wallMs: WALL_MS, lastFrom: () => undefined } };

const signed = (family: 4 | 6): Uint8Array => {
  const address = { address: family === 6 ? "fe80::100" : "192.0.2.100", prefixLength: 24 };
  return advertPacket(
    {
      ...{ version: 3, family, vrid: 57, advertIntervalMs: 500, addresses: [address], v3ChecksumAsV2: false, hmac },
    },
    family === 6 ? { source: "fe80::1", destination: v6.group } : { source: "192.0.2.1", destination: v4.group },
    150,
    { id: 1, sequence: 1, signature: BigInt(WALL_MS / 1000) << 32n },
  );
};

type Kind = { readonly packet: Uint8Array; readonly want: Expectation; readonly keyed?: true };

/** Adverts as they are sent, and what their receiver expects. `keyed`: nobody without the key can change a byte. */
const kinds: Readonly<Record<string, Kind>> = {
  v2Pass: {
    packet: vector("v2Pass"),
    want: {
      ...v4,
      ...{ version: 2, intervalMs: 1000, password: passwordBytes("1111") },
      addresses: ["192.0.2.100", "192.0.2.101"],
    },
  },
  v3: { packet: vector("v3"), want: { ...v4, version: 3, intervalMs: 500, addresses: ["192.0.2.110"] } },
  v3Ipv6: {
    packet: vector("v3Ipv6"),
    want: { ...v6, version: 3, intervalMs: 500, addresses: ["fe80::100", "2001:db8::100"] },
  },
  v3Unicast: {
    packet: vector("v3Unicast"),
    want: { ...v4, version: 3, intervalMs: 1000, addresses: ["192.0.2.110"], unicast: peers },
  },
  v2Unicast: {
    packet: vector("v2Unicast"),
    want: { ...v4, version: 2, intervalMs: 1000, addresses: ["192.0.2.111"], unicast: peers },
  },
  v2Ah: {
    packet: vector("v2Ah"),
    want: { ...v4, version: 2, intervalMs: 1000, addresses: ["192.0.2.112"], ah: { key: "secret", sequence: 0 } },
    keyed: true,
  },
  v3Signed: {
    packet: signed(4),
    want: { ...v4, version: 3, intervalMs: 500, addresses: ["192.0.2.100"], ...trailed },
    keyed: true,
  },
  v3SignedIpv6: {
    packet: signed(6),
    want: { ...v6, version: 3, intervalMs: 500, addresses: ["fe80::100"], ...trailed },
    keyed: true,
  },
};

export const advertCases: fc.Arbitrary<Files> = fc.constantFrom(...Object.keys(kinds)).chain((name) =>
  damaged(fc.constant(kinds[name]?.packet ?? new Uint8Array())).map((packet) => [
    ["kind", name],
    ["packet", packet],
  ]),
);

const HARMLESS_BITS = 15;

/** What holds of a packet that a VRRP socket reads: it is looked at without an error, and taken for an advert only when it
 *  is one as it was sent. */
export function checkAdverts(files: Files): void {
  const kind = kinds[textOf(files, "kind")];
  assert(kind, "no such kind of advert");
  const decode = kind.want.family === 6 ? decodeIpv6 : decodeIpv4;
  const sent = decode(Buffer.from(kind.packet));
  assert(sent.ok && checkAdvert(sent.value, kind.want).ok, "the advert is accepted as it was sent");
  const got = decode(Buffer.from(bytesOf(files, "packet")));
  if (!got.ok) return;
  vridOf(got.value);
  const checked = checkAdvert(got.value, kind.want);
  if (!checked.ok) {
    assert(checked.error.detail.length < 500, "a short reason");
    return;
  }
  const { advert, remarks } = checked.value;
  assert(remarks.every(({ detail }) => detail.length < 1000));
  assert(advert.priority >= 0 && advert.priority <= 255 && advert.intervalMs > 0);
  assert(isWhole(got.value), "its checksum is right");
  const [before, after] = [sent.value, got.value];
  assert(!isFewBits(before.payload, after.payload), "a few bits in a row that are changed are noticed");
  if (!kind.keyed) return;
  assert.equal(after.source, before.source, "the sender is covered by the key");
  assert.deepEqual(withoutChecksum(after), withoutChecksum(before), "all of the advert is covered by the key");
}

/** A sum that the receiver did not compute: over IPv4 with or without a pseudo-header. */
function isWhole({ source, destination, protocol, payload }: IpPacket): boolean {
  const advert = protocol === 51 ? payload.subarray(24) : payload;
  if (source.includes(":")) return internetChecksum(ipv6PseudoHeader(source, destination, advert.length), advert) === 0;
  const body = advert.subarray(0, 8 + (advert[3] as number) * 4 + ((advert[0] as number) >> 4 === 2 ? 8 : 0));
  return (
    internetChecksum(body) === 0 || internetChecksum(ipv4PseudoHeader(source, destination, body.length), body) === 0
  );
}

/** Whether two packets of one length differ, and only within a few bits in a row. */
function isFewBits(before: Uint8Array, after: Uint8Array): boolean {
  if (before.length !== after.length) return false;
  const changed: number[] = [];
  before.forEach((byte, i) => {
    for (let bit = 0; bit < 8; bit++) if (((byte ^ (after[i] as number)) >> (7 - bit)) & 1) changed.push(i * 8 + bit);
  });
  const [first, last] = [changed[0], changed.at(-1)];
  return first !== undefined && last !== undefined && last - first < HARMLESS_BITS;
}

/** The trailer's HMAC is made with a checksum of 0, which routers may not change but may be written in two ways. */
function withoutChecksum({ protocol, payload }: IpPacket): number[] {
  const bytes = [...payload];
  if (protocol !== 51) bytes.splice(6, 2);
  return bytes;
}

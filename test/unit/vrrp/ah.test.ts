import fc from "fast-check";
import { expect, test } from "vitest";
import { type AdvertPlan, advertPacket } from "../../../src/vrrp/packet.ts";
import { checkAdvert, type Expectation, vridOf } from "../../../src/vrrp/receive.ts";
import { AH_PROTOCOL, openAh } from "../../../src/vrrp/wire/ah.ts";
import { decodeIpv4 } from "../../../src/vrrp/wire/ipv4.ts";
import vectors from "../../vectors/vrrp.json" with { type: "json" };

const plan: AdvertPlan = {
  version: 2,
  family: 4,
  vrid: 56,
  advertIntervalMs: 1000,
  addresses: [{ address: "192.0.2.112", prefixLength: 32 }],
  ahKey: "secret",
  v3ChecksumAsV2: false,
};
const route = { source: "192.0.2.1", destination: "224.0.0.18" };
const want: Expectation = {
  version: 2,
  family: 4,
  intervalMs: 1000,
  ah: { key: "secret", sequence: 0 },
  group: "224.0.0.18",
  ownAddress: "192.0.2.2",
  addresses: ["192.0.2.112"],
};
const sent = (part: Partial<AdvertPlan> = {}, sequence = 1): Uint8Array =>
  advertPacket({ ...plan, ...part }, route, 132, { id: 1, sequence });
const read = (bytes: Uint8Array) => {
  const packet = decodeIpv4(bytes);
  if (!packet.ok) throw new Error(packet.error.code);
  return packet.value;
};

test("byte for byte what keepalived sends, and accepted", () => {
  expect(Buffer.from(sent()).toString("hex")).toBe(vectors.v2Ah.hex);
  const packet = read(Uint8Array.from(Buffer.from(vectors.v2Ah.hex, "hex")));
  expect([packet.protocol, vridOf(packet)]).toEqual([AH_PROTOCOL, 56]);
  expect(checkAdvert(packet, want)).toMatchObject({ ok: true, value: { sequence: 1, advert: { priority: 132 } } });
});

test.for([
  { name: "another key", bytes: sent({ ahKey: "other" }), ah: want.ah, detail: "another key" },
  { name: "an advert heard before", bytes: sent({}, 7), ah: { key: "secret", sequence: 7 }, detail: "replayed" },
  { name: "a forged sequence number", bytes: sent().with(31, 9), ah: want.ah, detail: "another key" },
  { name: "another priority", bytes: sent().with(46, 255), ah: want.ah, detail: "another key" },
  { name: "another sender", bytes: sent().with(27, 9), ah: want.ah, detail: "another sender" },
])("$name is dropped: $detail", ({ bytes, ah, detail }) => {
  const checked = checkAdvert(read(bytes), { ...want, ...(ah && { ah }) });
  expect(checked).toMatchObject({ ok: false, error: { counter: "auth_failure" } });
  expect(checked.ok ? "" : checked.error.detail).toContain(detail);
});

test("no bytes make it throw", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), (payload) => {
      openAh({ ...read(sent()), payload }, "secret");
      checkAdvert({ ...read(sent()), payload }, want);
    }),
  );
});

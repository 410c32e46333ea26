// Floods a VRRP group from one interface: `node vrrp-flood.js INTERFACE SOURCE SECONDS`. A mixture of noise, truncated
// packets, wrong passwords, adverts of priority 0 and of low priority, as fast as the socket takes them.
import { randomBytes } from "node:crypto";
import { native } from "../../../native/index.ts";
import { advertPacket } from "../../../src/vrrp/packet.ts";
import { emitVrrpIpv4, vrrpIpv4Length } from "../../../src/vrrp/wire/ipv4.ts";

const [interfaceName, source, seconds] = process.argv.slice(2) as [string, string, string];
const group = "224.0.0.18";
const door = native();
const fd = door.openRawIp(112, 4, interfaceName, 256 * 1024, group);
const wrap = (payload: Uint8Array, id: number): Uint8Array => {
  const packet = new Uint8Array(vrrpIpv4Length(payload.length));
  emitVrrpIpv4(packet, { source, destination: group, ttl: 255, id, payload });
  return packet;
};
const route = { source, destination: group };
const plan = {
  version: 3,
  family: 4,
  vrid: 51,
  advertIntervalMs: 200,
  addresses: [{ address: "192.0.2.100", prefixLength: 32 }],
  v3ChecksumAsV2: false,
} as const;
const makers = [
  (id: number) => wrap(randomBytes(id % 200), id),
  (id: number) => wrap(Uint8Array.of(0x31, 51, ...randomBytes(id % 60)), id),
  (id: number) =>
    advertPacket({ ...plan, version: 2, advertIntervalMs: 1000, authPass: "wrong" }, route, 200, { id, sequence: 1 }),
  (id: number) => advertPacket(plan, route, 0, { id, sequence: 1 }),
  (id: number) => advertPacket(plan, route, 1 + (id % 90), { id, sequence: 1 }),
];
const end = performance.now() + Number(seconds) * 1000;
let sent = 0;
const burst = (): void => {
  for (let i = 0; i < 200; i++) {
    const make = makers[sent % makers.length] as (id: number) => Uint8Array;
    if (door.sendRawIp(fd, make(sent & 0xffff), group) > 0) sent++;
  }
  if (performance.now() < end) setImmediate(burst);
  else process.stdout.write(`${sent}\n`);
};
burst();

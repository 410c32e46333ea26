import assert from "node:assert/strict";
import fc from "fast-check";
import { decodeEvents } from "../../src/files/folder-watch.ts";
import { decodeInfo } from "../../src/ipvs/decode-info.ts";
import {
  decodeDaemon,
  decodeDestination,
  decodeService,
  decodeTimeouts,
  encodeCommand,
} from "../../src/ipvs/genl-codec.ts";
import { encodeAttrs, nested, text, u32 } from "../../src/netlink/attrs.ts";
import { decodeFibEvent } from "../../src/netlink/fib-messages.ts";
import { writeU16, writeU32 } from "../../src/netlink/host-order.ts";
import { encodeNewLink } from "../../src/netlink/link-messages.ts";
import { decodeEnding, encodeMessages, splitMessages } from "../../src/netlink/message.ts";
import { decodeProcessEvent } from "../../src/netlink/process-events.ts";
import { decodeRouteEvent, encodeDeleteAddress, encodeNewAddress } from "../../src/netlink/route-messages.ts";
import { damaged } from "./packet-damage.ts";
import { bytesOf, type Files } from "./target.ts";

/** What the kernel says by netlink and inotify, damaged: nobody but the kernel may speak there, so that it is enough to read
 *  on, without an error and in bounded time. */

const id = { kind: "address", protocol: "tcp", address: "10.0.0.1", port: 80 } as const;
const service = { id, scheduler: "wrr", flags: 1, timeoutS: 50, netmaskBits: 24, engine: "sip" };
const destination = {
  ...{ address: "10.0.0.2", port: 80, weight: 3, forwarding: { method: "masq" }, upperThreshold: 9, lowerThreshold: 2 },
};
const commands = [
  encodeCommand({ op: "addService", service } as unknown as Parameters<typeof encodeCommand>[0]),
  encodeCommand({ op: "addDest", service, destination } as unknown as Parameters<typeof encodeCommand>[0]),
];
const genl = commands.map(({ attributes }) => Buffer.concat([Buffer.from([1, 1, 0, 0]), attributes]));

const address = { interfaceIndex: 2, address: "192.0.2.100", prefixLength: 24, label: "eth0:1" };
const six = { interfaceIndex: 2, address: "2001:db8::100", prefixLength: 64 };
const link = encodeNewLink({
  ...{ name: "vrrp.51", lowerIndex: 2, group: 0, kind: "macvlan", hardwareAddress: Uint8Array.of(0, 0, 94, 0, 1, 51) },
});
const refusal = Buffer.concat([
  Buffer.alloc(20),
  encodeAttrs({ message: [1, text(64)], offset: [2, u32], more: [3, nested({ a: [1, u32] } as const)] } as const, {
    message: "no such device",
    offset: 12,
    more: { a: 1 },
  }),
]);
const routeGone = Buffer.from([2, 24, 0, 0, 254, 18, 0, 1, 0, 0, 0, 0]);

const messages = [
  { type: 16, flags: 0, payload: link },
  { type: 20, flags: 2, payload: encodeNewAddress(address) },
  { type: 21, flags: 0, payload: encodeDeleteAddress(six) },
  { type: 20, flags: 0, payload: encodeNewAddress(six) },
  { type: 25, flags: 0, payload: routeGone },
  { type: 33, flags: 0, payload: routeGone },
  { type: 2, flags: 0x200, payload: refusal },
  { type: 3, flags: 0x200, payload: refusal },
  ...genl.map((payload) => ({ type: 30, flags: 2, payload })),
];

function processEvent(kind: number): Uint8Array {
  const bytes = Buffer.alloc(16 + 20 + 40);
  writeU32(bytes, bytes.length, 0);
  writeU32(bytes, 1, 16);
  writeU16(bytes, 40, 32);
  writeU32(bytes, kind, 36);
  for (const at of [52, 56, 60, 64]) writeU32(bytes, 4711, at);
  return Uint8Array.from(bytes);
}

function folderEvent(name: string): Uint8Array {
  const bytes = Buffer.alloc(16 + 16);
  writeU32(bytes, 1, 0);
  writeU32(bytes, 8, 4);
  writeU32(bytes, 16, 12);
  bytes.write(name, 16);
  return Uint8Array.from(bytes);
}

const datagrams = fc.subarray(messages, { minLength: 1 }).map((chosen) => Uint8Array.from(encodeMessages(chosen, 7)));
const processEvents = fc.constantFrom(1, 2, 0x200, 0x80000000, 0).map(processEvent);
const folderEvents = fc
  .array(fc.constantFrom("weight", "", "x".repeat(15)), { maxLength: 4 })
  .map((names) => Uint8Array.from(Buffer.concat(names.map(folderEvent))));

const cases = (packets: fc.Arbitrary<Uint8Array>): fc.Arbitrary<Files> =>
  damaged(fc.oneof(packets, fc.uint8Array({ maxLength: 200 }))).map((bytes) => [["bytes", bytes]]);

export const netlinkCases = cases(fc.oneof({ weight: 4, arbitrary: datagrams }, processEvents));
export const inotifyCases = cases(folderEvents);

export function checkNetlink(files: Files): void {
  const datagram = Buffer.from(bytesOf(files, "bytes"));
  decodeProcessEvent(datagram);
  const list = splitMessages(datagram);
  assert(list.length <= datagram.length / 16, "no more messages than there is room for");
  for (const message of list) {
    const ending = decodeEnding(message);
    assert((ending?.text?.length ?? 0) <= datagram.length);
    const { type, payload } = message;
    const event = decodeRouteEvent(type, payload);
    if (event?.type === "link") assert(event.link.name.length <= datagram.length);
    decodeFibEvent(type, payload);
    const attributes = payload.subarray(4);
    for (const decode of [decodeService, decodeDaemon, decodeInfo, decodeTimeouts]) decode(attributes);
    decodeDestination(attributes, id);
  }
}

export function checkInotify(files: Files): void {
  const bytes = Buffer.from(bytesOf(files, "bytes"));
  const events = decodeEvents(bytes) ?? [];
  assert(events.length <= bytes.length / 16, "no more events than there is room for");
}

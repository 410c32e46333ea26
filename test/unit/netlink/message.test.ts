import fc from "fast-check";
import { expect, test } from "vitest";
import { encodeAttrs, text } from "../../../src/netlink/attrs.ts";
import { writeS32 } from "../../../src/netlink/host-order.ts";
import {
  control,
  decodeEnding,
  encodeMessage,
  encodeMessages,
  flags,
  splitMessages,
} from "../../../src/netlink/message.ts";

const anyRequest = fc.record({
  type: fc.nat(0xffff),
  flags: fc.nat(0xffff),
  payload: fc.uint8Array({ maxLength: 60 }).map((b) => Buffer.from(b)),
});

test("the messages of a datagram come out as they went in, numbered one after the other", () => {
  fc.assert(
    fc.property(fc.array(anyRequest, { maxLength: 8 }), fc.integer({ min: 1, max: 0x7fffffff }), (requests, first) => {
      const messages = splitMessages(encodeMessages(requests, first));
      expect(messages).toEqual(requests.map((request, i) => ({ ...request, seq: first + i })));
    }),
  );
});

test("hostile bytes never make the reader throw or hang, and no message reaches past the datagram", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), (noise) => {
      for (const message of splitMessages(Buffer.from(noise))) {
        decodeEnding(message);
        decodeEnding({ ...message, type: control.error });
        decodeEnding({ ...message, type: control.done });
      }
    }),
  );
});

function errorPayload(errno: number): Buffer {
  const code = Buffer.alloc(4);
  writeS32(code, -errno, 0);
  return Buffer.concat([code, encodeMessage({ type: 20, flags: flags.request, payload: Buffer.alloc(0) }, 1)]);
}

const said = encodeAttrs({ message: [1, text(64)] } as const, { message: "ipv4: Device not found" });

test.for([
  { name: "an acknowledgement", type: control.error, set: 0, payload: errorPayload(0), ending: { errno: undefined } },
  { name: "an error", type: control.error, set: 0, payload: errorPayload(1), ending: { errno: "EPERM" } },
  {
    name: "an error with the kernel's words, the request capped",
    type: control.error,
    set: flags.capped | flags.extendedAck,
    payload: Buffer.concat([errorPayload(19), said]),
    ending: { errno: "ENODEV", text: "ipv4: Device not found" },
  },
  { name: "an error cut short", type: control.error, set: 0, payload: Buffer.alloc(2), ending: { errno: "EIO" } },
  { name: "the end of a dump", type: control.done, set: 0, payload: Buffer.alloc(4), ending: { errno: undefined } },
  {
    name: "the end of a dump without a status",
    type: control.done,
    set: 0,
    payload: Buffer.alloc(0),
    ending: { errno: undefined },
  },
  { name: "an answer", type: 16, set: 0, payload: Buffer.alloc(4), ending: undefined },
])("$name ends a request as it should", ({ type, set, payload, ending }) => {
  expect(decodeEnding({ type, flags: set, seq: 1, payload })).toEqual(ending);
});

import { internetChecksum } from "./checksum.ts";
import type { Family } from "./ip.ts";

/** An echo request, RFC 792 and RFC 4443 §4.1. A datagram socket has an id of its own in place of this one. */
export type Echo = { readonly id: number; readonly sequence: number; readonly token: Buffer };

const TYPES = { 4: { request: 8, reply: 0 }, 6: { request: 128, reply: 129 } } as const;
const HEADER_BYTES = 8;

/** The kernel fills in the checksum of ICMPv6, which covers the addresses. */
export function echoRequest(family: Family, { id, sequence, token }: Echo): Buffer {
  const message = Buffer.concat([Buffer.alloc(HEADER_BYTES), token]);
  message.writeUInt8(TYPES[family].request, 0);
  message.writeUInt16BE(id, 4);
  message.writeUInt16BE(sequence, 6);
  if (family === 4) message.writeUInt16BE(internetChecksum(message), 2);
  return message;
}

/** Whether this is the answer to that request. `hasHeader`: an IPv4 header stands before it (raw sockets). */
export function isEchoReply(family: Family, { sequence, token }: Echo, bytes: Buffer, hasHeader: boolean): boolean {
  const start = hasHeader && bytes.length > 0 ? (bytes.readUInt8(0) & 0x0f) * 4 : 0;
  const message = bytes.subarray(start);
  return (
    message.length === HEADER_BYTES + token.length &&
    message.readUInt8(0) === TYPES[family].reply &&
    message.readUInt8(1) === 0 &&
    message.readUInt16BE(6) === sequence &&
    message.subarray(HEADER_BYTES).equals(token)
  );
}

import { getSystemErrorName } from "node:util";
import { decodeAttrs, text, u32 } from "./attrs.ts";
import { readS32, readU16, readU32, writeU16, writeU32 } from "./host-order.ts";

/** NLM_F_* of linux/netlink.h. */
export const flags = {
  request: 0x1,
  multi: 0x2,
  ack: 0x4,
  dumpInterrupted: 0x10,
  dump: 0x300,
  replace: 0x100,
  exclusive: 0x200,
  create: 0x400,
  append: 0x800,
  /** On an NLMSG_ERROR: the request is not repeated in it. */
  capped: 0x100,
  /** On an NLMSG_ERROR or NLMSG_DONE: attributes with the kernel's own words follow. */
  extendedAck: 0x200,
} as const;

/** AF_INET and AF_INET6. */
export const AF = { 4: 2, 6: 10 } as const;

/** Message types below NLMSG_MIN_TYPE (16) that every protocol shares. */
export const control = { noop: 1, error: 2, done: 3, overrun: 4 } as const;

export type NetlinkRequest = { readonly type: number; readonly flags: number; readonly payload: Uint8Array };

/** `payload` is a view of the datagram it came in; copy what outlives the read. */
export type NetlinkMessage = {
  readonly type: number;
  readonly flags: number;
  readonly seq: number;
  readonly payload: Buffer;
};

/** How the kernel ended a request: `errno` is its name ("EPERM"), undefined for success; `text` the kernel's own words. */
export type Ending = { readonly errno: string | undefined; readonly text?: string };

/** struct nlmsghdr. */
export const HEADER_LENGTH = 16;

const align = (length: number): number => (length + 3) & ~3;

/** Messages with their headers as one datagram, each padded to 4 bytes; numbered from `firstSeq`. The sender's port, the
 *  last field of the header, is left to the kernel. */
export function encodeMessages(requests: readonly NetlinkRequest[], firstSeq: number): Buffer {
  const size = requests.reduce((sum, { payload }) => sum + align(HEADER_LENGTH + payload.length), 0);
  const datagram = Buffer.alloc(size);
  let at = 0;
  for (const [index, { type, flags: set, payload }] of requests.entries()) {
    const length = HEADER_LENGTH + payload.length;
    writeU32(datagram, length, at);
    writeU16(datagram, type, at + 4);
    writeU16(datagram, set, at + 6);
    writeU32(datagram, firstSeq + index, at + 8);
    datagram.set(payload, at + HEADER_LENGTH);
    at += align(length);
  }
  return datagram;
}

export const encodeMessage = (request: NetlinkRequest, seq: number): Buffer => encodeMessages([request], seq);

/** The messages of one datagram. Never throws: a header whose length cannot be true ends the list. */
export function splitMessages(datagram: Buffer): NetlinkMessage[] {
  const messages: NetlinkMessage[] = [];
  for (let at = 0; at + HEADER_LENGTH <= datagram.length; ) {
    // struct nlmsghdr, field by field: a dump has tens of thousands of them.
    const length = readU32(datagram, at);
    if (length < HEADER_LENGTH || at + length > datagram.length) break;
    const type = readU16(datagram, at + 4);
    const set = readU16(datagram, at + 6);
    const seq = readU32(datagram, at + 8);
    messages.push({ type, flags: set, seq, payload: datagram.subarray(at + HEADER_LENGTH, at + length) });
    at += align(length);
  }
  return messages;
}

/** NLMSGERR_ATTR_* of linux/netlink.h. */
const extendedAckAttrs = { message: [1, text(1024)], offset: [2, u32] } as const;

/** Reads an NLMSG_ERROR or NLMSG_DONE: an errno of zero or less, the request or its header after an error, then
 *  attributes. Undefined for other messages; one cut short counts as EIO. */
export function decodeEnding(message: NetlinkMessage): Ending | undefined {
  const { type, payload } = message;
  if (type !== control.error && type !== control.done) return undefined;
  if (payload.length < 4) return type === control.done ? { errno: undefined } : { errno: "EIO" };
  const errno = errnoName(-readS32(payload, 0));
  if ((message.flags & flags.extendedAck) === 0) return { errno };
  const said = decodeAttrs(extendedAckAttrs, payload.subarray(attributesOffset(message))).message;
  return said === undefined ? { errno } : { errno, text: said };
}

function attributesOffset({ type, flags: set, payload }: NetlinkMessage): number {
  if (type === control.done) return 4;
  if ((set & flags.capped) !== 0 || payload.length < 4 + HEADER_LENGTH) return 4 + HEADER_LENGTH;
  return 4 + align(Math.max(HEADER_LENGTH, readU32(payload, 4)));
}

/** "EPERM" for 1; undefined for 0 and what cannot be an error. */
export function errnoName(errno: number): string | undefined {
  if (errno <= 0) return undefined;
  return errno < 4096 ? getSystemErrorName(-errno) : `errno ${errno}`;
}

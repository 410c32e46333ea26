import { readS32, readU16, readU32 } from "./host-order.ts";
import { control, encodeMessage, flags, HEADER_LENGTH, type NetlinkRequest } from "./message.ts";
import type { PlainSocket } from "./socket.ts";

/** Sees the payload of a message: what lies in the datagram from `from` up to `end`. Valid during the call. */
export type Answered = (datagram: Buffer, from: number, end: number) => void;

/** Asks the kernel one thing and reads the answer on the spot; `answered` is told each of its messages. False
 *  where anything is not as it is in the ordinary case (an error, an answer that was lost or interrupted): who needs to know
 *  what, or to try again, asks by way of NetlinkConnection. */
export function askPlainly(socket: PlainSocket, request: NetlinkRequest, seq: number, answered: Answered): boolean {
  const isDump = (request.flags & flags.dump) === flags.dump;
  if (!socket.send(encodeMessage({ ...request, flags: request.flags | flags.request }, seq))) return false;
  for (;;) {
    const datagram = socket.receive();
    if (!datagram) return false;
    for (let at = 0; at + HEADER_LENGTH <= datagram.length; ) {
      const length = readU32(datagram, at);
      const type = readU16(datagram, at + 4);
      if (length < HEADER_LENGTH || at + length > datagram.length || readU32(datagram, at + 8) !== seq) return false;
      if ((readU16(datagram, at + 6) & flags.dumpInterrupted) !== 0) return false;
      if (type === control.done) return length < HEADER_LENGTH + 4 || readS32(datagram, at + HEADER_LENGTH) === 0;
      if (type < FIRST_OWN_TYPE) return false;
      answered(datagram, at + HEADER_LENGTH, at + length);
      if (!isDump) return true;
      at += (length + 3) & ~3;
    }
  }
}

/** NLMSG_MIN_TYPE of linux/netlink.h. */
const FIRST_OWN_TYPE = 0x10;

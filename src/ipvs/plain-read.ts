import { twiceAsLong } from "../core/bytes.ts";
import { familyIn, familyRequest, GENL_HEADER_BYTES, genlMessage, RECEIVE_BUFFER_BYTES } from "../netlink/genl.ts";
import { flags } from "../netlink/message.ts";
import { type Answered, askPlainly } from "../netlink/plain-request.ts";
import { type PlainSocket, plainSocket, protocols } from "../netlink/socket.ts";
import { commands, ipvsFamily } from "./attrs.ts";
import { decodeInfo } from "./decode-info.ts";
import type { Info } from "./listing.ts";

const none = new Uint8Array(0);

/** `services`: the attributes of each, IPVS_CMD_ATTR_SERVICE, one behind the other and aligned, as they lie in a message. */
export type PlainReading = { readonly info: Info; readonly services: Buffer };

/** Memory that is not touched costs nothing: a thousand services are half of this. */
const SERVICES_BYTES = 1024 * 1024;

/** What a listing without counters needs of the kernel's IPVS, read in one go: half of what a small program's start costs
 *  is what an event loop and a queue of requests bring with them. Undefined where anything is not as usual. */
export function readKernelPlainly(): PlainReading | undefined {
  try {
    const socket = plainSocket(protocols.generic, RECEIVE_BUFFER_BYTES);
    try {
      return readPlainly(socket);
    } finally {
      socket.close();
    }
  } catch {
    return undefined; // who asks in the ordinary way hears what is wrong
  }
}

export function readPlainly(socket: PlainSocket): PlainReading | undefined {
  let family: number | undefined;
  let seq = 1;
  const asked = (request: Parameters<typeof askPlainly>[1], answered: Answered): boolean =>
    askPlainly(socket, request, seq++, answered);
  const foundFamily = asked(familyRequest(ipvsFamily.name), (datagram, from, end) => {
    family = familyIn(datagram.subarray(from, end));
  });
  if (!foundFamily || family === undefined) return undefined;
  const id = family;
  const message = (command: number, set: number) =>
    genlMessage(id, ipvsFamily.version, { command, attributes: none }, set);
  let info: Info | undefined;
  const told = asked(message(commands.getInfo, 0), (datagram, from, end) => {
    info = decodeInfo(datagram.subarray(from + GENL_HEADER_BYTES, end));
  });
  if (!told || !info) return undefined;
  let services: Buffer = Buffer.allocUnsafeSlow(SERVICES_BYTES);
  let used = 0;
  const whole = asked(message(commands.getService, flags.dump), (datagram, from, end) => {
    const start = from + GENL_HEADER_BYTES;
    if (used + aligned(end - start) > services.length) services = twiceAsLong(services);
    datagram.copy(services, used, start, end);
    used += aligned(end - start);
  });
  return whole ? { info, services: services.subarray(0, used) } : undefined;
}

/** NLA_ALIGN of linux/netlink.h. */
const aligned = (length: number): number => (length + 3) & ~3;

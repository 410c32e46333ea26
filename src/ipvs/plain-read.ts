import { twiceAsLong } from "../core/bytes.ts";
import { CONTROLLER, GENL_HEADER_BYTES, genlMessage, RECEIVE_BUFFER_BYTES } from "../netlink/genl-message.ts";
import { readU16, writeU16 } from "../netlink/host-order.ts";
import { flags } from "../netlink/message.ts";
import { type Answered, askPlainly } from "../netlink/plain-request.ts";
import { type PlainSocket, plainSocket, protocols } from "../netlink/socket.ts";
import { commands, ipvsFamily } from "./commands.ts";

/** CTRL_ATTR_FAMILY_ID and CTRL_ATTR_FAMILY_NAME of linux/genetlink.h. */
const [FAMILY_ID, FAMILY_NAME] = [1, 2];
const NLA_HEADER_BYTES = 4;

/** Memory that is not touched costs nothing: a thousand services are half of this. */
const SERVICES_BYTES = 1024 * 1024;

/** What a listing without counters needs of the kernel's services, read in one go: half of what a small program's start costs
 *  is what an event loop, a queue of requests and tables of attributes bring with them. The attributes of each,
 *  IPVS_CMD_ATTR_SERVICE, one behind the other and aligned, as they lie in a message. Undefined where anything is not as
 *  usual. */
export function readKernelPlainly(): Buffer | undefined {
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

export function readPlainly(socket: PlainSocket): Buffer | undefined {
  let seq = 1;
  const asked = (request: Parameters<typeof askPlainly>[1], answered: Answered): boolean =>
    askPlainly(socket, request, seq++, answered);
  let family: number | undefined;
  const which = { command: CONTROLLER.getFamily, attributes: familyName() };
  const found = asked(genlMessage(CONTROLLER.id, CONTROLLER.version, which, 0), (datagram, from, end) => {
    family = familyId(datagram, from + GENL_HEADER_BYTES, end);
  });
  if (!found || family === undefined) return undefined;
  let services: Buffer = Buffer.allocUnsafeSlow(SERVICES_BYTES);
  let used = 0;
  const all = { command: commands.getService, attributes: new Uint8Array(0) };
  const whole = asked(genlMessage(family, ipvsFamily.version, all, flags.dump), (datagram, from, end) => {
    const start = from + GENL_HEADER_BYTES;
    if (used + aligned(end - start) > services.length) services = twiceAsLong(services);
    datagram.copy(services, used, start, end);
    used += aligned(end - start);
  });
  return whole ? services.subarray(0, used) : undefined;
}

/** An attribute with the name and the zero at its end. */
function familyName(): Buffer {
  const length = NLA_HEADER_BYTES + ipvsFamily.name.length + 1;
  const attribute = Buffer.alloc(aligned(length));
  attribute.write(ipvsFamily.name, writeU16(attribute, FAMILY_NAME, writeU16(attribute, length, 0)), "latin1");
  return attribute;
}

/** The number in the controller's answer. */
function familyId(b: Buffer, from: number, end: number): number | undefined {
  for (let at = from; at + NLA_HEADER_BYTES + 2 <= end; ) {
    const length = readU16(b, at);
    if (length < NLA_HEADER_BYTES) return undefined;
    if (readU16(b, at + 2) === FAMILY_ID) return readU16(b, at + NLA_HEADER_BYTES);
    at += aligned(length);
  }
  return undefined;
}

/** NLA_ALIGN of linux/netlink.h. */
const aligned = (length: number): number => (length + 3) & ~3;

import type { GenlRequest } from "./genl.ts";
import type { NetlinkRequest } from "./message.ts";

/** GENL_ID_CTRL of linux/genetlink.h, the version of its messages, CTRL_CMD_GETFAMILY. */
export const CONTROLLER = { id: 16, version: 2, getFamily: 3 } as const;
export const RECEIVE_BUFFER_BYTES = 1024 * 1024;
export const GENL_HEADER_BYTES = 4;

/** struct genlmsghdr (command, version, two reserved bytes) and the attributes. */
export function genlMessage(type: number, version: number, request: GenlRequest, set: number): NetlinkRequest {
  const payload = Buffer.allocUnsafe(GENL_HEADER_BYTES + request.attributes.length);
  payload.writeUInt32BE(((request.command << 24) | (version << 16)) >>> 0);
  payload.set(request.attributes, GENL_HEADER_BYTES);
  return { type, flags: set, payload };
}

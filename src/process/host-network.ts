import { MessageType } from "netlink/dist/rt/gen_structs.js";
import { bytes, decodeAttrs, text, u32 } from "../netlink/attrs.ts";
import { readU16, readU32 } from "../netlink/host-order.ts";
import { flags } from "../netlink/message.ts";
import { NetlinkConnection } from "../netlink/request.ts";
import { addressDump, decodeRouteEvent, linkDump } from "../netlink/route-messages.ts";
import { kernelSocket, protocols } from "../netlink/socket.ts";
import type { HostInterface, HostNetwork } from "./dump/host.ts";

const BUFFER_BYTES = 256 * 1024;
const HEADER_BYTES = 16;
const attrs = {
  address: [1, bytes],
  broadcast: [2, bytes],
  name: [3, text(16)],
  mtu: [4, u32],
  lowerIndex: [5, u32],
} as const;

/** Interfaces and addresses of this process's network namespace, once. Rejects with what node:net throws, or DirectorError. */
export async function readHostNetwork(): Promise<HostNetwork> {
  const connection = new NetlinkConnection(kernelSocket(protocols.route, BUFFER_BYTES));
  try {
    const interfaces = await connection.call(
      { type: MessageType.GETLINK, flags: flags.dump, payload: linkDump() },
      decodeInterface,
    );
    const events = await connection.call(
      { type: MessageType.GETADDR, flags: flags.dump, payload: addressDump() },
      (answer, type) => decodeRouteEvent(type, answer),
    );
    return {
      interfaces,
      addresses: events.flatMap((event) => (event.type === "address" ? [event.address] : [])),
    };
  } finally {
    connection.close();
  }
}

/** struct ifinfomsg and its attributes; undefined for what is none. */
function decodeInterface(payload: Buffer): HostInterface | undefined {
  if (payload.length < HEADER_BYTES) return undefined;
  const found = decodeAttrs(attrs, payload.subarray(HEADER_BYTES));
  if (found.name === undefined) return undefined;
  return {
    index: readU32(payload, 4),
    name: found.name,
    mtu: found.mtu ?? 0,
    hardwareType: readU16(payload, 2),
    // Copies: the answer's bytes are valid during this call only.
    hardwareAddress: Uint8Array.from(found.address ?? []),
    hardwareBroadcast: Uint8Array.from(found.broadcast ?? []),
    flags: readU32(payload, 8),
    ...(found.lowerIndex !== undefined && { lowerIndex: found.lowerIndex }),
  };
}

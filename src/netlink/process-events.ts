import { DirectorError } from "../core/errors.ts";
import { readU16, readU32, writeU16, writeU32 } from "./host-order.ts";
import { encodeMessages, errnoName } from "./message.ts";
import { here, type Inside, insideNamespace, kernelSocket, type SocketOpener } from "./socket.ts";

/** The kernel's connector of process events (linux/connector.h, linux/cn_proc.h). */

/** exec: a process runs another program; name: it has given itself another name; fork: a new one, of `parent`. */
export type ProcessEvent =
  | { readonly type: "exec" | "exit" | "name"; readonly pid: number }
  | { readonly type: "fork"; readonly pid: number; readonly parent: number };

const NETLINK_CONNECTOR = 11;
const CN_IDX_PROC = 1;
const CN_VAL_PROC = 1;
const PROC_CN_MCAST_LISTEN = 1;
const NLMSG_DONE = 3;
const NETLINK_HEADER_BYTES = 16;
const CONNECTOR_HEADER_BYTES = 20;
const EVENT_AT = NETLINK_HEADER_BYTES + CONNECTOR_HEADER_BYTES;
const DATA_AT = EVENT_AT + 16;
const what = { answer: 0, fork: 0x1, exec: 0x2, name: 0x200, exit: 0x80000000 } as const;
/** Room for the events of a machine that starts some thousand processes a second. */
const BUFFER_BYTES = 1024 * 1024;

export type ProcessEvents = { close(): void };

/** Only the first network namespace has the connector. With net_namespace the process that started this one is still in it. */
const parentsNamespace = (): string => `/proc/${process.ppid}/ns/net`;
const opener = (inside: Inside): SocketOpener => kernelSocket(NETLINK_CONNECTOR, BUFFER_BYTES, inside);

/** Process events from now on. `onLost`: some were dropped, so that everything is to be looked at again. Throws an error
 *  with a code where there are none: ECONNREFUSED where the director was started in a network namespace, EPROTONOSUPPORT in a kernel
 *  without the connector, EPERM without CAP_NET_ADMIN. */
export function openProcessEvents(onEvent: (event: ProcessEvent) => void, onLost: () => void): ProcessEvents {
  try {
    return listenTo(onEvent, onLost, opener(here));
  } catch {
    return listenTo(onEvent, onLost, opener(insideNamespace(parentsNamespace())));
  }
}

function listenTo(onEvent: (event: ProcessEvent) => void, onLost: () => void, open: SocketOpener): ProcessEvents {
  let lossy = false;
  let refused = 0;
  const socket = open({
    datagram: (bytes) => {
      refused ||= answerOf(bytes);
      const event = decodeProcessEvent(bytes);
      if (event) onEvent(event);
      return true;
    },
    overrun: () => {
      lossy = true;
    },
    drained: () => {
      if (lossy) onLost();
      lossy = false;
    },
    failed: onLost,
  });
  try {
    socket.join(CN_IDX_PROC);
    const unsent = socket.send(encodeMessages([{ type: NLMSG_DONE, flags: 0, payload: listenRequest() }], 0));
    socket.drain(); // the kernel has answered already
    const errno = unsent ?? (refused === 0 ? undefined : (errnoName(refused) ?? "EIO"));
    if (errno !== undefined) throw new DirectorError(errno, `the connector of process events refuses: ${errno}`);
  } catch (error) {
    socket.close();
    throw error;
  }
  return socket;
}

function listenRequest(): Buffer {
  const message = Buffer.alloc(CONNECTOR_HEADER_BYTES + 4);
  writeU32(message, CN_IDX_PROC, 0);
  writeU32(message, CN_VAL_PROC, 4);
  writeU16(message, 4, 16);
  writeU32(message, PROC_CN_MCAST_LISTEN, CONNECTOR_HEADER_BYTES);
  return message;
}

/** The errno in the kernel's answer to a request; 0 for success and for everything else. */
const answerOf = (bytes: Buffer): number =>
  bytes.length >= DATA_AT + 4 && readU32(bytes, EVENT_AT) === what.answer ? readU32(bytes, DATA_AT) : 0;

/** One event; undefined for those of threads, for other kinds and for a message cut short. Never throws. */
export function decodeProcessEvent(bytes: Buffer): ProcessEvent | undefined {
  if (bytes.length < DATA_AT + 8) return undefined;
  if (readU32(bytes, NETLINK_HEADER_BYTES) !== CN_IDX_PROC || readU16(bytes, EVENT_AT - 4) < 24) return undefined;
  const kind = readU32(bytes, EVENT_AT);
  const [pid, tgid] = [readU32(bytes, DATA_AT), readU32(bytes, DATA_AT + 4)];
  if (kind === what.fork) {
    if (bytes.length < DATA_AT + 16) return undefined;
    const [child, childTgid] = [readU32(bytes, DATA_AT + 8), readU32(bytes, DATA_AT + 12)];
    return child === childTgid ? { type: "fork", pid: child, parent: tgid } : undefined;
  }
  if (pid !== tgid) return undefined;
  if (kind === what.exec) return { type: "exec", pid };
  if (kind === what.exit) return { type: "exit", pid };
  return kind === what.name ? { type: "name", pid } : undefined;
}

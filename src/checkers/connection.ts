import type { Socket } from "node:net";
import type { Attempt } from "./connector.ts";
import type { Endpoint } from "./model.ts";
import { connector } from "./socket-connector.ts";
import { openVia } from "./via-vip.ts";
import { isVia } from "./via-way.ts";

/** A TCP connection being opened. `onSettled` is called once, with an error or none; not at all after `cancel()`, which
 *  also ends a connection that has been made. `socket` is there from the moment of success on. */
export type Opening = { readonly socket: Socket; cancel(): void };

/** Opens a connection within `timeoutMs`. On an error the socket is gone already; on success it is the caller's, paused,
 *  with no listener of ours left but one that swallows errors. */
export function open(at: Endpoint, timeoutMs: number, onSettled: (error: unknown) => void): Opening {
  let socket: Socket | undefined;
  const settled = (error: unknown, connected?: Socket): void => {
    socket = connected;
    onSettled(error);
  };
  const attempt: Attempt = isVia(at) ? openVia(at, timeoutMs, settled) : connector().open(at, timeoutMs, settled);
  return {
    get socket() {
      return socket as Socket;
    },
    cancel() {
      attempt.cancel();
      socket?.destroy();
    },
  };
}

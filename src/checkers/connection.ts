import type { Socket } from "node:net";
import type { Attempt, Connector } from "./connector.ts";
import type { Endpoint } from "./model.ts";
import { createNativeConnector } from "./native-connector.ts";
import { nodeConnector } from "./node-connector.ts";

/** A TCP connection being opened. `onSettled` is called once, with an error or none; not at all after `cancel()`, which
 *  also ends a connection that has been made. `socket` is there from the moment of success on. */
export type Opening = { readonly socket: Socket; cancel(): void };

let inUse: Connector | undefined;

/** What opens connections: the addon, which takes several times less of the processor, and node:net where that is missing. */
export const connector = (): Connector => {
  inUse ??= nativeIfPossible();
  return inUse;
};

/** Opens connections with this from now on; undefined: with what is best. */
export const useConnector = (wanted: Connector | undefined): void => {
  inUse = wanted;
};

function nativeIfPossible(): Connector {
  try {
    return createNativeConnector();
  } catch {
    return nodeConnector;
  }
}

/** Opens a connection within `timeoutMs`. On an error the socket is gone already; on success it is the caller's, paused,
 *  with no listener of ours left but one that swallows errors. */
export function open(at: Endpoint, timeoutMs: number, onSettled: (error: unknown) => void): Opening {
  let socket: Socket | undefined;
  const attempt: Attempt = connector().open(at, timeoutMs, (error, connected) => {
    socket = connected;
    onSettled(error);
  });
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

import type { Socket } from "node:net";
import { Duplex } from "node:stream";
import type { TLSSocket } from "node:tls";

/** The network's side of a TLS connection. The end of the network connection is handed on to TLS a little later, so that
 *  an end of TLS that came with it is heard first: one that comes only then is none in order (RFC 8446 §6.1). */
export class NetworkSide extends Duplex {
  readonly #socket: Socket;
  #onEnd: () => void = () => {};

  constructor(socket: Socket) {
    super({ allowHalfOpen: true });
    this.#socket = socket;
    socket.on("data", (bytes: Buffer) => {
      if (!this.push(bytes)) socket.pause();
    });
    socket.once("end", () => later(turnsOfTls, () => this.#end()));
    socket.once("error", (cause) => this.destroy(cause));
  }

  /** Called when the network connection has ended, before TLS hears of it. */
  onNetworkEnd(listener: () => void): void {
    this.#onEnd = listener;
  }

  #end(): void {
    this.#onEnd();
    this.push(null);
  }

  override _read(): void {
    this.#socket.resume();
  }

  override _write(bytes: Buffer, _encoding: BufferEncoding, callback: (error?: Error | null) => void): void {
    this.#socket.write(bytes, callback);
  }

  override _final(callback: () => void): void {
    this.#socket.end(callback);
  }
}

/** Turns of the event loop in which what has come is decrypted and read. */
const turnsOfTls = 4;

const later = (turns: number, action: () => void): void => {
  if (turns === 0) action();
  else setImmediate(later, turns - 1, action);
};

/** Waits for the end of TLS of a connection over `network`, whatever its user does with it meanwhile. */
export function awaitEnd(secure: TLSSocket, network: NetworkSide): TlsEnd {
  let orderly: boolean | undefined;
  let listener: ((orderly: boolean) => void) | undefined;
  const tell = (how: boolean): void => {
    orderly ??= how;
    listener?.(orderly);
  };
  secure.once("end", () => tell(true));
  secure.once("error", () => tell(false));
  network.onNetworkEnd(() => tell(false));
  // The HTTP client destroys a connection as soon as it has the whole answer; its end is still to be seen.
  secure.destroy = () => secure;
  return {
    wait(onEnd) {
      listener = onEnd;
      if (orderly !== undefined) onEnd(orderly);
      else secure.removeAllListeners("readable").resume();
    },
    release() {
      listener = undefined;
      Reflect.deleteProperty(secure, "destroy");
    },
  };
}

/** How a TLS connection ends: in order, with a word of TLS itself, or just so. */
export type TlsEnd = {
  wait(onEnd: (orderly: boolean) => void): void;
  /** Its user's to destroy again. */
  release(): void;
};

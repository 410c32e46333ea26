import type http from "node:http";
import { messageOf } from "../core/errors.ts";
import type { Logger } from "../core/log.ts";
import type { ProcessEvents } from "../process/log-events.ts";

/** Connections at a time; more are closed as they come. */
const MOST_CONNECTIONS = 256;
/** For the head of a request, and for all of it. */
const HEADERS_MS = 5000;
const REQUEST_MS = 10_000;
/** An address that is not there yet, or not free yet, is tried again. */
const AGAIN_MS = 5000;

/** The listener of http_listen. */
export class PublicDoor {
  readonly #server: http.Server;
  readonly #at: { readonly host: string; readonly port: number };
  readonly #log: Logger<ProcessEvents>;
  #timer: NodeJS.Timeout | undefined;
  #told = "";
  #closed = false;

  constructor(server: http.Server, at: { readonly host: string; readonly port: number }, log: Logger<ProcessEvents>) {
    this.#server = server;
    this.#at = at;
    this.#log = log;
    server.maxConnections = MOST_CONNECTIONS;
    server.headersTimeout = HEADERS_MS;
    server.requestTimeout = REQUEST_MS;
    server.keepAliveTimeout = HEADERS_MS;
  }

  /** Tries to listen. Resolves when it does, or once it is known that it cannot now: then it is tried again and again. */
  open(): Promise<void> {
    return new Promise((resolve) => {
      const failed = (error: Error): void => {
        this.#server.off("listening", listening);
        this.#tellTrouble(messageOf(error));
        if (!this.#closed) this.#timer = setTimeout(() => void this.open(), AGAIN_MS);
        resolve();
      };
      const listening = (): void => {
        this.#server.off("error", failed);
        this.#server.on("error", (error) => this.#tellTrouble(messageOf(error)));
        this.#told = "";
        this.#log.info("http.listening", { address: this.#address });
        resolve();
      };
      this.#server.once("error", failed).once("listening", listening).listen(this.#at);
    });
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#server.close();
    this.#server.closeAllConnections();
  }

  get #address(): string {
    const { host, port } = this.#at;
    return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
  }

  /** Once for each reason in a row. */
  #tellTrouble(message: string): void {
    if (message === this.#told) return;
    this.#told = message;
    this.#log.warn("http.unavailable", { address: this.#address, message });
  }
}

import type http from "node:http";
import type { AddressInfo } from "node:net";
import { EventHub } from "../../../src/api/event-hub.ts";
import { createServer } from "../../../src/api/server.ts";
import type { DirectorEvent } from "../../../src/process/events.ts";
import type { DirectorStatus } from "../../../src/process/status.ts";

/** What http_listen serves, of a director whose status and events a test sets. */
export class PageServer implements AsyncDisposable {
  status: DirectorStatus;
  events: readonly DirectorEvent[] = [];
  hub = this.#newHub();
  /** /events is refused. */
  hasNoEvents = false;
  readonly #streams = new Set<http.ServerResponse>();
  readonly #server: http.Server;

  constructor(status: DirectorStatus) {
    this.status = status;
    const page = this;
    this.#server = createServer({
      door: "public",
      get hub() {
        return page.hub;
      },
      read: async () => ({ httpStatus: 200, text: Buffer.from(JSON.stringify(page.status)) }),
      metrics: async () => ({ httpStatus: 200, text: Buffer.from("") }),
      act: async () => ({ httpStatus: 403, body: {} }),
      openapi: () => ({}),
      received: () => {},
      streams: this.#streams,
      peerOf: () => undefined,
    });
  }

  listen(): Promise<void> {
    return new Promise((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`;
  }

  /** Another director, with this past. */
  show(status: DirectorStatus, events: readonly DirectorEvent[] = []): void {
    this.status = status;
    this.events = events;
    this.hub = this.#newHub();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const stream of this.#streams) stream.destroy();
    this.#server.closeAllConnections();
    this.#server.close();
  }

  #newHub(): EventHub {
    return new EventHub({ ask: async () => (this.hasNoEvents ? undefined : this.events), quiet: () => {} });
  }
}

import { mkdtempSync, rmSync } from "node:fs";
import http from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import type { DirectorStatus } from "../../../src/process/status.ts";

/** A control socket that answers with one status. */
export class FakeDirector implements AsyncDisposable {
  status: DirectorStatus;
  /** Requests are taken, and never answered. */
  hangs = false;
  readonly #folder = mkdtempSync(path.join(tmpdir(), "lvskeeper-fake-"));
  readonly socket = path.join(this.#folder, "c.sock");
  #server: http.Server | undefined;
  #waiting: { left: number; readonly done: () => void } | undefined;

  constructor(status: DirectorStatus) {
    this.status = status;
  }

  start(): Promise<void> {
    const server = http.createServer((request, response) => {
      if (this.hangs) return;
      const body = request.url === "/status" ? this.status : { services: [], events: [] };
      if (request.url === "/status" && this.#waiting && --this.#waiting.left === 0) this.#waiting.done();
      response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(body));
    });
    this.#server = server;
    return new Promise((resolve) => server.listen(this.socket, resolve));
  }

  /** Resolves when its status has been asked for so many times more. */
  asked(times: number): Promise<void> {
    return new Promise((done) => {
      this.#waiting = { left: times, done };
    });
  }

  stop(): Promise<void> {
    const server = this.#server;
    server?.closeAllConnections();
    return new Promise((resolve) => (server ? server.close(() => resolve()) : resolve()));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

import { chmodSync, mkdirSync, rmSync } from "node:fs";
import net from "node:net";
import path from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { wallMs } from "../core/clock.ts";
import { DirectorError, errnoCode, messageOf } from "../core/errors.ts";
import type { Logger } from "../core/log.ts";
import type { Result } from "../core/result.ts";
import { parseRsCommand } from "../virtual-server/rs-command.ts";
import { parseVrrpCommand } from "../vrrp/vrrp-command.ts";
import { type ChildLink, openChild, type Refusal } from "./child-link.ts";
import type { Director } from "./director.ts";
import type { ProcessEvents } from "./log-events.ts";
import type { ControlRequest, FromChildOf } from "./messages.ts";
import type { RunOptions } from "./run-options.ts";
import type { ProcessStatus } from "./status.ts";

export type ControlServer = { close(): Promise<void> };

/** Connections that the api process may have at a time; more are closed at once. */
const MOST_OPEN = 64;
/** Its heartbeat comes each half second; silence counts only when somebody asks for it. */
const MOST_SILENCE_MS = 5000;
/** An api process that dies at every connection costs at most this many starts a minute. */
const MOST_API_STARTS_PER_MINUTE = 10;

const FAREWELL_MS = 500;

type Answer = { readonly httpStatus: number; readonly body: unknown };

/** The control socket: the parent accepts and hands each connection, unread, to the unprivileged api process, which is
 *  started for the first one; what it understands of them comes back as one of three requests. Undefined when the socket
 *  cannot be made: a director serves without it. Rejects when another director answers there. */
export async function openControl(
  options: RunOptions,
  director: Director,
  log: Logger<ProcessEvents>,
  stop: () => void,
): Promise<ControlServer | undefined> {
  const file = options.controlSocket;
  const api = new ApiProcess(options, director, log, stop);
  const server = net.createServer({ pauseOnConnect: true }, (socket) => api.take(socket));
  try {
    mkdirSync(path.dirname(file), { recursive: true, mode: 0o755 });
    if (await answers(file)) {
      const hint = "stop it, or give this one its own with --control or --pid";
      throw new DirectorError("control/in-use", `another director answers at ${file}`, { hint });
    }
    rmSync(file, { force: true });
    await listen(server, file);
  } catch (error) {
    if (error instanceof DirectorError) throw error;
    log.warn("control.unavailable", { path: file, message: messageOf(error) });
    return undefined;
  }
  server.on("error", (error) => log.warn("control.unavailable", { path: file, message: messageOf(error) }));
  log.debug("control.listening", { path: file });
  return {
    async close() {
      server.close();
      await api.close();
    },
  };
}

/** Owner only from the first moment on: the mask holds while the name is made. */
async function listen(server: net.Server, file: string): Promise<void> {
  const mask = process.umask(0o177);
  try {
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject).listen(file, () => {
        server.off("error", reject);
        resolve();
      });
    });
  } finally {
    process.umask(mask);
  }
  chmodSync(file, 0o600);
}

/** Whether somebody accepts connections at `file`: a socket that was left behind refuses them. */
function answers(file: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect(file);
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", (error) => resolve(errnoCode(error) === "EAGAIN"));
  });
}

/** The api process: started on demand, ended when idle, replaced when it dies. */
class ApiProcess {
  readonly #options: RunOptions;
  readonly #director: Director;
  readonly #log: Logger<ProcessEvents>;
  readonly #stop: () => void;
  #link: ChildLink | undefined;
  #sinceWallMs = 0;
  #heardAtMs = 0;
  #respawns = 0;
  #open = 0;
  #starts: number[] = [];
  #ended: Promise<void> = Promise.resolve();

  constructor(options: RunOptions, director: Director, log: Logger<ProcessEvents>, stop: () => void) {
    this.#options = options;
    this.#director = director;
    this.#log = log;
    this.#stop = stop;
  }

  take(socket: net.Socket): void {
    socket.on("error", () => {});
    if (this.#link && performance.now() - this.#heardAtMs > MOST_SILENCE_MS) this.#giveUp(this.#link);
    const link = this.#open < MOST_OPEN ? (this.#link ?? this.#start()) : undefined;
    if (!link) {
      socket.destroy();
      return;
    }
    this.#open += 1;
    link.send({ t: "connection" }, socket);
  }

  /** Answers under way may still go out, for a moment. */
  async close(): Promise<void> {
    if (this.#link) this.#retire(this.#link);
    await Promise.race([this.#ended, delay(FAREWELL_MS)]);
  }

  #start(): ChildLink | undefined {
    const now = performance.now();
    this.#starts = this.#starts.filter((at) => now - at < 60_000);
    if (this.#starts.length >= MOST_API_STARTS_PER_MINUTE) return undefined;
    this.#starts.push(now);
    const { program, log, args } = this.#options;
    let ended: () => void = () => {};
    this.#ended = new Promise((resolve) => {
      ended = resolve;
    });
    const link = openChild({ role: "api", program, log }, args, {
      message: (message) => {
        this.#heardAtMs = performance.now();
        if (message.t === "request") void this.#answer(link, message);
        else if (message.t === "closed") this.#open = Math.max(0, this.#open - 1);
        else if (message.t === "idle") this.#retire(link);
        else if (message.t === "failed") this.#log.error("child.failed", { role: "api", message: message.message });
      },
      badMessage: () => this.#log.warn("child.badMessage", { role: "api" }),
      ended: ({ how, inOrder }) => {
        if (!inOrder) this.#log.warn("child.died", { role: "api", pid: link.pid, how, respawnInMs: 0 });
        this.#retire(link);
        ended();
      },
    });
    this.#link = link;
    this.#heardAtMs = performance.now();
    this.#open = 0;
    this.#sinceWallMs = wallMs();
    this.#respawns = this.#starts.length - 1;
    link.send({ t: "start", role: "api" });
    return link;
  }

  /** It hangs: the next connection starts another. */
  #giveUp(link: ChildLink): void {
    this.#log.warn("child.silent", { role: "api", pid: link.pid, silentMs: performance.now() - this.#heardAtMs });
    this.#link = undefined;
    link.kill("SIGKILL");
  }

  /** What was handed to it before reached it before this: it finishes those connections, and the next one starts anew. */
  #retire(link: ChildLink): void {
    if (this.#link !== link) return;
    this.#link = undefined;
    link.send({ t: "stop" });
  }

  async #answer(link: ChildLink, { id, request, body: given }: FromChildOf<"request">): Promise<void> {
    const { httpStatus, body } = await this.#handle(request, given);
    link.send({ t: "answer", id, httpStatus, body });
    if (request === "stop" && httpStatus === 200) this.#stop();
  }

  async #handle(request: ControlRequest, given: unknown): Promise<Answer> {
    switch (request) {
      case "status":
        return { httpStatus: 200, body: await this.#director.status([this.#describe()]) };
      case "reload": {
        this.#log.info("control.asked", { what: "reload" });
        const outcome = await this.#director.reload();
        return outcome.ok
          ? { httpStatus: 200, body: { ok: true } }
          : { httpStatus: 409, body: { ok: false, ...outcome.error } };
      }
      case "running":
        return { httpStatus: 200, body: this.#director.running() };
      case "rs":
        return this.#override(given);
      case "vrrp":
        return this.#vrrp(given);
      case "stop":
        this.#log.info("control.asked", { what: "stop" });
        return { httpStatus: 200, body: { ok: true, pid: process.pid } };
      default:
        return { httpStatus: 404, body: { ok: false, code: "control/unknown", message: "unknown request" } };
    }
  }

  async #override(given: unknown): Promise<Answer> {
    const command = parseRsCommand(given);
    if (!command) return badRequest("real servers");
    this.#log.info("control.asked", { what: `rs ${command.do} ${command.server.address}` });
    return answerOf(await this.#director.override(command));
  }

  async #vrrp(given: unknown): Promise<Answer> {
    const command = parseVrrpCommand(given);
    if (!command) return badRequest("VRRP instances");
    this.#log.info("control.asked", { what: `vrrp ${command.do} ${command.instance}` });
    return answerOf(await this.#director.vrrpCommand(command));
  }

  #describe(): ProcessStatus {
    const pid = this.#link?.pid;
    const state = this.#link ? "running" : "off";
    return {
      role: "api",
      state,
      respawns: this.#respawns,
      ...(pid !== undefined && { pid, sinceWallMs: this.#sinceWallMs }),
    };
  }
}

const badRequest = (of: string): Answer => ({
  httpStatus: 400,
  body: { ok: false, code: "control/bad-request", message: `the body is no command for ${of}` },
});

const answerOf = (outcome: Result<unknown, Refusal>): Answer =>
  outcome.ok
    ? { httpStatus: 200, body: { ok: true, ...(outcome.value as object) } }
    : { httpStatus: 409, body: { ok: false, ...outcome.error } };

import type net from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { wallMs } from "../core/clock.ts";
import type { Logger } from "../core/log.ts";
import { type Answer, type AnswerParts, answerTo } from "./api-answers.ts";
import { type ChildLink, openChild } from "./child-link.ts";
import type { Director } from "./director.ts";
import type { EventRing } from "./event-ring.ts";
import type { ProcessEvents } from "./log-events.ts";
import type { FromChildOf, Peer } from "./messages.ts";
import type { HttpPlan } from "./plan-global-model.ts";
import type { RunOptions } from "./run-options.ts";
import type { ProcessStatus } from "./status.ts";

export type ApiProcessParts = {
  readonly options: RunOptions;
  readonly director: Director;
  readonly events: EventRing;
  readonly log: Logger<ProcessEvents>;
  readonly stop: () => void;
  /** Who the process is to be. */
  readonly account: { readonly uid: number; readonly gid: number };
};

/** Connections of the control socket that it may have at a time; more are closed at once. */
const MOST_OPEN = 64;
/** Its heartbeat comes each half second. */
const MOST_SILENCE_MS = 5000;
/** Before its first: Node has to load, on a machine that may be busy. */
const MOST_START_MS = 20_000;
/** An api process that dies at every connection costs at most this many starts a minute. */
const MOST_STARTS_PER_MINUTE = 10;
/** One that has to run is started again after a second, then after twice as long each time. */
const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 60_000;
/** One that has run for so long is no early death. */
const SETTLED_MS = 60_000;
const FAREWELL_MS = 500;

/** The api process: started on demand and ended when idle, or kept running while it listens by itself; replaced when it
 *  dies or hangs. */
export class ApiProcess {
  readonly #parts: ApiProcessParts;
  readonly #answers: Omit<AnswerParts, "subscribe">;
  #http: HttpPlan;
  #link: ChildLink | undefined;
  #sinceWallMs = 0;
  #startedAtMs = 0;
  #heardAtMs = 0;
  #hasSpoken = false;
  #begun = false;
  #lagMs = 0;
  /** Deaths, each with a successor: one that was idle and ended is not among them. */
  #respawns = 0;
  #earlyDeaths = 0;
  #open = 0;
  #starts: number[] = [];
  #ended: Promise<void> = Promise.resolve();
  #unsubscribe: () => void = () => {};
  #waiting: NodeJS.Timeout | undefined;
  #watching: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(parts: ApiProcessParts) {
    const { director, events, log } = parts;
    this.#parts = parts;
    this.#answers = { director, events, log, describe: () => this.#describe() };
    this.#http = director.plan.global.http;
  }

  /** The processes that serve are up: from now on there is time for one that is only looked at. */
  begin(): void {
    this.#begun = true;
    if (this.#isKept) this.#keep();
  }

  /** Hands a connection over. */
  take(socket: net.Socket, peer: Peer | undefined): void {
    socket.on("error", () => {});
    if (this.#link && this.#isSilent) this.#giveUp(this.#link);
    const link = this.#open < MOST_OPEN ? (this.#link ?? this.#start()) : undefined;
    if (!link) {
      socket.destroy();
      return;
    }
    this.#open += 1;
    link.send({ t: "connection", ...(peer && { peer }) }, socket);
  }

  /** Another plan runs: one that listens elsewhere is replaced. */
  adopt(http: HttpPlan): void {
    const before = this.#http;
    this.#http = http;
    if (JSON.stringify(before) === JSON.stringify(http)) return;
    if (this.#link) this.#retire(this.#link);
    this.#earlyDeaths = 0;
    clearTimeout(this.#waiting);
    clearInterval(this.#watching);
    if (this.#isKept) this.#keep();
  }

  /** Answers under way may still go out, for a moment. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#waiting);
    clearInterval(this.#watching);
    if (this.#link) this.#retire(this.#link);
    await Promise.race([this.#ended, delay(FAREWELL_MS)]);
  }

  get #isKept(): boolean {
    return this.#http.listen !== undefined && this.#begun && !this.#closed;
  }

  get #isSilent(): boolean {
    return performance.now() - this.#heardAtMs > (this.#hasSpoken ? MOST_SILENCE_MS : MOST_START_MS);
  }

  /** Runs it now, and sees from then on that it does not hang. */
  #keep(): void {
    clearInterval(this.#watching);
    this.#watching = setInterval(() => {
      if (this.#link && this.#isSilent) this.#giveUp(this.#link);
    }, MOST_SILENCE_MS);
    if (!this.#link) this.#launch();
  }

  #start(): ChildLink | undefined {
    const now = performance.now();
    this.#starts = this.#starts.filter((at) => now - at < 60_000);
    if (this.#starts.length >= MOST_STARTS_PER_MINUTE) return undefined;
    this.#starts.push(now);
    return this.#launch();
  }

  #launch(): ChildLink {
    const { options, log, account } = this.#parts;
    const now = performance.now();
    clearTimeout(this.#waiting);
    let ended: () => void = () => {};
    this.#ended = new Promise((resolve) => {
      ended = resolve;
    });
    const link = openChild(
      { boot: { role: "api", program: options.program, log: options.log }, args: options.args },
      {
        message: (message) => {
          if (this.#link === link) {
            this.#heardAtMs = performance.now();
            this.#hasSpoken = true;
          }
          if (message.t === "request") void this.#answer(link, message);
          else if (message.t === "heartbeat") this.#lagMs = message.lagMs;
          else if (message.t === "closed") this.#open = Math.max(0, this.#open - 1);
          else if (message.t === "idle" && !this.#isKept) this.#retire(link);
          else if (message.t === "failed") log.error("child.failed", { role: "api", message: message.message });
        },
        badMessage: () => log.warn("child.badMessage", { role: "api" }),
        ended: ({ how, inOrder }) => {
          const isCurrent = this.#link === link;
          const respawnInMs = isCurrent && this.#isKept ? this.#nextWaitMs() : 0;
          if (!inOrder) log.warn("child.died", { role: "api", pid: link.pid, how, respawnInMs });
          if (isCurrent && !inOrder) this.#respawns += 1;
          if (isCurrent) this.#forget();
          if (isCurrent && this.#isKept) this.#launchIn(respawnInMs);
          ended();
        },
      },
    );
    this.#link = link;
    this.#heardAtMs = now;
    this.#hasSpoken = false;
    this.#startedAtMs = now;
    this.#open = 0;
    this.#sinceWallMs = wallMs();
    link.send({ t: "start", role: "api", account, http: this.#http });
    return link;
  }

  #nextWaitMs(): number {
    this.#earlyDeaths = performance.now() - this.#startedAtMs > SETTLED_MS ? 0 : this.#earlyDeaths + 1;
    return Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.max(0, this.#earlyDeaths - 1));
  }

  #launchIn(ms: number): void {
    this.#waiting = setTimeout(() => {
      if (this.#isKept && !this.#link) this.#launch();
    }, ms);
  }

  #forget(): void {
    this.#unsubscribe();
    this.#unsubscribe = () => {};
    this.#link = undefined;
  }

  /** It hangs: the next connection starts another, or now if it has to run. */
  #giveUp(link: ChildLink): void {
    const silentMs = performance.now() - this.#heardAtMs;
    this.#parts.log.warn("child.silent", { role: "api", pid: link.pid, silentMs });
    this.#forget();
    this.#respawns += 1;
    link.kill("SIGKILL");
    if (this.#isKept) this.#launchIn(this.#nextWaitMs());
  }

  /** What was handed to it before reached it before this: it finishes those connections, and the next one starts anew. */
  #retire(link: ChildLink): void {
    if (this.#link === link) this.#forget();
    link.send({ t: "stop" });
  }

  async #answer(link: ChildLink, message: FromChildOf<"request">): Promise<void> {
    const subscribe = (on: boolean): void => this.#subscribe(link, on);
    const { httpStatus, body }: Answer = await answerTo(message, { ...this.#answers, subscribe });
    link.send({ t: "answer", id: message.id, httpStatus, body });
    if (message.request === "stop" && httpStatus === 200) this.#parts.stop();
  }

  /** One that does not read is told nothing more: it sees by the ids that it has missed something, and asks again. */
  #subscribe(link: ChildLink, on: boolean): void {
    this.#unsubscribe();
    this.#unsubscribe = () => {};
    if (!on || this.#link !== link) return;
    const stop = this.#parts.events.listen((events) => {
      if (this.#isSilent) stop();
      else link.send({ t: "happened", events });
    });
    this.#unsubscribe = stop;
  }

  #describe(): ProcessStatus {
    const pid = this.#link?.pid;
    const state = this.#link ? "running" : "off";
    return {
      role: "api",
      state,
      respawns: this.#respawns,
      ...(pid !== undefined && { pid, sinceWallMs: this.#sinceWallMs, lagMs: this.#lagMs }),
    };
  }
}

import net from "node:net";
import { getSystemErrorName } from "node:util";
import { type NativeConnector, native } from "../../native/index.ts";
import { type Attempt, type Connector, noAnswer, timedOut } from "./connector.ts";
import type { Endpoint } from "./model.ts";

/** Words of a record in native/connect_engine.h: ConnectRequest, of which id and time limit come first and the place of
 *  its text last, and ConnectResult. */
const REQUEST_WORDS = 24;
const TEXT_WORD = 22;
const RESULT_WORDS = 3;
const REQUESTS = 256;
const RESULTS = 512;
const TEXT_BYTES = 65_536;
const STEPS = ["connect", "socket", "setsockopt", "bind", "send", "read", "epoll_ctl"] as const;
const ANSWER = 5;

type Settle = (error: unknown, fd: number) => void;
type Purpose = "probe" | "keep" | "ask";
type Targets = { readonly purpose: Purpose; readonly made: WeakMap<Endpoint, Uint32Array> };

/** Connections opened by the addon: those that are asked for in one turn of the event loop are begun together, and their
 *  results come together (docs/decisions/0018). Throws where the addon is missing or cannot open its descriptors. */
export function createNativeConnector(): Connector {
  const requests = new Uint32Array(REQUESTS * REQUEST_WORDS);
  const texts = Buffer.alloc(TEXT_BYTES);
  const results = new Int32Array(RESULTS * RESULT_WORDS);
  /** Who waits for the result of which id. An id is free again when its result has been taken, or will never come. */
  const waiting: (Started | undefined)[] = [];
  const free: number[] = [];
  const [probed, kept, asking] = (["probe", "keep", "ask"] as const).map((purpose) => ({
    purpose,
    made: new WeakMap(),
  })) as [Targets, Targets, Targets];
  let asked = 0;
  let textBytes = 0;
  let isFlushing = false;

  class Started implements Attempt {
    readonly #settle: Settle;
    #id: number;
    constructor(id: number, settle: Settle) {
      this.#id = id;
      this.#settle = settle;
    }
    /** `outcome` as in NativeConnector.take(). */
    tell(outcome: number, step: number): void {
      if (this.#id < 0) {
        if (outcome > 0) native().close(outcome); // cancelled when it was there already
        return;
      }
      this.#id = -1;
      if (outcome >= 0) this.#settle(undefined, outcome);
      else this.#settle(errorOf(outcome, step), -1);
    }
    fail(error: unknown): void {
      if (this.#id >= 0) this.#settle(error, -1);
      this.#id = -1;
    }
    cancel(): void {
      const id = this.#id;
      this.#id = -1;
      if (id < 0 || waiting[id] !== this) return;
      if (asked > 0) begin(); // it may be among them
      if (!door.cancel(id)) return;
      waiting[id] = undefined;
      free.push(id);
    }
  }

  const begin = (): void => {
    const count = asked;
    asked = 0;
    textBytes = 0;
    door.start(count);
  };

  const flush = (): void => {
    isFlushing = false;
    if (asked > 0) begin();
    drain();
  };

  const drain = (): void => {
    for (let count = door.take(); count > 0; count = door.take())
      for (let at = 0; at < count * RESULT_WORDS; at += RESULT_WORDS) {
        const id = results[at] as number;
        const started = waiting[id] as Started;
        waiting[id] = undefined;
        free.push(id);
        started.tell(results[at + 1] as number, results[at + 2] as number);
      }
  };

  const ask = (target: Uint32Array, timeoutMs: number, settle: Settle, text: string): Attempt => {
    if (textBytes + text.length > TEXT_BYTES) begin();
    const id = free.pop() ?? waiting.length;
    const started = new Started(id, settle);
    waiting[id] = started;
    const at = asked * REQUEST_WORDS;
    requests.set(target, at);
    requests[at] = id;
    requests[at + 1] = timeoutMs;
    if (text !== "") {
      requests[at + TEXT_WORD] = textBytes;
      requests[at + TEXT_WORD + 1] = texts.write(text, textBytes, "latin1");
      textBytes += text.length;
    }
    asked += 1;
    if (asked === REQUESTS) begin();
    if (!isFlushing) {
      isFlushing = true;
      queueMicrotask(flush);
    }
    return started;
  };

  const start = ({ purpose, made }: Targets, at: Endpoint, timeoutMs: number, settle: Settle, text = ""): Attempt => {
    let target = made.get(at);
    if (!target) {
      try {
        target = targetOf(at, purpose);
      } catch (cause) {
        const failed = new Started(0, settle);
        queueMicrotask(() => failed.fail(cause));
        return failed;
      }
      made.set(at, target);
    }
    return ask(target, timeoutMs, settle, text);
  };

  const door: NativeConnector = native().openConnector(requests, texts, results, drain);
  return {
    probe: (at, timeoutMs, onSettled) => start(probed, at, timeoutMs, onSettled),
    open: (at, timeoutMs, onSettled) =>
      start(kept, at, timeoutMs, (error, fd) => {
        if (error === undefined) onSettled(undefined, socketOf(fd));
        else onSettled(error);
      }),
    ask: (at, text, timeoutMs, onSettled) => start(asking, at, timeoutMs, onSettled, text),
  };
}

const targetOf = (at: Endpoint, purpose: Purpose): Uint32Array => {
  const { host, port, bindAddress = "", bindPort = 0, bindInterface = "", fwmark = 0 } = at;
  return native().connectTarget(host, port, bindAddress, bindPort, bindInterface, fwmark, purpose);
};

/** A connected descriptor as a socket that is not read from yet. */
export function socketOf(fd: number): net.Socket {
  const socket = new net.Socket({ fd, manualStart: true } as net.SocketConstructorOpts);
  socket.pause();
  return socket.on("error", ignore);
}

const errors = new Map<number, unknown>();

/** One object for each kind of error: they say nothing of the target. */
function errorOf(outcome: number, step: number): unknown {
  const code = getSystemErrorName(outcome);
  if (code === "ETIMEDOUT") return step === ANSWER ? noAnswer : timedOut;
  const key = outcome * STEPS.length - step;
  const known = errors.get(key);
  if (known) return known;
  const syscall = STEPS[step];
  const made = Object.assign(new Error(`${syscall} ${code}`), { code, errno: outcome, syscall });
  errors.set(key, made);
  return made;
}

const ignore = (): void => {};

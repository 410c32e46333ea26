import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { Duplex } from "node:stream";
import type { FromAgent, Request, ToAgent } from "./protocol.ts";

/** The serial line into the guest takes about 4 KB at a time; a longer request goes as a file. */
const LONGEST_LINE = 1000;

type Pending = { readonly resolve: (value: unknown) => void; readonly reject: (error: Error) => void };
export type Exit = { readonly code: number | null; readonly signal: NodeJS.Signals | null };

/** The conversation with the agent: requests by number, sent one at a time, answered in any order. */
export class Line {
  /** Resolves when the agent has said that it is there; rejects when the line closes before. */
  readonly ready: Promise<void>;
  onExit: (pid: number, exit: Exit) => void = () => undefined;
  private readonly stream: Duplex;
  private readonly inbox: string;
  private readonly pending = new Map<number, Pending>();
  private readonly waiting: ToAgent[] = [];
  private underWay: number | undefined;
  private lastId = 0;
  private closed: Error | undefined;
  private readonly settleReady: { resolve: () => void; reject: (error: Error) => void };

  /** `folder` is seen by the agent under the same name; long requests are put there. */
  constructor(stream: Duplex, folder: string) {
    this.stream = stream;
    this.inbox = path.join(folder, "in");
    mkdirSync(this.inbox, { recursive: true });
    const { promise, ...settle } = withResolvers<void>();
    this.ready = promise;
    this.ready.catch(() => undefined);
    this.settleReady = settle;
    let rest = "";
    stream.setEncoding("utf8").on("data", (chunk: string) => {
      const lines = (rest + chunk).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) this.hear(line);
    });
    stream
      .on("error", () => undefined)
      .on("close", () => this.close(new Error("the line to the lab's agent is closed")));
  }

  /** The agent's answer; rejects with its error, or when it does not answer within `deadlineMs`. */
  ask<T>(request: Request, deadlineMs: number): Promise<T> {
    if (this.closed) return Promise.reject(this.closed);
    const id = ++this.lastId;
    const { promise, resolve, reject } = withResolvers<unknown>();
    const deadline = setTimeout(
      () =>
        reject(
          new Error(`the lab's agent did not answer within ${deadlineMs} ms: ${JSON.stringify(request).slice(0, 200)}`),
        ),
      deadlineMs,
    );
    this.pending.set(id, { resolve, reject });
    this.waiting.push(this.message(id, request));
    this.sendNext();
    return promise.finally(() => {
      clearTimeout(deadline);
      this.pending.delete(id);
    }) as Promise<T>;
  }

  get isClosed(): boolean {
    return this.closed !== undefined;
  }

  /** Rejects everything that is still awaited. */
  close(why: Error): void {
    if (this.closed) return;
    this.closed = why;
    this.settleReady.reject(why);
    for (const { reject } of this.pending.values()) reject(why);
    this.stream.destroy();
  }

  private message(id: number, request: Request): ToAgent {
    const text = JSON.stringify(request);
    if (text.length < LONGEST_LINE && Buffer.byteLength(text) < LONGEST_LINE) return { id, request };
    const file = path.join(this.inbox, `${id}.json`);
    writeFileSync(file, text);
    return { id, file };
  }

  private sendNext(): void {
    if (this.underWay !== undefined) return;
    const next = this.waiting.shift();
    if (!next) return;
    this.underWay = next.id;
    this.stream.write(`${JSON.stringify(next)}\n`);
  }

  private hear(line: string): void {
    const message = parse(line);
    switch (message?.t) {
      case undefined:
        break; // noise of a tty before it is raw
      case "ready":
        this.settleReady.resolve();
        break;
      case "ack":
        this.underWay = undefined;
        this.sendNext();
        break;
      case "exit":
        this.onExit(message.pid, message);
        break;
      case "result":
        this.settle(message.id)?.resolve(message.value);
        break;
      case "error":
        this.settle(message.id)?.reject(new Error(message.message));
        break;
    }
  }

  private settle(id: number): Pending | undefined {
    rmSync(path.join(this.inbox, `${id}.json`), { force: true });
    return this.pending.get(id);
  }
}

function parse(line: string): FromAgent | undefined {
  try {
    return JSON.parse(line) as FromAgent;
  } catch {
    return undefined;
  }
}

export function withResolvers<T>(): {
  promise: Promise<T>;
  resolve: (value: T) => void;
  reject: (error: Error) => void;
} {
  let resolve: (value: T) => void = () => undefined;
  let reject: (error: Error) => void = () => undefined;
  const promise = new Promise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}

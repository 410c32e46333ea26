import type { ChildProcess } from "node:child_process";
import type { Socket } from "node:net";
import { err, ok, type Result } from "../core/result.ts";
import { type ChildOrder, spawnChild } from "./child-spawn.ts";
import { parseFromChild } from "./message-guard.ts";
import type { FromChild, ToChild } from "./messages.ts";
import { toWire } from "./plan-wire.ts";

/** Why a child did not do what it was asked: its own refusal, its death, or silence. */
export type Refusal = { readonly code: string; readonly message: string };

/** How a child ended: "exited with status 1", "killed by SIGKILL". `inOrder`: it stopped by itself with status 0. */
export type ChildEnd = { readonly how: string; readonly inOrder: boolean };

export type ChildLink = {
  readonly pid: number | undefined;
  /** Never throws; a message to a child that is gone is dropped, and a connection that came with it is closed. */
  send(message: ToChild, connection?: Socket): void;
  /** Sends what `make` makes of the request's id and awaits its answer, at most `withinMs`. */
  request(make: (id: number) => ToChild, withinMs: number): Promise<Result<unknown, Refusal>>;
  kill(signal: NodeJS.Signals): void;
};

export type ChildLinkEvents = {
  readonly message: (message: FromChild) => void;
  readonly badMessage: () => void;
  /** Once, after the last message. */
  readonly ended: (end: ChildEnd) => void;
};

/** After the process has ended, how long its last words may take to arrive. */
const LAST_WORDS_MS = 200;

/** Starts a child of this program and keeps the line to it. */
export function openChild(
  order: ChildOrder,
  events: ChildLinkEvents,
  start: (order: ChildOrder) => ChildProcess = spawnChild,
): ChildLink {
  const { boot } = order;
  const child = start(order);
  const pending = new Map<number, (answer: Result<unknown, Refusal>) => void>();
  let lastId = 0;

  const settle = (id: number, answer: Result<unknown, Refusal>): void => {
    const resolve = pending.get(id);
    pending.delete(id);
    resolve?.(answer);
  };
  child.on("message", (value: unknown) => {
    const message = parseFromChild(value, boot.role);
    if (!message) return events.badMessage();
    if (message.t === "done") settle(message.id, ok(message.result));
    if (message.t === "refused") settle(message.id, err({ code: message.code, message: message.message }));
    events.message(message);
  });
  onceEnded(child, (end) => {
    for (const id of [...pending.keys()])
      settle(id, err({ code: "child/ended", message: `the ${boot.role} process ${end.how} before it answered` }));
    events.ended(end);
  });

  const send = (message: ToChild, connection?: Socket): void => {
    if (!child.connected) connection?.destroy();
    else child.send(toWire(message), connection, {}, (error) => error && connection?.destroy());
  };
  return {
    pid: child.pid,
    send,
    request(make, withinMs) {
      lastId += 1;
      const id = lastId;
      return new Promise((resolve) => {
        if (!child.connected)
          return resolve(err({ code: "child/ended", message: `the ${boot.role} process is not running` }));
        const timer = setTimeout(() => {
          const message = `the ${boot.role} process did not answer within ${withinMs / 1000} s`;
          settle(id, err({ code: "child/silent", message }));
        }, withinMs);
        pending.set(id, (answer) => {
          clearTimeout(timer);
          resolve(answer);
        });
        send(make(id));
      });
    },
    kill: (signal) => void child.kill(signal),
  };
}

/** The end of a process, told once: after the line to it has been read to its end, or soon after its exit. A process that
 *  could not be started at all ends in the same way. */
function onceEnded(child: ChildProcess, tell: (end: ChildEnd) => void): void {
  let told = false;
  const once = (end: ChildEnd): void => {
    if (told) return;
    told = true;
    tell(end);
  };
  const endOf = (status: number | null, signal: NodeJS.Signals | null): ChildEnd => ({
    how: signal ? `killed by ${signal}` : `exited with status ${status}`,
    inOrder: status === 0,
  });
  child.on("error", (error) => {
    if (child.pid === undefined) setImmediate(once, { how: `could not be started: ${error.message}`, inOrder: false });
  });
  child.on("close", (status, signal) => once(endOf(status, signal)));
  child.on("exit", (status, signal) => setTimeout(once, LAST_WORDS_MS, endOf(status, signal)));
}

import type { Socket } from "node:net";
import type { Endpoint } from "./model.ts";

/** A connection on its way. After `cancel()` nothing is told any more, and nothing is open. Without effect once it has
 *  been told. */
export type Attempt = { cancel(): void };

/** Opens TCP connections. What is told is told once, never within the call itself, with an error or with none; errors
 *  look like those of node:net ({ code, syscall }), and { code: "ETIMEDOUT" } when the time is up. What was answered in
 *  time is never said to be late, however late this process itself is. */
export type Connector = {
  /** Whether a connection can be made; it is closed at once. */
  probe(at: Endpoint, timeoutMs: number, onSettled: (error: unknown) => void): Attempt;
  /** A connection for the caller, paused, with no listener but one that swallows errors. */
  open(at: Endpoint, timeoutMs: number, onSettled: (error: unknown, socket?: Socket) => void): Attempt;
  /** Sends a text (Latin-1, some thousand characters at most) over a connection of its own. What is told is the bare
   *  descriptor, which has something to read and is the caller's to close, or `noAnswer` when nothing came within another
   *  `timeoutMs`. Missing where there are no descriptors to be had. */
  readonly ask?: (
    at: Endpoint,
    text: string,
    timeoutMs: number,
    onSettled: (error: unknown, fd: number) => void,
  ) => Attempt;
};

/** Looks like the kernel's own error. */
export const timedOut = Object.assign(new Error("no answer"), { code: "ETIMEDOUT" });

/** There is a connection, and no answer on it. */
export const noAnswer = Object.assign(new Error("no answer to what was asked"), { code: "ETIMEDOUT" });

import { getSystemErrorName } from "node:util";
import { native } from "../../native/index.ts";

/** What comes of a request. */
export type AnswerHandler = {
  onHead(status: number): void;
  onData(chunk: Buffer): void;
  onEnd(): void;
  onError(cause: unknown): void;
  /** An answer for a whole parser: what of it has come. The descriptor is the handler's from now on. */
  onUncommon(begun: Buffer): void;
};

/** One buffer for all: what it holds is looked at, or copied, at once. */
let shared: Buffer | undefined;
/** Pieces read in one go, so that an endless body cannot hold up what else is due. */
const READS_PER_WAKEUP = 16;

/** A head without anything that would have to be understood, to the letter as RFC 9112 §4 and §5 has it. */
const HEAD =
  /^HTTP\/1\.[01] ([2-5]\d\d)(?: [\t -~\x80-\xff]*)?\r\n(?:[!#$%&'*+.^_`|~0-9A-Za-z-]+:[\t -~\x80-\xff]*\r\n)*$/;
/** Fields that decide where the body ends in another way than a length does, or are more than one. */
const FRAMING = /\r\n(?:transfer-encoding|upgrade|trailer)[ \t]*:/i;
const LENGTH = /\r\ncontent-length:[ \t]*(\d{1,15})[ \t]*\r\n/gi;
const ANY_LENGTH = /content-length/gi;

export type Answer = { readonly status: number; readonly bodyAt: number; readonly bodyLength: number };

/** The head of an answer that has come whole and is of the plain kind that nearly all are; undefined for any other. Without
 *  a length the body ends with the connection (infinity). */
export function plainAnswer(bytes: Buffer): Answer | undefined {
  const end = bytes.indexOf("\r\n\r\n");
  if (end < 0) return undefined;
  const head = bytes.toString("latin1", 0, end + 2);
  const status = Number(HEAD.exec(head)?.[1]);
  if (Number.isNaN(status) || status === 204 || status === 304 || FRAMING.test(head)) return undefined;
  const named = head.match(ANY_LENGTH)?.length ?? 0;
  const lengths = [...head.matchAll(LENGTH)];
  if (named > 1 || lengths.length !== named) return undefined;
  const bodyLength = lengths[0] ? Number(lengths[0][1]) : Number.POSITIVE_INFINITY;
  return { status, bodyAt: end + 4, bodyLength };
}

/** Reads the answer to a request from a descriptor, without a socket of node:net and a parser: a check of a server that is
 *  well has neither. What has come already, mostly all of it, is handled within start(). */
export function answerOverDescriptor(fd: number, handler: AnswerHandler): { start(): void; close(): void } {
  const { close, read, watch } = native();
  let isOver = false;
  let left: number | undefined;
  let unwatch: (() => void) | undefined;
  const release = (): void => {
    isOver = true;
    unwatch?.();
  };
  const finish = (): void => {
    if (isOver) return;
    release();
    close(fd);
  };
  const fail = (cause: unknown): void => {
    finish();
    handler.onError(cause);
  };
  const takeBody = (bytes: Buffer): void => {
    const wanted = bytes.length > (left as number) ? bytes.subarray(0, left) : bytes;
    left = (left as number) - wanted.length;
    if (wanted.length > 0) handler.onData(Buffer.from(wanted));
    if (left === 0 && !isOver) handler.onEnd();
  };
  const takeFirst = (bytes: Buffer): void => {
    const answer = plainAnswer(bytes);
    if (!answer) {
      release();
      handler.onUncommon(Buffer.from(bytes));
      return;
    }
    left = answer.bodyLength;
    handler.onHead(answer.status);
    if (!isOver) takeBody(bytes.subarray(answer.bodyAt));
  };
  const drain = (): void => {
    shared ??= Buffer.allocUnsafeSlow(65_536);
    for (let reads = 0; !isOver && reads < READS_PER_WAKEUP; reads += 1) {
      const length = read(fd, shared);
      if (length < 0) {
        const code = getSystemErrorName(length);
        if (code !== "EAGAIN") fail(Object.assign(new Error(code), { code }));
        return;
      }
      if (left === undefined) takeFirst(shared.subarray(0, length));
      else if (length === 0) handler.onEnd();
      else takeBody(shared.subarray(0, length));
      if (length < shared.length) return; // there is no more for now, and what comes is told
    }
  };
  return {
    start() {
      drain();
      if (isOver) return;
      try {
        unwatch = watch(fd, drain);
      } catch (cause) {
        fail(cause);
      }
    },
    close: finish,
  };
}

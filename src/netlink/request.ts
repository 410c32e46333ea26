import { DirectorError } from "../core/errors.ts";
import type { Ending, NetlinkMessage, NetlinkRequest } from "./message.ts";
import { decodeEnding, encodeMessage, encodeMessages, flags, splitMessages } from "./message.ts";
import type { NetlinkSocket, SocketOpener } from "./socket.ts";

/** Requests sent in one datagram. Only the last asks to be acknowledged: a request before it that failed answers for
 *  itself, so the kernel's answers are few, and all failing they still fit the smallest receive buffer (90 answers). */
const BATCH_MESSAGES = 64;
const BATCH_BYTES = 32 * 1024;
/** The kernel answers while it is being asked; silence this long means that the answer is lost. */
const ANSWER_TIMEOUT_MS = 5000;
/** A dump that a change interrupted is begun again at most this often. */
const DUMP_ATTEMPTS = 5;
/** Exchanges completed before the event loop gets its turn. */
const EXCHANGES_PER_TURN = 16;
/** Sequence numbers begin again at 1 above this, far below where they would turn negative in the kernel's words. */
const SEQ_LIMIT = 0x7fff0000;

/** One datagram out and the answers to it. */
type Exchange = {
  readonly datagram: (firstSeq: number) => Buffer;
  readonly requests: number;
  /** An answer to request number `index`: true when it was the last one wanted. */
  readonly answered: (message: NetlinkMessage, index: number) => boolean;
  readonly settled: (error?: DirectorError) => void;
};

/** Requests to the kernel over one socket, one exchange at a time, answers matched by sequence number. */
export class NetlinkConnection {
  readonly #socket: NetlinkSocket;
  readonly #waiting: Exchange[] = [];
  #current: Exchange | undefined;
  #firstSeq = 0;
  #nextSeq = 1;
  #timer: NodeJS.Timeout | undefined;
  #startedThisTurn = 0;
  /** Answers were dropped. The exchange ends once the queue is empty: until then the kernel would drop the next one's. */
  #lossy = false;
  #pumping = false;
  #closed: DirectorError | undefined;

  constructor(open: SocketOpener) {
    this.#socket = open({
      datagram: (bytes) => this.#receive(bytes),
      overrun: () => {
        this.#lossy = true;
      },
      drained: () => this.#drained(),
      failed: (errno) => this.#close(new DirectorError(errno, `the netlink socket failed: ${errno}`)),
    });
  }

  /** One request; `decode` sees each answering message's payload (a view, valid during the call). Resolves with what it
   *  returned; rejects with DirectorError whose code is the errno's name. */
  async call<T>(request: NetlinkRequest, decode: (payload: Buffer, type: number) => T | undefined): Promise<T[]> {
    const dump = (request.flags & flags.dump) === flags.dump;
    for (let attempt = 1; ; attempt++) {
      const { values, ending, interrupted } = await this.#callOnce(request, dump, decode);
      if (ending.errno !== undefined) throw kernelError(ending.errno, ending.text);
      if (!interrupted) return values;
      if (attempt === DUMP_ATTEMPTS) throw lost("the kernel's table changed during each of several dumps");
    }
  }

  /** Many requests in order, a few datagrams for all of them; they are taken from the iterable as they are sent. One
   *  ending per request; one whose answer was lost ends with ENOBUFS. A refused request does not keep the later ones from
   *  being carried out. */
  async batch(requests: Iterable<NetlinkRequest>): Promise<Ending[]> {
    const endings: Ending[] = [];
    for (const chunk of chunks(requests)) endings.push(...(await this.#batchOnce(chunk)));
    return endings;
  }

  close(): void {
    this.#close(new DirectorError("netlink/closed", "the netlink connection is closed"));
  }

  #callOnce<T>(request: NetlinkRequest, dump: boolean, decode: (payload: Buffer, type: number) => T | undefined) {
    const values: T[] = [];
    let ending: Ending = { errno: undefined };
    let interrupted = false;
    return new Promise<{ values: T[]; ending: Ending; interrupted: boolean }>((resolve, reject) => {
      const added = dump ? flags.request : flags.request | flags.ack;
      this.#enqueue({
        datagram: (seq) => encodeMessage({ ...request, flags: request.flags | added }, seq),
        requests: 1,
        answered: (message) => {
          interrupted ||= (message.flags & flags.dumpInterrupted) !== 0;
          const end = decodeEnding(message);
          if (end) {
            ending = end;
            return true;
          }
          const value = message.type < 16 ? undefined : decode(message.payload, message.type);
          if (value !== undefined) values.push(value);
          return false;
        },
        settled: (error) => (error ? reject(error) : resolve({ values, ending, interrupted })),
      });
    });
  }

  #batchOnce(requests: readonly NetlinkRequest[]): Promise<Ending[]> {
    const endings = requests.map((): Ending => ({ errno: undefined }));
    const last = requests.length - 1;
    return new Promise<Ending[]>((resolve, reject) => {
      this.#enqueue({
        datagram: (first) =>
          encodeMessages(
            requests.map((r, i) => ({ ...r, flags: r.flags | flags.request | (i === last ? flags.ack : 0) })),
            first,
          ),
        requests: requests.length,
        answered: (message, index) => {
          const end = decodeEnding(message);
          if (end) endings[index] = end;
          return end !== undefined && index === last;
        },
        settled: (error) => {
          if (error && error.code !== "ENOBUFS") return reject(error);
          resolve(error ? endings.map((e) => (e.errno === undefined ? { errno: "ENOBUFS" } : e)) : endings);
        },
      });
    });
  }

  #enqueue(exchange: Exchange): void {
    if (this.#closed) {
      exchange.settled(this.#closed);
      return;
    }
    this.#waiting.push(exchange);
    this.#pump();
  }

  /** Starts exchanges while the kernel answers them on the spot, which is the rule. */
  #pump(): void {
    if (this.#pumping) return;
    this.#pumping = true;
    try {
      while (!this.#current && !this.#lossy && this.#startedThisTurn < EXCHANGES_PER_TURN) {
        const next = this.#waiting.shift();
        if (!next) break;
        if (this.#startedThisTurn++ === 0) setImmediate(() => this.#nextTurn());
        this.#start(next);
      }
    } finally {
      this.#pumping = false;
    }
  }

  #nextTurn(): void {
    this.#startedThisTurn = 0;
    this.#pump();
  }

  #start(exchange: Exchange): void {
    this.#current = exchange;
    this.#firstSeq = this.#nextSeq > SEQ_LIMIT ? 1 : this.#nextSeq;
    this.#nextSeq = this.#firstSeq + exchange.requests;
    const errno = this.#socket.send(exchange.datagram(this.#firstSeq));
    if (errno === undefined) this.#socket.drain();
    else this.#settle(kernelError(errno));
    if (this.#current !== exchange) return;
    const seconds = ANSWER_TIMEOUT_MS / 1000;
    this.#timer = setTimeout(() => this.#settle(lost(`the kernel did not answer for ${seconds} s`)), ANSWER_TIMEOUT_MS);
  }

  /** False when nothing more is awaited. Answers to exchanges given up earlier are passed over. */
  #receive(datagram: Buffer): boolean {
    for (const message of splitMessages(datagram)) {
      const current = this.#current;
      if (!current) break;
      const index = message.seq - this.#firstSeq;
      if (index < 0 || index >= current.requests) continue;
      if (current.answered(message, index) && !this.#lossy) this.#settle();
    }
    return this.#lossy || this.#current !== undefined;
  }

  #drained(): void {
    if (!this.#lossy) return;
    this.#lossy = false;
    this.#settle(lost("the kernel dropped an answer (ENOBUFS)"));
    queueMicrotask(() => this.#pump());
  }

  #settle(error?: DirectorError): void {
    const exchange = this.#current;
    if (!exchange) return;
    clearTimeout(this.#timer);
    this.#current = undefined;
    exchange.settled(error);
    // Not at once: the datagram that brought the answer may still be under reading, in the buffer the next one needs.
    queueMicrotask(() => this.#pump());
  }

  #close(reason: DirectorError): void {
    if (this.#closed) return;
    this.#closed = reason;
    this.#socket.close();
    const waiting = this.#waiting.splice(0);
    this.#settle(reason);
    for (const exchange of waiting) exchange.settled(reason);
  }
}

const lost = (why: string): DirectorError =>
  new DirectorError("ENOBUFS", `netlink: ${why}`, {
    hint: "the request may have been carried out; read the table again",
  });

/** An error the kernel answered with, `said` in its own words. */
function kernelError(errno: string, said?: string): DirectorError {
  return new DirectorError(
    errno,
    said === undefined ? `the kernel answered ${errno}` : `the kernel answered ${errno}: ${said}`,
  );
}

function* chunks(requests: Iterable<NetlinkRequest>): Generator<NetlinkRequest[]> {
  let chunk: NetlinkRequest[] = [];
  let size = 0;
  for (const request of requests) {
    const length = request.payload.length + 20;
    if (chunk.length === BATCH_MESSAGES || (chunk.length > 0 && size + length > BATCH_BYTES)) {
      yield chunk;
      chunk = [];
      size = 0;
    }
    chunk.push(request);
    size += length;
  }
  if (chunk.length > 0) yield chunk;
}

import { randomInt } from "node:crypto";
import { getSystemErrorName } from "node:util";
import { native } from "../../native/index.ts";
import { errnoCode, messageOf } from "../core/errors.ts";
import { endpointText } from "../core/ip.ts";
import { down, local, secondsText, upVerdict } from "./checker.ts";
import { connector } from "./connection.ts";
import type { Attempt } from "./connector.ts";
import { verdictOf } from "./failure.ts";
import type { Endpoint, Verdict, Via } from "./model.ts";
import {
  after,
  answerTo,
  decodeSegment,
  encapsulate,
  encodeSegment,
  resetOf,
  type Segment,
  SYN,
} from "./via-packet.ts";

type ViaProbe = { readonly endpoint: Endpoint; readonly connectTimeoutMs: number; readonly via: Via };

/** A SYN without an answer is repeated after this, and then after twice as long each time, RFC 6298 §2. */
const FIRST_REPEAT_MS = 1000;
/** How often the server may say that it knows an older connection, whose reset was lost, before it is left to the time. */
const MOST_STALE = 3;
/** Packets read at once: a flood to the port of the tap must not hold up everything else. */
const MOST_AT_ONCE = 32;
/** A tap that nobody needs any more is closed: that makes the kernel, and so this process, wait for all its processors. */
const TAP_IDLE_MS = 300_000;

/** TCP_CHECK with via_vip: up when the real server answers for the virtual address. The kernel cannot make this connection
 *  itself: here the virtual address may be its own, and then it drops what comes from it. So the first packets of a
 *  handshake are made and read here, and an answer is reset before a program of the server sees a connection. */
export function startVia(probe: ViaProbe, onVerdict: (verdict: Verdict) => void): Attempt {
  try {
    const handshake = new Handshake(probe, onVerdict);
    handshake.start();
    return handshake;
  } catch (cause) {
    const told = setImmediate(onVerdict, ownFault(cause, probe));
    return { cancel: () => clearImmediate(told) };
  }
}

function ownFault(cause: unknown, { endpoint, connectTimeoutMs }: ViaProbe): Verdict {
  const { syscall } = cause as { readonly syscall?: string };
  if (errnoCode(cause) === "EPERM" && syscall === "socket")
    return local("via_vip needs CAP_NET_RAW, which this process does not have (EPERM)");
  return syscall === undefined ? local(`via_vip: ${messageOf(cause)}`) : verdictOf(cause, endpoint, connectTimeoutMs);
}

class Handshake implements Attempt {
  readonly #probe: ViaProbe;
  readonly #onVerdict: (verdict: Verdict) => void;
  readonly #syn: Segment;
  readonly #fd: number;
  #timers: NodeJS.Timeout[] = [];
  #doubt: Attempt | undefined;
  /** Whether the host of the real server answers for its own address; undefined: it has not, so far. */
  #hostAnswers = false;
  #stale = 0;
  #over = false;

  constructor(probe: ViaProbe, onVerdict: (verdict: Verdict) => void) {
    this.#probe = probe;
    this.#onVerdict = onVerdict;
    const { endpoint, via } = probe;
    const { host, port, bindInterface = "", fwmark = 0 } = endpoint;
    const from = endpoint.bindAddress ?? native().sourceTowards(host, bindInterface, fwmark);
    if (from === via.vip)
      throw new Error(`packets to ${host} leave with the address ${from} itself; name another with bindto`);
    const { port: fromPort, sequence } = theTap().next();
    this.#syn = { from, fromPort, to: via.vip, toPort: port, sequence, acknowledgment: 0, flags: SYN };
    this.#fd = native().openDirect(bindInterface, fwmark);
  }

  start(): void {
    const { connectTimeoutMs } = this.#probe;
    theTap().add(this.#syn.sequence, this);
    this.#later(connectTimeoutMs, () => void setImmediate(() => this.#finish(this.#silence())));
    this.#later(connectTimeoutMs / 2, () => this.#askItself(connectTimeoutMs / 2));
    this.#repeat(FIRST_REPEAT_MS);
    this.#send(this.#syn);
  }

  cancel(): void {
    if (this.#over) return;
    this.#over = true;
    theTap().delete(this.#syn.sequence);
    for (const timer of this.#timers) clearTimeout(timer);
    this.#doubt?.cancel();
    native().close(this.#fd);
  }

  onSegment(segment: Segment): void {
    const answer = answerTo(this.#syn, segment);
    if (answer === undefined || this.#over) return;
    if (answer !== "refused") this.#send(resetOf(segment));
    if (answer === "stale" && ++this.#stale <= MOST_STALE) this.#send(this.#syn);
    if (answer === "open") this.#finish(upVerdict);
    if (answer === "refused") this.#finish(down("refused", `${this.#asked} refused the connection`));
  }

  get #asked(): string {
    const { endpoint, via } = this.#probe;
    return `${endpoint.host}, asked for ${endpointText(via.vip, endpoint.port)} as by a client,`;
  }

  #silence(): Verdict {
    const { via, connectTimeoutMs } = this.#probe;
    const within = `within ${secondsText(connectTimeoutMs)}`;
    if (!this.#hostAnswers) return down("timeout", `${this.#asked} did not answer ${within}`);
    return down(
      "timeout",
      `${this.#asked} did not answer ${within}, but does for its own address: is ${via.vip} on its loopback interface? Try \`lvskeeper realserver up ${via.vip}\` there`,
    );
  }

  #send(segment: Segment): void {
    const { endpoint, via, connectTimeoutMs } = this.#probe;
    const plain = encodeSegment(segment);
    const packet = via.tunnel ? encapsulate(segment.from, endpoint.host, plain) : plain;
    const sent = native().sendRawIp(this.#fd, packet, endpoint.host);
    if (sent >= 0 || segment !== this.#syn) return;
    const code = getSystemErrorName(sent);
    const cause = Object.assign(new Error(code), { code });
    setImmediate(() => this.#finish(verdictOf(cause, endpoint, connectTimeoutMs)));
  }

  #repeat(afterMs: number): void {
    this.#later(afterMs, () => {
      this.#send(this.#syn);
      this.#repeat(afterMs * 2);
    });
  }

  /** Tells a server that is gone from one that does not have the virtual address. */
  #askItself(limitMs: number): void {
    this.#doubt = connector().probe(this.#probe.endpoint, limitMs, (error) => {
      this.#hostAnswers = error === undefined || errnoCode(error) === "ECONNREFUSED";
    });
  }

  #later(ms: number, act: () => void): void {
    this.#timers.push(setTimeout(act, ms));
  }

  #finish(verdict: Verdict): void {
    if (this.#over) return;
    this.cancel();
    this.#onVerdict(verdict);
  }
}

/** Hears all answers to the handshakes of this process: they leave from one port, and differ by their numbers. */
class Tap {
  readonly #port: number;
  readonly #fds: readonly number[];
  readonly #unwatch: () => void;
  readonly #buffer = Buffer.alloc(512);
  /** By the number that acknowledges their SYN. */
  readonly #handshakes = new Map<number, Handshake>();
  #idle: NodeJS.Timeout | undefined;

  constructor() {
    const { fd, holderFd, port } = native().openTap();
    this.#port = port;
    this.#fds = [fd, holderFd];
    this.#unwatch = native().watch(fd, () => this.#read(fd));
  }

  /** What a handshake sends from, and a number that no other has. */
  next(): { readonly port: number; readonly sequence: number } {
    let sequence = randomInt(2 ** 32);
    while (this.#handshakes.has(after(sequence, 1))) sequence = randomInt(2 ** 32);
    return { port: this.#port, sequence };
  }

  add(sequence: number, handshake: Handshake): void {
    clearTimeout(this.#idle);
    this.#handshakes.set(after(sequence, 1), handshake);
  }

  delete(sequence: number): void {
    this.#handshakes.delete(after(sequence, 1));
    if (this.#handshakes.size > 0) return;
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => this.close(), TAP_IDLE_MS).unref();
  }

  close(): void {
    clearTimeout(this.#idle);
    this.#unwatch();
    for (const fd of this.#fds) native().close(fd);
    if (tap === this) tap = undefined;
  }

  /** An answer of another number may be to an older connection: whose, its addresses tell. */
  #hand(segment: Segment): void {
    const its = this.#handshakes.get(segment.acknowledgment);
    for (const handshake of its ? [its] : [...this.#handshakes.values()]) handshake.onSegment(segment);
  }

  #read(fd: number): void {
    for (let i = 0; i < MOST_AT_ONCE; i += 1) {
      const length = native().receive(fd, this.#buffer);
      if (length < 0) return;
      const segment = decodeSegment(this.#buffer.subarray(0, length));
      if (segment) this.#hand(segment);
    }
  }
}

let tap: Tap | undefined;

function theTap(): Tap {
  tap ??= new Tap();
  return tap;
}

/** Closes what checks with via_vip share, at once in place of after a while without any. */
export const closeTap = (): void => tap?.close();

import { randomInt } from "node:crypto";
import { native } from "../../native/index.ts";
import { errnoCode } from "../core/errors.ts";
import type { Family } from "../core/ip.ts";
import { BLOCK_PORTS, datagramFilter, decodeDatagram, type Heard } from "./via-datagram-packet.ts";

/** Packets read at once: a flood must not hold up everything else. */
const MOST_AT_ONCE = 32;
/** A tap that nobody needs any more is closed: that makes the kernel, and so this process, wait for all its processors. */
const IDLE_MS = 300_000;
/** Of the dynamic ports, as Linux has them by default (net.ipv4.ip_local_port_range): whole blocks. */
const [FIRST_BLOCK, BLOCKS] = [32_768, 13];

/** What is heard for one port, or id, until it is let go. */
export type Post = { readonly port: number; close(): void };

/** Hears the answers to questions that leave from a block of ports, each question from one of its own: servers of one
 *  virtual address are told apart by nothing else. */
class DatagramTap {
  readonly #family: Family;
  readonly #block = FIRST_BLOCK + BLOCK_PORTS * randomInt(BLOCKS);
  readonly #fd: number;
  readonly #unwatch: () => void;
  readonly #listeners = new Map<number, (heard: Heard) => void>();
  #next = randomInt(BLOCK_PORTS);
  #idle: NodeJS.Timeout | undefined;

  constructor(family: Family) {
    this.#family = family;
    this.#fd = native().openTap(family, datagramFilter(family, this.#block));
    try {
      this.#unwatch = native().watch(this.#fd, () => this.#read());
    } catch (cause) {
      native().close(this.#fd);
      throw cause;
    }
  }

  listen(isUdp: boolean, onHeard: (heard: Heard) => void): Post {
    for (let tried = 0; tried < BLOCK_PORTS; tried += 1) {
      const port = this.#block + this.#next;
      this.#next = (this.#next + 1) % BLOCK_PORTS;
      if (this.#listeners.has(port)) continue;
      const holderFd = isUdp ? this.#hold(port) : -1;
      if (holderFd === undefined) continue;
      clearTimeout(this.#idle);
      this.#listeners.set(port, onHeard);
      return { port, close: () => this.#release(port, holderFd) };
    }
    throw new Error(`no free port among ${this.#block} to ${this.#block + BLOCK_PORTS - 1}`);
  }

  /** Without a socket on the port the kernel would tell who answers that nobody is there. */
  #hold(port: number): number | undefined {
    try {
      return native().holdPort(this.#family, "udp", port).fd;
    } catch (cause) {
      if (errnoCode(cause) === "EADDRINUSE") return undefined;
      throw cause;
    }
  }

  #release(port: number, holderFd: number): void {
    this.#listeners.delete(port);
    if (holderFd >= 0) native().close(holderFd);
    if (this.#listeners.size > 0) return;
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => this.#close(), IDLE_MS).unref();
  }

  #close(): void {
    this.#unwatch();
    native().close(this.#fd);
    taps.delete(this.#family);
  }

  #read(): void {
    packet ??= Buffer.allocUnsafeSlow(65_536);
    for (let i = 0; i < MOST_AT_ONCE; i += 1) {
      const length = native().receive(this.#fd, packet);
      if (length < 0) return;
      const heard = decodeDatagram(packet.subarray(0, Math.min(length, packet.length)));
      if (heard) this.#listeners.get(heard.kind === "error" ? heard.about.fromPort : heard.ends.toPort)?.(heard);
    }
  }
}

/** The largest packet there is; one buffer for all, since each is looked at at once. */
let packet: Buffer | undefined;
const taps = new Map<Family, DatagramTap>();

/** Listens for the answers to a question of a family, over UDP or by ICMP, from a port that it has for itself until it is
 *  closed. Throws what the kernel says, or that no port is free. */
export function listenFor(family: Family, isUdp: boolean, onHeard: (heard: Heard) => void): Post {
  const tap = taps.get(family) ?? new DatagramTap(family);
  taps.set(family, tap);
  return tap.listen(isUdp, onHeard);
}

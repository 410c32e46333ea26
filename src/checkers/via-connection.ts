import { Duplex } from "node:stream";
import { getSystemErrorName } from "node:util";
import { nowMs } from "../core/clock.ts";
import { endpointText, familyOf } from "../core/ip.ts";
import { encodeSegment, type Segment } from "./via-packet.ts";
import { anySequence, type Tap, type TapUser, tapFor } from "./via-tap.ts";
import { type ViaEffect, ViaTcp } from "./via-tcp.ts";
import { openWay, type ViaEndpoint, type Way } from "./via-way.ts";

/** A connection to a virtual address at one real server, made by packets of our own. `onSettled` is called once, with an
 *  error like those of node:net or with none; not after destroy(). Throws what keeps the first packet from being sent. */
export class ViaConnection extends Duplex implements TapUser {
  readonly #tcp: ViaTcp;
  readonly #tap: Tap;
  readonly #key: string;
  readonly #way: Way;
  #onSettled: ((error: unknown) => void) | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(at: ViaEndpoint, onSettled: (error: unknown) => void) {
    super({ allowHalfOpen: true });
    this.#onSettled = onSettled;
    const { host, port, via } = at;
    this.#key = `${endpointText(via.vip, port)} at ${host}`;
    this.#way = openWay(at);
    try {
      this.#tap = tapFor(familyOf(via.vip), this.#key);
    } catch (cause) {
      this.#way.close();
      throw cause;
    }
    const ends = { from: this.#way.from, fromPort: this.#tap.port, to: via.vip, toPort: port };
    this.#tcp = new ViaTcp(ends, anySequence());
    this.#tap.add(this.#key, this);
    this.on("error", () => {});
    this.#carryOut(this.#tcp.begin(nowMs()));
  }

  get isOpening(): boolean {
    return this.#onSettled !== undefined;
  }

  owns = (segment: Segment): boolean => this.#tcp.owns(segment);

  onSegment(segment: Segment): void {
    this.#carryOut(this.#tcp.onSegment(segment, nowMs()));
  }

  // What a socket of node:net has and its users call.
  setNoDelay = (): this => this;
  setKeepAlive = (): this => this;
  setTimeout = (): this => this;
  ref = (): this => this;
  unref = (): this => this;

  override _read(): void {}

  override _write(bytes: Buffer, _encoding: BufferEncoding, callback: (error?: Error | null) => void): void {
    const isTooMuch = !this.#tcp.accepts(bytes.length);
    if (!isTooMuch) this.#carryOut(this.#tcp.write(Buffer.from(bytes), nowMs()));
    callback(isTooMuch ? systemError("ENOBUFS") : null);
  }

  /** The server's own end is awaited all the same: a check ends a connection by a reset. */
  override _final(callback: () => void): void {
    callback();
  }

  override _destroy(cause: Error | null, callback: (error?: Error | null) => void): void {
    this.#onSettled = undefined;
    clearTimeout(this.#timer);
    for (const effect of this.#tcp.abort()) if (effect.do === "send") this.#send(effect.segment);
    this.#tap.delete(this.#key);
    this.#way.close();
    callback(cause);
  }

  #carryOut(effects: readonly ViaEffect[]): void {
    for (const effect of effects) {
      if (this.destroyed) return;
      if (effect.do === "send") this.#send(effect.segment);
      else if (effect.do === "data") this.push(effect.data);
      else if (effect.do === "ended") this.push(null);
      else if (effect.do === "opened") this.#settle(undefined);
      else this.#fail(effect.code);
    }
    this.#arm();
  }

  #settle(error: unknown): void {
    const tell = this.#onSettled;
    this.#onSettled = undefined;
    tell?.(error);
  }

  #fail(code: string): void {
    if (this.isOpening) this.#settle(systemError(code));
    else this.destroy(systemError(code));
  }

  #send(segment: Segment): void {
    const sent = this.#way.send(encodeSegment(segment));
    // Of a repetition nothing is told: the answer to another one may still come.
    if (sent < 0 && this.isOpening) setImmediate(() => this.#fail(getSystemErrorName(sent)));
  }

  #arm(): void {
    clearTimeout(this.#timer);
    const { deadline } = this.#tcp;
    if (deadline === undefined || this.destroyed) return;
    this.#timer = setTimeout(
      () => this.#carryOut(this.#tcp.onTime(nowMs())),
      Math.max(1, Math.ceil(deadline - nowMs())),
    );
  }
}

const systemError = (code: string): Error => Object.assign(new Error(code), { code });

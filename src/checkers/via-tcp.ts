import { ACK, after, answerTo, FIN, PSH, RST, resetOf, type Segment, SYN } from "./via-packet.ts";

/** What is to be done, in this order. */
export type ViaEffect =
  | { readonly do: "send"; readonly segment: Segment }
  | { readonly do: "opened" }
  | { readonly do: "data"; readonly data: Buffer }
  | { readonly do: "ended" }
  | { readonly do: "failed"; readonly code: "ECONNREFUSED" | "ECONNRESET" };

/** What is repeated after so long without an answer, and then after twice as long each time, RFC 6298 §2. */
const FIRST_REPEAT_MS = 1000;
/** How often the server may say that it knows an older connection, whose reset was lost, before it is left to the time. */
const MOST_STALE = 3;
/** Without the option, RFC 9293 §3.7.1. What is sent through a tunnel has less room: least of all IPv6 in GUE over IPv6. */
const [LEAST_SEGMENT, MOST_SEGMENT] = [536, 1360];
/** Not all: the other side must not wait for a window of ours that is small. */
const MOST_UNSENT = 1024 * 1024;

/** The client's side of a TCP connection, as far as a check needs one (RFC 9293): what is sent is repeated until it is
 *  acknowledged, what comes is taken in its order, and ends with a reset from here. No options, no congestion control, one
 *  segment more than is acknowledged: a request is small, and its answer is not ours to pace. Without clock and socket;
 *  `now` is monotonic ms, and `deadline` the moment when `onTime` is to be called. */
export class ViaTcp {
  readonly #syn: Segment;
  #phase: "opening" | "open" | "over" = "opening";
  /** Sent and not acknowledged is [una, next), of `#queue` from its beginning. */
  #una: number;
  #inFlight = 0;
  #queue = Buffer.alloc(0);
  #expected = 0;
  #peerWindow = 0;
  #maxSegment = LEAST_SEGMENT;
  #repeatMs = FIRST_REPEAT_MS;
  #deadline: number | undefined;
  #stale = 0;

  /** `ends`: both sides' addresses and ports; `sequence` is the number of the SYN. */
  constructor(ends: Pick<Segment, "from" | "fromPort" | "to" | "toPort">, sequence: number) {
    this.#syn = { ...ends, sequence, acknowledgment: 0, flags: SYN };
    this.#una = after(sequence, 1);
  }

  get deadline(): number | undefined {
    return this.#deadline;
  }

  get isOpen(): boolean {
    return this.#phase === "open";
  }

  /** Whether a segment is of this connection, by its numbers. */
  owns({ flags, sequence, acknowledgment }: Segment): boolean {
    if (flags & ACK) return before(this.#una, acknowledgment) <= this.#queue.length;
    return this.#phase === "open" && (flags & RST) !== 0 && sequence === this.#expected;
  }

  begin(now: number): ViaEffect[] {
    this.#deadline = now + this.#repeatMs;
    return [{ do: "send", segment: this.#syn }];
  }

  /** False: too much waits to be sent already. */
  accepts = (bytes: number): boolean => this.#queue.length + bytes <= MOST_UNSENT;

  write(bytes: Buffer, now: number): ViaEffect[] {
    if (this.#phase === "over") return [];
    this.#queue = Buffer.concat([this.#queue, bytes]);
    return this.#phase === "open" ? this.#sendMore(now) : [];
  }

  onSegment(segment: Segment, now: number): ViaEffect[] {
    if (this.#phase === "opening") return this.#onAnswer(segment, now);
    return this.#phase === "open" ? this.#onOpen(segment, now) : [];
  }

  /** Nothing has come for as long as is waited. */
  onTime(now: number): ViaEffect[] {
    if (this.#phase === "over" || this.#deadline === undefined || now < this.#deadline) return [];
    this.#repeatMs *= 2;
    this.#deadline = now + this.#repeatMs;
    if (this.#phase === "opening") return [{ do: "send", segment: this.#syn }];
    this.#inFlight = 0;
    this.#peerWindow ||= 1; // a window that was closed may have been opened by a packet that was lost
    return this.#sendMore(now);
  }

  /** Ends it here; the other side is told, which may have taken the SYN and be waiting for its answer to be acknowledged. */
  abort(): ViaEffect[] {
    const phase = this.#phase;
    this.#over();
    if (phase === "over") return [];
    if (phase === "opening") return [{ do: "send", segment: { ...this.#syn, sequence: this.#una, flags: RST } }];
    return [{ do: "send", segment: { ...this.#segment(RST), sequence: after(this.#una, this.#inFlight) } }];
  }

  #over(): void {
    this.#phase = "over";
    this.#deadline = undefined;
  }

  #segment(flags: number): Segment {
    return {
      ...this.#syn,
      sequence: after(this.#una, this.#inFlight),
      acknowledgment: this.#expected,
      flags: flags | ACK,
    };
  }

  #onAnswer(segment: Segment, now: number): ViaEffect[] {
    const answer = answerTo(this.#syn, segment);
    switch (answer) {
      case undefined:
        return [];
      case "refused":
        this.#over();
        return [{ do: "failed", code: "ECONNREFUSED" }];
      case "stale": {
        this.#stale += 1;
        const again = this.#stale <= MOST_STALE;
        return [
          { do: "send", segment: resetOf(segment) },
          ...(again ? [{ do: "send", segment: this.#syn } as const] : []),
        ];
      }
      case "open":
        this.#phase = "open";
        this.#deadline = undefined;
        this.#repeatMs = FIRST_REPEAT_MS;
        this.#expected = after(segment.sequence, 1);
        this.#peerWindow = segment.window ?? 0;
        this.#maxSegment = Math.min(segment.maxSegment ?? LEAST_SEGMENT, MOST_SEGMENT) || LEAST_SEGMENT;
        return [{ do: "send", segment: this.#segment(0) }, { do: "opened" }, ...this.#sendMore(now)];
    }
  }

  #onOpen(segment: Segment, now: number): ViaEffect[] {
    const { from, fromPort, to, toPort } = this.#syn;
    const isOurs =
      segment.from === to && segment.fromPort === toPort && segment.to === from && segment.toPort === fromPort;
    if (!isOurs) return [];
    const data = segment.data ?? Buffer.alloc(0);
    if (segment.flags & RST) {
      // RFC 9293 §3.10.7.4: of the very number that is expected; any other may be a guess.
      if (segment.sequence !== this.#expected) return [];
      this.#over();
      return [{ do: "failed", code: "ECONNRESET" }];
    }
    if (segment.flags & ACK && !(segment.flags & SYN)) this.#acknowledged(segment, now);
    const effects: ViaEffect[] = [];
    // What comes again may have more behind what is known.
    const known = before(segment.sequence, this.#expected);
    const isNext = known <= data.length;
    const fresh = isNext ? data.subarray(known) : data.subarray(data.length);
    if (fresh.length > 0) {
      this.#expected = after(this.#expected, fresh.length);
      effects.push({ do: "data", data: Buffer.from(fresh) });
    }
    const ends = isNext && (segment.flags & FIN) !== 0 && after(segment.sequence, data.length) === this.#expected;
    if (ends) {
      this.#expected = after(this.#expected, 1);
      effects.push({ do: "ended" });
    }
    const takesRoom = data.length > 0 || (segment.flags & (FIN | SYN)) !== 0;
    if (takesRoom) effects.unshift({ do: "send", segment: this.#segment(0) });
    return [...effects, ...this.#sendMore(now)];
  }

  #acknowledged(segment: Segment, now: number): void {
    const count = before(this.#una, segment.acknowledgment);
    if (count > this.#queue.length) return;
    this.#peerWindow = segment.window ?? this.#peerWindow;
    if (count === 0) return;
    this.#una = segment.acknowledgment;
    this.#queue = this.#queue.subarray(count);
    this.#inFlight = Math.max(0, this.#inFlight - count);
    this.#repeatMs = FIRST_REPEAT_MS;
    this.#deadline = this.#queue.length > 0 ? now + this.#repeatMs : undefined;
  }

  #sendMore(now: number): ViaEffect[] {
    const effects: ViaEffect[] = [];
    for (;;) {
      const room = Math.min(this.#peerWindow, 64 * 1024) - this.#inFlight;
      const size = Math.min(this.#maxSegment, this.#queue.length - this.#inFlight, room);
      if (size <= 0) break;
      const data = this.#queue.subarray(this.#inFlight, this.#inFlight + size);
      effects.push({ do: "send", segment: { ...this.#segment(PSH), data } });
      this.#inFlight += size;
    }
    if (this.#queue.length > 0) this.#deadline ??= now + this.#repeatMs;
    return effects;
  }
}

/** How far `sequence` is behind `later`; what is ahead of it is very far behind. RFC 9293 §3.4. */
const before = (sequence: number, later: number): number => (later - sequence + 2 ** 32) % 2 ** 32;

/** A whole reply, RFC 5321 §4.2: the code of its last line, undefined when that has none. */
export type SmtpReply = { readonly code: number | undefined; readonly line: Buffer };

/** A reply, of however many lines, is no longer than this. */
const MAX_REPLY_BYTES = 16 * 1024;
const NEWLINE = 0x0a;

/** Puts replies together from the bytes of a connection. */
export class SmtpReplies {
  #rest: Buffer = Buffer.alloc(0);
  /** Bytes of the lines of the reply that is still coming. */
  #replyBytes = 0;

  /** The replies that are whole now. After "too long" the connection is of no more use. */
  *push(bytes: Buffer): Generator<SmtpReply | "too long"> {
    this.#rest = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
    for (let at = this.#rest.indexOf(NEWLINE); at >= 0; at = this.#rest.indexOf(NEWLINE)) {
      const line = this.#rest.subarray(0, at);
      this.#rest = this.#rest.subarray(at + 1);
      this.#replyBytes += at + 1;
      if (this.#replyBytes > MAX_REPLY_BYTES) break;
      const found = /^(\d{3})([ -]?)/.exec(line.toString("latin1", 0, 4));
      if (found?.[2] === "-") continue;
      this.#replyBytes = 0;
      yield { code: found ? Number(found[1]) : undefined, line };
    }
    if (this.#replyBytes + this.#rest.length > MAX_REPLY_BYTES) yield "too long";
  }
}

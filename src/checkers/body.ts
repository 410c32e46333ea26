import { createHash, type Hash } from "node:crypto";
import { judgeDigest } from "./answer.ts";
import { down, upVerdict } from "./checker.ts";
import type { HttpUrl, Verdict } from "./model.ts";
import { judgePattern, maxPatternBytes } from "./pattern.ts";

/** Without a digest so much of a body is enough to see that it comes. */
const enoughBytes = 1024 * 1024;
/** A digest needs the whole body; a url for a health check with more than this is a mistake. */
const maxDigestBytes = 16 * 1024 * 1024;

/** Takes in the body of one answer, and no more of it than its url asks for. */
export class Body {
  readonly #url: HttpUrl;
  readonly #hash: Hash | undefined;
  #parts: Buffer[] = [];
  #kept = 0;
  #bytes = 0;

  constructor(url: HttpUrl) {
    this.#url = url;
    if (url.digest !== undefined) this.#hash = createHash("md5");
  }

  /** "enough": the rest does not matter. A verdict: it is too much. */
  push(chunk: Buffer): Verdict | "enough" | "more" {
    this.#bytes += chunk.length;
    this.#hash?.update(chunk);
    if (this.#url.regex && this.#kept < maxPatternBytes) {
      const part = chunk.subarray(0, maxPatternBytes - this.#kept);
      this.#parts.push(part);
      this.#kept += part.length;
    }
    if (!this.#hash) return this.#bytes >= enoughBytes ? "enough" : "more";
    if (this.#bytes <= maxDigestBytes) return "more";
    return down("digest", `${this.#url.path} is longer than ${maxDigestBytes >> 20} MiB: too long to digest`);
  }

  /** What has come by now, as the whole of it. A digest and an expression have to agree both. */
  async judge(): Promise<Verdict> {
    const { path, regex } = this.#url;
    const digested = this.#hash ? judgeDigest(this.#url, this.#hash.digest("hex")) : upVerdict;
    if (!regex || digested.up !== true) return digested;
    const body = Buffer.concat(this.#parts);
    this.#parts = [];
    return judgePattern(path, regex, body);
  }
}

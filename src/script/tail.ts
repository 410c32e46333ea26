/** Keeps the last `maxBytes` bytes of a stream, whatever its length. */
export type Tail = {
  readonly push: (chunk: Uint8Array) => void;
  /** What was kept, without the partial first character and blank ends; control characters but newline are left out. */
  readonly text: () => string;
};

export function createTail(maxBytes: number): Tail {
  let chunks: Uint8Array[] = [];
  let held = 0;
  let cut = false;
  const compact = (): Uint8Array => {
    const all = Buffer.concat(chunks);
    cut ||= all.length > maxBytes;
    const kept = all.length > maxBytes ? Buffer.from(all.subarray(all.length - maxBytes)) : all;
    chunks = [kept];
    held = kept.length;
    return kept;
  };
  return {
    push(chunk) {
      chunks.push(chunk);
      held += chunk.length;
      if (held > 4 * maxBytes) compact();
    },
    text() {
      const bytes = compact();
      let from = 0;
      while (cut && from < bytes.length && ((bytes[from] as number) & 0xc0) === 0x80) from += 1;
      const text = Buffer.from(bytes.subarray(from)).toString("utf8");
      // biome-ignore lint/suspicious/noControlCharactersInRegex: terminal escapes must not reach an administrator's log
      return text.replaceAll(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]+/g, " ").trim();
    },
  };
}

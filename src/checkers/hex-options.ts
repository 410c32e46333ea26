import type { Arguments } from "../config/arguments.ts";
import type { ValueType } from "../config/row.ts";

/** A datagram cannot be longer (over IPv4, without options). */
const MAX_BYTES = 65_507;

/** Bytes as pairs of hex digits, blanks allowed between; held as lower-case digits without blanks. */
export const hexBytes = (): ValueType<string> => ({
  syntax: "HEX ...",
  body: "none",
  range: `1..${MAX_BYTES} bytes`,
  read: (words) => (words.peek() ? readHex(words, /^[0-9a-f]*$/, "bytes in hex") : void words.need("bytes in hex")),
});

/** As hexBytes, where `X` is any digit; nothing at all is the empty pattern, which everything matches. */
export const hexPattern = (): ValueType<string> => ({
  syntax: "[HEX, X for any digit ...]",
  body: "none",
  range: `0..${MAX_BYTES} bytes`,
  read: (words) => readHex(words, /^[0-9a-fx]*$/, "a pattern of bytes in hex"),
});

function readHex(words: Arguments, digits: RegExp, what: string): string | undefined {
  const tokens = words.takeAll();
  for (const token of tokens) {
    const bare = token.text.replaceAll(/\s/g, "").toLowerCase();
    if (!digits.test(bare)) return words.bad(token, what, { hint: hexHint(bare) });
  }
  const hex = tokens.map(({ text }) => text.replaceAll(/\s/g, "").toLowerCase()).join("");
  const last = tokens.at(-1);
  if (last && hex.length % 2 !== 0) return words.bad(last, "whole bytes", { hint: "each byte has two digits" });
  if (last && hex.length > 2 * MAX_BYTES) return words.bad(last, `at most ${MAX_BYTES} bytes`);
  return hex.replaceAll("x", "X");
}

const hexHint = (text: string): string =>
  text.startsWith("0x") ? "write the digits without `0x`" : "pairs of hex digits, e.g. `0011ffaa`";

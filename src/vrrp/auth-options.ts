import type { Arguments } from "../config/arguments.ts";
import type { Placed } from "../config/diagnostic.ts";
import type { Token } from "../config/lexer.ts";
import { block, row, type ValueType } from "../config/row.ts";
import { int, oneOf, readInt, seconds, word } from "../config/types.ts";

export const authentication = block({
  name: "authentication",
  in: "vrrp_instance",
  repeat: "merge",
  process: "vrrp",
  since: "<=1.1.0",
  doc: "Authentication of version 2 advertisements. Version 3 has none.",
  example: "authentication {\n    auth_type PASS\n    auth_pass 1111\n}",
  rfc: "RFC 2338 §5.3.6",
  rows: [
    row({
      in: "authentication",
      process: "vrrp",
      name: "auth_type",
      type: oneOf(["PASS", "AH"]),
      doc: "PASS: a password, readable for everybody on the link. AH: the password is the key of an IPsec authentication header (RFC 2402), and is not sent.",
      example: "auth_type PASS",
      since: "<=1.1.0",
    }),
    row({
      in: "authentication",
      process: "vrrp",
      name: "auth_pass",
      type: word("PASSWORD"),
      defaultText: "none, and no authentication",
      doc: "The password, the same on every router of the group; only its first 8 bytes count.",
      example: "auth_pass 1111",
      since: "<=1.1.0",
    }),
  ],
});

/** A key of auth_hmac: its bytes as hexadecimal digits, or the file that holds them. */
export type HmacKeyLine = { readonly id: number; readonly at: Placed } & (
  | { readonly keyHex: string }
  | { readonly file: string }
);

/** A key has 32 to 64 bytes. */
export const HMAC_KEY_BYTES = { least: 32, most: 64 } as const;

const keyLine: ValueType<HmacKeyLine> = {
  syntax: "INT 1..255 TEXT|hex:HEX|file:PATH",
  body: "none",
  read: (words) => {
    const number = words.need("the number of the key");
    const id = number && readInt(words, number, 1, 255);
    const key = words.need("the key, or `hex:` or `file:` and where it is");
    if (id === undefined || !key) return undefined;
    if (key.text.startsWith("file:")) return readFile(words, key, id);
    const keyHex = key.text.startsWith("hex:") ? readHex(words, key) : Buffer.from(key.text).toString("hex");
    if (keyHex === undefined) return undefined;
    const { least, most } = HMAC_KEY_BYTES;
    if (keyHex.length >= 2 * least && keyHex.length <= 2 * most) return { id, keyHex, at: words.all() };
    words.problems.error("conf/bad-value", `the key has ${keyHex.length / 2} bytes`, key, {
      hint: `a key has ${least} to ${most} bytes; \`openssl rand -hex 32\` prints one for \`hex:\``,
    });
    return undefined;
  },
};

function readFile(words: Arguments, key: Token, id: number): HmacKeyLine | undefined {
  const file = key.text.slice("file:".length);
  if (file.startsWith("/")) return { id, file, at: words.all() };
  return words.bad(key, "a file of a key", { hint: "write the whole path: `file:/etc/keepalived/vrrp.key`" });
}

/** Pairs of hexadecimal digits, blanks allowed between them; the words that follow belong to them. */
function readHex(words: Arguments, key: Token): string | undefined {
  const digits = [key.text.slice("hex:".length), ...words.takeAll().map(({ text }) => text)].join("");
  if (/^([0-9a-f]{2})+$/i.test(digits)) return digits.toLowerCase();
  // The key itself is not repeated in a message that may go to a log.
  words.problems.error("conf/bad-value", "the key is not pairs of hexadecimal digits", key, {
    hint: "`openssl rand -hex 32` prints a key",
  });
  return undefined;
}

export const authHmac = block({
  name: "auth_hmac",
  in: "vrrp_instance",
  repeat: "merge",
  process: "vrrp",
  since: "2.4.0",
  doc: "Advertisements carry a trailer of 28 bytes that only routers with the same key can make (HMAC-SHA256), for every version. Only keepalived knows it; not beside `authentication`.",
  example:
    "auth_hmac {\n    key 1 hex:000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n    active_key 1\n}",
  rows: [
    row({
      in: "auth_hmac",
      process: "vrrp",
      name: "key",
      type: keyLine,
      repeat: "all",
      defaultText: "required",
      doc: "A key of 32 to 64 bytes with its number: as text, as hexadecimal digits, or in a file that only its owner may read. All keys are accepted, so that one can follow another.",
      example: "key 1 file:/etc/keepalived/vrrp.key",
      since: "2.4.0",
    }),
    row({
      in: "auth_hmac",
      process: "vrrp",
      name: "active_key",
      type: int({ min: 1, max: 255 }),
      defaultText: "required",
      doc: "Number of the key that advertisements are sent with.",
      example: "active_key 1",
      since: "2.4.0",
    }),
    row({
      in: "auth_hmac",
      process: "vrrp",
      name: "time_window",
      type: seconds({ minS: 1, maxS: 300, places: 0 }),
      defaultText: "3 times `advert_int`, at least 5",
      doc: "How far the clocks of two routers may be apart, with `anti_replay time`.",
      example: "time_window 10",
      since: "2.4.0",
    }),
    row({
      in: "auth_hmac",
      process: "vrrp",
      name: "anti_replay",
      type: oneOf(["time", "monotonic"]),
      default: "time",
      doc: "What keeps recorded advertisements from being accepted again. time: one must be of about now, and newer than the last. monotonic: newer than the last, whatever the clocks say.",
      example: "anti_replay monotonic",
      since: "2.4.0",
    }),
    row({
      in: "auth_hmac",
      process: "vrrp",
      name: "mode",
      type: oneOf(["enforce", "permissive", "receive-only"]),
      default: "enforce",
      doc: "`permissive` accepts advertisements without trailer, `receive-only` sends none either. For the time of a change.",
      example: "mode permissive",
      since: "2.4.0",
    }),
  ],
});

import { readAddress } from "../config/addresses.ts";
import type { Arguments } from "../config/arguments.ts";
import { type Placed, quote } from "../config/diagnostic.ts";
import type { Token } from "../config/lexer.ts";
import type { ValueType } from "../config/row.ts";
import { MAX_UINT32, readChoice, readInt } from "../config/types.ts";
import { addressBytes, addressFromBytes, canonicalAddress, type Family, familyOf } from "../core/ip.ts";

/** A line of a virtual_server_group: addresses, all from `first` to `last`, each with all ports from `firstPort` to
 *  `lastPort` (0 to 0: no port); or a firewall mark, of the virtual server's family unless it says one. */
export type GroupLine =
  | {
      readonly kind: "addresses";
      readonly first: string;
      readonly last: string;
      readonly count: number;
      readonly firstPort: number;
      readonly lastPort: number;
      readonly at: Placed;
    }
  | { readonly kind: "fwmark"; readonly fwmark: number; readonly family?: Family; readonly at: Placed };

type AddressRange = { readonly first: string; readonly last: string; readonly count: number };

/** Larger ranges are no list of services; the kernel's table would take gigabytes. */
const MAX_ADDRESSES = 65_536;

/** `ADDRESS [PORT]`, where the address may be a range: `A.B.C.x-y`, `ADDRESS-ADDRESS` or `ADDRESS/PREFIX`, and the port one
 *  too; or `fwmark INT [inet|inet6]`. */
export function groupLine(): ValueType<GroupLine> {
  return {
    syntax: "ADDRESS, ADDRESS-END or ADDRESS/PREFIX [PORT[-PORT]]; or fwmark INT [inet|inet6]",
    body: "none",
    read: (words) => {
      const at = words.all();
      const first = words.need("an address or `fwmark`");
      if (!first) return undefined;
      const line = first.text === "fwmark" ? readMark(words, at) : readRange(words, first, at);
      if (line === undefined) words.takeAll();
      return line;
    },
  };
}

function readMark(words: Arguments, at: Placed): GroupLine | undefined {
  const number = words.need("a firewall mark");
  const fwmark = number && readInt(words, number, 0, MAX_UINT32);
  if (number && fwmark === 0) return words.bad(number, "a mark", { hint: "0 is what packets without a mark have" });
  const named = words.take();
  const family = named && readChoice(words, named, ["inet", "inet6"], false);
  if (fwmark === undefined || (named && !family)) return undefined;
  return { kind: "fwmark", fwmark, ...(family && { family: family === "inet" ? 4 : 6 }), at };
}

function readRange(words: Arguments, token: Token, at: Placed): GroupLine | undefined {
  const range = readAddresses(words, token);
  const word = words.take();
  const ports = word ? readPorts(words, word) : { firstPort: 0, lastPort: 0 };
  return range && ports && { kind: "addresses", ...range, ...ports, at };
}

type Ports = { readonly firstPort: number; readonly lastPort: number };

function readPorts(words: Arguments, word: Token): Ports | undefined {
  const [first, last, ...more] = word.text.split("-");
  if (last === undefined) {
    const port = readInt(words, word, 0, 65_535);
    return port === undefined ? undefined : { firstPort: port, lastPort: port };
  }
  const [firstPort, lastPort] = [first, last].map((text) => (/^\d{1,5}$/.test(text ?? "") ? Number(text) : 0));
  if (firstPort && lastPort && more.length === 0 && lastPort <= 65_535 && firstPort <= lastPort)
    return { firstPort, lastPort };
  return words.bad(word, "a port or a range of ports", { hint: "e.g. `80` or `8000-8009`, from 1 to 65535" });
}

function readAddresses(words: Arguments, token: Token): AddressRange | undefined {
  const slash = token.text.indexOf("/");
  if (slash >= 0) return readPrefix(words, token, token.text.slice(0, slash), token.text.slice(slash + 1));
  const dash = token.text.indexOf("-");
  if (dash >= 0) return readSpan(words, token, token.text.slice(0, dash), token.text.slice(dash + 1));
  const address = readAddress(words, token);
  return address === undefined ? undefined : { first: address, last: address, count: 1 };
}

function readPrefix(words: Arguments, token: Token, text: string, prefix: string): AddressRange | undefined {
  const first = canonicalAddress(text);
  const bits = first === undefined ? 0 : familyOf(first) === 6 ? 128 : 32;
  if (first === undefined || !/^\d{1,3}$/.test(prefix) || Number(prefix) > bits)
    return words.bad(token, "an address with a prefix length", { hint: "e.g. `10.1.0.0/28`" });
  const size = 1n << BigInt(bits - Number(prefix));
  const value = integerOf(first);
  const host = value % size;
  if (host !== 0n)
    return words.bad(token, "a network", {
      hint: `the bits after the prefix have to be 0: ${quote(`${addressOf(value - host, bits)}/${prefix}`)}`,
    });
  return between(words, token, value, value + size - 1n, bits);
}

/** `ADDRESS-ADDRESS`, or `ADDRESS-END` where END takes the place of the last part, in hex for IPv6. */
function readSpan(words: Arguments, token: Token, from: string, to: string): AddressRange | undefined {
  const first = canonicalAddress(from);
  if (first === undefined)
    return words.bad(token, "a range of addresses", { hint: "e.g. `10.1.0.1-20` or `10.1.0.1-10.1.1.20`" });
  const isV6 = familyOf(first) === 6;
  const bits = isV6 ? 128 : 32;
  const value = integerOf(first);
  const last = canonicalAddress(to);
  if (last !== undefined && familyOf(last) === familyOf(first))
    return between(words, token, value, integerOf(last), bits);
  const end = isV6 ? /^[0-9a-fA-F]{1,4}$/.test(to) && Number.parseInt(to, 16) : /^\d{1,3}$/.test(to) && Number(to);
  const size = isV6 ? 65_536n : 256n;
  if (end === false || BigInt(end) >= size)
    return words.bad(token, "a range of addresses", {
      hint: isV6 ? "the end is an address, or its last part in hex" : "the end is an address, or its last part",
    });
  return between(words, token, value, value - (value % size) + BigInt(end), bits);
}

function between(words: Arguments, token: Token, from: bigint, to: bigint, bits: number): AddressRange | undefined {
  if (to < from) return words.bad(token, "a range of addresses", { hint: "its end is below its beginning" });
  const count = to - from + 1n;
  if (count > BigInt(MAX_ADDRESSES))
    return words.bad(token, "a range that can be served", { hint: `at most ${MAX_ADDRESSES} addresses` });
  return { first: addressOf(from, bits), last: addressOf(to, bits), count: Number(count) };
}

const integerOf = (address: string): bigint => BigInt(`0x${Buffer.from(addressBytes(address)).toString("hex")}`);

const addressOf = (value: bigint, bits: number): string =>
  addressFromBytes(Buffer.from(value.toString(16).padStart(bits / 4, "0"), "hex"));

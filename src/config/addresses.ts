import { canonicalAddress } from "../core/ip.ts";
import type { Arguments } from "./arguments.ts";
import { quote } from "./diagnostic.ts";
import type { Token } from "./lexer.ts";
import type { ValueType } from "./row.ts";
import { readInt } from "./types.ts";

/** An address of either family, in its canonical text. */
export const address = (): ValueType<string> => ({
  syntax: "ADDRESS",
  body: "none",
  read: (words) => {
    const token = words.need("an address");
    return token && readAddress(words, token);
  },
});

export function readAddress(words: Arguments, token: Token, expected = "an IP address"): string | undefined {
  return canonicalAddress(token.text) ?? words.bad(token, expected, { hint: addressHint(token.text) });
}

/** What is probably wrong with something that should be an address. */
function addressHint(text: string): string {
  const reference = /\$(\{[A-Za-z_]\w*\}|[A-Za-z_]\w*)/.exec(text)?.[0];
  if (reference) return `${quote(reference)} has not been substituted`;
  if (/^<.*>$|xxx|your|change_?me/i.test(text)) return "it holds the place: write the address that is meant";
  const withPort = /^(.*?[\d\]]):(\d+)$/.exec(text);
  if (/^\[.*\]/.test(text)) return "write an IPv6 address without brackets, and the port as a word of its own";
  if (withPort && canonicalAddress(withPort[1] as string))
    return `write the port as a word of its own: \`${withPort[1]} ${withPort[2]}\``;
  if (text.includes("/") && canonicalAddress(text.split("/")[0] as string))
    return "write it without a prefix length here";
  const bare = /^(.+)[,;]+$/.exec(text)?.[1];
  if (bare !== undefined && canonicalAddress(bare))
    return `write \`${bare}\`, without \`${text.slice(-1)}\`: each address stands on a line of its own`;
  if (text.includes("%")) return "write it without `%` and the interface";
  const parts = text.split(".");
  if (parts.length > 1 && parts.every((part) => /^\d+$/.test(part))) {
    if (parts.length !== 4) return `an IPv4 address has four parts, this has ${parts.length}`;
    const large = parts.find((part) => Number(part) > 255);
    if (large !== undefined) return `${quote(large)} is larger than 255`;
    return "write its parts without leading zeros";
  }
  if (/[A-Za-z]/.test(text) && !text.includes(":")) return "a name is not enough here: write the address itself";
  return "e.g. 192.168.1.10 or 2001:db8::10";
}

export type AddressPort = { readonly address: string; readonly port: number };

/** `ADDRESS [PORT]`; no port is 0, and 0 may be written. */
export const addressPort = (): ValueType<AddressPort> => ({
  syntax: "ADDRESS [PORT]",
  body: "none",
  read: readAddressPort,
});

export function readAddressPort(words: Arguments): AddressPort | undefined {
  const token = words.need("an address");
  const found = token && readAddress(words, token);
  const port = words.take();
  if (!port) return found === undefined ? undefined : { address: found, port: 0 };
  if (/^[a-z]/i.test(port.text))
    return words.bad(port, "a port", { hint: "write its number; /etc/services has them by name" });
  const number = readInt(words, port, 0, 65_535);
  return found === undefined || number === undefined ? undefined : { address: found, port: number };
}

export type PrefixedAddress = { readonly address: string; readonly prefixLength: number };

/** `ADDRESS[/PREFIX]`; no prefix length is that of a host, 32 or 128. */
export const prefixedAddress = (): ValueType<PrefixedAddress> => ({
  syntax: "ADDRESS[/PREFIX]",
  body: "none",
  read: (words) => {
    const token = words.need("an address");
    return token && readPrefixed(words, token);
  },
});

export function readPrefixed(words: Arguments, token: Token): PrefixedAddress | undefined {
  const slash = token.text.indexOf("/");
  const bare = slash < 0 ? token.text : token.text.slice(0, slash);
  const found = canonicalAddress(bare);
  if (found === undefined) return words.bad(token, "an IP address", { hint: addressHint(bare) });
  const longest = found.includes(":") ? 128 : 32;
  if (slash < 0) return { address: found, prefixLength: longest };
  const prefix = token.text.slice(slash + 1);
  if (/^\d{1,3}$/.test(prefix) && Number(prefix) <= longest) return { address: found, prefixLength: Number(prefix) };
  const length = prefixOfMask(prefix);
  return words.bad(token, `an address with a prefix length 0 to ${longest}`, {
    hint: /^\d+[,;]$/.test(prefix)
      ? `write \`${token.text.slice(0, -1)}\`, without \`${token.text.slice(-1)}\``
      : length === undefined
        ? `the length is 0 to ${longest}`
        : `write the mask as its length: \`${found}/${length}\``,
  });
}

/** Bits of a dotted mask; undefined for what is none. */
export function prefixOfMask(mask: string): number | undefined {
  if (!canonicalAddress(mask) || mask.includes(":")) return undefined;
  const bits = mask.split(".").reduce((text, part) => text + Number(part).toString(2).padStart(8, "0"), "");
  return /^1*0*$/.test(bits) ? bits.replaceAll("0", "").length : undefined;
}

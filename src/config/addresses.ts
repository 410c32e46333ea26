import { canonicalAddress } from "../core/ip.ts";
import type { Arguments } from "./arguments.ts";
import { quote } from "./diagnostic.ts";
import type { Token } from "./lexer.ts";
import type { ValueType } from "./row.ts";
import { readInt, readInterface } from "./types.ts";

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
  const withPort = /^(.*?[\d\]]):(\d+)$/.exec(text);
  if (/^\[.*\]/.test(text)) return "write an IPv6 address without brackets, and the port as a word of its own";
  if (withPort && canonicalAddress(withPort[1] as string))
    return `write the port as a word of its own: \`${withPort[1]} ${withPort[2]}\``;
  if (text.includes("/") && canonicalAddress(text.split("/")[0] as string))
    return "write it without a prefix length here";
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
  const number = readInt(words, port, 0, 65_535);
  return found === undefined || number === undefined ? undefined : { address: found, port: number };
}

/** One line of virtual_ipaddress, as it stands there. `prefixLength` is 32 or 128 where none is given. */
export type AddressLine = {
  readonly address: string;
  readonly prefixLength: number;
  readonly interface?: string;
  readonly scope?: number;
  readonly label?: string;
  readonly broadcast?: string | "+" | "-";
  readonly peer?: string;
};

/** rt_scope values of linux/rtnetlink.h by the names of iproute2's rt_scopes. */
const SCOPES: Readonly<Record<string, number>> = {
  global: 0,
  universe: 0,
  site: 200,
  link: 253,
  host: 254,
  nowhere: 255,
};

/** `ADDRESS[/PREFIX] [dev IF] [scope S] [brd ADDRESS|+|-] [label L] [peer ADDRESS]`. An unknown option is an error. */
export const addressLine = (): ValueType<AddressLine> => ({
  syntax: "ADDRESS[/PREFIX] [dev IFNAME] [scope SCOPE] [brd ADDRESS|+|-] [label LABEL] [peer ADDRESS]",
  body: "none",
  read: (words) => {
    const token = words.need("an address");
    const base = token && readPrefixed(words, token);
    if (!base) {
      words.takeAll();
      return undefined;
    }
    const options: { -readonly [K in keyof AddressLine]?: AddressLine[K] } = {};
    for (let option = words.take(); option; option = words.take())
      if (!readAddressOption(words, option, base, options)) {
        words.takeAll();
        return undefined;
      }
    return { ...base, ...options };
  },
});

function readPrefixed(words: Arguments, token: Token): { address: string; prefixLength: number } | undefined {
  const slash = token.text.indexOf("/");
  const bare = slash < 0 ? token.text : token.text.slice(0, slash);
  const found = canonicalAddress(bare);
  if (found === undefined) return words.bad(token, "an IP address", { hint: addressHint(bare) });
  const longest = found.includes(":") ? 128 : 32;
  if (slash < 0) return { address: found, prefixLength: longest };
  const prefix = token.text.slice(slash + 1);
  if (/^\d{1,3}$/.test(prefix) && Number(prefix) <= longest) return { address: found, prefixLength: Number(prefix) };
  return words.bad(token, `an address with a prefix length 0 to ${longest}`);
}

type Options = { -readonly [K in keyof AddressLine]?: AddressLine[K] };
type Base = { readonly address: string; readonly prefixLength: number };

/** Options that change nothing here: addresses are always added without duplicate address detection, and so on. */
const WITHOUT_EFFECT = ["home", "-nodad", "mngtmpaddr", "noprefixroute", "autojoin", "no_track", "use_vmac"];

function readAddressOption(words: Arguments, option: Token, base: Base, into: Options): boolean {
  switch (option.text) {
    case "dev": {
      const name = words.need("the name of an interface after `dev`");
      return set(into, "interface", name && readInterface(words, name));
    }
    case "scope": {
      const name = words.need("a scope");
      if (!name) return false;
      const scope = SCOPES[name.text] ?? readInt(words, name, 0, 255);
      if (scope === undefined || base.address.includes(":")) return scope !== undefined;
      return set(into, "scope", scope);
    }
    case "brd":
    case "broadcast": {
      const value = words.need("an address, `+` or `-`");
      if (!value) return false;
      if (base.address.includes(":")) return words.bad(value, "allowed: IPv6 has no broadcast addresses") ?? false;
      const sign = value.text === "+" || value.text === "-";
      return set(into, "broadcast", sign ? value.text : readAddress(words, value));
    }
    case "label": {
      const value = words.need("a label");
      if (value && Buffer.byteLength(value.text) > 15)
        return words.bad(value, "a label of at most 15 characters") ?? false;
      return set(into, "label", value?.text);
    }
    case "peer": {
      const value = words.need("an address");
      return set(into, "peer", value && readAddress(words, value));
    }
    case "preferred_lft":
      words.take();
      return noEffect(words, option);
    default:
      if (WITHOUT_EFFECT.includes(option.text)) return noEffect(words, option);
      return words.bad(option, "an option of an address line", { hint: "dev, scope, brd, label or peer" }) ?? false;
  }
}

function set<K extends keyof Options>(into: Options, key: K, value: Options[K]): boolean {
  if (value === undefined) return false;
  into[key] = value;
  return true;
}

function noEffect(words: Arguments, option: Token): true {
  words.problems.warning(
    "conf/no-effect",
    `\`${option.text}\` is accepted, and has no effect on addresses here`,
    option,
  );
  return true;
}

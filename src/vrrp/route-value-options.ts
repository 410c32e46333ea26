import { type PrefixedAddress, prefixedAddress, readAddress } from "../config/addresses.ts";
import type { Arguments } from "../config/arguments.ts";
import { type Placed, quote } from "../config/diagnostic.ts";
import type { Token } from "../config/lexer.ts";
import type { ValueType } from "../config/row.ts";
import { closest } from "../config/suggest.ts";
import { int, line, MAX_UINT32, mapped, readInt } from "../config/types.ts";
import { type Family, familyOf } from "../core/ip.ts";

/** A number, or a name of iproute2's files: which number that is, is found where those files are read. */
export type NameOrNumber = { readonly text: string; readonly at: Placed };

export const nameOrNumber = (range: string): ValueType<NameOrNumber> =>
  line(
    "NAME|INT",
    (words) => {
      const token = words.need("a name or a number");
      return token && { text: token.text, at: token };
    },
    { range, show: ({ text }) => text },
  );

export type Realms = { readonly from?: NameOrNumber; readonly to: NameOrNumber };

/** `[FROM/]TO`. */
export const realms = (): ValueType<Realms> =>
  line("[FROM/]TO", (words) => {
    const token = words.need("a realm");
    if (!token) return undefined;
    const [first = "", second] = token.text.split("/", 2);
    if (second === undefined) return { to: { text: first, at: token } };
    return { from: { text: first, at: token }, to: { text: second, at: token } };
  });

/** RTN_* of linux/rtnetlink.h by iproute2's names. */
export const ROUTE_TYPES: Readonly<Record<string, number>> = {
  unicast: 1,
  local: 2,
  broadcast: 3,
  anycast: 4,
  multicast: 5,
  blackhole: 6,
  unreachable: 7,
  prohibit: 8,
  throw: 9,
  nat: 10,
  xresolve: 11,
};

/** What a route or rule is for: an address with its prefix length, or all of them. */
export type Prefix = PrefixedAddress | "any";

const EVERYTHING = ["default", "any", "all"];

/** Options that a misspelt word in the place of an address may have been meant as. */
const OPTIONS = ["via", "dev", "from", "src", "table", "metric", "scope", "onlink", "nexthop", "encap"];

/** `ADDRESS[/PREFIX]`, or a word for all addresses. */
export const prefix = (): ValueType<Prefix> => {
  const type = prefixedAddress();
  return line(
    "ADDRESS[/PREFIX]|default|any|all",
    (words) => {
      const word = words.peek();
      if (word && EVERYTHING.includes(word.text)) return words.take() && "any";
      if (!word || !/^[a-z][a-z_-]*$/i.test(word.text)) return type.read(words);
      words.takeAll(); // what follows belongs to a word that is not known
      const near = closest(word.text, [...EVERYTHING, ...Object.keys(ROUTE_TYPES), ...OPTIONS]);
      return words.bad(word, "an address", {
        hint: near ? `did you mean ${quote(near)}?` : "write an address with a prefix length, or `default`",
      });
    },
    { show: (value) => (value === "any" ? "any" : `${value.address}/${value.prefixLength}`) },
  );
};

export type Destination = { readonly type: number; readonly prefix: Prefix; readonly family?: Family };

/** `[TYPE] [to] ADDRESS[/PREFIX]`, the last a word for all addresses as well. */
export const destination = (): ValueType<Destination> =>
  line("[TYPE] ADDRESS[/PREFIX]|default|any|all", (words) => {
    const type = readRouteType(words);
    if (type === undefined) return undefined;
    if (words.peek()?.text === "to") words.take();
    const word = words.peek();
    if (word?.text === "default6") {
      words.take();
      words.problems.warning("conf/deprecated", "`default6` is an old form", word, {
        hint: "write `inet6 default`",
      });
      return { type, prefix: "any", family: 6 };
    }
    const found = prefix().read(words);
    return found && { type, prefix: found };
  });

function readRouteType(words: Arguments): number | undefined {
  const word = words.peek();
  const named = word && Object.hasOwn(ROUTE_TYPES, word.text) ? ROUTE_TYPES[word.text] : undefined;
  if (named === undefined && !/^\d+$/.test(word?.text ?? "")) return ROUTE_TYPES.unicast;
  words.take();
  return named ?? readInt(words, word as Token, 0, 255);
}

export type Gateway = { readonly family: Family; readonly address: string };

/** `[inet|inet6] ADDRESS`. */
export const gateway = (): ValueType<Gateway> =>
  line(
    "[inet|inet6] ADDRESS",
    (words) => {
      const word = words.peek();
      const wanted = word?.text === "inet" ? 4 : word?.text === "inet6" ? 6 : undefined;
      if (wanted) words.take();
      const token = words.need("the address of a gateway");
      const address = token && readAddress(words, token);
      if (!token || address === undefined) return undefined;
      const family = familyOf(address);
      if (wanted === undefined || wanted === family) return { family, address };
      return words.bad(token, `an IPv${wanted} address`, { hint: `\`${word?.text}\` stands before it` });
    },
    { show: ({ address }) => address },
  );

/** A metric of a route; `lock`: the kernel does not change it by itself. */
export type Metric<T = number> = { readonly value: T; readonly lock: boolean };

/** `[lock] VALUE`. */
export const lockable = <T>(type: ValueType<T>): ValueType<Metric<T>> => ({
  ...mapped(type, (value) => ({ value, lock: false })),
  syntax: `[lock] ${type.syntax}`,
  read: (words) => {
    const lock = words.peek()?.text === "lock";
    if (lock) words.take();
    const value = type.read(words);
    return value === undefined ? undefined : { value, lock };
  },
});

export const metric = (): ValueType<number> => int({ min: 0, max: MAX_UINT32 });

const UNITS: Readonly<Record<string, number>> = { s: 1000, sec: 1000, secs: 1000, ms: 1, msec: 1, msecs: 1 };

/** A round-trip time: with a unit (s, ms) it is held in 1/`scale` ms, without one the number is held as it is. */
export const roundTripTime = (scale: number): ValueType<number> =>
  line(
    "TIME",
    (words) => {
      const token = words.need("a time, e.g. `200ms`");
      if (!token) return undefined;
      const [, number, unit] = /^(\d{1,10}(?:\.\d{1,6})?)([a-z]*)$/.exec(token.text) ?? [];
      const factor = unit === "" ? 1 : (UNITS[unit ?? ""] ?? Number.NaN) * scale;
      const value = Math.round(Number(number) * factor);
      if (value >= 0 && value <= MAX_UINT32) return value;
      return words.bad(token, "a time", { hint: "a number with `s` or `ms` after it" });
    },
    { unit: `s or ms; without a unit ${scale === 1 ? "ms" : `1/${scale} ms`}`, show: String },
  );

/** A whole number of 64 bits, as decimal text. */
export const bigInt = (): ValueType<string> =>
  line(
    "INT",
    (words) => {
      const token = words.need("a whole number");
      if (!token) return undefined;
      const number = /^\d{1,20}$/.test(token.text) ? BigInt(token.text) : -1n;
      if (number >= 0n && number < 1n << 64n) return String(number);
      return words.bad(token, "a number of 64 bits", { hint: "0 to 18446744073709551615" });
    },
    { range: "0..18446744073709551615" },
  );

export type Mark = { readonly mark: number; readonly mask?: number };

/** `INT[/MASK]`, each decimal, 0x or 0 octal. */
export const mark = (): ValueType<Mark> =>
  line(
    "INT[/MASK]",
    (words) => {
      const token = words.need("a mark");
      if (!token) return undefined;
      const [first = "", second] = token.text.split("/", 2);
      const part = (text: string) => readInt(words, { ...token, text }, 0, MAX_UINT32, true);
      const value = part(first);
      if (second === undefined) return value === undefined ? undefined : { mark: value };
      const mask = part(second);
      return value === undefined || mask === undefined ? undefined : { mark: value, mask };
    },
    { range: `0..${MAX_UINT32}` },
  );

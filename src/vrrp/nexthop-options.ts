import { readAddress } from "../config/addresses.ts";
import type { Arguments } from "../config/arguments.ts";
import { quote } from "../config/diagnostic.ts";
import type { Token } from "../config/lexer.ts";
import type { ValueType } from "../config/row.ts";
import { line, readInt, readInterface } from "../config/types.ts";
import type { RouteEncap } from "./route-model.ts";
import { bigInt, type Gateway, gateway, type Realms, realms } from "./route-value-options.ts";

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** The tunnel that packets of a route go into: `ip|ip6 [id N] [dst A] [src A] [tos N] [ttl N]`, `mpls LABEL[/LABEL]...
 *  [ttl N]` or `ila LOCATOR`. Its options end with the first word that is none of them. */
export const encap = (): ValueType<RouteEncap> =>
  line("ip|ip6|mpls|ila PARAMETERS", (words) => {
    const kind = words.need("ip, ip6, mpls or ila");
    switch (kind?.text) {
      case undefined:
        return undefined;
      case "ip":
      case "ip6":
        return readIpTunnel(words, kind.text);
      case "mpls":
        return readLabels(words);
      case "ila": {
        const locator = words.need("a locator");
        if (!locator) return undefined;
        if (/^[0-9a-fA-F]{1,4}(:[0-9a-fA-F]{1,4}){3}$/.test(locator.text))
          return { type: "ila", locator: locator.text };
        return words.bad(locator, "a locator", { hint: "four groups of hexadecimal digits, e.g. 2001:db8:1:2" });
      }
      default:
        words.takeAll(); // its parameters
        return words.bad(kind as Token, "a kind of tunnel", { hint: "ip, ip6, mpls or ila" });
    }
  });

type IpEncap = Extract<RouteEncap, { type: "ip" | "ip6" }>;

function readIpTunnel(words: Arguments, type: "ip" | "ip6"): IpEncap | undefined {
  const tunnel: Writable<IpEncap> = { type };
  for (let option = words.peek(); option; option = words.peek()) {
    const read = IP_OPTIONS[option.text];
    if (!read) return tunnel;
    words.take();
    const value = read(words);
    if (value === undefined) return undefined;
    Object.assign(tunnel, value);
  }
  return tunnel;
}

const byte = (words: Arguments): number | undefined => {
  const token = words.need("a number 0 to 255");
  return token && readInt(words, token, 0, 255, true);
};

const hopLimit = (words: Arguments): Partial<IpEncap> | undefined => {
  const ttl = byte(words);
  return ttl === undefined ? undefined : { ttl };
};
const typeOfService = (words: Arguments): Partial<IpEncap> | undefined => {
  const tos = byte(words);
  return tos === undefined ? undefined : { tos };
};
const end = (words: Arguments, key: "source" | "destination"): Partial<IpEncap> | undefined => {
  const token = words.need("an address");
  const address = token && readAddress(words, token);
  return address === undefined ? undefined : { [key]: address };
};

const IP_OPTIONS: Readonly<Record<string, ((words: Arguments) => Partial<IpEncap> | undefined) | undefined>> = {
  __proto__: null as never,
  id: (words) => {
    const id = bigInt().read(words);
    return id === undefined ? undefined : { id };
  },
  dst: (words) => end(words, "destination"),
  src: (words) => end(words, "source"),
  tos: typeOfService,
  tc: typeOfService,
  ttl: hopLimit,
  hoplimit: hopLimit,
  flags: (words) => {
    const token = words.need("a number");
    const flags = token && readInt(words, token, 0, 65_535, true);
    return flags === undefined ? undefined : { flags };
  },
};

/** A label has 20 bits: RFC 3032 §2.1. */
const MAX_LABEL = 1_048_575;
const MAX_LABELS = 30;

function readLabels(words: Arguments): RouteEncap | undefined {
  const token = words.need("labels");
  if (!token) return undefined;
  const parts = token.text.split("/");
  const labels = parts.map(Number);
  const right = parts.every((part) => /^\d{1,7}$/.test(part)) && labels.every((label) => label <= MAX_LABEL);
  if (!right || labels.length > MAX_LABELS)
    return words.bad(token, "labels", { hint: `numbers 0 to ${MAX_LABEL} with \`/\` between them` });
  if (words.peek()?.text !== "ttl") return { type: "mpls", labels };
  words.take();
  const ttl = byte(words);
  return ttl === undefined ? undefined : { type: "mpls", labels, ttl };
}

/** One way of several that a route has. */
export type NexthopLine = {
  readonly gateway?: Gateway;
  readonly interface?: string;
  readonly weight: number;
  readonly onlink: boolean;
  readonly encap?: RouteEncap;
  readonly realms?: Realms;
};

/** `via GATEWAY [dev IF] [weight N] [onlink] [encap …] [realms …]`: up to the next `nexthop` or to the end of the line,
 *  since other options of the route stand before the first. */
export const nexthop = (): ValueType<NexthopLine> =>
  line(
    "[via [inet|inet6] ADDRESS] [dev IFNAME] [weight INT] [onlink] [encap ip|ip6|mpls|ila PARAMETERS] [realms [FROM/]TO]",
    (words) => {
      const hop: Writable<NexthopLine> = { weight: 1, onlink: false };
      for (let option = words.peek(); option && option.text !== "nexthop"; option = words.peek())
        if (!readHopOption(words, option, hop)) return undefined;
      if (hop.gateway || hop.interface !== undefined) return hop;
      words.problems.error("conf/missing-value", "`nexthop` needs a gateway or an interface", words.all(), {
        hint: "e.g. `nexthop via 192.168.1.1 dev eth0 weight 1`",
      });
      return undefined;
    },
  );

function readHopOption(words: Arguments, option: Token, hop: Writable<NexthopLine>): boolean {
  words.take();
  const set = <K extends keyof NexthopLine>(key: K, value: NexthopLine[K] | undefined): boolean => {
    if (value !== undefined) Object.assign(hop, { [key]: value });
    return value !== undefined;
  };
  switch (option.text) {
    case "via":
      return set("gateway", gateway().read(words));
    case "dev":
    case "oif": {
      const name = words.need("the name of an interface");
      return set("interface", name && readInterface(words, name));
    }
    case "weight": {
      const number = words.need("a number 1 to 256");
      return set("weight", number && readInt(words, number, 1, 256));
    }
    case "onlink":
      return set("onlink", true);
    case "encap":
      return set("encap", encap().read(words));
    case "realms":
      return set("realms", realms().read(words));
    default:
      words.problems.error("conf/unknown-option", `${quote(option.text)} is no option of \`nexthop\``, option, {
        hint: "it has via, dev, weight, onlink, encap and realms; options of the route stand before the first `nexthop`",
      });
      words.takeAll();
      return false;
  }
}

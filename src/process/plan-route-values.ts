import { quote } from "../config/diagnostic.ts";
import { addressBytes, addressFromBytes, type Family, familyOf } from "../core/ip.ts";
import type { Prefix, RouteRealms } from "../vrrp/route-model.ts";
import type { NameOrNumber, Prefix as PrefixValue, Realms } from "../vrrp/route-value-options.ts";
import { IprouteNames, type NameKind } from "./iproute-names.ts";
import type { PlanContext } from "./plan-context.ts";
import { nearName } from "./plan-names.ts";

/** RTPROT_KEEPALIVED of linux/rtnetlink.h: whose routes and rules are known again when they are removed. */
export const PROTOCOL = 18;

const KINDS: Readonly<Record<NameKind, { readonly what: string; readonly hint: string }>> = {
  table: { what: "routing table", hint: "add it to rt_tables of iproute2, or write its number" },
  protocol: { what: "routing protocol", hint: "add it to rt_protos of iproute2, or write its number 0 to 255" },
  scope: { what: "scope", hint: "one of global, site, link, host and nowhere, or a number 0 to 255" },
  dsfield: { what: "type of service", hint: "add it to rt_dsfield of iproute2, or write its number 0 to 255" },
  realm: { what: "realm", hint: "add it to rt_realms of iproute2, or write its number 0 to 65535" },
  group: { what: "group of interfaces", hint: "add it to the file `group` of iproute2, or write its number" },
  ipProtocol: { what: "protocol", hint: "a name of /etc/protocols, or a number 0 to 255" },
};

/** Finds the numbers of names in routes and rules; an unknown name is an error. */
export class RouteNames {
  readonly #names: IprouteNames;
  readonly #context: PlanContext;

  constructor(context: PlanContext) {
    const { iproute_usr_dir: usrDir, iproute_etc_dir: etcDir } = context.global;
    this.#names = new IprouteNames({ usrDir, etcDir }, context.observed);
    this.#context = context;
  }

  number(kind: NameKind, { text, at }: NameOrNumber): number | undefined {
    const found = this.#names.number(kind, text);
    if (found !== undefined) return found;
    const near = nearName(text, this.#names.names(kind), this.#context.problems);
    const { what, hint } = KINDS[kind];
    this.#context.problems.error("route/unknown-name", `there is no ${what} ${quote(text)}`, at, {
      hint: near ? `did you mean ${quote(near)}?` : hint,
    });
    return undefined;
  }

  /** As `number`, and `standard` where nothing is given. */
  numberOr(kind: NameKind, value: NameOrNumber | undefined, standard: number): number | undefined {
    return value ? this.number(kind, value) : standard;
  }

  realms(value: Realms): RouteRealms | undefined {
    const from = value.from && this.number("realm", value.from);
    const to = this.number("realm", value.to);
    if (to === undefined || (value.from && from === undefined)) return undefined;
    return { ...(from !== undefined && { from }), to };
  }
}

/** A prefix of a route or rule; `any` is the one with length 0 of that family. */
export function prefixOf(value: PrefixValue, family: Family): Prefix {
  if (value === "any") return { address: family === 6 ? "::" : "0.0.0.0", prefixLength: 0 };
  return value;
}

export const familyOfPrefix = (value: PrefixValue | undefined): Family | undefined =>
  value === undefined || value === "any" ? undefined : familyOf(value.address);

/** The address of the network that an address is in. */
export function networkOf({ address, prefixLength }: Prefix): string {
  const bytes = addressBytes(address).map((byte, index) => {
    const bits = Math.min(8, Math.max(0, prefixLength - index * 8));
    return byte & (0xff << (8 - bits)) & 0xff;
  });
  return addressFromBytes(bytes);
}

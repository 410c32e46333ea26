import { prefixOfMask, readAddress, readAddressPort } from "../config/addresses.ts";
import type { Arguments } from "../config/arguments.ts";
import type { ValueType } from "../config/row.ts";
import { MAX_UINT32, readChoice, readInt } from "../config/types.ts";
import type { NamedService } from "../core/service-name.ts";

/** `ADDRESS [PORT]`, `fwmark INT` or `group NAME`. */
export function serviceArgument(): ValueType<NamedService> {
  return {
    syntax: "ADDRESS [PORT] or fwmark INT or group NAME",
    body: "none",
    read: (words) => {
      if (words.peek()?.text === "fwmark") {
        words.take();
        const number = words.need("a firewall mark");
        const fwmark = number && readInt(words, number, 1, MAX_UINT32);
        return fwmark === undefined ? undefined : { kind: "fwmark", fwmark };
      }
      if (words.peek()?.text === "group") {
        words.take();
        const group = words.need("the name of a virtual_server_group");
        return group && { kind: "group", group: group.text };
      }
      const found = readAddressPort(words);
      return found && { kind: "address", ...found };
    },
  };
}

export type LbKind = {
  readonly method: "NAT" | "DR" | "TUN";
  readonly tunnel?: {
    readonly type: "ipip" | "gue" | "gre";
    readonly port: number;
    readonly checksum: "none" | "csum" | "remcsum";
  };
};

const CHECKSUMS = { nocsum: "none", csum: "csum", remcsum: "remcsum" } as const;

/** `NAT|DR|TUN [type ipip|gue port N|gre] [nocsum|csum|remcsum]`. */
export function lbKind(): ValueType<LbKind> {
  return {
    syntax: "NAT|DR|TUN [type ipip|gue port PORT|gre] [nocsum|csum|remcsum]",
    values: ["NAT", "DR", "TUN", "ipip", "gue", "gre", "nocsum", "csum", "remcsum"],
    body: "none",
    read: (words) => {
      const name = words.need("NAT, DR or TUN");
      const method = name && readChoice(words, name, ["NAT", "DR", "TUN"], true);
      if (!method || method !== "TUN") return method && { method };
      return readTunnel(words);
    },
  };
}

function readTunnel(words: Arguments): LbKind | undefined {
  let type: "ipip" | "gue" | "gre" = "ipip";
  let port = 0;
  let checksum: "none" | "csum" | "remcsum" = "none";
  for (let option = words.take(); option; option = words.take()) {
    const choice = readChoice(words, option, ["type", "port", "nocsum", "csum", "remcsum"], false);
    if (choice === undefined) return undefined;
    if (choice === "type") {
      const name = words.need("ipip, gue or gre");
      const found = name && readChoice(words, name, ["ipip", "gue", "gre"], false);
      if (!found) return undefined;
      type = found;
    } else if (choice === "port") {
      const number = words.need("a port");
      const found = number && readInt(words, number, 1, 65_535);
      if (!found) return undefined;
      port = found;
    } else checksum = CHECKSUMS[choice];
  }
  return tunnelProblem(words, type, port, checksum) ?? { method: "TUN", tunnel: { type, port, checksum } };
}

/** What a tunnel cannot be, reported; the method stands then, as ipip. */
function tunnelProblem(words: Arguments, type: string, port: number, checksum: string): LbKind | undefined {
  const problem =
    type === "gue" && port === 0
      ? "a gue tunnel needs `port`"
      : type !== "gue" && port !== 0
        ? `a tunnel of type ${type} has no port`
        : type === "ipip" && checksum !== "none"
          ? "an ipip tunnel has no checksum"
          : type === "gre" && checksum === "remcsum"
            ? "a gre tunnel has no remote checksum"
            : undefined;
  if (problem === undefined) return undefined;
  words.problems.error("conf/bad-value", problem, words.all());
  return { method: "TUN" };
}

/** A dotted mask for IPv4, a prefix length for IPv6; given as the prefix length, `dotted` telling which it was. */
export type Granularity = { readonly bits: number; readonly dotted: boolean };

export function granularity(): ValueType<Granularity> {
  return {
    syntax: "NETMASK (IPv4) or INT 1..128 (IPv6)",
    body: "none",
    read: (words) => {
      const mask = words.need("a netmask");
      if (!mask) return undefined;
      if (!mask.text.includes(".")) {
        const bits = readInt(words, mask, 1, 128);
        return bits === undefined ? undefined : { bits, dotted: false };
      }
      const dotted = readAddress(words, mask, "a netmask");
      if (dotted === undefined) return undefined;
      const bits = prefixOfMask(dotted);
      return bits ? { bits, dotted: true } : words.bad(mask, "a netmask", { hint: "e.g. 255.255.255.0" });
    },
  };
}

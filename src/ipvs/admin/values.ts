import { canonicalAddress, type Family, isMulticast } from "../../core/ip.ts";
import type { Protocol } from "../model.ts";

/** Single values of ipvsadm's command line. */

/** A decimal number as strtol reads it, blanks and a sign before it allowed. */
const isNumber = (text: string): boolean => /^[ \t\n\v\f\r]*[+-]?\d+$/.test(text);

/** Undefined for what is none, and outside the range. */
export function numberIn(text: string, least: number, most: number): number | undefined {
  if (!isNumber(text)) return undefined;
  const value = Number(text);
  return value >= least && value <= most ? value : undefined;
}

/** The number that a text begins with, 0 for none (atoi). */
export const leadingNumber = (text: string): number => Number(/^[ \t\n\v\f\r]*([+-]?\d+)/.exec(text)?.[1] ?? 0);

/** An IPv4 address as inet_aton(3) reads it: one to four parts, octal and hexadecimal too; what follows a blank is
 *  ignored. Canonical text, or undefined. */
export function looseIpv4(text: string): string | undefined {
  const [word = ""] = text.split(/[ \t\n\v\f\r]/, 1);
  const parts = word.split(".");
  if (parts.length > 4 || !parts.every((part) => /^(0[xX][0-9a-fA-F]+|0[0-7]*|[1-9]\d*)$/.test(part))) return undefined;
  const numbers = parts.map((part) => (/^0\d/.test(part) ? Number.parseInt(part, 8) : Number(part)));
  const last = numbers.pop() as number;
  if (numbers.some((number) => number > 255) || last >= 256 ** (4 - numbers.length)) return undefined;
  const value = numbers.reduce((sum, number, i) => sum + number * 256 ** (3 - i), last);
  return [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join(".");
}

/** Names of hosts and ports. `host`: canonical IPv4, undefined for an unknown one, "ask" when it has yet to be looked up. */
export type Names = {
  host(name: string): string | undefined | "ask";
  port(name: string, protocol: Protocol | undefined): number | undefined;
};

export type HostPort = { readonly address: string; readonly port?: number };

/** `host[:port]`, `[IPv6]:port` or a bare IPv6 address; undefined for what is none. Throws HostWanted. */
export function hostPort(text: string, protocol: Protocol | undefined, names: Names): HostPort | undefined {
  let host = text;
  let bracketed: string | undefined;
  if (text.startsWith("[")) {
    const [, inside, port] = /^\[([^\]]*)\]:(.*)$/s.exec(text) ?? [];
    if (inside === undefined || port === undefined) return undefined;
    host = inside;
    bracketed = port;
  }
  const six = host.includes(":") ? canonicalAddress(host) : undefined;
  if (six !== undefined) return withPort(six, bracketed, protocol, names);
  const colon = host.lastIndexOf(":");
  if (colon >= 0) {
    const address = hostAddress(host.slice(0, colon), names);
    return address === undefined ? undefined : withPort(address, host.slice(colon + 1), protocol, names);
  }
  // A number, of whatever size, and the name of a port are taken for a port, and a port alone is no address.
  if (isNumber(host) || names.port(host, protocol) !== undefined) return undefined;
  const address = hostAddress(host, names);
  return address === undefined ? undefined : { address };
}

function withPort(
  address: string,
  text: string | undefined,
  protocol: Protocol | undefined,
  names: Names,
): HostPort | undefined {
  if (text === undefined) return { address };
  const port = numberIn(text, 0, 65535) ?? names.port(text, protocol);
  return port === undefined ? undefined : { address, port };
}

/** A name has to be looked up before the command line can be read: read it again when that is done. */
export class HostWanted extends Error {
  readonly host: string;
  constructor(host: string) {
    super(`host ${host}`);
    this.host = host;
  }
}

function hostAddress(host: string, names: Names): string | undefined {
  const address = looseIpv4(host);
  if (address !== undefined || host === "") return address;
  const found = names.host(host);
  if (found === "ask") throw new HostWanted(host);
  return found;
}

/** The group of a sync daemon; a family tells which sort it was meant to be. */
export function multicastGroup(text: string): { readonly family: Family; readonly group?: string } {
  const family = text.includes(":") ? 6 : 4;
  const address = canonicalAddress(text);
  return { family, ...(address !== undefined && isMulticast(address) && { group: address }) };
}

import { addressFromBytes, canonicalAddress, endpointText } from "../../core/ip.ts";
import type { Endpoint } from "../listing.ts";
import type { Protocol } from "../model.ts";

/** Lines of /proc/net/ip_vs_conn, and how `ipvsadm -L -c` 1.31 draws them. */

type Place = { readonly address: string; readonly port: number };
export type Connection = {
  /** "TCP", "UDP", "SCTP", or "IP" for the template of a mark. */
  readonly protocol: string;
  readonly source: Place;
  readonly virtual: Place;
  readonly destination: Place;
  readonly state: string;
  readonly expiresS: number;
  readonly engine?: { readonly name: string; readonly data: string };
};

/** Undefined for a line that is none, as the heading. */
export function connectionOf(line: string): Connection | undefined {
  const words = line.trim().split(/\s+/);
  const [protocol = "", from, fromPort, to, toPort, real, realPort, state = "", expires = "", name, data] = words;
  const source = placeOf(from, fromPort);
  const virtual = placeOf(to, toPort);
  const destination = placeOf(real, realPort);
  if (!source || !virtual || !destination || !/^\d+$/.test(expires)) return undefined;
  return {
    protocol,
    source,
    virtual,
    destination,
    state,
    expiresS: Number(expires),
    ...(name !== undefined && data !== undefined && { engine: { name, data } }),
  };
}

/** An address as 8 hexadecimal digits or as a full IPv6 address, and a port as 4 digits. */
function placeOf(address = "", port = ""): Place | undefined {
  if (!/^[0-9A-Fa-f]{4}$/.test(port)) return undefined;
  const plain = /^[0-9A-Fa-f]{8}$/.test(address)
    ? addressFromBytes(Buffer.from(address, "hex"))
    : canonicalAddress(address.replace(/^\[(.*)\]$/, "$1"));
  return plain === undefined ? undefined : { address: plain, port: Number.parseInt(port, 16) };
}

export function connectionsHeading(withEngine: boolean): string {
  const names = ["source", "virtual", "destination"].map((name) => name.padEnd(18));
  const columns = ["pro expire", "state".padEnd(11), ...names];
  const line = withEngine
    ? [...columns, "pe name".padEnd(16), "pe_data"].join(" ")
    : ["pro expire", "state".padEnd(11), names[0], names[1], "destination"].join(" ");
  return `IPVS connection entries\n${line}\n`;
}

export function connectionLine(connection: Connection, withEngine: boolean, endpoint: Endpoint = endpointText): string {
  const { protocol, state, expiresS, source, virtual, destination, engine } = connection;
  const named = protocol.toLowerCase();
  const service: Protocol | undefined = named === "tcp" || named === "udp" || named === "sctp" ? named : undefined;
  const expires = `${twoDigits(Math.floor(expiresS / 60))}:${twoDigits(expiresS % 60)}`;
  const [from, to, real] = [source, virtual, destination].map(({ address, port }) => endpoint(address, port, service));
  const start = [protocol.padEnd(3), expires.padEnd(6), state.padEnd(11), from?.padEnd(18), to?.padEnd(18)].join(" ");
  if (!withEngine || !engine) return `${start} ${real}\n`;
  return `${start} ${real?.padEnd(16)} ${engine.name.padEnd(18)} ${engine.data}\n`;
}

const twoDigits = (value: number): string => String(value).padStart(2, "0");

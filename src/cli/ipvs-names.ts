import { readFileSync } from "node:fs";
import type { Names } from "../ipvs/admin/values.ts";
import type { Endpoint } from "../ipvs/listing.ts";
import type { Protocol } from "../ipvs/model.ts";

/** Longest `host:port` that ipvsadm draws. */
const ENDPOINT_CHARACTERS = 59;

/** Names of hosts and ports by this machine's files and its name servers, each asked for once. */
export class SystemNames implements Names {
  readonly #addresses = new Map<string, string | undefined>();
  readonly #hosts = new Map<string, string | undefined>();
  #services: ServiceNames | undefined;

  host(name: string): string | undefined | "ask" {
    return this.#addresses.has(name) ? this.#addresses.get(name) : "ask";
  }

  /** Makes `host` answer. */
  async lookUp(name: string): Promise<void> {
    const dns = await import("node:dns/promises");
    const found = await dns.lookup(name, { family: 4 }).catch(() => undefined);
    // An IPv6 address comes back as it is, whatever family is asked for.
    this.#addresses.set(name, found?.family === 4 ? found.address : undefined);
  }

  port(name: string, protocol: Protocol | undefined): number | undefined {
    return protocol && this.#names().ports.get(`${name}/${protocol}`);
  }

  /** Makes `endpoint` draw these addresses by their names. */
  async lookUpAddresses(addresses: Iterable<string>): Promise<void> {
    const unknown = [...new Set(addresses)].filter((address) => !this.#hosts.has(address));
    const dns = await import("node:dns/promises");
    await Promise.all(
      unknown.map(async (address) => {
        const found = await dns.lookupService(address, 0).catch(() => undefined);
        this.#hosts.set(address, found?.hostname);
      }),
    );
  }

  readonly endpoint: Endpoint = (address, port, protocol) => {
    const host = this.#hosts.get(address) ?? address;
    const service = (protocol && this.#names().names.get(`${port}/${protocol}`)) ?? String(port);
    const text = address.includes(":") ? `[${host}]:${service}` : `${host}:${service}`;
    return text.slice(0, ENDPOINT_CHARACTERS);
  };

  #names(): ServiceNames {
    this.#services ??= readServices(servicesFile());
    return this.#services;
  }
}

type ServiceNames = {
  /** "name/tcp" → port, and "port/tcp" → name: the first of each in the file. */
  readonly ports: ReadonlyMap<string, number>;
  readonly names: ReadonlyMap<string, string>;
};

function servicesFile(): string {
  try {
    return readFileSync("/etc/services", "utf8");
  } catch {
    return ""; // numbers are drawn as numbers then
  }
}

/** services(5): name, port/protocol, aliases. */
function readServices(text: string): ServiceNames {
  const ports = new Map<string, number>();
  const names = new Map<string, string>();
  for (const line of text.split("\n")) {
    const [name, place, ...aliases] = line.replace(/#.*/, "").trim().split(/\s+/);
    const [, port, protocol] = /^(\d+)\/(\w+)$/.exec(place ?? "") ?? [];
    if (name === undefined || port === undefined) continue;
    for (const known of [name, ...aliases])
      if (!ports.has(`${known}/${protocol}`)) ports.set(`${known}/${protocol}`, Number(port));
    if (!names.has(`${Number(port)}/${protocol}`)) names.set(`${Number(port)}/${protocol}`, name);
  }
  return { ports, names };
}

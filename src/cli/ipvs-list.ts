import { createReadStream, openSync } from "node:fs";
import { DirectorError } from "../core/errors.ts";
import { type Connection, connectionLine, connectionOf, connectionsHeading } from "../ipvs/admin/connections.ts";
import { daemonLine, timeoutsLine } from "../ipvs/admin/daemon-text.ts";
import type { List } from "../ipvs/admin/request.ts";
import { savedService } from "../ipvs/admin/save.ts";
import { heading } from "../ipvs/heading.ts";
import { type ListingOptions, serviceListing, sortedDestinations, sortedServices } from "../ipvs/listing.ts";
import type { IpvsClient, ServiceReading } from "../ipvs/model.ts";
import { serviceKey } from "../ipvs/model.ts";
import { openIpvs } from "../ipvs/open.ts";
import type { SystemNames } from "./ipvs-names.ts";
import type { Write } from "./ipvs-output.ts";
import { listPlainly } from "./ipvs-table.ts";

/** Listings of every form, written as they are read: a table need not fit into memory. */

const CONNECTIONS_FILE = "/proc/net/ip_vs_conn";
/** Services whose destinations are asked for at once, and connections drawn at once. */
const SERVICES_AT_ONCE = 64;
const CONNECTIONS_AT_ONCE = 1000;

export type Output = {
  readonly client: IpvsClient;
  readonly names: SystemNames;
  readonly json: boolean;
  readonly write: Write;
};

/** Rejects with DirectorError; "ESRCH" where the service that was asked for is not there. */
export async function list(request: List, output: Output): Promise<void> {
  const { client, json } = output;
  switch (request.what) {
    case "services":
      return listServices(request, output);
    case "connections":
      return listConnections(request, output);
    case "timeouts": {
      const timeouts = await client.timeouts();
      await output.write(json ? jsonText(timeouts) : timeoutsLine(timeouts));
      return;
    }
    case "daemons": {
      const daemons = await client.syncDaemons();
      await output.write(json ? jsonText(daemons) : daemons.map(daemonLine).join(""));
      return;
    }
  }
}

async function listServices(request: List, output: Output): Promise<void> {
  const { client, names, json } = output;
  const { columns, exact, sorted, id } = request;
  const options = { columns, exact, sorted, ...(!request.numeric && { endpoint: names.endpoint }) };
  if (columns === "connections" && request.numeric && !json && !id && client.transport === "genl") {
    (await import("./without-optimizer.ts")).withoutOptimizer();
    if (await listPlainly(options, output.write, (entries) => asked(client, entries, options))) return;
  }
  const info = id && !json ? undefined : await client.info();
  const counters = json || columns === "stats" || columns === "rate";
  const all = await client.services(counters);
  const chosen = id ? all.filter(({ service }) => serviceKey(service.id) === serviceKey(id)) : all;
  if (id && chosen.length === 0) throw new DirectorError("ESRCH", "there is no such service");
  const services = sorted ? sortedServices(chosen) : chosen;
  if (json) {
    const start = JSON.stringify({ ...info, transport: client.transport, services: [] }).replace(/\]\}$/, "");
    if (!(await output.write(start))) return;
  } else if (!(await output.write(heading(info, columns)))) return;
  let before = "";
  for (let at = 0; at < services.length; at += SERVICES_AT_ONCE) {
    const some = services.slice(at, at + SERVICES_AT_ONCE);
    const readings = await filled(client, some, counters);
    if (!request.numeric && !json) await names.lookUpAddresses(addressesOf(readings.values()));
    let text = "";
    for (const reading of readings.values()) {
      if (json) {
        text += before + JSON.stringify(reading, jsonValue);
        before = ",\n";
      } else text += serviceListing(reading, options);
    }
    if (!(await output.write(text))) return;
  }
  if (json) await output.write("]}\n");
}

/** `ipvsadm -S`. */
export async function save(numeric: boolean, { client, names, write }: Output): Promise<void> {
  const services = sortedServices(await client.services(false));
  for (let at = 0; at < services.length; at += SERVICES_AT_ONCE) {
    const readings = [...(await filled(client, services.slice(at, at + SERVICES_AT_ONCE), false)).values()];
    if (!numeric) await names.lookUpAddresses(addressesOf(readings));
    const text = readings.map((reading) => {
      const sorted = sortedDestinations(reading.destinations).map(({ destination }) => destination);
      return savedService(reading, sorted, numeric ? undefined : names.endpoint);
    });
    if (!(await write(text.join("")))) return;
  }
}

type Entry = Awaited<ReturnType<IpvsClient["services"]>>[number];

/** The listings of services that `openIpvs()` finds, as above. */
export async function askedFor(entries: readonly Entry[], options: ListingOptions): Promise<string> {
  const { client } = await openIpvs();
  try {
    return await asked(client, entries, options);
  } finally {
    client.close();
  }
}

/** The listings of services that the kernel is asked for one by one; without those that have gone meanwhile. */
async function asked(client: IpvsClient, entries: readonly Entry[], options: ListingOptions): Promise<string> {
  const readings = [...(await filled(client, entries, false)).values()];
  return readings.map((reading) => serviceListing(reading, options)).join("");
}

/** Services with their destinations, in their order. One that was removed meanwhile is left out. */
async function filled(
  client: IpvsClient,
  services: readonly Entry[],
  counters: boolean,
): Promise<ReadonlyMap<Entry, ServiceReading>> {
  const readings = await Promise.all(
    services.map(async (entry): Promise<[Entry, ServiceReading][]> => {
      // The socket options read them together.
      if ("destinations" in entry) return [[entry, entry as ServiceReading]];
      const destinations = await client.destinations(entry.service.id, counters).catch((error: unknown) => {
        if (error instanceof DirectorError && error.code === "ESRCH") return undefined;
        throw error;
      });
      return destinations ? [[entry, { ...entry, destinations }]] : [];
    }),
  );
  return new Map(readings.flat());
}

function* addressesOf(readings: Iterable<ServiceReading>): Generator<string> {
  for (const { service, destinations } of readings) {
    if (service.id.kind === "address") yield service.id.address;
    for (const { destination } of destinations) yield destination.address;
  }
}

/** `file`: the kernel's. Of however many connections some are in memory. */
export async function listConnections(
  { numeric, persistent }: Pick<List, "numeric" | "persistent">,
  { names, json, write }: Omit<Output, "client">,
  file = CONNECTIONS_FILE,
): Promise<void> {
  const input = createReadStream("", { fd: opened(file) });
  // Loaded for this listing alone: each module of Node is felt where a listing takes as long as Node's start.
  const { createInterface } = await import("node:readline");
  const lines = createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY });
  let before = "";
  const draw = async (connections: readonly Connection[]): Promise<boolean> => {
    if (!numeric && !json)
      await names.lookUpAddresses(
        connections.flatMap(({ source, virtual, destination }) => [source, virtual, destination].map((p) => p.address)),
      );
    const endpoint = numeric ? undefined : names.endpoint;
    const texts = connections.map((connection) => {
      if (!json) return connectionLine(connection, persistent, endpoint);
      const text = before + JSON.stringify(connection);
      before = ",\n";
      return text;
    });
    return write(texts.join(""));
  };
  if (!(await write(json ? "[" : connectionsHeading(persistent)))) return;
  let waiting: Connection[] = [];
  for await (const line of lines) {
    const connection = connectionOf(line);
    if (connection) waiting.push(connection);
    if (waiting.length < CONNECTIONS_AT_ONCE) continue;
    if (!(await draw(waiting))) return;
    waiting = [];
  }
  await draw(waiting);
  if (json) await write("]\n");
}

/** Opened here: readline would not tell that it cannot be. */
function opened(file: string): number {
  try {
    return openSync(file, "r");
  } catch (cause) {
    throw new DirectorError("ipvs/connections", `cannot open file ${file}`, { cause });
  }
}

const jsonText = (value: unknown): string => `${JSON.stringify(value, jsonValue, 2)}\n`;

/** Counters are numbers in JSON: past 2^53 they lose their last digits, as readers of JSON would make them anyway. */
const jsonValue = (_key: string, value: unknown): unknown => (typeof value === "bigint" ? Number(value) : value);

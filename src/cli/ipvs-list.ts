import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import { createInterface } from "node:readline";
import { DirectorError } from "../core/errors.ts";
import { type Connection, connectionLine, connectionOf, connectionsHeading } from "../ipvs/admin/connections.ts";
import { daemonLine, timeoutsLine } from "../ipvs/admin/daemon-text.ts";
import type { List } from "../ipvs/admin/request.ts";
import { savedService } from "../ipvs/admin/save.ts";
import { heading, serviceListing, sortedDestinations, sortedServices } from "../ipvs/listing.ts";
import type { IpvsClient, ServiceReading } from "../ipvs/model.ts";
import { serviceKey } from "../ipvs/model.ts";
import type { SystemNames } from "./ipvs-names.ts";

/** Listings of every form, written as they are read: a table need not fit into memory. */

export const CONNECTIONS_FILE = "/proc/net/ip_vs_conn";
/** Services whose destinations are asked for at once, and connections drawn at once. */
const SERVICES_AT_ONCE = 64;
const CONNECTIONS_AT_ONCE = 1000;

export type Output = {
  readonly client: IpvsClient;
  readonly names: SystemNames;
  readonly json: boolean;
  /** Resolves when the reader can take more; false when it has gone. */
  write(text: string): Promise<boolean>;
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
  const info = id && !json ? undefined : await client.info();
  const options = { columns, exact, sorted, ...(!request.numeric && { endpoint: names.endpoint }) };
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
  for await (const readings of filled(client, services, counters)) {
    if (!request.numeric && !json) await names.lookUpAddresses(addressesOf(readings));
    let text = "";
    for (const reading of readings) {
      text += json ? before + JSON.stringify(reading, jsonValue) : serviceListing(reading, options);
      before = ",\n";
    }
    if (!(await output.write(text))) return;
  }
  if (json) await output.write("]}\n");
}

/** `ipvsadm -S`. */
export async function save(numeric: boolean, { client, names, write }: Output): Promise<void> {
  for await (const readings of filled(client, sortedServices(await client.services(false)), false)) {
    if (!numeric) await names.lookUpAddresses(addressesOf(readings));
    const text = readings.map((reading) => {
      const sorted = sortedDestinations(reading.destinations).map(({ destination }) => destination);
      return savedService(reading, sorted, numeric ? undefined : names.endpoint);
    });
    if (!(await write(text.join("")))) return;
  }
}

type Entry = Awaited<ReturnType<IpvsClient["services"]>>[number];

/** The services with their destinations, some at once. One that was removed meanwhile is left out. */
async function* filled(
  client: IpvsClient,
  services: readonly Entry[],
  counters: boolean,
): AsyncGenerator<ServiceReading[]> {
  for (let at = 0; at < services.length; at += SERVICES_AT_ONCE) {
    const some = services.slice(at, at + SERVICES_AT_ONCE);
    const readings = await Promise.all(
      some.map(async (entry): Promise<ServiceReading[]> => {
        // The socket options read them together.
        if ("destinations" in entry) return [entry as ServiceReading];
        const destinations = await client.destinations(entry.service.id, counters).catch((error: unknown) => {
          if (error instanceof DirectorError && error.code === "ESRCH") return undefined;
          throw error;
        });
        return destinations ? [{ ...entry, destinations }] : [];
      }),
    );
    yield readings.flat();
  }
}

function* addressesOf(readings: readonly ServiceReading[]): Generator<string> {
  for (const { service, destinations } of readings) {
    if (service.id.kind === "address") yield service.id.address;
    for (const { destination } of destinations) yield destination.address;
  }
}

async function listConnections({ numeric, persistent }: List, { names, json, write }: Output): Promise<void> {
  // Opened first: readline would not tell that it cannot be.
  const file = await open(CONNECTIONS_FILE).catch((cause: unknown) => {
    throw new DirectorError("ipvs/connections", `cannot open file ${CONNECTIONS_FILE}`, { cause });
  });
  await file.close();
  const lines = createInterface({ input: createReadStream(CONNECTIONS_FILE), crlfDelay: Number.POSITIVE_INFINITY });
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

const jsonText = (value: unknown): string => `${JSON.stringify(value, jsonValue, 2)}\n`;

/** Counters are numbers in JSON: past 2^53 they lose their last digits, as readers of JSON would make them anyway. */
const jsonValue = (_key: string, value: unknown): unknown => (typeof value === "bigint" ? Number(value) : value);

import type { Command, Destination, Service, Table, TableEntry } from "../../../src/ipvs/model.ts";
import { destinationKey, serviceKey } from "../../../src/ipvs/model.ts";

type Entry = { service: Service; destinations: Map<string, Destination> };

/** A kernel as IPVS's users see it: carries out commands one by one and refuses what IPVS refuses. */
export class ModelKernel {
  readonly #entries = new Map<string, Entry>();

  constructor(start: Table) {
    for (const [key, { service, destinations }] of start)
      this.#entries.set(key, { service, destinations: new Map(destinations) });
  }

  /** The errno's name, or undefined when the command was carried out. */
  run(command: Command): string | undefined {
    const key = serviceKey(command.service.id);
    const entry = this.#entries.get(key);
    if (command.op === "addService") {
      if (entry) return "EEXIST";
      this.#entries.set(key, { service: command.service, destinations: new Map() });
      return undefined;
    }
    if (!entry) return "ESRCH";
    if ("destination" in command) return runOnDestination(entry, command);
    if (command.op === "delService") this.#entries.delete(key);
    else entry.service = command.service;
    return undefined;
  }

  table(): Table {
    return this.#entries;
  }

  /** Whether a new connection to the service would find a destination. */
  serves(key: string): boolean {
    return serves(this.#entries.get(key));
  }
}

export const serves = (entry: TableEntry | undefined): boolean =>
  [...(entry?.destinations.values() ?? [])].some(({ weight }) => weight > 0);

function runOnDestination(entry: Entry, command: Extract<Command, { destination: Destination }>): string | undefined {
  const key = destinationKey(command.destination);
  const exists = entry.destinations.has(key);
  if (command.op === "addDest" && exists) return "EEXIST";
  if (command.op !== "addDest" && !exists) return "ENOENT";
  if (command.op === "delDest") entry.destinations.delete(key);
  else entry.destinations.set(key, command.destination);
  return undefined;
}

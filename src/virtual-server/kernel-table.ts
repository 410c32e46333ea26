import type { Command, ServiceReading, Table, TableEntry } from "../ipvs/model.ts";
import { destinationKey, serviceKey } from "../ipvs/model.ts";
import { destinationText, serviceText } from "./names.ts";

/** The table proper of what was read, of those services that `isOurs` says. */
export function tableOf(
  readings: readonly ServiceReading[],
  isOurs: (key: string) => boolean,
): Map<string, TableEntry> {
  const table = new Map<string, TableEntry>();
  for (const { service, destinations } of readings) {
    const key = serviceKey(service.id);
    if (!isOurs(key)) continue;
    const entries = destinations.map(({ destination }) => [destinationKey(destination), destination] as const);
    table.set(key, { service, destinations: new Map(entries) });
  }
  return table;
}

export const destinationCount = (table: Table): number => {
  let count = 0;
  for (const { destinations } of table.values()) count += destinations.size;
  return count;
};

/** A command in an administrator's words: "add [10.0.0.2]:tcp:80 to [10.0.0.1]:tcp:80". */
export function commandText(command: Command): string {
  const service = serviceText(command.service);
  switch (command.op) {
    case "addService":
      return `add the virtual service ${service}`;
    case "setService":
      return `change the virtual service ${service}`;
    case "delService":
      return `delete the virtual service ${service}`;
    case "addDest":
      return `add ${destinationText(command.service, command.destination)} to ${service}`;
    case "setDest":
      return `change ${destinationText(command.service, command.destination)} of ${service}`;
    case "delDest":
      return `delete ${destinationText(command.service, command.destination)} from ${service}`;
  }
}

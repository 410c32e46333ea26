import { isDeepStrictEqual } from "node:util";
import { serviceFlags } from "./kernel-values.ts";
import type { Command, Destination, Forwarding, Service, Table, TableEntry } from "./model.ts";

/** Commands that turn `actual` into `desired`; empty when they agree. Pure, and ordered so that no client meets an empty
 *  service: a service before its destinations; additions, then edits, those that take the weight away last, then
 *  removals; whole services are removed at the end. A service that is not desired is removed only if `isOwned` says so. */
export function diffTables(
  desired: Table,
  actual: Table,
  isOwned: (serviceKey: string) => boolean = () => true,
): Command[] {
  const out: Command[] = [];
  for (const [key, entry] of desired) out.push(...entryCommands(entry, actual.get(key)));
  for (const [key, { service }] of actual)
    if (!desired.has(key) && isOwned(key)) out.push({ op: "delService", service });
  return out;
}

function entryCommands({ service, destinations }: TableEntry, have: TableEntry | undefined): Command[] {
  const out: Command[] = [];
  if (!have) out.push({ op: "addService", service });
  else if (!sameService(service, have.service)) out.push({ op: "setService", service });
  const drained: Command[] = [];
  const edits: Command[] = [];
  // forEach, since it makes nothing for each entry: a death compares all servers beside the one that died.
  destinations.forEach((destination, key) => {
    const existing = have?.destinations.get(key);
    if (!existing) out.push({ op: "addDest", service, destination });
    else if (!sameDestination(destination, existing))
      (destination.weight === 0 ? drained : edits).push({ op: "setDest", service, destination });
  });
  out.push(...edits, ...drained);
  have?.destinations.forEach((destination, key) => {
    if (!destinations.has(key)) out.push({ op: "delDest", service, destination });
  });
  return out;
}

/** Equal to the kernel, whose IP_VS_SVC_F_HASHED is its own affair. */
function sameService(a: Service, b: Service): boolean {
  return (
    a.scheduler === b.scheduler &&
    ((a.flags ^ b.flags) & ~serviceFlags.hashed) === 0 &&
    a.timeoutS === b.timeoutS &&
    a.netmaskBits === b.netmaskBits &&
    a.engine === b.engine
  );
}

function sameDestination(desired: Destination, actual: Destination): boolean {
  return (
    desired.weight === actual.weight &&
    desired.upperThreshold === actual.upperThreshold &&
    desired.lowerThreshold === actual.lowerThreshold &&
    sameForwarding(desired.forwarding, actual.forwarding)
  );
}

/** Whatever method was asked for, the kernel may say `local` of a destination that is one of its own addresses. */
function sameForwarding(desired: Forwarding, actual: Forwarding): boolean {
  if (actual.method === "local") return true;
  return desired.method === actual.method && (desired.method !== "tun" || isDeepStrictEqual(desired, actual));
}

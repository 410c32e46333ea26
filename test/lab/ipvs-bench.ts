import type { Command, Destination, Service, ServiceId, SyncDaemon, Table, Timeouts } from "../../src/ipvs/model.ts";
import { destinationKey, serviceKey } from "../../src/ipvs/model.ts";
import type { Host, Lab } from "./lib/lab.ts";

/** Steps for the driver in the guest (guest/ipvs-driver.ts), and tables for them. */

export type Entries = readonly (readonly [Service, ...Destination[]])[];

export type Step =
  | { readonly do: "info" | "flush" | "daemons" | "timeouts" }
  | { readonly do: "setTimeouts"; readonly timeouts: Partial<Timeouts> }
  | { readonly do: "apply" | "starve"; readonly commands: readonly Command[] }
  /** Reads the kernel's table, applies the difference, reads it again. */
  | { readonly do: "reach"; readonly entries: Entries }
  | { readonly do: "destinations"; readonly id: ServiceId }
  | { readonly do: "generate"; readonly services: number; readonly destinations: number }
  | { readonly do: "start" | "stop"; readonly daemon: SyncDaemon }
  /** A shell's output, or its milliseconds. */
  | { readonly do: "command"; readonly line: string; readonly timed?: boolean };

export type Reached = {
  readonly ops: readonly string[];
  readonly failures: readonly unknown[];
  readonly left: readonly unknown[];
};
export type Generated = {
  readonly failures: number;
  readonly applyMs: number;
  readonly readMs: number;
  readonly services: number;
};
export type Refused = { readonly error: string; readonly message: string; readonly hint?: string };

/** Runs the steps in one process; each result has the shape its step gives. */
export async function drive<R extends readonly unknown[]>(
  lab: Lab,
  at: Host,
  transport: string,
  steps: readonly Step[],
): Promise<R> {
  const driver = await lab.bundle("test/lab/guest/ipvs-driver.ts");
  const command = [process.execPath, driver, transport];
  return JSON.parse(await lab.run(at, command, { stdin: JSON.stringify(steps), timeoutMs: 150_000 })) as R;
}

export const listed = (options = ""): Step => ({ do: "command", line: `ipvsadm -Ln ${options}` });
export const saved: Step = { do: "command", line: "ipvsadm -Sn" };

export const tableFrom = (entries: Entries): Table =>
  new Map(
    entries.map(([service, ...destinations]) => [
      serviceKey(service.id),
      { service, destinations: new Map(destinations.map((d) => [destinationKey(d), d])) },
    ]),
  );

/** A table of that many services, each with that many destinations of its own. */
export function generatedTable(services: number, destinations: number): Table {
  return tableFrom(
    Array.from({ length: services }, (_, i) => [
      tcp(`10.1.${i >> 8}.${i & 255}`, 80),
      ...Array.from({ length: destinations }, (_, k) => real(`10.2.${k}.${i & 255}`, 80)),
    ]),
  );
}

export function tcp(address: string, port: number, changes: Partial<Service> = {}): Service {
  const id = { kind: "address", protocol: "tcp", address, port } as const;
  return { id, scheduler: "rr", flags: 0, timeoutS: 0, netmaskBits: address.includes(":") ? 128 : 32, ...changes };
}

export function real(address: string, port: number, changes: Partial<Destination> = {}): Destination {
  return { address, port, forwarding: { method: "dr" }, weight: 1, upperThreshold: 0, lowerThreshold: 0, ...changes };
}

import { setTimeout as delay } from "node:timers/promises";
import { remembered } from "../core/remembered.ts";
import { Shared } from "../core/shared.ts";
import type { IpvsClient, ServiceReading } from "../ipvs/model.ts";
import { type KernelCounts, kernelCounts } from "../virtual-server/traffic.ts";

/** Several who ask within this time are told the same: the kernel's own rates are of every second second. */
const SHARED_MS = 1000;
/** A status does not wait longer for a kernel that is silent. */
const LIMIT_MS = 500;

export type CountsReader = {
  /** The kernel's table as it is now. */
  table(): Promise<readonly ServiceReading[]>;
  /** What it counts; undefined where it does not say so in time. */
  counts(): Promise<KernelCounts | undefined>;
};

/** Once for all who are told the same reading. */
const countsOf = remembered(kernelCounts);

export function createCountsReader(client: () => Promise<Pick<IpvsClient, "read">>): CountsReader {
  const readings = new Shared(async () => (await client()).read());
  return {
    table: () => readings.get(0),
    async counts() {
      const ending = new AbortController();
      const late = delay(LIMIT_MS, undefined, { signal: ending.signal }).catch(() => undefined);
      const known = await Promise.race([readings.get(SHARED_MS).catch(() => undefined), late]);
      ending.abort();
      return known && countsOf(known);
    },
  };
}

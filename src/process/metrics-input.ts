import type { ServiceReading } from "../ipvs/model.ts";
import type { Director } from "./director.ts";
import type { DirectorStatus, ProcessStatus } from "./status.ts";
import type { Tally } from "./tally.ts";
import { type Vitals, vitals } from "./vitals.ts";

/** What a room counts beyond its status. */
export type RoomMetrics = {
  readonly vitals?: Vitals;
  readonly room?: Readonly<Record<string, unknown>>;
};

/** All that /metrics is made of: one snapshot of the parent and of what the others answered in time. Plain JSON. */
export type MetricsInput = {
  readonly status: DirectorStatus;
  readonly tally: ReturnType<Tally["read"]>;
  readonly parent: Vitals;
  readonly checker?: RoomMetrics;
  readonly vrrp?: RoomMetrics;
  readonly bfd?: RoomMetrics;
  /** Added by the api process of itself. */
  readonly api?: RoomMetrics;
  /** The kernel's table; absent: not known. */
  readonly ipvs?: readonly ServiceReading[];
};

/** Asks all processes at once; what does not answer is left out. */
export async function metricsInput(director: Director, more: readonly ProcessStatus[]): Promise<MetricsInput> {
  const [ipvs, status, checker, vrrp, bfd] = await Promise.all([
    director.kernelTable(), // first: the status is told from the same reading
    director.status(more),
    director.roomMetrics("checker"),
    director.roomMetrics("vrrp"),
    director.roomMetrics("bfd"),
  ]);
  return {
    status,
    tally: director.tally.read(),
    parent: vitals(),
    ...(checker && { checker }),
    ...(vrrp && { vrrp }),
    ...(bfd && { bfd }),
    ...(ipvs.ok && { ipvs: ipvs.value }),
  };
}

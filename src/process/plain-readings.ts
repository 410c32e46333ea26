import type { ServiceReading, Stats } from "../ipvs/model.ts";

type Plain<T> = { readonly [K in keyof T]: T[K] extends bigint ? number : T[K] };

/** The kernel's table as JSON can carry it: counters as numbers, exact up to 2^53 (nine million gigabytes). */
export const plainReadings = (readings: readonly ServiceReading[]) =>
  readings.map(({ service, stats, destinations }) => ({
    service,
    stats: plainStats(stats),
    destinations: destinations.map((one) => ({ ...one, stats: plainStats(one.stats) })),
  }));

const plainStats = (stats: Stats): Plain<Stats> =>
  Object.fromEntries(Object.entries(stats).map(([name, value]) => [name, Number(value)])) as Plain<Stats>;

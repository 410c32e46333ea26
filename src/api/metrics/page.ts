import type { MetricsInput } from "../../process/metrics-input.ts";
import { bfdFamilies, bfdReadings } from "./bfd-families.ts";
import { checkerFamilies, checkerReadings } from "./checker-families.ts";
import { directorFamilies, directorReadings } from "./director-families.ts";
import { exposition, type Format } from "./exposition.ts";
import { type Family, type Reading, seriesOf } from "./family.ts";
import { ipvsFamilies, ipvsReadings } from "./ipvs-families.ts";
import { vrrpFamilies, vrrpReadings } from "./vrrp-families.ts";

const omitted: Family = {
  name: "lvskeeper_metrics_omitted_series",
  type: "gauge",
  help: "Time series of the family that are left out, since there would be more than metrics_max_series.",
  labels: ["family"],
};
const kept: Family = {
  name: "lvskeeper_metrics_series",
  type: "gauge",
  help: "Time series of this page, these two families not counted.",
  labels: [],
};

/** Every family there is, in the order of the page: title → families. */
export const familySections: readonly { readonly title: string; readonly families: readonly Family[] }[] = [
  { title: "Director and processes", families: Object.values(directorFamilies) },
  { title: "VRRP and scripts", families: Object.values(vrrpFamilies) },
  { title: "BFD", families: Object.values(bfdFamilies) },
  { title: "Virtual servers, real servers, checks", families: Object.values(checkerFamilies) },
  { title: "The kernel's IPVS table", families: Object.values(ipvsFamilies) },
  { title: "This page", families: [kept, omitted] },
];

/** The page of /metrics. With more than `mostSeries` time series the families that come later in it are left out whole:
 *  sums over half a family would be wrong. */
export function metricsPage(input: MetricsInput, mostSeries: number, format: Format): string {
  const all = [
    ...directorReadings(input),
    ...vrrpReadings(input),
    ...bfdReadings(input),
    ...checkerReadings(input),
    ...ipvsReadings(input),
  ];
  const { within, beyond, count } = bounded(all, mostSeries);
  const told: Reading[] = [
    { family: kept, samples: [{ labels: {}, value: count }] },
    {
      family: omitted,
      samples: beyond.map((reading) => ({ labels: { family: reading.family.name }, value: seriesOf(reading) })),
    },
  ];
  return exposition([...within, ...told], format);
}

/** The readings that fit, the first of them first; one that does not fit keeps no smaller one out. */
export function bounded(all: readonly Reading[], mostSeries: number) {
  const within: Reading[] = [];
  const beyond: Reading[] = [];
  let count = 0;
  for (const reading of all) {
    const series = seriesOf(reading);
    if (count + series > mostSeries) beyond.push(reading);
    else {
      within.push(reading);
      count += series;
    }
  }
  return { within, beyond, count };
}

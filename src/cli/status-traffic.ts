import type { ServiceReading } from "../ipvs/model.ts";
import { realServerName, serviceText } from "../virtual-server/names.ts";

/** What the kernel counts, in a few words: by the name of a virtual server, and by those of a virtual and its real server. */
export type Traffic = {
  service(name: string): string;
  server(serviceName: string, name: string): string;
  /** Open connections of a virtual server, or of one of its real servers; 0 where nothing is known. */
  active(serviceName: string, name?: string): number;
};

export const noTraffic: Traffic = { service: () => "", server: () => "", active: () => 0 };

/** A service as GET /ipvs tells it: what the kernel has as 64-bit numbers are numbers there. */
type Told<T> = T extends bigint ? number : T extends object ? { readonly [K in keyof T]: Told<T[K]> } : T;
export type ToldService = {
  readonly service: Pick<ServiceReading["service"], "id">;
  readonly stats: Told<ServiceReading["stats"]>;
  readonly destinations: readonly Told<ServiceReading["destinations"][number]>[];
};

/** Of the kernel's table as the control API tells it. */
export function trafficOf(services: readonly ToldService[]): Traffic {
  const texts = new Map<string, string>();
  const counts = new Map<string, number>();
  for (const { service, stats, destinations } of services) {
    const name = serviceText(service);
    const active = destinations.reduce((sum, one) => sum + one.activeConnections, 0);
    const rates = [`${stats.connectionsPerS}/s new`, `${bytesText(stats.bytesInPerS)}/s in`];
    counts.set(name, active);
    texts.set(name, `${active} active connections, ${rates.join(", ")}`);
    for (const { destination, activeConnections: open, inactiveConnections: closing } of destinations) {
      const one = key(name, realServerName(service, destination));
      counts.set(one, open);
      texts.set(one, `${open} active ${closing} inactive`);
    }
  }
  return {
    service: (name) => texts.get(name) ?? "",
    server: (serviceName, name) => texts.get(key(serviceName, name)) ?? "",
    active: (serviceName, name) => counts.get(name === undefined ? serviceName : key(serviceName, name)) ?? 0,
  };
}

const key = (serviceName: string, name: string): string => `${name} of ${serviceName}`;

const UNITS = ["B", "kB", "MB", "GB", "TB"] as const;

/** "512 B", "1.5 MB": of thousands. */
function bytesText(bytes: number): string {
  const step = Math.min(UNITS.length - 1, bytes < 1000 ? 0 : Math.floor(Math.log10(bytes) / 3));
  return `${step === 0 ? bytes : (bytes / 1000 ** step).toFixed(1)} ${UNITS[step]}`;
}

import type { Traffic } from "../virtual-server/model.ts";

/** "7 active connections, 34/s new, 1.5 MB/s in": of a virtual server. */
export const serviceTrafficText = (traffic: Traffic | undefined): string =>
  traffic === undefined
    ? ""
    : [
        `${traffic.activeConnections} active connections`,
        `${traffic.connectionsPerS}/s new`,
        `${bytesText(traffic.bytesInPerS)}/s in`,
        ...(traffic.bytesOutPerS > 0 ? [`${bytesText(traffic.bytesOutPerS)}/s out`] : []),
      ].join(", ");

/** "7 active 40 inactive": of a real server. */
export const serverTrafficText = (traffic: Traffic | undefined): string =>
  traffic === undefined ? "" : `${traffic.activeConnections} active ${traffic.inactiveConnections} inactive`;

const UNITS = ["B", "kB", "MB", "GB", "TB"] as const;

/** "512 B", "1.5 MB": of thousands. */
function bytesText(bytes: number): string {
  const step = Math.min(UNITS.length - 1, bytes < 1000 ? 0 : Math.floor(Math.log10(bytes) / 3));
  return `${step === 0 ? bytes : (bytes / 1000 ** step).toFixed(1)} ${UNITS[step]}`;
}

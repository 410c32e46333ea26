import type { Columns } from "./admin/request.ts";
import type { Info } from "./listing.ts";

/** The first lines of a listing. */

const versionLine = (info: Info): string =>
  `IP Virtual Server version ${info.version} (size=${info.connectionTableSize})\n`;

/** Without `info` that of a listing of one service. */
export const heading = (info: Info | undefined, columns: Columns): string =>
  (info ? versionLine(info) : "") + columnsHeading(columns);

export const columnsHeading = (columns: Columns): string =>
  header(columns)
    .map((line) => `${line}\n`)
    .join("");

export const widths = { thresholds: [10, 10, 10, 10], persistent: [9, 11, 10, 10] } as const;
const ownColumns = {
  thresholds: ["Uthreshold", "Lthreshold", "ActiveConn", "InActConn"],
  persistent: ["Weight", "PersistConn", "ActiveConn", "InActConn"],
} as const;

function header(columns: Columns): string[] {
  switch (columns) {
    case "connections":
      return [
        "Prot LocalAddress:Port Scheduler Flags",
        "  -> RemoteAddress:Port           Forward Weight ActiveConn InActConn",
      ];
    case "tunnels":
      return [
        "Prot LocalAddress:Port Scheduler Flags",
        "  -> RemoteAddress:Port           Forward TunnelInfo    Weight ActiveConn InActConn",
      ];
    case "stats":
      return [countersHeader(["Conns", "InPkts", "OutPkts", "InBytes", "OutBytes"]), "  -> RemoteAddress:Port"];
    case "rate":
      return [countersHeader(["CPS", "InPPS", "OutPPS", "InBPS", "OutBPS"]), "  -> RemoteAddress:Port"];
    case "thresholds":
    case "persistent":
      return [
        ["Prot LocalAddress:Port".padEnd(33), ...padded(ownColumns[columns], widths[columns])].join(" "),
        "  -> RemoteAddress:Port",
      ];
  }
}

export const padded = (texts: readonly string[], wide: readonly number[]): string[] =>
  texts.map((text, i) => text.padEnd(wide[i] ?? 0));

const countersHeader = (names: readonly string[]): string =>
  ["Prot LocalAddress:Port".padEnd(33), ...names.map((name) => name.padStart(8))].join(" ");

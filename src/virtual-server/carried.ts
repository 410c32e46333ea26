import type { CommandFailure, IpvsClient, Table, TableEntry } from "../ipvs/model.ts";

/** What of a table the way to the kernel can carry, and what has to be left out: the old socket options know no IPv6. */
export type Carried = { readonly table: Table; readonly leftOut: readonly CommandFailure[] };

export function carriedBy({ lacks }: { readonly lacks?: IpvsClient["lacks"] }, wanted: Table): Carried {
  if (!lacks) return { table: wanted, leftOut: [] };
  const leftOut: CommandFailure[] = [];
  const table = new Map<string, TableEntry>();
  for (const [key, entry] of wanted) {
    const { service, destinations } = entry;
    const hint = lacks(service);
    if (hint !== undefined) {
      leftOut.push({ command: { op: "addService", service }, errno: "EAFNOSUPPORT", hint });
      continue;
    }
    const can = [...destinations].filter(([, destination]) => {
      const why = lacks(service, destination);
      if (why === undefined) return true;
      leftOut.push({ command: { op: "addDest", service, destination }, errno: "EAFNOSUPPORT", hint: why });
      return false;
    });
    table.set(key, can.length === destinations.size ? entry : { service, destinations: new Map(can) });
  }
  return { table, leftOut };
}

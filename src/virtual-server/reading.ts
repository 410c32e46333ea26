import { diffTables } from "../ipvs/diff.ts";
import type { IpvsClient, Table, TableEntry } from "../ipvs/model.ts";
import { tableOf } from "./kernel-table.ts";

/** Services looked at in one turn of the event loop: a table of 40,000 real servers at once would hold up heartbeats and
 *  checks, on a machine without time to spare for so long that this process is taken for hung. */
const servicesPerTurn = 32;

async function* slices<T>(items: readonly T[]): AsyncGenerator<readonly T[]> {
  for (let at = 0; at < items.length; at += servicesPerTurn) {
    if (at > 0) await new Promise((resolve) => setImmediate(resolve));
    yield items.slice(at, at + servicesPerTurn);
  }
}

/** The kernel's table, of those services that `isOurs` says at the end. */
export async function readTable(client: IpvsClient, isOurs: (key: string) => boolean): Promise<Table> {
  const all = new Map<string, TableEntry>();
  for await (const some of slices(await client.read(false)))
    for (const [key, entry] of tableOf(some, () => true)) all.set(key, entry);
  return new Map([...all].filter(([key]) => isOurs(key)));
}

/** Two tables without most of the services that they agree about. */
export async function whereTheyDiffer(left: Table, actual: Table): Promise<[Table, Table]> {
  const found: [Map<string, TableEntry>, Map<string, TableEntry>] = [new Map(), new Map()];
  for await (const keys of slices([...new Set([...left.keys(), ...actual.keys()])])) {
    const [before, after] = [of(left, keys), of(actual, keys)];
    if (diffTables(before, after).length === 0) continue;
    for (const [key, entry] of before) found[0].set(key, entry);
    for (const [key, entry] of after) found[1].set(key, entry);
  }
  return found;
}

const of = (table: Table, keys: readonly string[]): Table =>
  new Map(keys.flatMap((key) => (table.has(key) ? [[key, table.get(key) as TableEntry] as const] : [])));

import { diffTables } from "../ipvs/diff.ts";
import {
  destinationKey,
  type IpvsClient,
  type RawService,
  serviceKey,
  type Table,
  type TableEntry,
} from "../ipvs/model.ts";
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

type IsOurs = (key: string) => boolean;

/** An entry of ours, and the bytes in which the kernel told what agreed with it. */
type Agreed = { readonly ours: TableEntry; readonly bytes: Buffer };

/** The kernel's table, of those services that `isOurs` says at the end. */
export async function readTable(client: IpvsClient, isOurs: IsOurs): Promise<Table> {
  const all = new Map<string, TableEntry>();
  for await (const some of slices(await client.read(false)))
    for (const [key, entry] of tableOf(some, () => true)) all.set(key, entry);
  return new Map([...all].filter(([key]) => isOurs(key)));
}

/** Reads the kernel's table again and again, which is nearly always as we left it. What the kernel tells in the very bytes
 *  in which it told what agreed with an entry of ours agrees with it still: it is neither decoded nor compared again. */
export class RepeatedReading {
  readonly #client: IpvsClient;
  #agreed: ReadonlyMap<string, Agreed> = new Map();

  constructor(client: IpvsClient) {
    this.#client = client;
  }

  /** As readTable(), with the very entries of `left` where the kernel's agree with them: what differs by identity is what
   *  somebody else did. */
  async beside(left: Table, isOurs: IsOurs): Promise<Table> {
    const found = new Map<string, TableEntry>();
    if (!this.#client.readRaw) {
      for await (const some of slices([...(await readTable(this.#client, isOurs))]))
        for (const [key, entry] of some) found.set(key, agreeing(key, left.get(key), entry) ?? entry);
      return found;
    }
    const agreed = new Map<string, Agreed>();
    const others: string[] = [];
    await this.#client.readRaw((raw) => {
      const key = serviceKey(raw.service.id);
      const ours = left.get(key);
      const known = this.#agreed.get(key);
      if (known && known.ours === ours && known.bytes.equals(raw.bytes)) {
        agreed.set(key, known);
        found.set(key, known.ours);
      } else if (isOurs(key)) {
        const entry = entryOf(raw);
        const same = agreeing(key, ours, entry);
        if (same) agreed.set(key, { ours: same, bytes: Buffer.from(raw.bytes) });
        found.set(key, same ?? entry);
      } else others.push(key);
    });
    this.#agreed = agreed;
    return others.some(isOurs) ? this.beside(left, isOurs) : found; // again, where one became ours meanwhile
  }
}

/** Ours, where the kernel's entry needs no change to be like it. */
const agreeing = (key: string, ours: TableEntry | undefined, kernel: TableEntry): TableEntry | undefined =>
  ours && diffTables(new Map([[key, ours]]), new Map([[key, kernel]])).length === 0 ? ours : undefined;

const entryOf = ({ service, destinations }: RawService): TableEntry => ({
  service,
  destinations: new Map(destinations().map((destination) => [destinationKey(destination), destination])),
});

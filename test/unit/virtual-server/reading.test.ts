import fc from "fast-check";
import { expect, test } from "vitest";
import { type RawService, serviceKey, type Table, type TableEntry } from "../../../src/ipvs/model.ts";
import { driftOf } from "../../../src/virtual-server/drift.ts";
import { desiredTable } from "../../../src/virtual-server/entries.ts";
import { startFleet } from "../../../src/virtual-server/fleet.ts";
import { RepeatedReading, readTable } from "../../../src/virtual-server/reading.ts";
import { FakeIpvs } from "./fake-ipvs.ts";
import { server, service, view } from "./plans.ts";

const SERVICES = 200;

/** Made anew each time: nothing of it is the same value as in another. */
const whole = (): Map<string, TableEntry> => {
  const plans = Array.from({ length: SERVICES }, (_, n) => service(n, [server(1), server(2)]));
  return new Map(desiredTable(plans, startFleet(plans, view({}), 0).fleet));
};

/** A kernel that tells its table in bytes too, and counts of how many services they were taken apart. */
class RawIpvs extends FakeIpvs {
  takenApart = 0;
  readRaw = async (look: (raw: RawService) => void): Promise<void> => {
    const bytes = Buffer.alloc(4096); // of one at a time
    for (const [n, { service, destinations }] of [...this.table.values()].entries()) {
      if (n % 16 === 0) await new Promise((resolve) => setImmediate(resolve));
      const length = bytes.write(JSON.stringify([service, ...destinations.values()]));
      look({
        service,
        bytes: bytes.subarray(0, length),
        destinations: () => {
          this.takenApart += 1;
          return [...destinations.values()];
        },
      });
    }
  };
}

function put<K extends FakeIpvs>(kernel: K, table: Table): K {
  kernel.table.clear();
  for (const [key, entry] of table) kernel.table.set(key, { ...entry, destinations: new Map(entry.destinations) });
  return kernel;
}

const all = (): boolean => true;

/** Turns of the event loop that others had meanwhile. */
async function turnsDuring<T>(work: Promise<T>): Promise<{ readonly turns: number; readonly value: T }> {
  let turns = 0;
  let over = false;
  const tick = (): void => {
    turns += 1;
    if (!over) setImmediate(tick);
  };
  setImmediate(tick);
  const value = await work;
  over = true;
  return { turns, value };
}

test("a large table is read in several turns of the event loop, and without what is others'", async () => {
  const kernel = put(new FakeIpvs(), whole());
  const [foreign] = kernel.table.keys();
  const { turns, value } = await turnsDuring(readTable(kernel, (key) => key !== foreign));
  expect(turns).toBeGreaterThanOrEqual(5);
  expect(value.size).toBe(SERVICES - 1);
});

test.each([FakeIpvs, RawIpvs])("and compared in several, with what we left in it: %o", async (Kernel) => {
  const left = whole();
  const kernel = put(new Kernel(), left);
  const [foreign, drifted] = [...kernel.table.keys()] as [string, string];
  kernel.table.get(drifted)?.destinations.clear();
  const reading = new RepeatedReading(kernel);
  const { turns, value } = await turnsDuring(reading.beside(left, (key) => key !== foreign));
  expect(turns).toBeGreaterThanOrEqual(5);
  expect(value.size).toBe(SERVICES - 1);
  expect([...value].filter(([key, entry]) => entry !== left.get(key)).map(([key]) => key)).toEqual([drifted]);
});

test("what the kernel tells as before is not taken apart again, until we want something else there", async () => {
  const left = whole();
  const kernel = put(new RawIpvs(), left);
  const reading = new RepeatedReading(kernel);
  await reading.beside(left, all);
  expect(kernel.takenApart).toBe(SERVICES);
  await reading.beside(left, all);
  expect(kernel.takenApart).toBe(SERVICES);
  const [key, entry] = [...left][0] as [string, TableEntry];
  await reading.beside(new Map([...left, [key, { ...entry }]]), all);
  expect(kernel.takenApart).toBe(SERVICES + 1);
});

test("a service that becomes ours during a reading is in it", async () => {
  const left = whole();
  const kernel = put(new RawIpvs(), left);
  const [late] = kernel.table.keys();
  let looks = 0;
  const value = await new RepeatedReading(kernel).beside(new Map(), (key) => key !== late || looks++ > 0);
  expect([...value.keys()]).toContain(late);
});

type Change = { readonly at: string; readonly do: "remove" | "weight" | "flags" | "mend" | "want" };

test("whatever others and we do between readings, the drift that is found is that of the whole tables", async () => {
  const keys = [...whole().keys()].slice(0, 4);
  const change: fc.Arbitrary<Change> = fc.record({
    at: fc.constantFrom(...keys),
    do: fc.constantFrom("remove", "weight", "flags", "mend", "want"),
  });
  const history = fc.array(fc.array(change, { maxLength: 3 }), { maxLength: 8 });
  const check = fc.asyncProperty(history, fc.constantFrom(FakeIpvs, RawIpvs), async (steps, Kernel) => {
    const left = new Map([...whole()].filter(([key]) => keys.includes(key)));
    const kernel = put(new Kernel(), left);
    const reading = new RepeatedReading(kernel);
    for (const changes of steps) {
      for (const one of changes) carryOut(one, left, kernel);
      const actual = new Map([...kernel.table].map(([key, entry]) => [key, { ...entry }]));
      const found = await reading.beside(left, all);
      expect(driftOf(left, found)).toEqual(driftOf(left, actual));
      expect([...found.keys()].sort()).toEqual([...actual.keys()].sort());
    }
  });
  await fc.assert(check, { numRuns: 200, seed: 5 });
});

function carryOut({ at, do: what }: Change, left: Map<string, TableEntry>, kernel: FakeIpvs): void {
  const ours = left.get(at) as TableEntry;
  const theirs = kernel.table.get(at);
  const halved = (
    entry: TableEntry,
  ): Map<string, TableEntry["destinations"] extends ReadonlyMap<string, infer D> ? D : never> =>
    new Map([...entry.destinations].map(([key, one]) => [key, { ...one, weight: one.weight >> 1 }]));
  if (what === "remove") kernel.table.delete(at);
  else if (what === "weight" && theirs) theirs.destinations = halved(theirs);
  else if (what === "flags" && theirs) theirs.service = { ...theirs.service, flags: theirs.service.flags ^ 4 };
  else if (what === "mend") kernel.table.set(at, { ...ours, destinations: new Map(ours.destinations) });
  else if (what === "want") left.set(at, { ...ours, destinations: halved(ours) });
  expect(serviceKey(ours.service.id)).toBe(at);
}

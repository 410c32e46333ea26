import fc from "fast-check";
import { expect, test } from "vitest";
import type { Table, TableEntry } from "../../../src/ipvs/model.ts";
import { driftOf } from "../../../src/virtual-server/drift.ts";
import { desiredTable } from "../../../src/virtual-server/entries.ts";
import { startFleet } from "../../../src/virtual-server/fleet.ts";
import { readTable, whereTheyDiffer } from "../../../src/virtual-server/reading.ts";
import { FakeIpvs } from "./fake-ipvs.ts";
import { server, service, view } from "./plans.ts";

const SERVICES = 200;

/** Made anew each time: nothing of it is the same value as in another. */
const whole = (): Map<string, TableEntry> => {
  const plans = Array.from({ length: SERVICES }, (_, n) => service(n, [server(1), server(2)]));
  return new Map(desiredTable(plans, startFleet(plans, view({}), 0).fleet));
};

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
  const kernel = new FakeIpvs();
  for (const [key, entry] of whole()) kernel.table.set(key, { ...entry, destinations: new Map(entry.destinations) });
  const [foreign] = kernel.table.keys();
  const { turns, value } = await turnsDuring(readTable(kernel, (key) => key !== foreign));
  expect(turns).toBeGreaterThanOrEqual(5);
  expect(value.size).toBe(SERVICES - 1);
});

test("and compared in several; equal tables differ in nothing", async () => {
  const { turns, value } = await turnsDuring(whereTheyDiffer(whole(), whole()));
  expect(turns).toBeGreaterThanOrEqual(5);
  expect(value.map(({ size }) => size)).toEqual([0, 0]);
});

test("what is left out of two tables changes nothing of their difference", async () => {
  const keys = [...whole().keys()];
  const some = fc.subarray(keys, { maxLength: 5 });
  const without = (gone: readonly string[], weakened: readonly string[]): Table => {
    const table = whole();
    for (const key of gone) table.delete(key);
    for (const key of weakened) {
      const entry = table.get(key);
      if (!entry) continue;
      const destinations = [...entry.destinations].map(([name, one]) => [name, { ...one, weight: 0 }] as const);
      table.set(key, { ...entry, destinations: new Map(destinations) });
    }
    return table;
  };
  const check = fc.asyncProperty(some, some, some, some, async (gone, weakened, missing, changed) => {
    const [left, actual] = [without(gone, weakened), without(missing, changed)];
    const found = driftOf(...(await whereTheyDiffer(left, actual)));
    expect(found.entries).toBe(driftOf(left, actual).entries);
  });
  await fc.assert(check, { numRuns: 20, seed: 5 });
});

import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { ServiceReading } from "../../../src/ipvs/model.ts";
import { createCountsReader } from "../../../src/process/kernel-counts.ts";

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

const readerOf = (read: () => Promise<readonly ServiceReading[]>) => {
  const reading = vi.fn(read);
  return { reading, reader: createCountsReader(async () => ({ read: reading })) };
};

test("many who ask at once are told of one reading", async () => {
  const { reading, reader } = readerOf(async () => []);
  expect(await Promise.all([reader.counts(), reader.counts(), reader.counts()])).toEqual([
    new Map(),
    new Map(),
    new Map(),
  ]);
  expect(reading).toHaveBeenCalledTimes(1);
  await vi.advanceTimersByTimeAsync(1100);
  await reader.counts();
  expect(reading).toHaveBeenCalledTimes(2);
});

test("a table that is asked for is one of now", async () => {
  const { reading, reader } = readerOf(async () => []);
  await reader.counts();
  await vi.advanceTimersByTimeAsync(1);
  await reader.table();
  expect(reading).toHaveBeenCalledTimes(2);
});

test("a kernel that is silent or refuses keeps no status waiting", async () => {
  const silent = readerOf(() => new Promise(() => {})).reader.counts();
  await vi.advanceTimersByTimeAsync(600);
  expect(await silent).toBeUndefined();
  expect(await readerOf(() => Promise.reject(new Error("EPERM"))).reader.counts()).toBeUndefined();
  expect(vi.getTimerCount()).toBe(0);
});

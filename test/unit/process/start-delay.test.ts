import { expect, test } from "vitest";
import { startDelayMs } from "../../../src/process/start-delay.ts";

const settings = (startupDelayMs: number, delayAfterBootMs: number) => ({
  startupDelayMs,
  delayAfterBootMs,
  logUnknownVrids: false,
  missingInterfaces: "refused" as const,
  localIgmp: true,
  polledLinks: false,
});

test.for([
  { name: "nothing is given", startupMs: 0, bootMs: 0, uptimeMs: 5000, delayMs: 0 },
  { name: "after the start", startupMs: 2500, bootMs: 0, uptimeMs: 5000, delayMs: 2500 },
  { name: "after the boot, which was a while ago", startupMs: 0, bootMs: 60_000, uptimeMs: 45_000, delayMs: 15_000 },
  { name: "after the boot, which was long ago", startupMs: 0, bootMs: 60_000, uptimeMs: 61_000, delayMs: 0 },
  { name: "the longer of both", startupMs: 20_000, bootMs: 60_000, uptimeMs: 45_000, delayMs: 20_000 },
])("$name: $delayMs ms", ({ startupMs, bootMs, uptimeMs, delayMs }) => {
  expect(startDelayMs(settings(startupMs, bootMs), uptimeMs)).toBe(delayMs);
});

test("a child that is told nothing starts at once", () => {
  expect(startDelayMs(undefined, 0)).toBe(0);
});

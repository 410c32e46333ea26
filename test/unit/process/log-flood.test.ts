import { expect, test } from "vitest";
import type { LogRecord } from "../../../src/core/log.ts";
import { BURST, floodGuard } from "../../../src/process/log-flood.ts";

const line = (event: string, level: LogRecord["level"] = "info"): LogRecord => ({
  level,
  event,
  text: event,
  fields: {},
});

function guarded() {
  const written: LogRecord[] = [];
  const clock = { ms: 0 };
  const sink = floodGuard(
    (record) => written.push(record),
    () => clock.ms,
  );
  return { written, clock, sink };
}

test("what a message says beyond its share is held back and counted, and others are not touched", () => {
  const { written, clock, sink } = guarded();
  for (let i = 0; i < BURST + 300; i++) sink(line("rs.down"));
  sink(line("rs.up"));
  expect(written).toHaveLength(BURST + 1);
  clock.ms += 1000;
  sink(line("rs.down"));
  expect(written).toHaveLength(BURST + 1);
  clock.ms += 2000;
  sink(line("rs.down"));
  expect(written.slice(-2).map(({ event, text }) => [event, text])).toEqual([
    ["log.held", "301 lines of rs.down were not written: it came too often"],
    ["rs.down", "rs.down"],
  ]);
});

test("errors and VRRP states are always written", () => {
  const { written, sink } = guarded();
  for (let i = 0; i < 3 * BURST; i++) {
    sink(line("ipvs.refused", "error"));
    sink(line("vrrp.master"));
  }
  expect(written).toHaveLength(6 * BURST);
});

test("a quiet message has its whole share again", () => {
  const { written, clock, sink } = guarded();
  for (let i = 0; i < BURST; i++) sink(line("rs.down"));
  clock.ms += 3_600_000;
  for (let i = 0; i < BURST; i++) sink(line("rs.down"));
  expect(written).toHaveLength(2 * BURST);
});

import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { LogRecord } from "../../../src/core/log.ts";
import type { FifoOptions } from "../../../src/files/fifo.ts";
import { createFifos } from "../../../src/process/fifos.ts";
import type { ScriptOutcome, ScriptSpec } from "../../../src/script/model.ts";
import type { RunOptions } from "../../../src/script/runner.ts";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance"] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** FIFOs that are none, with programs that end when the test says so. */
function bench() {
  const opened: FifoOptions[] = [];
  const closed: string[] = [];
  const written: string[] = [];
  const started: string[] = [];
  const ends: ((how: ScriptOutcome["how"]) => void)[] = [];
  const log: LogRecord[] = [];
  const run = ({ argv }: ScriptSpec, { signal }: RunOptions = {}): Promise<ScriptOutcome> => {
    started.push(argv.join(" "));
    return new Promise((resolve) => {
      const end = (how: ScriptOutcome["how"]): void => resolve({ how, output: "", elapsedMs: 1 });
      ends.push(end);
      signal?.addEventListener("abort", () => end("cancelled"));
    });
  };
  const fifos = createFifos({
    sink: (record) => log.push(record),
    current: () => ["now\n"],
    run,
    open: (options) => {
      opened.push(options);
      if (options.path === "/none") throw new Error("no place for a FIFO");
      return { write: (line) => written.push(options.path + line), close: () => closed.push(options.path) };
    },
  });
  const end = async (): Promise<void> => {
    ends.shift()?.("exited");
    await vi.advanceTimersByTimeAsync(0);
  };
  return { fifos, opened, closed, written, started, log, end };
}

const events = (log: readonly LogRecord[]): string[] => log.map(({ event }) => event);
const plan = (path: string, reads = true) => ({ path, reads, reader: { argv: ["/reader"] } });

test("the program of a FIFO is started with its path, and again when it ends, after 1 s, 2 s, 4 s", async () => {
  const { fifos, started, log, end } = bench();
  fifos.configure([plan("/a")]);
  expect(started).toEqual(["/reader /a"]);
  for (const waitMs of [1000, 2000, 4000]) {
    await end();
    expect(log.at(-1)).toMatchObject({ event: "fifo.readerEnded", fields: { path: "/a", waitMs } });
    const before = started.length;
    await vi.advanceTimersByTimeAsync(waitMs - 1);
    expect(started).toHaveLength(before);
    await vi.advanceTimersByTimeAsync(1);
    expect(started).toHaveLength(before + 1);
  }
  await fifos.close();
});

test("one that has run for longer than a minute is started again after 1 s, as the first time", async () => {
  const { fifos, started, log, end } = bench();
  fifos.configure([plan("/a")]);
  await end();
  await vi.advanceTimersByTimeAsync(1000 + 61_000);
  await end();
  expect(log.at(-1)?.fields).toMatchObject({ waitMs: 1000 });
  await vi.advanceTimersByTimeAsync(1000);
  expect(started).toHaveLength(3);
  await fifos.close();
});

test("of two processes that write to one FIFO, one starts its program", async () => {
  const { fifos, started, written } = bench();
  fifos.configure([plan("/a", false)]);
  fifos.write(" line\n");
  expect([started, written]).toEqual([[], ["/a line\n"]]);
  await fifos.close();
});

test("a reload leaves alone what stays: neither FIFO nor program is touched", async () => {
  const { fifos, opened, closed, started } = bench();
  fifos.configure([plan("/a"), plan("/b")]);
  fifos.configure([plan("/b"), plan("/c")]);
  await vi.advanceTimersByTimeAsync(0);
  expect(opened.map(({ path }) => path)).toEqual(["/a", "/b", "/c"]);
  expect([closed, started]).toEqual([["/a"], ["/reader /a", "/reader /b", "/reader /c"]]);
  await fifos.close();
  expect(closed).toEqual(["/a", "/b", "/c"]);
});

test("one that cannot be opened is told, and costs the others nothing", async () => {
  const { fifos, written, log } = bench();
  fifos.configure([plan("/none"), plan("/a")]);
  fifos.write(" line\n");
  expect([written, events(log)]).toEqual([["/a line\n"], ["fifo.failed"]]);
  await fifos.close();
});

test("the end of all ends the program, which is not started again", async () => {
  const { fifos, started, log } = bench();
  fifos.configure([plan("/a")]);
  await fifos.close();
  await vi.advanceTimersByTimeAsync(100_000);
  expect([started, events(log)]).toEqual([["/reader /a"], []]);
});

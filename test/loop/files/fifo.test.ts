import { closeSync, constants, existsSync, openSync, readdirSync, readSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect, test, vi } from "vitest";
import { openFifo } from "../../../src/files/fifo.ts";
import { temporaryFolder } from "../folder.ts";
import { withLimit } from "../limits.ts";

const place = (): string => path.join(temporaryFolder(), "events");

/** What a reader that has the FIFO open is given from now on. */
function reader(file: string, mostBytes = 128 * 1024) {
  const fd = openSync(file, constants.O_RDONLY | constants.O_NONBLOCK);
  let text = "";
  const read = (): string => {
    const buffer = Buffer.alloc(mostBytes);
    try {
      text += buffer.toString("utf8", 0, readSync(fd, buffer));
    } catch {
      // nothing there
    }
    return text;
  };
  return { read, close: () => closeSync(fd) };
}

test("made where it is missing, with lines in their order, and removed in the end", async () => {
  const file = place();
  const fifo = openFifo({ path: file, current: () => [], onDropped: () => {} });
  fifo.write("one\n");
  const { read, close } = reader(file);
  fifo.write("two\n");
  expect(read()).toBe("one\ntwo\n");
  close();
  fifo.close();
  expect(existsSync(file)).toBe(false);
});

test("a reader that opens it is told how everything stands", async () => {
  const file = place();
  const fifo = openFifo({ path: file, current: () => ["now\n"], onDropped: () => {} });
  const first = reader(file);
  await vi.waitFor(() => expect(first.read()).toBe("now\n"));
  first.close();
  const second = reader(file);
  await vi.waitFor(() => expect(second.read()).toBe("now\n"));
  second.close();
  fifo.close();
});

test("with nobody to read it lines are dropped, told once, and the next reader gets what is true now", async () => {
  const file = place();
  const dropped = vi.fn();
  let now = "first\n";
  const fifo = openFifo({ path: file, current: () => [now], onDropped: dropped });
  for (let i = 0; i < 40_000; i++) fifo.write(`line ${i} ${"x".repeat(30)}\n`);
  expect(dropped.mock.calls).toEqual([["EAGAIN"]]);
  now = "last\n";
  const late = reader(file);
  expect(late.read()).toContain("line 0 ");
  fifo.write("later\n");
  await vi.waitFor(() => expect(late.read()).toMatch(/last\n$/));
  late.close();
  fifo.close();
});

test("a burst of more than the pipe holds reaches one who reads slowly, each line once and in order", async () => {
  const file = place();
  const dropped = vi.fn();
  const fifo = openFifo({ path: file, current: () => [], onDropped: dropped });
  const slow = reader(file, 4096);
  const lines = Array.from({ length: 8000 }, (_, i) => `RS [10.0.0.${i % 250}]:tcp:80 [192.0.2.1]:tcp:80 DOWN ${i}\n`);
  for (const line of lines) fifo.write(line);
  await vi.waitFor(() => expect(slow.read().length).toBe(lines.join("").length), { timeout: 15_000, interval: 1 });
  expect(slow.read()).toBe(lines.join(""));
  expect(dropped).not.toHaveBeenCalled();
  slow.close();
  fifo.close();
});

test("what stands may be more than the pipe holds: a reader that comes is told all of it, and then what happens", async () => {
  const file = place();
  const all = Array.from({ length: 20_000 }, (_, i) => `RS [10.0.0.${i % 250}]:tcp:${i} [192.0.2.1]:tcp:80 UP\n`);
  const fifo = openFifo({ path: file, current: () => all, onDropped: () => {} });
  const [first, second] = [reader(file), reader(file)];
  first.read();
  first.close(); // it goes in the middle of it
  await vi.waitFor(() => expect(second.read()).toMatch(/tcp:19999 .*UP\n$/), { timeout: 15_000, interval: 1 });
  fifo.write("RS [10.0.0.1]:tcp:1 [192.0.2.1]:tcp:80 DOWN\n");
  await vi.waitFor(() => expect(second.read()).toMatch(/UP\nRS \[10.0.0.1\]:tcp:1 .* DOWN\n$/));
  second.close();
  const third = reader(file);
  await vi.waitFor(() => expect(third.read().length).toBe(all.join("").length), { timeout: 15_000, interval: 1 });
  expect(third.read()).toBe(all.join(""));
  third.close();
  fifo.close();
});

test("what is no FIFO is refused, and left as it is", () => {
  const file = place();
  writeFileSync(file, "text");
  expect(() => openFifo({ path: file, current: () => [], onDropped: () => {} })).toThrow("is no FIFO: remove it");
  expect(existsSync(file)).toBe(true);
});

test("one that cannot be watched leaves nothing behind, neither a file nor a descriptor", () => {
  const file = place();
  const options = { path: file, current: () => [], onDropped: () => {} };
  openFifo(options).close(); // the addon is loaded from here on
  const descriptors = () => readdirSync("/proc/self/fd").length;
  withLimit("nofile", 512, () => {
    const filling = fillDescriptors();
    closeSync(filling.pop() as number); // room for the FIFO itself, and for nothing more
    const before = descriptors();
    try {
      expect(() => openFifo(options)).toThrow(/^cannot watch the FIFO .*events: .*EMFILE/);
      expect(existsSync(file)).toBe(false);
      expect(descriptors()).toBe(before);
    } finally {
      for (const fd of filling) closeSync(fd);
    }
  });
});

/** Opens files until no more can be had. */
function fillDescriptors(): number[] {
  const filling: number[] = [];
  try {
    for (;;) filling.push(openSync("/dev/null", "r"));
  } catch {
    return filling;
  }
}

test("one that somebody else has removed already is closed without a word", () => {
  const file = place();
  const fifo = openFifo({ path: file, current: () => [], onDropped: () => {} });
  rmSync(file);
  fifo.close();
  expect(existsSync(file)).toBe(false);
});

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import type { LogRecord } from "../../../src/core/log.ts";
import { createFifos } from "../../../src/process/fifos.ts";

/** One FIFO with a program that reads it, and what that program wrote. */
function withReader(program: string, current: () => readonly string[]) {
  const folder = mkdtempSync(path.join(tmpdir(), "fifos-"));
  const at = (name: string): string => path.join(folder, name);
  writeFileSync(at("reader"), `#!/bin/sh\ncd ${folder}\n${program}\n`, { mode: 0o755 });
  writeFileSync(at("out"), "");
  const log: LogRecord[] = [];
  const fifos = createFifos({ sink: (record) => log.push(record), current });
  onTestFinished(async () => {
    await fifos.close();
    rmSync(folder, { recursive: true, force: true });
  });
  fifos.configure([{ path: at("fifo"), reads: true, reader: { argv: [at("reader")] } }]);
  return { fifos, log, told: (): string => readFileSync(at("out"), "utf8") };
}

test("a program that ends is started again, and is told how everything stands by then", async () => {
  let now = "INSTANCE VI_1 BACKUP\n";
  const { told, log } = withReader('read line < "$1"; echo "$line" >> out', () => [now]);
  await vi.waitFor(() => expect(told()).toBe("INSTANCE VI_1 BACKUP\n"), 5000);
  now = "INSTANCE VI_1 MASTER\n";
  await vi.waitFor(() => expect(told()).toBe("INSTANCE VI_1 BACKUP\nINSTANCE VI_1 MASTER\n"), 10_000);
  expect(log.map(({ event }) => event)).toContain("fifo.readerEnded");
});

test("one that does not read for as long as it likes holds nobody up; when it does, its last line is what is true", async () => {
  let now = "line 0\n";
  const wait = 'exec 3< "$1"; echo open >> out; until [ -e go ]; do sleep 0.05; done; exec cat <&3 > read';
  const { fifos, told, log } = withReader(wait, () => [now]);
  await vi.waitFor(() => expect(told()).toBe("open\n"), 5000);
  for (let i = 1; i <= 20_000; i++) {
    now = `line ${i}\n`;
    fifos.write(now);
  }
  expect(log.filter(({ event }) => event === "fifo.dropped")).toHaveLength(1);
  const folder = path.dirname(String(log.find(({ event }) => event === "fifo.dropped")?.fields.path));
  writeFileSync(path.join(folder, "go"), "");
  const read = (): string => readFileSync(path.join(folder, "read"), "utf8");
  await vi.waitFor(() => expect(read()).toContain("line 1\n"), 5000);
  now = "line last\n";
  await vi.waitFor(() => {
    fifos.write(now);
    expect(read().endsWith("line last\n")).toBe(true);
  }, 5000);
});

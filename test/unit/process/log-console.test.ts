import { expect, test } from "vitest";
import type { LogRecord } from "../../../src/core/log.ts";
import { consoleSink } from "../../../src/process/log-console.ts";

const record = (text: string): LogRecord => ({ level: "info", event: "x", text, fields: {} });
const line = ({ text }: LogRecord): string => `${text}\n`;

test("a reader who stopped reading costs lines, never memory, and is told how many", () => {
  const written: string[] = [];
  const stream = { writableLength: 0, write: (text: string) => written.push(text) > 0 };
  const sink = consoleSink(stream, line);
  sink(record("one"));
  stream.writableLength = 1 << 20;
  for (let i = 0; i < 5; i++) sink(record("unread"));
  stream.writableLength = 0;
  sink(record("two"));
  expect(written).toEqual(["one\n", "5 log lines were lost: the reader of the log fell behind\n", "two\n"]);
});

test("a write that throws, as on a full disk, is survived and counted", () => {
  const written: string[] = [];
  let full = true;
  const sink = consoleSink(
    {
      writableLength: 0,
      write: (text) => {
        if (full) throw Object.assign(new Error("no space"), { code: "ENOSPC" });
        return written.push(text) > 0;
      },
    },
    line,
  );
  sink(record("lost"));
  full = false;
  sink(record("kept"));
  expect(written).toHaveLength(2);
  expect(written[0]).toContain("1 log lines were lost");
});

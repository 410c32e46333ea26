import type { LogRecord, LogSink } from "../core/log.ts";
import { logOwnEvents } from "./log-own-events.ts";

/** Lines that wait for a reader of stderr who does not read. More are dropped: a stopped `less` must not eat our memory. */
const MOST_WAITING_BYTES = 256 * 1024;

/** The part of process.stderr that is used. */
export type ConsoleStream = { readonly writableLength: number; write(text: string): boolean };

/** Lines to `stream` in the form of `format`. Never blocks on a pipe and never throws; once its reader reads again it says
 *  how many lines were lost. */
export function consoleSink(stream: ConsoleStream, format: (record: LogRecord) => string): LogSink {
  let lost = 0;
  const write = (text: string): void => {
    try {
      stream.write(text);
    } catch {
      lost += 1; // a file on a full disk throws here; a closed pipe emits "error", which ignoreOutputErrors takes
    }
  };
  return (record: LogRecord) => {
    if (stream.writableLength > MOST_WAITING_BYTES) {
      lost += 1;
      return;
    }
    if (lost > 0) {
      const count = lost;
      lost = 0;
      write(format(fellBehind(count)));
    }
    write(format(record));
  };
}

const fellBehind = (count: number): LogRecord => ({
  level: "warn",
  event: "log.lost",
  text: logOwnEvents["log.lost"]({ count }),
  fields: { count },
});

/** A closed log pipe or a full disk is no reason to end: errors of stdout and stderr are ignored from here on. */
export function ignoreOutputErrors(): void {
  for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});
}

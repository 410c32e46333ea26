import type { LogRecord, LogSink } from "../core/log.ts";
import { consoleSink } from "./log-console.ts";
import { floodGuard } from "./log-flood.ts";
import { consoleLine, jsonLine } from "./log-format.ts";
import type { ChildRole, LogOptions } from "./messages.ts";
import { syslogSink } from "./syslog.ts";

/** Identities as keepalived names its processes to syslog, in our own name unless we are called by its. */
export function syslogIdentity(program: string, role: ChildRole | "parent", owner = ""): string {
  const suffix = { parent: "", vrrp: "_vrrp", checker: "_healthcheckers", bfd: "_bfd", api: "_api" }[role];
  return (program === "keepalived" ? "Keepalived" : program) + suffix + owner;
}

/** The sink of a process: console and syslog as asked; debug records only with -D. */
export function processSink(program: string, role: ChildRole | "parent", options: LogOptions): LogSink {
  const sinks: LogSink[] = [];
  if (options.console) {
    const format = options.format === "json" ? (r: LogRecord) => jsonLine(new Date(), role, r) : textLine;
    sinks.push(consoleSink(process.stderr, format));
  }
  if (options.syslog)
    sinks.push(syslogSink({ identity: syslogIdentity(program, role, options.owner), facility: options.facility }));
  const written: LogSink = (record) => {
    for (const sink of sinks) sink(record);
  };
  const guarded = floodGuard(written, () => performance.now());
  return (record) => {
    if (record.level === "debug" && !options.detail) return;
    guarded(record);
  };
}

const textLine = (record: LogRecord): string => consoleLine(new Date(), record.text);

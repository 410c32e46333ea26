import { type Native, native } from "../../native/index.ts";
import type { LogRecord, LogSink } from "../core/log.ts";
import { syslogLine } from "./log-format.ts";

const DEFAULT_PATH = "/dev/log";
/** At most one attempt a second to reach a syslog daemon that is not there. */
const RECONNECT_MS = 1000;
/** A datagram queue holds ten lines only: what a burst has more waits here, and is offered again this soon. */
const RETRY_MS = 5;
const MOST_WAITING = 4096;

const EAGAIN = 11;
const ENOBUFS = 105;

type Socket = Pick<Native, "openUnixDatagram" | "send" | "close">;

export type SyslogOptions = {
  readonly identity: string;
  readonly facility: number;
  readonly path?: string;
  readonly now?: () => Date;
  readonly socket?: Socket;
};

/** Lines to the local syslog daemon over a non-blocking datagram socket. A daemon that is slow is waited for, up to a
 *  bound; one that is absent, restarted or hung costs lines, which are counted and reported once it is back. It never
 *  blocks or ends us. */
export function syslogSink(options: SyslogOptions): LogSink {
  const now = options.now ?? (() => new Date());
  const deliver = connection(options);
  const waiting: Buffer[] = [];
  let lost = 0;
  let retry: NodeJS.Timeout | undefined;

  const line = (level: LogRecord["level"], text: string): Buffer =>
    syslogLine(
      { facility: options.facility, level, text },
      { identity: options.identity, pid: process.pid, at: now() },
    );
  const drain = (): void => {
    retry = undefined;
    let taken = 0;
    while (taken < waiting.length) {
      const outcome = deliver(waiting[taken] as Buffer);
      if (outcome === "full") break;
      if (outcome === "gone") lost += 1;
      taken += 1;
    }
    waiting.splice(0, taken);
    if (waiting.length > 0) retry = setTimeout(drain, RETRY_MS).unref();
  };
  process.once("exit", drain);

  return (record) => {
    if (waiting.length >= MOST_WAITING) {
      lost += 1;
      return;
    }
    if (lost > 0 && waiting.length === 0) {
      const report = line("warn", `${lost} log lines were lost: the syslog daemon did not take them`);
      if (deliver(report) === "sent") lost = 0;
    }
    waiting.push(line(record.level, record.text));
    if (retry === undefined) drain();
  };
}

/** Offers one datagram to the daemon, connecting as needed: "full" when its queue is, "gone" when nobody is there. */
function connection(options: SyslogOptions): (line: Buffer) => "sent" | "full" | "gone" {
  let fd: number | undefined;
  let nextAttemptMs = Number.NEGATIVE_INFINITY;
  const socket = (): Socket => options.socket ?? native();

  const connect = (): number | undefined => {
    const atMs = performance.now();
    if (fd !== undefined || atMs < nextAttemptMs) return fd;
    nextAttemptMs = atMs + RECONNECT_MS;
    try {
      fd = socket().openUnixDatagram(options.path ?? DEFAULT_PATH);
    } catch {
      fd = undefined; // no socket there, or no addon: the same to us
    }
    return fd;
  };
  return (line) => {
    // A daemon that was restarted has a new socket behind the same path, hence the second attempt.
    for (let attempt = 0; attempt < 2; attempt += 1) {
      const open = connect();
      if (open === undefined) return "gone";
      const sent = socket().send(open, line);
      if (sent >= 0) return "sent";
      if (sent === -EAGAIN || sent === -ENOBUFS) return "full";
      socket().close(open);
      fd = undefined;
    }
    return "gone";
  };
}

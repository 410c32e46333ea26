import { type Native, native } from "../../native/index.ts";
import type { LogRecord, LogSink } from "../core/log.ts";
import { syslogLine } from "./log-format.ts";

const DEFAULT_PATH = "/dev/log";
/** At most one attempt a second to reach a syslog daemon that is not there. */
const RECONNECT_MS = 1000;

export type SyslogOptions = {
  readonly identity: string;
  readonly facility: number;
  readonly path?: string;
  readonly now?: () => Date;
  readonly socket?: Pick<Native, "openUnixDatagram" | "send" | "close">;
};

/** Lines to the local syslog daemon over a non-blocking datagram socket. A daemon that is absent, restarted or hung costs
 *  lines, which are counted and reported once it is back; it never blocks or ends us. */
export function syslogSink(options: SyslogOptions): LogSink {
  const now = options.now ?? (() => new Date());
  let fd: number | undefined;
  let nextAttemptMs = Number.NEGATIVE_INFINITY;
  let lost = 0;

  const socket = (): SyslogOptions["socket"] => options.socket ?? native();
  const connect = (): boolean => {
    const atMs = performance.now();
    if (fd !== undefined) return true;
    if (atMs < nextAttemptMs) return false;
    nextAttemptMs = atMs + RECONNECT_MS;
    try {
      fd = socket()?.openUnixDatagram(options.path ?? DEFAULT_PATH);
    } catch {
      fd = undefined; // no socket there, or no addon: the same to us
    }
    return fd !== undefined;
  };
  const disconnect = (): void => {
    if (fd !== undefined) socket()?.close(fd);
    fd = undefined;
  };
  /** Whether the kernel took it. A restarted daemon has a new socket behind the same path, hence the second attempt. */
  const deliver = (line: Buffer): boolean => {
    for (let attempt = 0; attempt < 2; attempt += 1) {
      if (!connect() || fd === undefined) return false;
      const sent = socket()?.send(fd, line) ?? -1;
      if (sent >= 0) return true;
      if (sent === -EAGAIN || sent === -ENOBUFS) return false;
      disconnect();
    }
    return false;
  };
  const line = (level: LogRecord["level"], text: string): Buffer =>
    syslogLine(
      { facility: options.facility, level, text },
      { identity: options.identity, pid: process.pid, at: now() },
    );

  return (record) => {
    if (lost > 0 && deliver(line("warn", `${lost} log lines were lost: the syslog daemon did not take them`))) lost = 0;
    if (!deliver(line(record.level, record.text))) lost += 1;
  };
}

const EAGAIN = 11;
const ENOBUFS = 105;

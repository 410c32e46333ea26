import type { LogRecord } from "../core/log.ts";
import { withoutUnsafe } from "../core/plain-text.ts";
import { factsOf } from "./events.ts";
import { clockTime, monthAndDay, weekdayAndDate } from "./local-time.ts";

/** RFC 5424 severities of our levels; the same numbers as RFC 3164. */
const SEVERITY = { error: 3, warn: 4, info: 6, debug: 7 } as const;

/** A log line is one line, and does nothing to the terminal that it is read on, whatever a script or a packet said. */
const oneLine = (text: string): string => withoutUnsafe(text, "?");

/** keepalived's console form, local time: "Fri Nov 20 21:02:14 2026: (VI_1) Entering MASTER STATE". */
export const consoleLine = (at: Date, text: string): string =>
  `${weekdayAndDate(at)} ${clockTime(at)} ${at.getFullYear()}: ${oneLine(text)}\n`;

/** One JSON object: when, how bad, which process, the message's stable name, its sentence and the facts in it. */
export function jsonLine(at: Date, process: string, { level, event, text, fields }: LogRecord): string {
  return `${JSON.stringify({ time: at.toISOString(), level, process, event, text, facts: factsOf(fields) })}\n`;
}

/** What the syslog facility names of `-S` stand for (RFC 3164 §4.1.1): 0-7 mean local0-local7, as keepalived has it. */
export function parseFacility(text: string): number | undefined {
  const named: Readonly<Record<string, number>> = { user: 1, daemon: 3 };
  if (Object.hasOwn(named, text)) return named[text];
  const local = /^(?:local)?([0-7])$/.exec(text)?.[1];
  return local === undefined ? undefined : 16 + Number(local);
}

/** What every syslog daemon takes. */
const MOST_SYSLOG_BYTES = 1024;

/** The bytes that syslog(3) writes to /dev/log: RFC 3164 without the host name, which the local daemon adds. Cut between two
 *  characters: journald shows a line that is no UTF-8 as a blob. */
export function syslogLine(
  line: { readonly facility: number; readonly level: keyof typeof SEVERITY; readonly text: string },
  from: { readonly identity: string; readonly pid: number; readonly at: Date },
): Buffer {
  const { at } = from;
  const priority = line.facility * 8 + SEVERITY[line.level];
  const head = `<${priority}>${monthAndDay(at)} ${clockTime(at)} ${from.identity}[${from.pid}]: `;
  const bytes = Buffer.from(head + oneLine(line.text));
  let end = Math.min(bytes.length, MOST_SYSLOG_BYTES);
  while (isContinuation(bytes[end])) end--;
  return bytes.subarray(0, end);
}

/** A byte of UTF-8 that begins no character. */
const isContinuation = (byte: number | undefined): boolean => byte !== undefined && (byte & 0xc0) === 0x80;

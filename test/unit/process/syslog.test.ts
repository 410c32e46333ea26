import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { LogRecord } from "../../../src/core/log.ts";
import { syslogSink } from "../../../src/process/syslog.ts";

const record = (text: string): LogRecord => ({ level: "info", event: "x", text, fields: {} });
const [EAGAIN, ECONNREFUSED] = [11, 111];

/** A daemon whose queue takes `room` more lines; negative: it refuses with that errno. */
function fakeDaemon(room: number) {
  const daemon = { room, present: true, opened: 0, received: [] as string[] };
  const socket = {
    openUnixDatagram: () => {
      daemon.opened += 1;
      if (!daemon.present) throw Object.assign(new Error("absent"), { code: "ENOENT" });
      return 7;
    },
    send: (_fd: number, data: Uint8Array) => {
      if (daemon.room < 0) return daemon.room;
      if (daemon.room === 0) return -EAGAIN;
      daemon.room -= 1;
      daemon.received.push(
        Buffer.from(data)
          .toString()
          .replace(/^.*?: /, ""),
      );
      return data.length;
    },
    close: () => {},
  };
  return { daemon, sink: syslogSink({ identity: "x", facility: 3, socket }) };
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

test("a burst longer than the daemon's queue waits its turn, in order and without loss", () => {
  const { daemon, sink } = fakeDaemon(10);
  for (let i = 0; i < 1000; i++) sink(record(`line ${i}`));
  expect(daemon.received).toHaveLength(10);
  daemon.room = Number.POSITIVE_INFINITY;
  vi.advanceTimersByTime(10);
  expect(daemon.received).toEqual(Array.from({ length: 1000 }, (_, i) => `line ${i}`));
});

test("a daemon that hangs costs a bounded memory; it is told what was lost when it takes lines again", () => {
  const { daemon, sink } = fakeDaemon(0);
  for (let i = 0; i < 10_000; i++) sink(record(`line ${i}`));
  daemon.room = Number.POSITIVE_INFINITY;
  vi.advanceTimersByTime(10);
  sink(record("after"));
  expect(daemon.received).toHaveLength(4096 + 2);
  expect(daemon.received.slice(-2)).toEqual(["5904 log lines were lost: the syslog daemon did not take them", "after"]);
});

test("an absent daemon is looked for once a second, and told what was lost when it is there", () => {
  const { daemon, sink } = fakeDaemon(Number.POSITIVE_INFINITY);
  daemon.present = false;
  for (let i = 0; i < 100; i++) sink(record("line"));
  expect(daemon.opened).toBe(1);
  vi.advanceTimersByTime(1001);
  daemon.present = true;
  sink(record("back"));
  expect(daemon.received).toEqual(["100 log lines were lost: the syslog daemon did not take them", "back"]);
});

test("a socket whose daemon went away is given up, and the new one behind the same path is used", () => {
  const { daemon, sink } = fakeDaemon(Number.POSITIVE_INFINITY);
  sink(record("one"));
  vi.advanceTimersByTime(1001);
  daemon.room = -ECONNREFUSED;
  daemon.present = false;
  sink(record("lost"));
  vi.advanceTimersByTime(1001);
  daemon.room = Number.POSITIVE_INFINITY;
  daemon.present = true;
  sink(record("two"));
  expect(daemon.received).toEqual(["one", "1 log lines were lost: the syslog daemon did not take them", "two"]);
});

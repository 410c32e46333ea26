import { expect, test } from "vitest";
import type { LogRecord } from "../../../src/core/log.ts";
import { syslogSink } from "../../../src/process/syslog.ts";

const record = (text: string): LogRecord => ({ level: "info", event: "x", text, fields: {} });
const [EAGAIN, ECONNREFUSED] = [11, 111];

/** A socket that answers each send with the next of `results` (bytes when it runs out). */
function fakeSocket(results: number[], openErrors = 0) {
  const sent: string[] = [];
  let opened = 0;
  return {
    sent,
    opened: () => opened,
    socket: {
      openUnixDatagram: () => {
        opened += 1;
        if (opened <= openErrors) throw Object.assign(new Error("absent"), { code: "ENOENT" });
        return 7;
      },
      send: (_fd: number, data: Uint8Array) => {
        const result = results.shift() ?? data.length;
        if (result >= 0)
          sent.push(
            Buffer.from(data)
              .toString()
              .replace(/^.*?: /, ""),
          );
        return result;
      },
      close: () => {},
    },
  };
}

test("a full queue loses lines without waiting, and says so once it takes them again", () => {
  const fake = fakeSocket([-EAGAIN, -EAGAIN]);
  const sink = syslogSink({ identity: "x", facility: 3, socket: fake.socket });
  sink(record("one"));
  sink(record("two")); // the report of loss is refused too
  sink(record("three"));
  expect(fake.sent.at(-1)).toBe("three");
  expect(fake.sent.filter((line) => line.includes("were lost"))).toHaveLength(1);
});

test("a socket whose daemon went away is given up, and no other is tried for within the second", () => {
  const fake = fakeSocket([5, -ECONNREFUSED]);
  const sink = syslogSink({ identity: "x", facility: 3, socket: fake.socket });
  sink(record("one"));
  sink(record("two"));
  sink(record("three"));
  expect(fake.opened()).toBe(1);
});

test("an absent daemon is asked for at most once a second", () => {
  const fake = fakeSocket([], Number.POSITIVE_INFINITY);
  const sink = syslogSink({ identity: "x", facility: 3, socket: fake.socket });
  for (let i = 0; i < 100; i++) sink(record("line"));
  expect(fake.opened()).toBe(1);
});

import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { LogRecord } from "../../../src/core/log.ts";
import { createMailer, type Deliver } from "../../../src/process/mail.ts";
import type { RoomGlobals } from "../../../src/process/plan-global-model.ts";

const global: RoomGlobals = {
  routerId: "lb1",
  watchdogTimeoutMs: 3000,
  childWaitMs: 5000,
  mail: {
    recipients: ["ops@example.org"],
    from: "lb1@example.org",
    host: "127.0.0.1",
    port: 25,
    heloName: "lb1",
    timeoutMs: 1000,
    withoutFaults: false,
  },
};

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

/** A server that fails as often as it is told to; what it took, and when each attempt came. */
function server(failures: readonly Error[]) {
  const left = [...failures];
  const attempts: [string, number][] = [];
  const taken: string[] = [];
  const deliver: Deliver = async (_mail, subject) => {
    attempts.push([subject, performance.now()]);
    const failure = left.shift();
    if (failure) throw failure;
    taken.push(subject);
  };
  return { attempts, taken, deliver };
}

const busy = Object.assign(new Error("451 try again later"), { responseCode: 451 });
const never = Object.assign(new Error("550 no such user"), { responseCode: 550 });

test("what was not taken is tried again with growing pauses, and what follows waits its turn", async () => {
  const { attempts, taken, deliver } = server([busy, busy, busy]);
  const mailer = createMailer(global, () => {}, deliver);
  mailer.send("DOWN", "");
  mailer.send("UP", "");
  await vi.advanceTimersByTimeAsync(200_000);
  expect(taken).toEqual(["[lb1] DOWN", "[lb1] UP"]);
  const [first = 0] = attempts.map(([, at]) => at);
  expect(attempts.map(([, at]) => at - first)).toEqual([0, 5000, 20_000, 80_000, 80_000]);
});

test("an answer that is final is not asked for again", async () => {
  const { taken, attempts, deliver } = server([never]);
  const mailer = createMailer(global, () => {}, deliver);
  mailer.send("one", "");
  mailer.send("two", "");
  await vi.advanceTimersByTimeAsync(1000);
  expect(taken).toEqual(["[lb1] two"]);
  expect(attempts).toHaveLength(2);
});

test("after an hour a mail is given up", async () => {
  const records: LogRecord[] = [];
  const { attempts, deliver } = server(Array.from({ length: 100 }, () => busy));
  const mailer = createMailer(global, (record) => records.push(record), deliver);
  mailer.send("one", "");
  await vi.advanceTimersByTimeAsync(3 * 3_600_000);
  expect(attempts).toHaveLength(16);
  expect(records.at(-1)?.text).toContain("check smtp_server");
});

test("a reload that names another server is used at once", async () => {
  const { taken, deliver } = server([busy]);
  const mailer = createMailer(global, () => {}, deliver);
  mailer.send("one", "");
  await vi.advanceTimersByTimeAsync(10);
  expect(taken).toEqual([]);
  mailer.configure(global);
  await vi.advanceTimersByTimeAsync(10);
  expect(taken).toEqual(["[lb1] one"]);
});

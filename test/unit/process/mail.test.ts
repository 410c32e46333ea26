import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { LogRecord } from "../../../src/core/log.ts";
import { createMailer } from "../../../src/process/mail.ts";
import { type Deliver, isFinal, type Mail, type Refusal } from "../../../src/process/mail-delivery.ts";
import type { SavedMails, SavedMailsPart } from "../../../src/process/mail-keeper.ts";
import type { RoomGlobals } from "../../../src/process/plan-global-model.ts";
import { createSavedState } from "../../../src/process/saved.ts";

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
function server(failures: readonly (Error | readonly Refusal[])[]) {
  const left = [...failures];
  const mails: Mail[] = [];
  const attempts: [string, number][] = [];
  const taken: string[] = [];
  const deliver: Deliver = async (_plan, mail) => {
    mails.push(mail);
    attempts.push([mail.subject, performance.now()]);
    const failure = left.shift() ?? [];
    if (failure instanceof Error) throw failure;
    taken.push(mail.subject);
    return failure;
  };
  return { attempts, mails, taken, deliver };
}

const busy = Object.assign(new Error("451 try again later"), { responseCode: 451 });
const never = Object.assign(new Error("550 no such user"), { responseCode: 550 });

test("what was not taken is tried again with growing pauses, and what follows waits its turn", async () => {
  const { attempts, taken, deliver } = server([busy, busy, busy]);
  const mailer = createMailer(global, () => {}, { deliver });
  mailer.send("DOWN", "");
  mailer.send("UP", "");
  await vi.advanceTimersByTimeAsync(200_000);
  expect(taken).toEqual(["[lb1] DOWN", "[lb1] UP"]);
  const [first = 0] = attempts.map(([, at]) => at);
  expect(attempts.map(([, at]) => at - first)).toEqual([0, 5000, 20_000, 80_000, 80_000]);
});

test("an answer that is final is not asked for again", async () => {
  const { taken, attempts, deliver } = server([never]);
  const mailer = createMailer(global, () => {}, { deliver });
  mailer.send("one", "");
  mailer.send("two", "");
  await vi.advanceTimersByTimeAsync(1000);
  expect(taken).toEqual(["[lb1] two"]);
  expect(attempts).toHaveLength(2);
});

test("after an hour a mail is given up", async () => {
  const records: LogRecord[] = [];
  const { attempts, deliver } = server(Array.from({ length: 100 }, () => busy));
  const mailer = createMailer(global, (record) => records.push(record), { deliver });
  mailer.send("one", "");
  await vi.advanceTimersByTimeAsync(3 * 3_600_000);
  expect(attempts).toHaveLength(16);
  expect(records.at(-1)?.text).toContain("check smtp_server");
});

test("a reload that names another server is used at once", async () => {
  const { taken, deliver } = server([busy]);
  const mailer = createMailer(global, () => {}, { deliver });
  mailer.send("one", "");
  await vi.advanceTimersByTimeAsync(10);
  expect(taken).toEqual([]);
  mailer.configure(global);
  await vi.advanceTimersByTimeAsync(10);
  expect(taken).toEqual(["[lb1] one"]);
});

const greylisted: Refusal = { recipient: "b@example.org", message: "450 later", isFinal: false };
const unknown: Refusal = { recipient: "c@example.org", message: "550 no such user", isFinal: true };

test("a recipient who is not taken yet is tried again alone, and holds up nothing; one who never will be is told", async () => {
  const records: LogRecord[] = [];
  const { attempts, mails, deliver } = server([[greylisted, unknown], [], [greylisted], busy]);
  const mailer = createMailer(global, (record) => records.push(record), { deliver });
  mailer.send("DOWN", "why");
  mailer.send("UP", "");
  await vi.advanceTimersByTimeAsync(4000);
  expect(mails.map(({ subject, recipients }) => [subject, recipients.join()])).toEqual([
    ["[lb1] DOWN", "ops@example.org"],
    ["[lb1] UP", "ops@example.org"],
  ]);
  await vi.advanceTimersByTimeAsync(100_000);
  expect(mails.slice(2).map(({ subject, recipients }) => [subject, recipients])).toEqual(
    Array.from({ length: 3 }, () => ["[lb1] DOWN", ["b@example.org"]]),
  );
  const [first = 0] = attempts.map(([, at]) => at);
  expect(attempts.map(([, at]) => at - first)).toEqual([0, 0, 5000, 20_000, 80_000]);
  expect(records.map(({ event, fields }) => [event, fields.recipient, fields.againMs])).toEqual([
    ["mail.sent", undefined, undefined],
    ["mail.refused", "b@example.org", 5000],
    ["mail.refused", "c@example.org", undefined],
    ["mail.sent", undefined, undefined],
    ["mail.sent", undefined, undefined],
    ["mail.refused", "b@example.org", 15_000],
    ["mail.failed", undefined, 60_000],
    ["mail.sent", undefined, undefined],
  ]);
});

test("while one recipient is waited for, other mails leave at once", async () => {
  const { taken, deliver } = server([[greylisted]]);
  const mailer = createMailer(global, () => {}, { deliver });
  mailer.send("one", "");
  await vi.advanceTimersByTimeAsync(1000);
  mailer.send("two", "");
  await vi.advanceTimersByTimeAsync(1);
  expect(taken).toEqual(["[lb1] one", "[lb1] two"]);
});

test("a mail is the same one, with the date of its event, however often it is sent", async () => {
  const { mails, deliver } = server([busy, [greylisted]]);
  const mailer = createMailer(global, () => {}, { deliver });
  const happened = new Date();
  mailer.send("one", "");
  mailer.send("two", "");
  await vi.advanceTimersByTimeAsync(60_000);
  const ones = mails.filter(({ subject }) => subject === "[lb1] one");
  expect(ones).toHaveLength(3);
  expect(new Set(ones.map(({ id }) => id)).size).toBe(1);
  expect(new Set(mails.map(({ id }) => id)).size).toBe(2);
  expect(ones.map(({ at }) => at)).toEqual([happened, happened, happened]);
});

test("of 2,500 alerts while the server is away 2,000 and one wait; each that is dropped is told, the oldest first", async () => {
  const records: LogRecord[] = [];
  const { taken, deliver } = server([busy, busy, busy]);
  const mailer = createMailer(global, (record) => records.push(record), { deliver });
  for (let n = 0; n < 2500; n += 1) mailer.send(String(n), "");
  const dropped = records.filter(({ event }) => event === "mail.dropped").map(({ fields }) => fields.subject);
  expect(dropped).toEqual(Array.from({ length: 499 }, (_, n) => `[lb1] ${n + 1}`));
  await vi.advanceTimersByTimeAsync(120_000);
  expect(taken).toEqual(["[lb1] 0", ...Array.from({ length: 2000 }, (_, n) => `[lb1] ${n + 500}`)]);
});

test("a reload that takes the server away says what is not sent", async () => {
  const records: LogRecord[] = [];
  const mailer = createMailer(global, (record) => records.push(record), { deliver: server([busy]).deliver });
  mailer.send("one", "");
  await vi.advanceTimersByTimeAsync(10);
  const { mail: _mail, ...silent } = global;
  mailer.configure(silent);
  await vi.advanceTimersByTimeAsync(10);
  expect(records.at(-1)?.text).toBe(
    'Mail "[lb1] one" was not sent: the configuration has no mail server or recipient any more',
  );
});

test.for([
  [{ responseCode: 550, command: "RCPT TO" }, true],
  [{ responseCode: 554, command: "DATA" }, true],
  [{ responseCode: 451, command: "DATA" }, false],
  // What a server says before it has heard of any mail is about itself, and may pass.
  [{ responseCode: 554, command: "CONN" }, false],
  [{ responseCode: 502, command: "EHLO" }, false],
  [{ responseCode: 502, command: "STARTTLS" }, false],
  [{ code: "ECONNREFUSED" }, false],
] as const)("%o is final: %o", ([cause, expected]) => {
  expect(isFinal(Object.assign(new Error(), cause))).toBe(expected);
});

test("what waits for longer than a second is told, for a successor, which goes on with it", async () => {
  const first = server([busy, [greylisted], busy]);
  const kept = createSavedState();
  const parts: string[][] = [];
  const onSaved = (mails: SavedMailsPart): void => {
    parts.push(Object.values(mails).map((mail) => mail?.subject ?? "done"));
    kept.merge({ mails });
  };
  const mailer = createMailer(global, () => {}, { deliver: first.deliver, onSaved });
  mailer.send("one", "why");
  mailer.send("two", "");
  await vi.advanceTimersByTimeAsync(9000);
  expect(first.taken).toEqual(["[lb1] one"]);
  expect(parts).toEqual([["[lb1] one", "[lb1] two"], ["[lb1] one"]]); // the second time with who has not got it
  // It is killed.
  const saved = JSON.parse(JSON.stringify(kept.value())) as { mails: SavedMails };
  const second = server([]);
  createMailer(global, () => {}, { deliver: second.deliver, saved: saved.mails });
  await vi.advanceTimersByTimeAsync(10);
  const facts = ({ subject, body, id, at, recipients }: Mail) => [subject, body, id, at.getTime(), recipients];
  expect(second.mails.map(facts).sort()).toEqual(
    [{ ...(first.mails[0] as Mail), recipients: ["b@example.org"] }, first.mails.at(-1) as Mail].map(facts).sort(),
  );
});

test("what is sent within a second is never told", async () => {
  const onSaved = vi.fn();
  const mailer = createMailer(global, () => {}, { deliver: server([]).deliver, onSaved });
  for (let n = 0; n < 100; n += 1) mailer.send(String(n), "");
  await vi.advanceTimersByTimeAsync(10_000);
  expect(onSaved).not.toHaveBeenCalled();
});

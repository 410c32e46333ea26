import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { LogRecord } from "../../../src/core/log.ts";
import { joined } from "../../../src/process/event-outbox.ts";
import { EVENTS_KEPT, EventRing } from "../../../src/process/event-ring.ts";
import { eventRules } from "../../../src/process/event-rules.ts";
import { type EventDraft, EventMaker } from "../../../src/process/events.ts";
import { messagesPage } from "../../../src/process/messages-page.ts";

const RS = "[10.0.0.2]:tcp:80";
const VS = "[10.0.0.1]:tcp:80";
const record = (event: string, fields: object): LogRecord =>
  ({ level: "info", event, text: `text of ${event}`, fields }) as LogRecord;

/** The events that records make, one millisecond after another. */
function made(...records: readonly LogRecord[]): EventDraft[] {
  const maker = new EventMaker();
  return records.flatMap((one, i) => maker.make(one, i, 1000 + i) ?? []);
}

test("every rule is for a message of the log", () => {
  const page = messagesPage();
  expect(Object.keys(eventRules).filter((name) => !page.includes(`### ${name}\n`))).toEqual([]);
});

describe("causes", () => {
  test("a check fails, its server goes, the quorum is lost, the sorry server comes: each follows from the one before", () => {
    const subject = { plan: { probe: { kind: "TCP_CHECK" } }, realServer: RS, virtualServer: VS };
    const server = { realServer: RS, virtualServer: VS, inhibit: false };
    const events = made(
      record("checker.failed", { subject, detail: "connection refused", retries: 3 }),
      record("rs.down", { ...server, why: "connection refused" }),
      record("quorum.lost", { virtualServer: VS, quorum: 1, hysteresis: 0, sum: 0 }),
      record("sorry.added", { virtualServer: VS, sorryServer: "[10.0.0.9]:tcp:80" }),
    );
    expect(
      events.map(({ event, cause }) => [event, cause?.event, cause?.cause?.event, cause?.cause?.cause?.event]),
    ).toEqual([
      ["checker.failed", undefined, undefined, undefined],
      ["rs.down", "checker.failed", undefined, undefined],
      ["quorum.lost", "rs.down", "checker.failed", undefined],
      ["sorry.added", "quorum.lost", "rs.down", "checker.failed"],
    ]);
    expect(events[1]?.cause?.facts).toEqual({
      check: "TCP_CHECK",
      realServer: RS,
      virtualServer: VS,
      detail: "connection refused",
      retries: 3,
    });
  });

  test("an advert with a higher priority makes a master a backup", () => {
    const [, backup] = made(
      record("vrrp.higher", { instance: "VI_1", from: "10.0.0.3", priority: 150, own: 100, held: 0 }),
      record("vrrp.backup", { instance: "VI_1", why: "10.0.0.3 has the better claim" }),
    );
    expect(backup?.cause).toMatchObject({ event: "vrrp.higher", facts: { from: "10.0.0.3", priority: 150, own: 100 } });
  });

  test.for([
    ["script.down", { script: "chk", how: "failed" }, "vrrp.fault", { why: "script chk failed" }],
    ["file.value", { file: "load", value: 9 }, "vrrp.fault", { why: "tracked file load has the value 9" }],
    ["process.down", { process: "nginx", count: 0 }, "vrrp.fault", { why: "tracked process nginx is missing" }],
    ["script.up", { script: "chk" }, "vrrp.backup", { why: "no longer: script chk failed" }],
    ["script.down", { script: "chk", how: "failed" }, "vrrp.priority", { from: 100, to: 80 }],
    ["vrrp.fault", { instance: "VI_2", why: "x" }, "vrrp.backup", { why: "VI_2 of its sync group left MASTER" }],
  ] as const)("%s is what %s names", ([cause, fields, event, more]) => {
    const events = made(record(cause, fields), record(event, { instance: "VI_1", ...more }));
    expect(events.at(-1)?.cause?.event).toBe(cause);
  });

  test("what names no tracker, or one that has not changed, has its reason in words", () => {
    const [, fault] = made(
      record("script.down", { script: "other", how: "failed" }),
      record("vrrp.fault", { instance: "VI_1", why: "interface eth0 is down" }),
    );
    expect(fault?.cause).toEqual({ text: "interface eth0 is down" });
  });

  test("what came long before is no cause", () => {
    const maker = new EventMaker();
    const server = { realServer: RS, virtualServer: VS };
    maker.make(record("rs.down", { ...server, why: "" }), 0, 0);
    expect(maker.make(record("quorum.lost", { virtualServer: VS }), 5000, 0)?.cause).toBeUndefined();
  });

  test("of another server it is none", () => {
    const [, lost] = made(
      record("rs.down", { realServer: RS, virtualServer: "another", why: "refused" }),
      record("quorum.lost", { virtualServer: VS }),
    );
    expect(lost?.cause).toBeUndefined();
  });
});

test("whatever fields a record has, what comes of it is flat, short and JSON", () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...Object.keys(eventRules)),
      fc.dictionary(fc.string(), fc.anything()),
      (event, fields) => {
        const draft = new EventMaker().make(record(event, fields), 0, 0);
        if (eventRules[event]?.silent) expect(draft).toBeUndefined();
        for (const value of Object.values(draft?.facts ?? {}))
          expect(typeof value === "string" ? value.length <= 501 : ["number", "boolean"].includes(typeof value)).toBe(
            true,
          );
        expect(() => JSON.stringify(draft)).not.toThrow();
      },
    ),
  );
});

const draft = (n: number): EventDraft => ({ atWallMs: n, level: "info", event: "rs.up", text: `${n}`, facts: { n } });

describe("the ring", () => {
  test("keeps the last ones, with ids that ascend, and gives those behind an id", () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 7 }), { maxLength: 20 }), fc.nat({ max: 160 }), (batches, seen) => {
        const ring = new EventRing(1, 10);
        let n = 0;
        for (const size of batches)
          ring.push(
            "vrrp",
            Array.from({ length: size }, () => draft(++n)),
          );
        const all = ring.after().map(({ facts }) => facts.n);
        expect(all).toEqual(Array.from({ length: Math.min(10, n) }, (_, i) => Math.max(0, n - 10) + i + 1));
        const after = ring.after(`1-${seen}`).map(({ facts }) => facts.n as number);
        expect(after).toEqual(all.filter((one) => (one as number) > seen || seen > n));
      }),
    );
  });

  test("gives all to one who has seen another director, and hands new ones to who listens", () => {
    const ring = new EventRing(1_700_000_000_000);
    const heard: string[] = [];
    const stop = ring.listen((events) => heard.push(...events.map(({ text }) => text)));
    ring.push("checker", [draft(1)]);
    stop();
    ring.push("checker", [draft(2)]);
    expect(heard).toEqual(["1"]);
    expect(ring.after("abc-1")).toHaveLength(2);
    expect(ring.after("rubbish")).toHaveLength(2);
  });

  test("says how many events could not be told", () => {
    const ring = new EventRing(1);
    ring.push("checker", [draft(1)], 17);
    expect(ring.after().map(({ event, facts }) => [event, facts])).toEqual([
      ["events.lost", { count: 17 }],
      ["rs.up", { n: 1 }],
    ]);
  });
});

test("batches that wait are joined, not beyond what is kept, and what is dropped is counted", () => {
  let batch = joined(undefined, { events: [], lost: 0 });
  for (let n = 1; n <= EVENTS_KEPT + 5; n++) batch = joined(batch, { events: [draft(n)], lost: 0 });
  expect(batch.events).toHaveLength(EVENTS_KEPT);
  expect(batch.lost).toBe(5);
  expect(batch.events.at(-1)?.facts.n).toBe(EVENTS_KEPT + 5);
});

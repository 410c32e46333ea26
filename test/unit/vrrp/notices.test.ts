import { describe, expect, test } from "vitest";
import { createBackoff } from "../../../src/vrrp/backoff.ts";
import { restoreCounters } from "../../../src/vrrp/counters.ts";
import { createLogGate } from "../../../src/vrrp/log-gate.ts";
import { lowerPriorityHeard, notificationsOf } from "../../../src/vrrp/notifications.ts";

describe("log lines that packets can provoke", () => {
  test("one of a kind, then the next after ten minutes with the number held back", () => {
    const gate = createLogGate();
    expect([0, 1, 2].map((now) => gate.pass("a", now))).toEqual([0, undefined, undefined]);
    expect(gate.pass("b", 3)).toBe(0);
    expect(gate.pass("a", 600_000)).toBe(2);
  });

  test("whoever provokes resets gets a line every five seconds at most", () => {
    const gate = createLogGate();
    let lines = 0;
    for (let now = 0; now < 60_000; now += 10) {
      gate.reset();
      if (gate.pass("a", now) !== undefined) lines++;
    }
    expect(lines).toBe(12);
  });
});

test("waiting doubles up to its limit, and starts afresh after a quiet time", () => {
  const backoff = createBackoff(1000, 8000);
  const waits = [0, 1000, 3000, 7000, 15_000].map((now) => backoff.failed("k", now) - now);
  expect(waits).toEqual([1000, 2000, 4000, 8000, 8000]);
  expect(backoff.failed("k", 40_000) - 40_000).toBe(1000);
  expect(backoff.notBefore("other")).toBe(0);
});

test("counters go on from saved ones; nonsense in them is left out", () => {
  const counters = restoreCounters({ advert_rcvd: 7, advert_sent: -1, become_master: "x", other: 3 });
  expect([counters.advert_rcvd, counters.advert_sent, counters.become_master]).toEqual([7, 0, 0]);
  expect("other" in counters).toBe(false);
});

test("notifications: the state's own script without words, the generic one with TYPE NAME STATE PRIORITY", () => {
  const notify = { master: { argv: ["/m"] }, any: { argv: ["/any", "mine"] } };
  const told = notificationsOf({ kind: "INSTANCE", name: "VI_1" }, "MASTER", 120, notify);
  expect(told.map((n) => [n.hook, n.queue, n.script.argv.join(" ")])).toEqual([
    ["notify_master", "INSTANCE VI_1", "/m"],
    ["notify", "INSTANCE VI_1", "/any mine INSTANCE VI_1 MASTER 120"],
  ]);
  expect(
    notificationsOf({ kind: "GROUP", name: "G" }, "BACKUP", 0, notify).map((n) => n.script.argv.join(" ")),
  ).toEqual(["/any mine GROUP G BACKUP 0"]);
});

test("a lower priority heard: the script of its own, and not the generic one", () => {
  const script = { argv: ["/x"] };
  const subject = { kind: "INSTANCE", name: "VI_1" } as const;
  expect(lowerPriorityHeard(subject, { masterRxLowerPriority: script, any: { argv: ["/y"] } })).toEqual([
    { queue: "INSTANCE VI_1", subject: "instance VI_1", hook: "notify_master_rx_lower_pri", script },
  ]);
  expect(lowerPriorityHeard(subject, {})).toEqual([]);
});

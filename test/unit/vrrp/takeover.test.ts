import { describe, expect, test } from "vitest";
import { deadlineOf, type Event, type MachineConfig, type State, step } from "../../../src/vrrp/machine.ts";
import type { TakeoverCheckPlan } from "../../../src/vrrp/takeover-model.ts";
import { advert, kinds, master, run, started, v2 } from "./machine-cases.ts";

const plan: TakeoverCheckPlan = { timeoutMs: 900, onConflict: "hold", noWitness: "hold", witnesses: [] };
const checked = (more: Partial<TakeoverCheckPlan> = {}): MachineConfig => ({
  ...v2,
  takeoverCheck: { ...plan, ...more },
});
const witnesses = [{ kind: "ping", address: "192.0.2.254" }] as const;
const mac = "52:54:00:00:00:01";

/** A backup whose timer runs out, and what follows: events by the time since then; timers fire when they are due. */
function asked(c: MachineConfig, until: number, events: readonly (readonly [number, object])[] = [], from?: State) {
  let state = from ?? { ...started(c), deadline: 0 };
  const told: (readonly [number, string])[] = [];
  const apply = (event: Event): void => {
    const next = step(state, event, c);
    state = next.state as typeof state;
    for (const what of kinds(next.effects)) told.push([event.now, what]);
  };
  let left = events;
  for (let now = 0; now <= until; ) {
    const due = state.name === "backup" ? (deadlineOf(state) ?? Infinity) : Infinity;
    const [next] = left;
    now = Math.min(due, next?.[0] ?? Infinity, until + 1);
    if (now > until) break;
    if (next && next[0] <= due) {
      left = left.slice(1);
      apply({ ...next[1], now } as Event);
    } else apply({ type: "timer", now, mayLead: true });
  }
  return { state, told };
}
const claimed = { type: "claimed", address: "192.0.2.100", hardwareAddress: mac, outranks: true };
const rival = (outranks: boolean) => ({ type: "rival", outranks });

describe("takeover_check: a backup whose timer runs out", () => {
  test("asks three times, and takes over when nobody has answered", () => {
    const { state, told } = asked(checked(), 900);
    expect(told.slice(0, 6)).toEqual([
      [0, "log timeout"],
      [0, "ask"],
      [300, "ask"],
      [600, "ask"],
      [900, "send 100"],
      [900, "enter master"],
    ]);
    expect(state.name).toBe("master");
  });

  test("stays BACKUP while somebody answers, tells of it once, and takes over when nobody does", () => {
    const { state, told } = asked(checked(), 4000, [
      [10, claimed],
      [20, claimed], // the answer of a second question does not matter
      [920, claimed],
    ]);
    expect(told).toEqual(
      expect.arrayContaining([
        [10, "log obstacle"],
        [910, "ask"],
        [1820, "ask"],
        [2720, "enter master"],
      ]),
    );
    expect(told.filter(([, what]) => what === "log obstacle")).toHaveLength(1);
    expect(state.name).toBe("master");
  });

  test("on_conflict take: takes over at once, and says what it met", () => {
    const { told } = asked(checked({ onConflict: "take" }), 100, [[10, claimed]]);
    expect(told.map(([at, what]) => `${at} ${what}`).slice(2, 5)).toEqual([
      "10 log obstacle",
      "10 send 100",
      "10 enter master",
    ]);
  });

  test.for([
    { name: "no witness answers, hold", noWitness: "hold", answer: false, state: "backup", obstacles: 1 },
    { name: "no witness answers, take", noWitness: "take", answer: false, state: "master", obstacles: 1 },
    { name: "one answers", noWitness: "hold", answer: true, state: "master", obstacles: 0 },
  ] as const)("$name", ({ noWitness, answer, state: name, obstacles }) => {
    const given = answer ? [[50, { type: "witness" }] as const] : [];
    const { state, told } = asked(checked({ witnesses, noWitness }), 5000, given);
    expect(state.name).toBe(name);
    expect(told.filter(([, what]) => what === "log obstacle")).toHaveLength(obstacles);
  });

  test("a witness that answers later lets it take over at the end of that round", () => {
    const { told } = asked(checked({ witnesses }), 3000, [[1000, { type: "witness" }]]);
    expect(told.find(([, what]) => what === "enter master")).toEqual([1800, "enter master"]);
  });

  test("an advert ends the asking; what is heard afterwards is no answer", () => {
    const { state, told } = asked(checked(), 1000, [
      [100, advert(150)],
      [200, claimed],
      [200, rival(true)],
      [200, { type: "witness" }],
    ]);
    expect(state).toMatchObject({ name: "backup", master: { priority: 150 }, deadline: 100 + 3609.375 });
    expect(state).not.toHaveProperty("check");
    expect(told).toHaveLength(2);
  });

  test("a goodbye (priority 0) is not asked about, nor a master that it hears and preempts", () => {
    const goodbye = run(checked(), [{ ...advert(0), now: 100 }], { ...started(checked()) } as State).state;
    expect(kinds(step(goodbye, { type: "timer", now: 5000, mayLead: true }, checked()).effects)).toContain(
      "enter master",
    );
    const lower: Event = { ...advert(50), now: 3000 };
    const preempting = run(checked(), [lower], started(checked())).state;
    expect(kinds(step(preempting, { type: "timer", now: 3610, mayLead: true }, checked()).effects)).toContain(
      "enter master",
    );
    expect(kinds(step(preempting, { type: "timer", now: 9000, mayLead: true }, checked()).effects)).toEqual([
      "log timeout",
      "ask",
    ]);
  });

  test("RFC 5227 §2.1.1: of two that ask, the lower hardware address waits once; who asks in vain is not waited for", () => {
    const lower = asked(checked(), 4000, [
      [100, rival(true)],
      [400, rival(true)],
    ]);
    expect(lower.told.find(([, what]) => what === "enter master")).toEqual([1900, "enter master"]);
    const higher = asked(checked(), 4000, [[100, rival(false)]]);
    expect(higher.told.find(([, what]) => what === "enter master")).toEqual([900, "enter master"]);
  });

  test("in a sync group it wants to be MASTER when it has asked, and no more when it is held", () => {
    const c = checked();
    const wanting = { ...started(c), deadline: 0, wantsMaster: true } as State;
    const timer = (now: number): Event => ({ type: "timer", now, mayLead: false });
    const passed = run(c, [timer(0), timer(300), timer(600), timer(900)], wanting).state;
    expect(passed).toMatchObject({ name: "backup", wantsMaster: true });
    expect(passed).not.toHaveProperty("check");
    const held = run(c, [timer(0), { ...claimed, now: 10 } as Event], wanting).state;
    expect(held).toMatchObject({ name: "backup", wantsMaster: false });
  });

  test("one that was handed over, and whose peer fell silent, asks before it takes part again", () => {
    const c = checked();
    const reason = "handed over by the administrator";
    const away = run(c, [{ type: "fault", now: 0, reason }], started(c)).state;
    const back = run(c, [{ type: "clear", now: 9000, reason, overdue: true }], away).state;
    expect(deadlineOf(back)).toBe(9000);
    expect(kinds(step(back, { type: "timer", now: 9000, mayLead: true }, c).effects)).toEqual(["log timeout", "ask"]);
  });

  test("a change of priority does not move a question", () => {
    const c = checked();
    const asking = run(c, [{ type: "timer", now: 0, mayLead: true }], { ...started(c), deadline: 0 } as State).state;
    expect(deadlineOf(run(c, [{ type: "priority", now: 10, priority: 50 }], asking).state)).toBe(deadlineOf(asking));
  });
});

describe("RFC 5227 §2.4: a master whose address is claimed by another", () => {
  const claim = (now: number, outranks: boolean): Event => ({ ...claimed, outranks, now }) as Event;
  const later = (now: number): State => {
    const { again: _, ...settled } = master as State & { again?: unknown };
    return { ...settled, sentAt: now, advertAt: now + 1000 } as State;
  };
  const timesOf = (events: readonly Event[]) => {
    const { effects } = run(v2, events, later(20_000));
    return effects.map((list) => kinds(list).join(" "));
  };

  test("claims it back at once, and tells those who are told of a worse master", () => {
    expect(timesOf([claim(20_000, true)])).toEqual(["announce electionForced"]);
  });

  test("afterwards the lower hardware address is silent, so that neighbours find one of both", () => {
    expect(timesOf([claim(20_000, true), claim(20_500, true)])).toEqual(["announce electionForced", ""]);
  });

  test("the higher one claims it back again when the gap is over", () => {
    const { state } = run(v2, [claim(20_000, false), claim(20_500, false)], later(20_000));
    expect(deadlineOf(state)).toBe(21_000);
    const goesOn = { ...state, sentAt: 29_500, advertAt: 30_500 } as State;
    expect(kinds(run(v2, [{ type: "timer", now: 30_000, mayLead: true }], goesOn).last)).toEqual(["announce"]);
  });

  test("when nobody has claimed it for a while it is announced once more, and the next claim is a new one", () => {
    const events: Event[] = [claim(20_000, true), { type: "unclaimed", now: 20_600 }, claim(20_700, true)];
    expect(timesOf(events)).toEqual(Array(3).fill("announce electionForced"));
  });

  test("nothing is announced without garp_lower_prio_repeat", () => {
    const c = { ...v2, garp: { ...v2.garp, lowerPrioRepeat: 0 } };
    const { effects } = run(c, [claim(20_000, false), claim(20_100, false)], later(20_000));
    expect(effects.map(kinds)).toEqual([["electionForced"], []]);
  });

  test("a master that stood still listens first", () => {
    expect(kinds(run(v2, [claim(90_000, true)], later(20_000)).last)).not.toContain("announce");
  });
});

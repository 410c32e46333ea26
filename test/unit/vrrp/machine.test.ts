import { describe, expect, test } from "vitest";
import { deadlineOf, type Event, step } from "../../../src/vrrp/machine.ts";
import { advert, backup, garp, kinds, master, run, started, v2, v3 } from "./machine-cases.ts";

describe("RFC 3768 §6.4.1, RFC 9568 §6.4.1: Initialize", () => {
  test("a router that is not the owner starts as BACKUP with a full Master_Down_Interval", () => {
    const { state, last } = run(v2, [{ type: "start", now: 1000 }]);
    expect(deadlineOf(state)).toBe(1000 + 3 * 1000 + (156 / 256) * 1000);
    expect(kinds(last)).toEqual(["removeAddresses", "enter backup", "notify"]);
  });

  test("the owner is MASTER at once: the advert leaves before the addresses come", () => {
    const { state, last } = run({ ...v2, priority: 255 }, [{ type: "start", now: 0 }]);
    expect(state.name).toBe("master");
    expect(kinds(last)).toEqual(["send 255", "enter master", "addAddresses", "announce", "notify"]);
  });

  test("an owner among members that are none waits as they do, from BACKUP with a timer that has run out", () => {
    const grouped = { ...v2, priority: 255, withOthers: true };
    const { state, last } = run(grouped, [{ type: "start", now: 500 }]);
    expect([state.name, deadlineOf(state)]).toEqual(["backup", 500]);
    expect(kinds(last)).toEqual(["removeAddresses", "enter backup", "notify"]);
    const waiting = step(state, { type: "timer", now: 500, mayLead: false }, grouped).state;
    expect(waiting).toMatchObject({ name: "backup", wantsMaster: true });
    expect(step(waiting, { type: "lead", now: 600 }, grouped).state.name).toBe("master");
    const fault = step(waiting, { type: "fault", now: 700, reason: "x" }, grouped).state;
    expect(step(fault, { type: "clear", now: 800, reason: "x" }, grouped).state).toMatchObject({
      name: "backup",
      deadline: 800,
    });
  });

  test("an owner that ignores adverts stays, whatever it hears; another one yields to a higher address", () => {
    const heard: Event = { ...advert(255), now: 10 };
    const owner = { ...v2, priority: 255 };
    const start: Event = { type: "start", now: 0 };
    expect(run({ ...owner, ownerIgnoresAdverts: true }, [start, heard]).state.name).toBe("master");
    expect(run(owner, [start, heard]).state.name).toBe("backup");
  });

  test("version 3 skews by the interval, so that fast adverts fail over fast", () => {
    expect(deadlineOf(started({ ...v3, advertIntervalMs: 10 }))).toBe(30 + (156 / 256) * 10);
  });

  test("state MASTER in a sync group waits one interval and the least skew", () => {
    expect(deadlineOf(started({ ...v2, quickStart: true }))).toBe(1000 + 1000 / 256);
  });

  test("a fault that is there at start keeps it from running", () => {
    const { state, last } = run(v2, [
      { type: "fault", now: 0, reason: "interface eth0 is down" },
      { type: "start", now: 1 },
    ]);
    expect(state.name).toBe("fault");
    expect(kinds(last)).toEqual(["enter fault", "removeAddresses", "notify"]);
  });

  test("a weight-0 script without a result holds the start without a notification, then the result decides", () => {
    const hold: Event[] = [
      { type: "hold", now: 0, reason: "script" },
      { type: "start", now: 1 },
    ];
    const held = run(v2, hold);
    expect([held.state.name, kinds(held.last)]).toEqual(["init", ["enter init", "removeAddresses"]]);
    expect(run(v2, [...hold, { type: "release", now: 5, reason: "script" }]).state.name).toBe("backup");
    const failed: Event[] = [...hold, { type: "fault", now: 5, reason: "script failed" }];
    expect(run(v2, failed).state.name).toBe("fault");
    expect(run(v2, [...failed, { type: "release", now: 5, reason: "script" }]).state.name).toBe("fault");
  });
});

describe("RFC 9568 §6.4.2: Backup", () => {
  const down = 3000 + (156 / 256) * 1000;
  test.for([
    { name: "a better master: three intervals and the skew from now", priority: 150, c: v2, deadline: 500 + down },
    { name: "an equal master is kept", priority: 100, c: v2, deadline: 500 + down },
    { name: "a leaving master (priority 0): only the skew is left", priority: 0, c: v2, deadline: 500 + 609.375 },
    { name: "a worse master, preempting: the timer runs on", priority: 50, c: v2, deadline: down },
    { name: "a worse master, nopreempt: it is kept", priority: 50, c: { ...v2, preempt: false }, deadline: 500 + down },
    {
      name: "a worse master while the preemption delay runs: it is kept",
      priority: 50,
      c: { ...v2, preemptDelayMs: 300_000 },
      deadline: 500 + down,
    },
  ])("$name", ({ priority, c, deadline }) => {
    const { state } = run(c, [{ ...advert(priority), now: 500 }], backup);
    expect([state.name, deadlineOf(state)]).toEqual(["backup", deadline]);
  });

  test("the preemption delay runs from the first worse advert; after it they are discarded", () => {
    const c = { ...v2, preemptDelayMs: 2000 };
    const at = (now: number): Event => ({ ...advert(50), now });
    const { state, effects } = run(c, [at(1000), at(2000), at(2999), at(3000), at(4000)], backup);
    expect(deadlineOf(state)).toBe(2999 + down);
    expect(effects.map((e) => e.length)).toEqual([0, 0, 0, 1, 1]);
  });

  test("a better advert cancels the preemption delay", () => {
    const c = { ...v2, preemptDelayMs: 2000 };
    const events: Event[] = [
      { ...advert(50), now: 1000 },
      { ...advert(150), now: 2000 },
      { ...advert(50), now: 3500 },
    ];
    expect(deadlineOf(run(c, events, backup).state)).toBe(3500 + down);
  });

  test("version 3 learns the master's interval, version 2 keeps its own", () => {
    const slow = { ...advert(150, { intervalMs: 5000 }), now: 0 };
    expect(deadlineOf(run(v3, [slow], started(v3)).state)).toBe(15_000 + (156 / 256) * 5000);
    expect(deadlineOf(run(v2, [slow], backup).state)).toBe(down);
  });

  test("when the timer runs out: advert first, then addresses, announcement, scripts", () => {
    const { last } = run(v2, [{ type: "timer", now: 3610, mayLead: true }], backup);
    expect(kinds(last)).toEqual(["log timeout", "send 100", "enter master", "addAddresses", "announce", "notify"]);
  });

  test("a timer that fires early does nothing", () => {
    expect(run(v2, [{ type: "timer", now: 3609, mayLead: true }], backup)).toMatchObject({ state: backup, last: [] });
  });

  test("an advert in time at the last moment keeps it BACKUP", () => {
    const { state } = run(
      v2,
      [
        { ...advert(150), now: 9000 },
        { type: "timer", now: 9000, mayLead: true },
      ],
      backup,
    );
    expect(state.name).toBe("backup");
  });

  test("a sync group that does not want MASTER yet makes it wait a full timer more", () => {
    const { state, last } = run(v2, [{ type: "timer", now: 3610, mayLead: false }], backup);
    expect([state.name, state.name === "backup" && state.wantsMaster, last]).toEqual(["backup", true, []]);
    expect(deadlineOf(state)).toBe(3610 + down);
    expect(run(v2, [{ type: "lead", now: 3700 }], state).state.name).toBe("master");
  });

  test("while it waits for its sync group, a preemption delay that is over is not begun anew", () => {
    const c = { ...v2, preemptDelayMs: 2000 };
    const worse = (now: number): Event => ({ ...advert(50), now });
    const waits: Event[] = [worse(1000), worse(2000), worse(3000), { type: "timer", now: 5610, mayLead: false }];
    const { state, last } = run(c, [...waits, worse(6000)], backup);
    expect([state.name === "backup" && state.wantsMaster, kinds(last)]).toEqual([true, ["log discarded"]]);
  });

  test.for([
    { from: 100, to: 80, moved: (20 / 256) * 1000 },
    { from: 100, to: 120, moved: (-20 / 256) * 1000 },
  ])(
    "a priority that goes from $from to $to moves the running timer by the difference of the skews",
    ({ to, moved }) => {
      const { state, last } = run(v2, [{ type: "priority", now: 100, priority: to }], backup);
      expect(deadlineOf(state)).toBeCloseTo((deadlineOf(backup) ?? 0) + moved, 6);
      expect(last).toEqual([{ do: "log", what: "priority", from: 100, to }]);
    },
  );

  test("lowered below the master's priority it accepts it again", () => {
    const { state } = run(
      v2,
      [
        { type: "priority", now: 0, priority: 80 },
        { ...advert(90), now: 3000 },
      ],
      backup,
    );
    expect(deadlineOf(state)).toBe(3000 + 3000 + (176 / 256) * 1000);
  });
});

describe("RFC 9568 §6.4.3: Master (Active)", () => {
  test("an advert each interval, without drift", () => {
    const { state, effects } = run(
      v2,
      [
        { type: "timer", now: 11_002, mayLead: true },
        { type: "timer", now: 12_001, mayLead: true },
      ],
      master,
    );
    expect(effects.map(kinds)).toEqual([["send 100"], ["send 100"]]);
    expect(deadlineOf(state)).toBe(13_000);
  });

  test("after a stall the next advert is one interval away, not a burst", () => {
    const { state, last } = run(v2, [{ type: "timer", now: 13_500, mayLead: true }], master);
    expect([kinds(last), deadlineOf(state)]).toEqual([["send 100"], 14_500]);
  });

  const thaw = { type: "timer", now: 13_610, mayLead: true } as const;
  const down = 3000 + (156 / 256) * 1000;
  const left = ["enter backup", "removeAddresses", "notify"];
  test("after standing still for longer than a backup waits it keeps its addresses, and is silent for a Master_Down_Interval", () => {
    const { state, last } = run(v2, [{ ...thaw, now: 13_710 }], master);
    expect([kinds(last), state.name, deadlineOf(state)]).toEqual([["log frozen"], "master", 13_710 + down]);
    const early = run(v2, [{ ...thaw, now: 17_000 }], state);
    expect([kinds(early.last), early.state]).toEqual([[], state]);
    const { last: again, state: leading } = run(v2, [{ ...thaw, now: 17_400 }], state);
    expect(kinds(again)).toEqual(["send 100", "enter master", "addAddresses", "announce"]);
    expect(leading).toMatchObject({ name: "master", advertAt: 18_400 });
    expect(leading).not.toHaveProperty("listensUntil");
  });

  test("a little later than a backup waits it sends at once: the advert may still be in time", () => {
    const { state, last } = run(v2, [{ ...thaw, now: 13_700 }], master);
    expect([kinds(last), state.name]).toEqual([["send 100"], "master"]);
  });

  test("a lower advert meanwhile makes it BACKUP: with nopreempt it stays so", () => {
    const heard = { ...advert(90), now: 20_000 };
    const { state, last } = run({ ...v2, preempt: false }, [heard], master);
    expect([kinds(last), state]).toMatchObject([["log frozen", ...left], { name: "backup", master: { priority: 90 } }]);
    const preempting = run(v2, [{ ...thaw, now: 19_000 }, heard], master);
    expect([kinds(preempting.last), preempting.state.name]).toEqual([[...left, "log discarded"], "backup"]);
  });

  test("while it listens, a goodbye shortens that to the skew, and no event makes it send", () => {
    const listening = run(v2, [{ ...thaw, now: 20_000 }], master).state;
    const goodbye = run(v2, [{ ...advert(0), now: 20_100 }], listening);
    expect([kinds(goodbye.last), deadlineOf(goodbye.state)]).toEqual([[], 20_100 + (156 / 256) * 1000]);
    const stopped = run(v2, [{ type: "stop", now: 20_100 }], listening);
    expect(kinds(stopped.last)).toEqual(["enter init", "removeAddresses", "notify"]);
    const fault = run(v2, [{ type: "fault", now: 20_100, reason: "down" }], listening);
    expect([kinds(fault.last), fault.state.name]).toEqual([["enter fault", "removeAddresses", "notify"], "fault"]);
    const group = run(v2, [{ type: "yield", now: 20_100, why: "its group" }], listening);
    expect([kinds(group.last), group.state.name]).toEqual([left, "backup"]);
    const lowered = run(v2, [{ type: "priority", now: 20_100, priority: 50 }], listening);
    expect(lowered.state).toMatchObject({ name: "master", priority: 50, listensUntil: 20_000 + down });
  });

  test("one that stands still again while it listens begins anew", () => {
    const listening = run(v2, [{ ...thaw, now: 20_000 }], master).state;
    const { last, state } = run(v2, [{ ...thaw, now: 30_000 }], listening);
    expect([kinds(last), deadlineOf(state)]).toEqual([[], 30_000 + down]);
  });

  test("timer_expired_backup: the backup that is reckoned with is one of that priority", () => {
    const c = { ...v2, timerExpiredBackupPriority: 254 };
    expect(kinds(run(c, [{ ...thaw, now: 13_110 }], master).last)).toEqual(["log frozen"]);
    expect(kinds(run(v2, [{ ...thaw, now: 13_110 }], master).last)).toEqual(["send 100"]);
  });

  test("a better advert that wakes it is answered once, so that the other announces its addresses again", () => {
    expect(kinds(run(v2, [{ ...advert(150), now: 20_000 }], master).last)).toEqual([
      ...["log frozen", "log higher", "send 100", "enter backup", "removeAddresses", "notify"],
    ]);
  });

  test("adverts that left by themselves are no silence, and an owner does not give way", () => {
    const sent: Event = { type: "sent", now: 19_000, nextAt: 20_000 };
    const timer: Event = { type: "timer", now: 20_000, mayLead: true };
    expect(kinds(run(v2, [sent, timer], master).last)[0]).toBe("send 100");
    const owner = { ...v2, priority: 255 };
    expect(kinds(run(owner, [timer], { ...master, priority: 255 }).last)[0]).toBe("send 255");
  });

  test("a reload and a word of its sync group find it listening too", () => {
    for (const event of [
      { type: "configured", now: 20_000, previous: v2 },
      { type: "announce", now: 20_000 },
    ] as const)
      expect(kinds(run(v2, [event], master).last)).toEqual(["log frozen"]);
    const yielding = run(v2, [{ type: "yield", now: 20_000, why: "its group" }], master);
    expect(kinds(yielding.last)).toEqual(["log frozen", ...left]);
  });

  test("the announcement is repeated after garp_master_delay", () => {
    const { state, effects } = run(
      v2,
      [11, 12, 13, 14, 15].map((s): Event => ({ type: "timer", now: s * 1000, mayLead: true })),
      master,
    );
    expect(effects.map(kinds)).toEqual([
      ["send 100"],
      ["send 100"],
      ["send 100"],
      ["send 100"],
      ["send 100", "announce"],
    ]);
    expect(deadlineOf(state)).toBe(16_000);
  });

  test("garp_master_refresh announces again and again", () => {
    const c = { ...v2, garp: { ...garp, masterDelayMs: 0, masterRefreshMs: 1500 } };
    const from = run(c, [{ type: "timer", now: 4000, mayLead: true }], backup).state;
    const at = (now: number): Event => ({ type: "timer", now, mayLead: true });
    const { effects } = run(c, [at(5000), at(5500), at(6000), at(7000)], from);
    expect(effects.map(kinds)).toEqual([["send 100"], ["announce"], ["send 100"], ["send 100", "announce"]]);
  });

  test.for([
    { name: "priority 0: an advert at once", seen: advert(0), effects: ["send 100"], to: "master" },
    {
      name: "a lower priority: new election forced, neighbours told",
      seen: advert(90),
      effects: ["log election", "send 100", "announce", "electionForced"],
      to: "master",
    },
    {
      name: "equal priority from a lower address: it has to yield",
      seen: advert(100, { order: -1 }),
      effects: ["log election", "send 100", "announce", "electionForced"],
      to: "master",
    },
    {
      name: "equal priority from a higher address: it wins",
      seen: advert(100, { order: 1 }),
      effects: ["log higher", "send 100", "enter backup", "removeAddresses", "notify"],
      to: "backup",
    },
    {
      name: "a higher priority wins, whatever its address",
      seen: advert(101, { order: -1 }),
      effects: ["log higher", "send 100", "enter backup", "removeAddresses", "notify"],
      to: "backup",
    },
    {
      name: "our own address and priority: told only",
      seen: advert(100, { order: 0 }),
      effects: ["log own"],
      to: "master",
    },
  ])("$name", ({ seen, effects, to }) => {
    const { state, last } = run(v2, [{ ...seen, now: 12_500 }], master);
    expect([kinds(last), state.name]).toEqual([effects, to]);
  });

  test("lower_prio_no_advert and higher_prio_send_advert", () => {
    const quiet = run({ ...v2, lowerPrioNoAdvert: true }, [{ ...advert(90), now: 12_500 }], master);
    expect(kinds(quiet.last)).toEqual(["log election", "announce", "electionForced"]);
    const left = run(
      v2,
      [
        { ...advert(0), now: 1000 },
        { type: "timer", now: 1610, mayLead: true },
      ],
      backup,
    ).state;
    const silent = run(v2, [{ ...advert(150), now: 2500 }], left);
    expect(kinds(silent.last)).toEqual(["log higher", "enter backup", "removeAddresses", "notify"]);
    const polite = run({ ...v2, higherPrioSendAdvert: true }, [{ ...advert(150), now: 2500 }], left);
    expect(kinds(polite.last)).toEqual(["log higher", "send 100", "enter backup", "removeAddresses", "notify"]);
  });

  test("whoever took over without a goodbye speaks once more when it yields: the other may not know that there were two", () => {
    const { last } = run(v2, [{ ...advert(150), now: 12_500 }], master);
    expect(kinds(last)).toContain("send 100");
  });

  test("an owner that ignores adverts announces its addresses again all the same", () => {
    const owner = { ...v2, priority: 255, ownerIgnoresAdverts: true };
    const { last } = run(owner, [
      { type: "start", now: 0 },
      { ...advert(100), now: 9000 },
    ]);
    expect(kinds(last)).toEqual(["announce"]);
  });

  test("the survivor of two masters announces again after garp_lower_prio_delay", () => {
    const c = { ...v2, garp: { ...garp, masterDelayMs: 0, lowerPrioDelayMs: 700 } };
    const from = run(c, [{ type: "timer", now: 4000, mayLead: true }], backup).state;
    const { effects } = run(
      c,
      [
        { ...advert(50), now: 6000.5 },
        { type: "timer", now: 6701, mayLead: true },
      ],
      from,
    );
    expect(effects.map(kinds)).toEqual([["log election", "send 100", "announce", "electionForced"], ["announce"]]);
  });

  test("a flood of adverts to answer costs at most a hundred adverts and one announcement a second", () => {
    const flood = Array.from({ length: 2000 }, (_, i): Event => ({ ...advert(i % 2 ? 0 : 90), now: 20_000 + i / 2 }));
    const all = run(v2, flood, master)
      .effects.flat()
      .map((e) => e.do);
    expect(all.filter((what) => what === "send").length).toBeLessThanOrEqual(101);
    expect(all.filter((what) => what === "announce").length).toBeLessThanOrEqual(2);
  });

  test("an answer that came too soon after an advert is given when the gap has passed", () => {
    const { state, last } = run(v2, [{ ...advert(0), now: 10_003 }], master);
    expect([last, deadlineOf(state)]).toEqual([[], 10_010]);
  });
});

describe("faults", () => {
  test("MASTER with a fault says priority 0 before and after it lets go", () => {
    const { state, last } = run(v2, [{ type: "fault", now: 12_000, reason: "interface eth0 is down" }], master);
    expect(kinds(last)).toEqual(["send 0", "enter fault", "removeAddresses", "send 0", "notify"]);
    expect(deadlineOf(state)).toBeUndefined();
  });

  test("the last fault gone: BACKUP with a full Master_Down_Interval", () => {
    const events: Event[] = [
      { type: "fault", now: 1, reason: "a" },
      { type: "fault", now: 2, reason: "b" },
      { type: "clear", now: 3, reason: "a" },
      { type: "clear", now: 4, reason: "b" },
    ];
    const { state, effects } = run(v2, events, backup);
    expect(effects.map(kinds)).toEqual([["enter fault", "notify"], [], [], ["enter backup", "notify"]]);
    expect(deadlineOf(state)).toBe(4 + 3609.375);
  });

  test("an owner freed of its fault is MASTER at once", () => {
    const owner = { ...v2, priority: 255 };
    const { state } = run(owner, [
      { type: "start", now: 0 },
      { type: "fault", now: 1, reason: "a" },
      { type: "clear", now: 2, reason: "a" },
    ]);
    expect(state.name).toBe("master");
  });
});

describe("stop, and the process that comes after a killed one", () => {
  test("a master says priority 0 once, then removes its addresses", () => {
    expect(kinds(run(v2, [{ type: "stop", now: 12_000 }], master).last)).toEqual([
      "send 0",
      "enter init",
      "removeAddresses",
      "notify",
    ]);
  });

  test("a backup only notifies", () => {
    expect(kinds(run(v2, [{ type: "stop", now: 12_000 }], backup).last)).toEqual(["enter init", "notify"]);
  });

  test("what was MASTER is MASTER again at once, its addresses never removed, its scripts not run again", () => {
    const { state, last } = run(v2, [{ type: "start", now: 7, resumed: { state: "master" } }]);
    expect([state.name, kinds(last)]).toEqual(["master", ["send 100", "enter master", "addAddresses", "announce"]]);
  });

  test("what was MASTER but has a fault now gives up its addresses, and says so", () => {
    const { state, last } = run(v2, [
      { type: "fault", now: 0, reason: "a" },
      { type: "start", now: 7, resumed: { state: "master" } },
    ]);
    expect([state.name, kinds(last)]).toEqual(["fault", ["send 0", "enter fault", "removeAddresses", "notify"]]);
  });

  test("what was BACKUP is not notified again, and remembers the master's interval", () => {
    const { state, last } = run(v3, [{ type: "start", now: 0, resumed: { state: "backup", masterIntervalMs: 200 } }]);
    expect(kinds(last)).toEqual(["removeAddresses", "enter backup"]);
    expect(deadlineOf(state)).toBe(600 + (156 / 256) * 200);
  });
});

describe("a new configuration", () => {
  test("MASTER stays MASTER, and proves it with an advert", () => {
    const slower = { ...v2, advertIntervalMs: 3000 };
    const { state, last } = run(slower, [{ type: "configured", now: 12_000, previous: v2 }], master);
    expect([state.name, kinds(last), deadlineOf(state)]).toEqual(["master", ["send 100"], 15_000]);
  });

  test("BACKUP's timer runs on when its length has not changed, and starts afresh when it has", () => {
    const same = run(v2, [{ type: "configured", now: 500, previous: v2 }], backup);
    expect(deadlineOf(same.state)).toBe(3609.375);
    const slower = { ...v2, advertIntervalMs: 3000 };
    const other = run(slower, [{ type: "configured", now: 500, previous: v2 }], backup);
    expect(deadlineOf(other.state)).toBe(500 + 9609.375);
  });
});

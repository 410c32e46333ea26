import { describe, expect, test } from "vitest";
import { desiredDestinations, desiredEntry } from "../../../src/virtual-server/desired.ts";
import type { Effects } from "../../../src/virtual-server/effects.ts";
import { virtualServerEvents } from "../../../src/virtual-server/log-events.ts";
import type { GroupPlan, VirtualServerPlan } from "../../../src/virtual-server/model.ts";
import {
  quorumAfter,
  reload,
  remove,
  settle,
  start,
  stop,
  type VirtualServerState,
} from "../../../src/virtual-server/state.ts";
import { isSuspended } from "../../../src/virtual-server/suspension.ts";
import { downWith, server, service, sorry, view } from "./plans.ts";
import { groupOf } from "./room.ts";

/** The effects as a person would note them down: log lines, "run HOOK", "mail SUBJECT"; lines of FIFOs are left out. */
const notes = (effects: Effects): string[] =>
  effects.flatMap((effect) => {
    if (effect.do === "event") return [];
    if (effect.do === "run") return `run ${effect.hook}: ${effect.script.argv.join(" ")}`;
    if (effect.do === "mail") return `mail ${effect.subject}`;
    return (virtualServerEvents[effect.event] as (fields: object) => string)(effect.fields);
  });

/** The destinations as "10.0.0.2:80 weight". */
const table = (plan: VirtualServerPlan, state: VirtualServerState): string[] =>
  [...desiredDestinations(plan, state)].map(([key, { weight }]) => `${key} ${weight}`);

/** The lines of FIFOs. */
const lines = (effects: Effects): string[] => effects.flatMap((effect) => (effect.do === "event" ? [effect.line] : []));

const hooks = { up: { argv: ["up.sh"] }, down: { argv: ["down.sh"] } };
const quorumHooks = { quorumUp: { argv: ["q-up.sh"] }, quorumDown: { argv: ["q-down.sh"] } };

describe("at the start", () => {
  test("servers without alpha are in the table before any check, and notify_up does not run for them", () => {
    const plan = service(1, [server(2, { notify: hooks }), server(3)]);
    const { state, effects } = start(plan, view(), 0);
    expect(table(plan, state)).toEqual(["10.0.0.2:80 1", "10.0.0.3:80 1"]);
    expect(notes(effects)).toEqual(["Gained quorum 1+0=1 <= 2 for VS [10.0.1.1]:tcp:80"]);
  });

  test("quorum_up runs at every start that reaches the quorum", () => {
    const { effects } = start(service(1, [server(2)], { notify: quorumHooks }), view(), 0);
    expect(notes(effects)).toContain("run quorum_up: q-up.sh");
  });

  test("an alpha server waits outside, or inside with weight 0 when it has inhibit_on_failure", () => {
    const plan = service(1, [server(2), server(3, { inhibitOnFailure: true })]);
    const { state } = start(plan, view({ c2: downWith("alpha"), c3: downWith("alpha") }), 0);
    expect(table(plan, state)).toEqual(["10.0.0.3:80 0"]);
  });

  test("without quorum the sorry server stands in, and quorum_down runs", () => {
    const plan = service(1, [server(2)], { sorryServer: sorry(9), notify: quorumHooks });
    const { state, effects } = start(plan, view({ c2: downWith("alpha") }), 0);
    expect(table(plan, state)).toEqual(["10.0.0.9:80 1"]);
    expect(notes(effects)).toEqual([
      "Starting with quorum down 1-0=1 > 0 for VS [10.0.1.1]:tcp:80",
      "Adding sorry server [10.0.0.9]:tcp:80 to VS [10.0.1.1]:tcp:80",
      "Removing alive servers from the pool for VS [10.0.1.1]:tcp:80",
      "run quorum_down: q-down.sh",
    ]);
  });

  test("a FIFO is told of servers and of the quorum, in keepalived's words", () => {
    const plan = service(1, [server(2)]);
    const up = start(plan, view(), 0);
    expect(lines(up.effects)).toEqual(["VS [10.0.1.1]:tcp:80 UP\n"]);
    const down = settle(up.state, plan, view({ c2: downWith("refused") }), 1);
    expect(lines(down.effects)).toEqual([
      "RS [10.0.0.2]:tcp:80 [10.0.1.1]:tcp:80 DOWN\n",
      "VS [10.0.1.1]:tcp:80 DOWN\n",
    ]);
  });

  test("without quorum and without a sorry server nothing is reported", () => {
    const plan = service(1, [server(2)], { notify: quorumHooks });
    expect(notes(start(plan, view({ c2: downWith("alpha") }), 0).effects)).toEqual([]);
  });
});

describe("a server that fails", () => {
  const plan = service(1, [server(2, { notify: hooks, smtpAlert: true }), server(3)]);
  const before = start(plan, view(), 0).state;

  test("leaves the table; the log says why, notify_down runs, the mail goes out", () => {
    const { state, effects } = settle(before, plan, view({ c2: downWith("10.0.0.2:80 refused the connection") }), 7);
    expect(table(plan, state)).toEqual(["10.0.0.3:80 1"]);
    expect(state.realServers.get("10.0.0.2:80")).toMatchObject({ alive: false, sinceWallMs: 7 });
    expect(notes(effects)).toEqual([
      "Removing service [10.0.0.2]:tcp:80 from VS [10.0.1.1]:tcp:80 (10.0.0.2:80 refused the connection)",
      "run notify_down: down.sh",
      "mail Realserver [10.0.0.2]:tcp:80 of virtual server [10.0.1.1]:tcp:80 - DOWN",
    ]);
  });

  test("with inhibit_on_failure stays with weight 0", () => {
    const inhibiting = service(1, [server(2, { inhibitOnFailure: true }), server(3)]);
    const { state, effects } = settle(start(inhibiting, view(), 0).state, inhibiting, view({ c2: downWith("x") }), 7);
    expect(table(inhibiting, state)).toEqual(["10.0.0.2:80 0", "10.0.0.3:80 1"]);
    expect(notes(effects)).toEqual(["Disabling service [10.0.0.2]:tcp:80 of VS [10.0.1.1]:tcp:80 (x)"]);
  });

  test("comes back when its last failed checker recovers, with notify_up", () => {
    const down = settle(before, plan, view({ c2: downWith("x") }), 7).state;
    const { state, effects } = settle(down, plan, view(), 9);
    expect(table(plan, state)).toEqual(["10.0.0.2:80 1", "10.0.0.3:80 1"]);
    expect(notes(effects).slice(0, 2)).toEqual([
      "Adding service [10.0.0.2]:tcp:80 to VS [10.0.1.1]:tcp:80",
      "run notify_up: up.sh",
    ]);
  });
});

describe("weights", () => {
  const plan = service(1, [server(2, { weight: 3 }), server(3)]);

  test("misc_dynamic changes the weight of a server that serves", () => {
    const { state, effects } = settle(start(plan, view(), 0).state, plan, view({ c2: { weight: 10 } }), 1);
    expect(table(plan, state)).toEqual(["10.0.0.2:80 10", "10.0.0.3:80 1"]);
    expect(notes(effects)).toEqual([
      "Changing weight from 3 to 10 for active service [10.0.0.2]:tcp:80 of VS [10.0.1.1]:tcp:80",
    ]);
  });

  test("a server of weight 0 does not count for the quorum", () => {
    const { state } = settle(start(plan, view(), 0).state, plan, view({ c2: { weight: 0 }, c3: downWith("x") }), 1);
    expect(state.quorumUp).toBe(false);
  });
});

describe("slow_start", () => {
  const slow = service(1, [server(2, { weight: 10, slowStartMs: 10_000 }), server(3)], { quorum: 5 });
  const back = (() => {
    const down = settle(start(slow, view(), 0).state, slow, view({ c2: downWith("x") }), 1).state;
    return settle(down, slow, view(), 1000).state;
  })();

  test("the quorum counts the whole weight from the first moment", () => {
    expect([table(slow, back), back.quorumUp]).toEqual([["10.0.0.2:80 1", "10.0.0.3:80 1"], true]);
  });

  test.for([
    { weight: 100, atMs: 6000, served: 50 },
    { weight: 2, atMs: 6000, served: 1 },
    { weight: 0, atMs: 6000, served: 0 },
    { weight: 100, atMs: 11_000, served: 100 },
    { weight: 100, atMs: 500, served: 100 }, // the clock was put back
  ])("misc_dynamic says $weight meanwhile: $served of it at $atMs ms", ({ weight, atMs, served }) => {
    const { state } = settle(back, slow, view({ c2: { weight } }), atMs);
    expect(table(slow, state)).toContain(`10.0.0.2:80 ${served}`);
    expect(state.quorumUp).toBe(weight + 1 >= 5);
  });

  test("one that fails on its way, and comes back, begins anew", () => {
    const down = settle(back, slow, view({ c2: downWith("x") }), 8000).state;
    expect(table(slow, down)).toEqual(["10.0.0.3:80 1"]);
    expect(table(slow, settle(down, slow, view(), 9000).state)).toContain("10.0.0.2:80 1");
  });
});

describe("quorum", () => {
  test.for([
    { up: false, sum: 2, quorum: 3, hysteresis: 0, after: false },
    { up: false, sum: 3, quorum: 3, hysteresis: 0, after: true },
    { up: false, sum: 3, quorum: 3, hysteresis: 1, after: false },
    { up: false, sum: 4, quorum: 3, hysteresis: 1, after: true },
    { up: true, sum: 3, quorum: 3, hysteresis: 1, after: true },
    { up: true, sum: 2, quorum: 3, hysteresis: 1, after: true },
    { up: true, sum: 1, quorum: 3, hysteresis: 1, after: false },
    { up: true, sum: 0, quorum: 1, hysteresis: 0, after: false },
  ])("quorum $quorum, hysteresis $hysteresis, up $up, weight $sum: up $after", ({ up, sum, after, ...plan }) => {
    expect(quorumAfter(up, sum, service(1, [], plan))).toBe(after);
  });

  test("lost with a sorry server: the servers that are still alive make way for it, and come back with the quorum", () => {
    const plan = service(1, [server(2), server(3)], {
      quorum: 2,
      sorryServer: sorry(9),
      notify: quorumHooks,
      smtpAlert: true,
    });
    const started = start(plan, view(), 0).state;
    const lost = settle(started, plan, view({ c2: downWith("x") }), 1);
    expect(table(plan, lost.state)).toEqual(["10.0.0.9:80 1"]);
    expect(notes(lost.effects)).toEqual([
      "Removing service [10.0.0.2]:tcp:80 from VS [10.0.1.1]:tcp:80 (x)",
      "Lost quorum 2-0=2 > 1 for VS [10.0.1.1]:tcp:80",
      "Adding sorry server [10.0.0.9]:tcp:80 to VS [10.0.1.1]:tcp:80",
      "Removing alive servers from the pool for VS [10.0.1.1]:tcp:80",
      "run quorum_down: q-down.sh",
      "mail Virtualserver [10.0.1.1]:tcp:80 - DOWN",
    ]);
    const gained = settle(lost.state, plan, view(), 2);
    expect(table(plan, gained.state)).toEqual(["10.0.0.2:80 1", "10.0.0.3:80 1"]);
    expect(notes(gained.effects)).toEqual([
      "Adding service [10.0.0.2]:tcp:80 to VS [10.0.1.1]:tcp:80",
      "Gained quorum 2+0=2 <= 2 for VS [10.0.1.1]:tcp:80",
      "Removing sorry server [10.0.0.9]:tcp:80 from VS [10.0.1.1]:tcp:80",
      "Adding alive servers to the pool for VS [10.0.1.1]:tcp:80",
      "run quorum_up: q-up.sh",
      "mail Virtualserver [10.0.1.1]:tcp:80 - UP",
    ]);
  });

  test("lost without a sorry server: who is alive goes on", () => {
    const plan = service(1, [server(2), server(3)], { quorum: 2 });
    const lost = settle(start(plan, view(), 0).state, plan, view({ c2: downWith("x") }), 1);
    expect([lost.state.quorumUp, table(plan, lost.state)]).toEqual([false, ["10.0.0.3:80 1"]]);
  });

  test("with inhibit_on_failure the servers that make way stay with weight 0", () => {
    const plan = service(1, [server(2, { inhibitOnFailure: true }), server(3)], { quorum: 2, sorryServer: sorry(9) });
    const lost = settle(start(plan, view(), 0).state, plan, view({ c3: downWith("x") }), 1);
    expect(table(plan, lost.state)).toEqual(["10.0.0.2:80 0", "10.0.0.9:80 1"]);
  });
});

describe("sorry server", () => {
  test("with sorry_server_inhibit it waits in the table with weight 0", () => {
    const plan = service(1, [server(2)], { sorryServer: sorry(9, { inhibit: true }) });
    const { state } = start(plan, view(), 0);
    expect(table(plan, state)).toEqual(["10.0.0.2:80 1", "10.0.0.9:80 0"]);
    expect(table(plan, settle(state, plan, view({ c2: downWith("x") }), 1).state)).toEqual(["10.0.0.9:80 1"]);
  });

  test("one that is a real server too serves while it is alive, and stands in when the quorum is lost", () => {
    const plan = service(1, [server(2), server(3)], { quorum: 2, sorryServer: sorry(3) });
    const { state } = start(plan, view(), 0);
    expect(table(plan, state)).toEqual(["10.0.0.2:80 1", "10.0.0.3:80 1"]);
    expect(table(plan, settle(state, plan, view({ c2: downWith("x") }), 1).state)).toEqual(["10.0.0.3:80 1"]);
  });
});

describe("a reload", () => {
  const plan = service(1, [server(2, { notify: hooks }), server(3)], { quorum: 1, notify: quorumHooks });
  const before = settle(start(plan, view(), 0).state, plan, view({ c3: downWith("x") }), 5).state;

  test("keeps who is up and who is down, since when, and the quorum, and tells nothing", () => {
    const { state, effects } = reload(before, plan, plan, view({ c3: downWith("x") }), 9);
    expect([state, effects]).toEqual([before, []]);
  });

  test("tells of a server that it removes, and runs its notify_down", () => {
    const smaller = service(1, [server(3)]);
    expect(notes(reload(before, plan, smaller, view(), 9).effects).slice(0, 3)).toEqual([
      "service [10.0.0.2]:tcp:80 no longer exist in VS [10.0.1.1]:tcp:80",
      "Removing service [10.0.0.2]:tcp:80 from VS [10.0.1.1]:tcp:80",
      "run notify_down: down.sh",
    ]);
  });

  test("takes a new server as at a start: up, without notify_up", () => {
    const larger = service(1, [server(2), server(3), server(4, { notify: hooks })]);
    const { state, effects } = reload(before, plan, larger, view({ c3: downWith("x") }), 9);
    expect(table(larger, state)).toEqual(["10.0.0.2:80 1", "10.0.0.4:80 1"]);
    expect(effects).toEqual([]);
  });

  test("brings a server back whose failed checker it removes", () => {
    const unchecked = service(1, [server(2), server(3, { checkers: [] })]);
    const { state, effects } = reload(before, plan, unchecked, view(), 9);
    expect(table(unchecked, state)).toEqual(["10.0.0.2:80 1", "10.0.0.3:80 1"]);
    expect(notes(effects)).toEqual(["Adding service [10.0.0.3]:tcp:80 to VS [10.0.1.1]:tcp:80"]);
  });

  test("applies a changed weight to a server that serves", () => {
    const heavier = service(1, [server(2, { weight: 5 }), server(3)]);
    expect(table(heavier, reload(before, plan, heavier, view({ c3: downWith("x") }), 9).state)).toEqual([
      "10.0.0.2:80 5",
    ]);
  });

  test("changed thresholds reach the table", () => {
    const limited = service(1, [server(2, { upperThreshold: 100, lowerThreshold: 50 }), server(3)]);
    const { state } = reload(before, plan, limited, view(), 9);
    expect(desiredDestinations(limited, state).get("10.0.0.2:80")).toMatchObject({
      upperThreshold: 100,
      lowerThreshold: 50,
    });
  });

  test("a virtual server that it removes is told, with its servers", () => {
    expect(notes(remove(before, plan))).toEqual([
      "Removing Virtual Server [10.0.1.1]:tcp:80",
      "service [10.0.0.2]:tcp:80 no longer exist in VS [10.0.1.1]:tcp:80",
      "Removing service [10.0.0.2]:tcp:80 from VS [10.0.1.1]:tcp:80",
      "run notify_down: down.sh",
      "service [10.0.0.3]:tcp:80 no longer exist in VS [10.0.1.1]:tcp:80",
      "run quorum_down: q-down.sh",
    ]);
  });
});

describe("a stop", () => {
  const realServers = [server(2, { notify: hooks })];

  test("is silent for scripts and mails", () => {
    const plan = service(1, realServers, { notify: quorumHooks });
    expect(notes(stop(start(plan, view(), 0).state, plan))).toEqual([
      "Shutting down service [10.0.0.2]:tcp:80 from VS [10.0.1.1]:tcp:80",
    ]);
  });

  test("with omega runs notify_down and quorum_down", () => {
    const plan = service(1, realServers, { notify: quorumHooks, omega: true });
    expect(notes(stop(start(plan, view(), 0).state, plan)).filter((note) => note.startsWith("run"))).toEqual([
      "run notify_down: down.sh",
      "run quorum_down: q-down.sh",
    ]);
  });

  test("with omega runs quorum_down while the quorum is lost too, and with a flush nothing of the servers", () => {
    const plan = service(1, realServers, { notify: quorumHooks, omega: true });
    const started = start(plan, view(), 0).state;
    const runs = (state: typeof started, flushed: boolean) =>
      notes(stop(state, plan, flushed)).filter((note) => note.startsWith("run") || note.startsWith("Shutting"));
    expect(runs({ ...started, quorumUp: false, realServers: new Map() }, false).slice(1)).toEqual([
      "run quorum_down: q-down.sh",
    ]);
    expect(runs(started, true)).toEqual(["run quorum_down: q-down.sh"]);
  });
});

test.for([
  { of: "an address that is not here", group: undefined, local: [], suspended: true },
  { of: "an address that is here", group: undefined, local: ["10.0.1.1"], suspended: false },
  {
    of: "a group with one of its addresses here",
    group: groupOf("10.0.1.1", 2),
    local: ["10.0.1.2"],
    suspended: false,
  },
  { of: "a group with a mark", group: withMark(groupOf("10.0.1.1", 2)), local: [], suspended: false },
])("ha_suspend of $of: suspended $suspended", ({ group, local, suspended }) => {
  const plan = service(1, [server(2)], { haSuspend: true, ...(group && { group }) });
  const here: readonly string[] = local;
  expect(isSuspended(plan, (address) => here.includes(address))).toBe(suspended);
});

function withMark(group: GroupPlan): GroupPlan {
  return { ...group, ranges: [...group.ranges, { kind: "fwmark", family: 4, fwmark: 7 }] };
}

test("a persistence engine goes with persistence only", () => {
  const plan = service(1, [server(2)], { persistenceEngine: "sip" });
  const engineOf = (of: typeof plan) => desiredEntry(of, start(of, view(), 0).state).service.engine;
  expect([engineOf(plan), engineOf({ ...plan, persistenceTimeoutS: 60 })]).toEqual([undefined, "sip"]);
});

test("of the servers of which there is nothing new the states are the same values, and so nobody looks at them again", () => {
  const plan = service(1, [server(2), server(3), server(4, { slowStartMs: 10_000 })]);
  const before = start(plan, view({}), 0).state;
  const died = settle(before, plan, view({ c3: downWith("refused") }), 1000).state;
  const same = [...died.realServers].filter(([key, state]) => before.realServers.get(key) === state);
  expect(same.map(([key]) => key)).toEqual(["10.0.0.2:80", "10.0.0.4:80"]);
  const back = settle(died, plan, view({ c4: downWith("refused") }), 2000).state;
  const rising = settle(back, plan, view({}), 3000).state;
  expect(rising.realServers.get("10.0.0.4:80")?.served).toBe(1);
  expect(settle(rising, plan, view({}), 8000).state.realServers.get("10.0.0.4:80")).toMatchObject({ alive: true });
  expect(rising.realServers.get("10.0.0.3:80")).toBe(back.realServers.get("10.0.0.3:80"));
});

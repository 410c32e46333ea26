import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { desiredTable } from "../../../src/virtual-server/entries.ts";
import type { VirtualServerPlan } from "../../../src/virtual-server/model.ts";
import { virtualServerKey } from "../../../src/virtual-server/names.ts";
import {
  afterCounting,
  command,
  isNamed,
  type Overrides,
  parseOverrides,
  printOverrides,
  withOverrides,
} from "../../../src/virtual-server/overrides.ts";
import { parseRsCommand, parseServerName, type RsCommand } from "../../../src/virtual-server/rs-command.ts";
import { settle, start } from "../../../src/virtual-server/state.ts";
import { downWith, server, service, sorry, view } from "./plans.ts";

const plans = [service(1, [server(2), server(3)]), service(2, [server(2, { weight: 5 })])];
const given = (words: object): RsCommand => parseRsCommand(words) as RsCommand;
const say = (overrides: Overrides, words: object, wallMs = 0) => command(overrides, given(words), plans, wallMs);

/** The destinations of the first plan under overrides, as "10.0.0.2:80 weight". */
function table(overrides: Overrides, states = view(), of: VirtualServerPlan = plans[0] as VirtualServerPlan): string[] {
  const plan = withOverrides(of, overrides);
  const { state } = settle(start(of, view(), 0).state, plan, states, 1);
  const entry = desiredTable([plan], new Map([[virtualServerKey(plan), state]]))
    .values()
    .next().value;
  return [...(entry?.destinations ?? [])].map(([key, { weight }]) => `${key} ${weight}`);
}

describe("what is said of a real server", () => {
  test("of an address it is for all its ports and virtual servers; of one virtual server for that", () => {
    expect(say({}, { do: "disable", server: "10.0.0.2" }).changed).toHaveLength(2);
    expect(say({}, { do: "disable", server: "10.0.0.2:80", service: "10.0.1.2:80/tcp" }).changed).toHaveLength(1);
    expect(say({}, { do: "disable", server: "10.0.0.2:81" }).changed).toEqual([]);
    const grouped = [service(1, [server(2, { port: 0, namedPort: 80 })])];
    const of = (words: object, overrides: Overrides = {}) => command(overrides, given(words), grouped, 0);
    const said = of({ do: "disable", server: "10.0.0.2:80" });
    expect(said.changed).toMatchObject([{ address: "10.0.0.2", port: 0 }]);
    expect(of({ do: "enable", server: "10.0.0.2:80" }, said.overrides).changed).toHaveLength(1);
    expect(say({}, { do: "disable", server: "10.0.0.2", service: "10.0.1.9:80" }).changed).toEqual([]);
  });

  test.for([
    { words: { do: "disable" }, want: ["10.0.0.3:80 1"] },
    { words: { do: "weight", weight: 7 }, want: ["10.0.0.2:80 7", "10.0.0.3:80 1"] },
    { words: { do: "drain" }, want: ["10.0.0.2:80 0", "10.0.0.3:80 1"] },
  ])("$words.do", ({ words, want }) => {
    expect(table(say({}, { ...words, server: "10.0.0.2" }).overrides)).toEqual(want);
  });

  test.for([
    { after: "remove", want: ["10.0.0.3:80 1"] },
    { after: "stay", want: ["10.0.0.2:80 0", "10.0.0.3:80 1"] },
  ])("a drained one: $after", ({ after, want }) => {
    const { overrides, changed } = say({}, { do: "drain", server: "10.0.0.2", after });
    const keys = Object.keys(overrides);
    expect(afterCounting(overrides, new Map(keys.map((key) => [key, 1])), 9).changed).toEqual([]);
    const drained = afterCounting(overrides, new Map(keys.map((key) => [key, 0])), 9);
    expect(drained.changed).toHaveLength(changed.length);
    expect(table(drained.overrides)).toEqual(want);
  });

  test("a deadline ends a draining that connections hold up, and one that cannot be counted", () => {
    const { overrides } = say({}, { do: "drain", server: "10.0.0.3", deadlineMs: 5000 }, 1000);
    expect(afterCounting(overrides, new Map(), 5999).changed).toEqual([]);
    expect(afterCounting(overrides, new Map(), 6000).changed).toMatchObject([{ drained: "deadline" }]);
  });

  test("the last server that drains keeps its connections beside the sorry server", () => {
    const lonely = service(1, [server(2)], { sorryServer: sorry(9) });
    const drained = command({}, given({ do: "drain", server: "10.0.0.2" }), [lonely], 0).overrides;
    expect(table(drained, view(), lonely)).toEqual(["10.0.0.2:80 0", "10.0.0.9:80 1"]);
    const disabled = command({}, given({ do: "disable", server: "10.0.0.2" }), [lonely], 0).overrides;
    expect(table(disabled, view(), lonely)).toEqual(["10.0.0.9:80 1"]);
  });

  test("checks go on: one that drains and fails is out, and a weight waits for a server that is down", () => {
    const { overrides } = say({}, { do: "drain", server: "10.0.0.2" });
    expect(table(overrides, view({ c2: downWith("x") }))).toEqual(["10.0.0.3:80 1"]);
    const heavy = say({}, { do: "weight", server: "10.0.0.2", weight: 9 }).overrides;
    expect(table(heavy, view({ c2: downWith("x") }))).toEqual(["10.0.0.3:80 1"]);
  });

  test("enable takes back what was said, of servers that are not configured any more too", () => {
    const { overrides } = say({}, { do: "disable", server: "10.0.0.2" });
    const enabled = command(overrides, given({ do: "enable", server: "10.0.0.2" }), [], 0);
    expect(enabled).toMatchObject({ overrides: {}, changed: [{}, {}] });
    expect(say(overrides, { do: "enable", server: "10.0.0.2", service: "10.0.1.1:80" }).changed).toHaveLength(1);
  });
});

test("a virtual server is named as logs, the table or the file do", () => {
  const [plan] = plans as [VirtualServerPlan];
  for (const name of ["[10.0.1.1]:tcp:80", "tcp:10.0.1.1:80", "10.0.1.1:80", "10.0.1.1:80/TCP"])
    expect(isNamed(plan, name)).toBe(true);
  expect(isNamed(plan, "10.0.1.1")).toBe(false);
  expect(isNamed({ ...plan, id: { kind: "fwmark", family: 4, fwmark: 7 } }, "fwm:7")).toBe(true);
});

test.for([
  ["10.0.0.2", { address: "10.0.0.2" }],
  ["10.0.0.2:80", { address: "10.0.0.2", port: 80 }],
  ["2001:DB8::2", { address: "2001:db8::2" }],
  ["[2001:db8::2]:80", { address: "2001:db8::2", port: 80 }],
  ["[2001:db8::2]", { address: "2001:db8::2" }],
  ["10.0.0.2:70000", undefined],
  ["10.0.0", undefined],
  ["web1", undefined],
  ["", undefined],
] as const)("%s as a real server", ([text, want]) => {
  expect(parseServerName(text)).toEqual(want);
});

test("anything at all is a command or none, and a file of anything is overrides", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect(parseRsCommand(value)).toBeUndefined();
      expect(parseOverrides({ version: 1, overrides: [value] })).toEqual({});
      parseOverrides(value);
    }),
  );
});

test("what is written to the file is what is read from it", () => {
  const { overrides } = say(say({}, { do: "drain", server: "10.0.0.2", deadlineMs: 9 }).overrides, {
    do: "weight",
    server: "10.0.0.3",
    weight: 0,
  });
  expect(parseOverrides(JSON.parse(printOverrides(overrides)))).toEqual(overrides);
});

test("without overrides the plan is the same value", () => {
  expect(withOverrides(plans[0] as VirtualServerPlan, {})).toBe(plans[0]);
});

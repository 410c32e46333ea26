import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { widthOf } from "../../../../src/cli/text-width.ts";
import { draw, type ScreenLine } from "../../../../src/cli/watch/draw.ts";
import { keyOf } from "../../../../src/cli/watch/keys.ts";
import { paintLine, repaint } from "../../../../src/cli/watch/paint.ts";
import { firstView, type Key, step, type View } from "../../../../src/cli/watch/view.ts";
import { outlineOf } from "../../../../src/outline/status.ts";
import type { DirectorStatus } from "../../../../src/process/status.ts";
import { situations } from "../situations.ts";
import { manyServers } from "./many-servers.ts";

const NAMED = /^(up|down|left|right|home|end|pageup|pagedown|return|escape|backspace|space|f1|ctrl-\w)$/;

/** "q", "down", "ctrl-c". */
const key = (word: string): Key => {
  const [, ctrl] = /^ctrl-(\w)$/.exec(word) ?? [];
  if (ctrl) return { name: ctrl, ctrl: true, text: "" };
  return { name: word, ctrl: false, text: NAMED.test(word) ? (word === "space" ? " " : "") : word };
};

const watching = (status: DirectorStatus, columns = 100, rows = 24): View =>
  pressed(firstView(columns, rows), { type: "told", outline: outlineOf(status) });

function pressed(view: View, ...events: readonly (string | Parameters<typeof step>[1])[]): View {
  return events.reduce<View>((now, event) => {
    const next = step(now, typeof event === "string" ? { type: "key", key: key(event) } : event);
    if (next === undefined) throw new Error(`${JSON.stringify(event)} quits`);
    return next;
  }, view);
}

const text = ({ spans }: ScreenLine): string =>
  spans
    .map((one) => one.text)
    .join("")
    .trimEnd();
const screen = (view: View, nowMs = 0): string => `${draw(view, nowMs).map(text).join("\n")}\n`;
const typing = (words: string): string[] => [...words];

describe("the screen of a director", () => {
  test.for(Object.entries(situations))("%s", async ([name, { status }]) => {
    const file = name.replaceAll(" ", "-");
    await expect(screen(watching(status, 110, 24))).toMatchFileSnapshot(`../../../golden/watch/${file}.txt`);
  });

  test("at 60 columns what is optional is left out, and the reason is still there", async () => {
    const view = watching(situations.backup.status, 60, 16);
    await expect(screen(view)).toMatchFileSnapshot("../../../golden/watch/narrow.txt");
  });

  test("a server and an instance, expanded", async () => {
    const view = pressed(watching(situations["one server down"].status, 100, 30), "end", "return");
    const both = pressed(view, "home", "down", "down", "down", "return");
    await expect(screen(both)).toMatchFileSnapshot("../../../golden/watch/expanded.txt");
  });

  test("help", async () => {
    const view = pressed(watching(situations["all well"].status, 100, 24), "?");
    await expect(screen(view)).toMatchFileSnapshot("../../../golden/watch/help.txt");
    expect(pressed(view, "x").help).toBe(false);
  });
});

describe("keys", () => {
  test("q, Ctrl-C and Ctrl-D quit, and while a filter is typed q is a letter", () => {
    const view = watching(situations["all well"].status);
    for (const one of ["q", "ctrl-c", "ctrl-d"]) expect(step(view, { type: "key", key: key(one) })).toBeUndefined();
    const typed = pressed(view, "/", "q");
    expect(typed.selection.filter).toBe("q");
    expect(step(typed, { type: "key", key: key("ctrl-c") })).toBeUndefined();
  });

  test("the cursor stands on rows, never on headings, and goes from end to end", () => {
    const view = watching(situations["all well"].status);
    const at = (of: View) => of.lines[of.at.index];
    expect(at(view)).toMatchObject({ kind: "row", key: "process parent" });
    expect(at(pressed(view, "down", "down", "down"))).toMatchObject({ key: "instance VI_1" });
    expect(at(pressed(view, "down", "down", "down", "up"))).toMatchObject({ key: "process vrrp" });
    expect(at(pressed(view, "end"))).toMatchObject({ row: { name: "[10.0.0.12]:tcp:80" } });
    expect(pressed(view, "end", "home").at).toEqual(view.at);
    expect(pressed(view, "up").at).toEqual(view.at);
  });

  test("a filter works while it is typed; Esc takes back what was typed, and then all", () => {
    const view = watching(manyServers(2000, 2000));
    const found = pressed(view, "/", ...typing("10.0.3.7]"));
    expect(screen(found)).toContain("filter: 10.0.3.7]_");
    expect(screen(found)).toContain("[10.0.3.7]:tcp:80");
    expect(found.lines.filter(({ kind }) => kind === "row")).toHaveLength(2);
    const kept = pressed(found, "return");
    expect(screen(kept)).toContain("/ filter: 10.0.3.7]");
    expect(pressed(kept, "/", "x", "escape").selection.filter).toBe("10.0.3.7]");
    expect(pressed(kept, "/", "backspace").selection.filter).toBe("10.0.3.7");
    expect(pressed(kept, "escape").lines).toEqual(view.lines);
    expect(screen(pressed(view, "/", ...typing("nowhere")))).toContain("nothing has nowhere in it; Esc shows all");
  });

  test("only what is not well, with what it belongs to; and nothing where all is well", () => {
    const view = pressed(watching(manyServers(2000, 500)), "t");
    const rows = view.lines.filter((line) => line.kind === "row");
    expect(rows.filter(({ depth }) => depth === 0)).toHaveLength(4);
    expect(rows.filter(({ depth }) => depth === 1)).toHaveLength(20);
    expect(screen(pressed(watching(situations["all well"].status), "t"))).toContain("everything is well");
  });

  test("sorting: worst first, latest change first, most connections, names by their numbers; back again with S", () => {
    const names = (view: View): string[] =>
      view.lines.flatMap((line) => (line.kind === "row" && line.depth === 1 ? [line.row.name] : []));
    const view = watching(manyServers(120, 120));
    const worst = pressed(view, "s");
    expect(names(worst).slice(0, 2)).toEqual(["[10.0.0.99]:tcp:80", "[10.0.0.0]:tcp:80"]);
    expect(screen(worst)).toContain("s sort: worst first");
    const byName = pressed(worst, "s", "s", "s");
    expect(byName.selection.order).toBe("name");
    expect(names(byName)).toEqual(names(view));
    expect(names(byName).indexOf("[10.0.0.9]:tcp:80")).toBeLessThan(names(byName).indexOf("[10.0.0.10]:tcp:80"));
    expect(pressed(byName, "s").selection.order).toBe("as configured");
    expect(pressed(view, "S").selection.order).toBe("name");
  });

  test("Enter expands and folds, right and left only one of them, e all virtual servers", () => {
    const view = watching(manyServers(2000, 500));
    const count = (of: View): number => of.lines.length;
    expect(screen(view)).toContain("+ [192.0.2.1]:tcp:80");
    const down = pressed(view, "down", "down", "down", "down", "down");
    expect(down.lines[down.at.index]).toMatchObject({ key: "service [192.0.2.1]:tcp:80", open: false });
    const open = pressed(down, "return");
    expect(count(open)).toBe(count(view) + 500);
    expect(count(pressed(open, "right"))).toBe(count(open));
    expect(count(pressed(open, "left"))).toBe(count(view));
    expect(count(pressed(view, "e"))).toBe(count(view) + 2000);
    expect(count(pressed(view, "e", "e"))).toBe(count(view));
  });
});

describe("a director that goes away", () => {
  const reason = "no director answers at /run/x.sock";
  test("is told with how long it is silent, what it said stays, and is forgotten when it answers", () => {
    const { status } = situations["all well"];
    const silent = pressed(watching(status), { type: "silent", silence: { reason, sinceMs: 1000 } });
    expect(screen(silent, 66_000)).toContain(`NO ANSWER for 1 min 5 s, what is shown is as old: ${reason}`);
    expect(screen(silent)).toContain("MASTER of VI_1");
    expect(screen(pressed(silent, { type: "told", outline: outlineOf(status) }))).not.toContain("NO ANSWER");
  });

  test("and one that never answered", () => {
    const view = pressed(firstView(80, 10), { type: "silent", silence: { reason, sinceMs: 0 } });
    expect(screen(view, 5000)).toContain(`NO ANSWER for 5 s: ${reason}`);
  });
});

test("the cursor stays on its server when others come and go", () => {
  const all = manyServers(100, 100);
  const view = pressed(watching(all), "/", ...typing("10.0.0.50"), "return", "end", "escape");
  expect(view.lines[view.at.index]).toMatchObject({ row: { name: "[10.0.0.50]:tcp:80" } });
  if (typeof all.checker !== "object") throw new Error("no checker part");
  const virtualServers = all.checker.virtualServers.map((vs) => ({ ...vs, realServers: vs.realServers.slice(20) }));
  const told = { type: "told", outline: outlineOf({ ...all, checker: { ...all.checker, virtualServers } }) } as const;
  const after = pressed(view, told);
  expect(after.lines[after.at.index]).toMatchObject({ row: { name: "[10.0.0.50]:tcp:80" } });
  expect(screen(after)).toContain("> ");
});

test("one step through 2,000 real servers makes no list anew, and writes two lines and the place", () => {
  const view = pressed(watching(manyServers(2000, 500)), "e", "end", "up", "up");
  const next = pressed(view, "up");
  expect(next.lines).toBe(view.lines);
  const lines = (of: View): string[] => draw(of, 0).map((line) => paintLine(line, true));
  const written = repaint(lines(view), lines(next));
  expect(repaint(lines(next), lines(next))).toBe("");
  expect(written.match(/\[\d+;1H/g)).toHaveLength(3);
});

const HOSTILE = [
  "\u001b[2J",
  "\u009b31m",
  "\r\n",
  "\u202e",
  "检查失败",
  "👩‍👩‍👧",
  "e\u0301",
  "\ud800",
  "plain words",
  "\t",
];
const hostile = fc.array(fc.constantFrom(...HOSTILE, "a"), { maxLength: 30 }).map((parts) => parts.join(""));

test("whatever the size, the keys and the words: so many lines, none too wide, and nothing that a terminal acts on", () => {
  const someKey = fc.constantFrom(
    ...[
      "down",
      "up",
      "pagedown",
      "pageup",
      "end",
      "home",
      "return",
      "right",
      "left",
      "e",
      "s",
      "S",
      "t",
      "?",
      "/",
      "a",
    ],
    ...["backspace", "escape", "检"],
  );
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 140 }),
      fc.integer({ min: 1, max: 40 }),
      fc.constantFrom(...Object.values(situations)),
      hostile,
      fc.array(someKey, { maxLength: 25 }),
      (columns, rows, { status }, words, keys) => {
        const { vrrp, ...rest } = status;
        if (typeof vrrp !== "object") throw new Error("no vrrp part");
        const instances = vrrp.instances.map((one) => ({ ...one, name: words, why: words, faults: [words] }));
        const hurt = { ...rest, vrrp: { ...vrrp, instances }, warnings: [words] };
        const view = pressed(watching(hurt, columns, rows), ...keys);
        const lines = draw(view, 0);
        expect(lines).toHaveLength(rows);
        for (const line of lines) {
          const shown = line.spans.map((one) => one.text).join("");
          expect(widthOf(shown)).toBeLessThanOrEqual(columns);
          expect(shown).not.toMatch(/[\p{Cc}\p{Cs}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u);
        }
        expect(view.at.index).toBeLessThan(Math.max(1, view.lines.length));
      },
    ),
    { numRuns: 100, seed: 9 },
  );
});

test("without colors only weight and inversion are left", () => {
  const lines = draw(watching(situations["one server down"].status), 0);
  const codes = (hasColors: boolean) =>
    lines.flatMap((line) => paintLine(line, hasColors).match(/(?<=\p{Cc}\[)[\d;]+(?=m)/gu) ?? []);
  expect(codes(true).some((code) => /3[0-7]/.test(code))).toBe(true);
  expect(codes(false).filter((code) => /[349]\d/.test(code))).toEqual([]);
  expect(codes(false)).toContain("7");
});

test.for([
  [undefined, { name: "up" }, { name: "up", ctrl: false, text: "" }],
  ["G", { name: "g", shift: true }, { name: "G", ctrl: false, text: "G" }],
  ["/", {}, { name: "/", ctrl: false, text: "/" }],
  [" ", { name: "space" }, { name: "space", ctrl: false, text: " " }],
  ["检", {}, { name: "检", ctrl: false, text: "检" }],
  ["\u0003", { name: "c", ctrl: true }, { name: "c", ctrl: true, text: "" }],
  ["q", { name: "q", meta: true }, undefined],
  ["\u001b", { name: "escape", meta: true }, { name: "escape", ctrl: false, text: "" }],
  [undefined, {}, undefined],
] as const)("a key press %j %j", ([typed, press, expected]) => {
  expect(keyOf(typed, press)).toEqual(expected);
});

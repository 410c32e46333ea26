import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Row } from "../../../src/outline/model.ts";
import { outlineOf } from "../../../src/outline/status.ts";
import { hasAges, markedContext } from "../../../src/page/ages.ts";
import type { DirectorEvent } from "../../../src/process/events.ts";
import type { DirectorStatus } from "../../../src/process/status.ts";
import { situations } from "../../unit/cli/situations.ts";
import { manyServers } from "../../unit/cli/watch/many-servers.ts";
import { Browser, hasChromium } from "./browser.ts";
import { PageServer } from "./page-server.ts";

const HOSTILE = `<img src=x onerror="document.title='broken in'">`;
const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

describe.skipIf(!hasChromium)("the status page in Chromium (apt-get install chromium)", () => {
  const page = new PageServer(situations["all well"].status);
  let browser: Browser;

  beforeAll(async () => {
    await page.listen();
    browser = await Browser.open();
  }, 90_000);
  afterAll(async () => {
    await browser?.close();
    await page[Symbol.asyncDispose]();
  });

  async function open(next: DirectorStatus, past: readonly DirectorEvent[] = []): Promise<void> {
    page.show(next, past);
    await browser.send("Page.navigate", { url: page.url });
    await browser.eventually(`/^(OK|DEGRADED)/.test(document.getElementById("headline")?.textContent)`);
  }
  const headline = (): Promise<string> => browser.evaluate(`document.getElementById("headline").textContent`);
  const isLive = (): Promise<void> =>
    browser.eventually(`document.getElementById("connection").textContent === "live"`);
  /** What axe finds against WCAG 2.2 A and AA, as "rule: where". */
  async function violations(): Promise<string[]> {
    await browser.evaluate(`${AXE}; undefined`);
    return browser.evaluate(`axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] })
      .then(({ violations }) => violations.flatMap(({ id, nodes }) => nodes.map(({ target, any }) => id + ": " + target + " " + (any[0]?.message ?? ""))))`);
  }

  test.for(Object.entries(situations))("%s", { timeout: 60_000 }, async ([name, situation]) => {
    for (const [width, scheme] of [
      [1200, "light"],
      [390, "dark"],
    ] as const) {
      await browser.look(width, 900, scheme);
      await open(situation.status, situation.events);
      await isLive();
      await browser.eventually(`document.querySelectorAll("#events li").length === ${situation.events.length}`);
      const overflow = await browser.evaluate<number>("document.documentElement.scrollWidth - innerWidth");
      expect(overflow).toBeLessThanOrEqual(0);
      if (SHAPES.includes(name)) expect(await violations()).toEqual([]);
    }
    // Whatever `status` prints stands here too; ages have gone on since.
    const marked = outlineOf(situation.status, markedContext(situation.status.nowWallMs));
    const printed = marked.sections.flatMap(({ title, rows, remarks }) => [
      title,
      ...remarks,
      ...rows.flatMap(textsOf),
    ]);
    const there = await browser.evaluate<string>("document.querySelector('main').textContent");
    const isThere = (words: string): boolean => there.includes(words.replace(/^(priority|weight) /, ""));
    expect(printed.filter((words) => !hasAges(words) && !isThere(words))).toEqual([]);
    const text = await headline();
    expect(text).toMatch(name === "all well" || name === "backup" ? /^OK: / : /^DEGRADED: /);
    expect(browser.complaints).toEqual([]);
  });

  test("whatever comes from configuration, peers, scripts and servers is text, and nothing else", async () => {
    const hurt = (value: unknown, name = ""): unknown => {
      if (typeof value === "string") return KEPT.has(name) ? value : HOSTILE;
      if (Array.isArray(value)) return value.map((one) => hurt(one, name));
      if (typeof value !== "object" || value === null) return value;
      return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, hurt(one, key)]));
    };
    for (const situation of Object.values(situations)) {
      const reloads = [{ atWallMs: 1, ok: false, error: "x" }];
      const status = { ...situation.status, reloads, lastReload: reloads[0], warnings: ["x"] };
      await open(hurt(status) as DirectorStatus, hurt(situation.events) as readonly DirectorEvent[]);
      await browser.eventually(
        `document.querySelectorAll("#events li").length >= ${Math.min(1, situation.events.length)}`,
      );
      const seen = await browser.evaluate<[number, string, number, string]>(
        `[document.images.length, document.title.replace("⚠ ", ""), document.scripts.length, document.querySelector("#instances tbody th").textContent]`,
      );
      expect(seen).toEqual([0, "lvskeeper", 1, HOSTILE]);
    }
    expect(browser.complaints).toEqual([]);
  }, 60_000);

  test("its policy lets no script run but its own, and it asks nobody else for anything", async () => {
    const { headers } = await fetch(page.url);
    expect(headers.get("content-security-policy")).toBe(
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    );
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect(headers.get("referrer-policy")).toBe("no-referrer");
    await open(situations["all well"].status);
    const from = await browser.evaluate<string[]>(
      `[...new Set(performance.getEntriesByType("resource").map(({ name }) => new URL(name).origin))]`,
    );
    expect(from.map((origin) => `${origin}/`)).toEqual([page.url]);
    await browser.evaluate(
      `{ const s = document.createElement("script"); s.textContent = "window.ran = true"; document.body.append(s); }`,
    );
    await browser.evaluate(
      `{ const i = document.createElement("div"); i.innerHTML = "<img src=x onerror='window.ran = true'>"; document.body.append(i); }`,
    );
    await browser.until(
      () => browser.complaints.filter((text) => text.includes("Content Security Policy")).length >= 2,
    );
    expect(await browser.evaluate("window.ran")).toBeUndefined();
    browser.complaints.length = 0;
  }, 60_000);

  test("by keyboard alone: to the status, the filter, a virtual server, in the order in which they stand", async () => {
    await browser.look(1200, 900, "light");
    await open(situations["one server down"].status, situations["one server down"].events);
    await isLive();
    const where = (): Promise<string> =>
      browser.evaluate(
        `(({ id, ariaLabel, localName, textContent }) => id || ariaLabel || localName + " " + textContent.slice(0, 20))(document.activeElement)`,
      );
    const stops: string[] = [];
    for (let i = 0; i < 13; i++) {
      await browser.press("Tab");
      stops.push(await where());
    }
    expect(stops).toEqual([
      ...[
        "a To the status",
        "instances",
        "trackers",
        "filter",
        "down",
        "summary [192.0.2.100]:tcp:80",
        "Real servers of [192.0.2.100]:tcp:80",
      ],
      ...["processes", "a Status", "a Events", "a Metrics", "a All addresses", expect.any(String)],
    ]);
    await browser.evaluate("document.activeElement.blur()");
    await browser.press("/");
    expect(await where()).toBe("filter");
    await browser.type("10.0.0.12");
    await browser.eventually(`document.querySelectorAll("#services tbody tr").length === 1`);
    await browser.press("Tab");
    await browser.press(" ");
    expect(await browser.evaluate(`document.getElementById("down").checked`)).toBe(true);
    await browser.press("Tab");
    await browser.press("Enter");
    await browser.eventually(`!document.querySelector("#services details").open`);
    const ring = await browser.evaluate<string>("getComputedStyle(document.activeElement).outlineStyle");
    expect(ring).toBe("solid");
  }, 60_000);

  test("to a screen reader: headings, named regions and tables, row headers, and a headline that speaks up", async () => {
    await open(situations["one server down"].status);
    await isLive();
    const { nodes } = (await browser.send("Accessibility.getFullAXTree")) as { readonly nodes: readonly AxNode[] };
    const spoken = new Set(nodes.map(({ role, name }) => `${role?.value}: ${name?.value ?? ""}`));
    for (const wanted of [
      ...["heading: VRRP instances", "region: VRRP instances", "table: VRRP instances", "columnheader: State"],
      ...[
        "rowheader: VI_1",
        "heading: Virtual servers (IPVS over genl)",
        "table: Real servers of [192.0.2.100]:tcp:80",
      ],
      ...["rowheader: [10.0.0.12]:tcp:80", "searchbox: Filter", "checkbox: only what is down", "main: "],
      ...["link: To the status", "heading: Processes", "rowheader: checker"],
    ])
      expect(spoken).toContain(wanted);
    const live = `[...document.querySelectorAll("[role=status]")].map((one) => one.id + " " + one.ariaLive)`;
    expect(await browser.evaluate(live)).toEqual(["headline polite", "connection polite"]);
  }, 60_000);

  test("an event is shown at once, and the status asked for again", async () => {
    await open(situations["all well"].status);
    await isLive();
    page.status = situations["quorum lost"].status;
    const [first] = situations["quorum lost"].events;
    if (!first) throw new Error("no event");
    page.hub.happened([{ ...first, id: "a-1" }]);
    await browser.eventually(`/^DEGRADED/.test(document.getElementById("headline").textContent)`);
    await browser.eventually(`document.querySelector("#events li")?.textContent.includes("Removing service")`);
  }, 60_000);

  test("without the stream of events it asks by itself; without any answer it says so, and goes on when it is back", async () => {
    page.hasNoEvents = true;
    await open(situations["all well"].status);
    await browser.eventually(`document.getElementById("connection").textContent === "asked every 2 s"`);
    page.status = situations["quorum lost"].status;
    await browser.eventually(`/^DEGRADED/.test(document.getElementById("headline").textContent)`);
    await browser.send("Network.enable");
    const net = (offline: boolean) =>
      browser.send("Network.emulateNetworkConditions", {
        offline,
        latency: 0,
        downloadThroughput: -1,
        uploadThroughput: -1,
      });
    await net(true);
    await browser.eventually(
      `/^no answer from the director .*what is shown is old/.test(document.getElementById("connection").textContent)`,
    );
    expect(await headline()).toMatch(/^DEGRADED/);
    page.status = situations["all well"].status;
    await net(false);
    await browser.eventually(`/^OK/.test(document.getElementById("headline").textContent)`);
    page.hasNoEvents = false;
    browser.complaints.length = 0;
  }, 60_000);

  const countTouched = `window.touched = 0; new MutationObserver((list) => { window.touched += list.length; })
    .observe(document.querySelector("#services tbody"), { subtree: true, childList: true, characterData: true, attributes: true })`;
  const down: DirectorEvent = {
    id: "a-1",
    atWallMs: 0,
    level: "info",
    event: "rs.down",
    text: "x",
    facts: {},
    process: "checker",
  };

  test("of 2,000 real servers only what changed is touched, and folded ones have no nodes", async () => {
    const many = (sinceMs: number, isDown: (i: number) => boolean): DirectorStatus => {
      const { checker, ...rest } = manyServers(2000, 2000);
      if (typeof checker !== "object") throw new Error("no checker part");
      const virtualServers = checker.virtualServers.map((vs) => ({
        ...vs,
        realServers: vs.realServers.map((rs, i) => ({
          ...rs,
          alive: !isDown(i),
          sinceWallMs: rest.nowWallMs - sinceMs,
        })),
      }));
      return { ...rest, checker: { ...checker, virtualServers } };
    };
    // Ages beyond an hour stand still here; those of the next checks run on, on the screen only.
    await open(many(90.5 * 60_000, () => false));
    await isLive();
    expect(await browser.evaluate(`document.querySelectorAll("#services tbody tr").length`)).toBe(0);
    await browser.evaluate(`document.querySelector("#services summary").click()`);
    await browser.eventually(`document.querySelectorAll("#services tbody tr").length === 2000`);
    await browser.evaluate(countTouched);
    page.status = many(90.5 * 60_000, (i) => i === 1234);
    page.hub.happened([down]);
    await browser.eventually(`/1 of 2000/.test(document.getElementById("headline").textContent)`);
    const visible = await browser.evaluate<number>(
      `[...document.querySelectorAll("#services tbody tr")].filter((row) => row.getBoundingClientRect().top < innerHeight).length`,
    );
    expect(visible).toBeLessThan(100);
    expect(await browser.evaluate("window.touched")).toBeLessThan(10 + 10 * visible);
    await browser.evaluate(`document.getElementById("down").click()`);
    await browser.eventually(`document.querySelectorAll("#services tbody tr").length === 1`);
  }, 90_000);

  test("the ages of 2,000 real servers run on where they are looked at, and nowhere else", async () => {
    const status = manyServers(2000, 2000);
    await open(status);
    await isLive();
    await browser.evaluate(`document.querySelector("#services summary").click()`);
    await browser.eventually(`document.querySelectorAll("#services tbody tr").length === 2000`);
    const touched = `window.rows = new Set(); new MutationObserver((list) => { for (const { target } of list) window.rows.add(target.closest ? target.closest("tr") : target.parentElement.closest("tr")); })
      .observe(document.querySelector("#services tbody"), { subtree: true, childList: true, characterData: true })`;
    await browser.evaluate(touched);
    await browser.eventually("window.rows.size > 0");
    expect(await browser.evaluate("window.rows.size")).toBeLessThan(100);
    await browser.evaluate(`document.querySelector("#services tbody tr:nth-child(1500)").scrollIntoView()`);
    await browser.eventually(`window.rows.has(document.querySelector("#services tbody tr:nth-child(1500)"))`);
    expect(await browser.evaluate("window.rows.size")).toBeLessThan(200);
  }, 90_000);
});

/** Situations that differ in what is drawn, not in words alone. */
const SHAPES = ["all well", "one server down", "quorum lost", "backup", "fault by a tracker"];

const textsOf = ({ cells, children }: Row): string[] => [
  ...cells.map(({ text }) => text),
  ...children.flatMap(textsOf),
];

type AxNode = { readonly role?: { readonly value: string }; readonly name?: { readonly value: string } };

/** Words that decide how something is drawn, and are the director's own. */
const KEPT = new Set([
  "state",
  "role",
  "kind",
  "level",
  "event",
  "mode",
  "transport",
  "verdict",
  "id",
  "process",
  "heldBy",
]);

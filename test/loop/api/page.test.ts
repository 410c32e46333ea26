import { writeFileSync } from "node:fs";
import type http from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { EventHub } from "../../../src/api/event-hub.ts";
import { createServer } from "../../../src/api/server.ts";
import type { DirectorEvent } from "../../../src/process/events.ts";
import type { DirectorStatus } from "../../../src/process/status.ts";
import { situations } from "../../unit/cli/situations.ts";
import { Browser, hasChromium } from "./browser.ts";

/** With SCREENSHOTS=FOLDER what is seen is kept there. */
const folder = process.env.SCREENSHOTS;
const HOSTILE = `<img src=x onerror="document.title='broken in'">`;

describe.skipIf(!hasChromium)("the status page in Chromium (apt-get install chromium)", () => {
  let status: DirectorStatus = situations["all well"].status;
  let events: readonly DirectorEvent[] = [];
  let hub = new EventHub({ ask: async () => events, quiet: () => {} });
  const streams = new Set<http.ServerResponse>();
  const server = createServer({
    door: "public",
    get hub() {
      return hub;
    },
    read: async () => ({
      httpStatus: 200,
      text: Buffer.from(JSON.stringify({ ...status, nowWallMs: status.nowWallMs })),
    }),
    metrics: async () => ({ httpStatus: 200, text: Buffer.from("") }),
    act: async () => ({ httpStatus: 403, body: {} }),
    openapi: () => ({}),
    received: () => {},
    streams,
    peerOf: () => undefined,
  });
  let browser: Browser;

  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    browser = await Browser.open();
  }, 90_000);
  afterAll(async () => {
    await browser?.close();
    for (const stream of streams) stream.destroy();
    server.closeAllConnections();
    server.close();
  });

  async function open(next: DirectorStatus, past: readonly DirectorEvent[] = []): Promise<void> {
    status = next;
    events = past;
    hub = new EventHub({ ask: async () => events, quiet: () => {} });
    await browser.send("Page.navigate", { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` });
    await browser.eventually(`/^(OK|DEGRADED)/.test(document.getElementById("headline")?.textContent)`);
  }
  const headline = (): Promise<string> => browser.evaluate(`document.getElementById("headline").textContent`);

  test.for(Object.entries(situations))("%s", { timeout: 60_000 }, async ([name, situation]) => {
    const file = name.replaceAll(" ", "-");
    for (const [form, width, scheme] of [
      ["", 1200, "light"],
      ["-phone", 390, "dark"],
    ] as const) {
      await browser.look(width, 900, scheme);
      await open(situation.status, situation.events);
      await browser.eventually(`document.getElementById("connection").textContent === "live"`);
      await browser.eventually(`document.querySelectorAll("#events li").length === ${situation.events.length}`);
      if (folder !== undefined) writeFileSync(`${folder}/page-${file}${form}.png`, await browser.screenshot());
      const overflow = await browser.evaluate<number>("document.documentElement.scrollWidth - innerWidth");
      expect(overflow).toBeLessThanOrEqual(0);
    }
    const text = await headline();
    expect(text).toMatch(name === "all well" || name === "backup" ? /^OK: / : /^DEGRADED: /);
    expect(browser.complaints).toEqual([]);
  });

  test("what comes from peers and scripts is text, and nothing else", async () => {
    const { vrrp, ...rest } = situations["fault by a tracker"].status;
    if (typeof vrrp !== "object") throw new Error("no vrrp part");
    const instances = vrrp.instances.map((one) => ({ ...one, name: HOSTILE, why: HOSTILE, faults: [HOSTILE] }));
    await open({ ...rest, vrrp: { ...vrrp, instances }, warnings: [HOSTILE] });
    const seen = await browser.evaluate<[number, string, string]>(
      `[document.images.length, document.title, document.querySelector("#instances tbody th").textContent]`,
    );
    expect(seen).toEqual([0, "⚠ lvskeeper", HOSTILE]);
    expect(browser.complaints).toEqual([]);
  }, 60_000);

  test("an event is shown at once, and the status asked for again", async () => {
    await open(situations["all well"].status);
    await browser.eventually(`document.getElementById("connection").textContent === "live"`);
    status = situations["quorum lost"].status;
    const [first] = situations["quorum lost"].events;
    if (!first) throw new Error("no event");
    hub.happened([{ ...first, id: "a-1" }]);
    await browser.eventually(`/^DEGRADED/.test(document.getElementById("headline").textContent)`);
    await browser.eventually(`document.querySelector("#events li")?.textContent.includes("Removing service")`);
  }, 60_000);

  test("of 2,000 real servers only what changed is touched, and folded ones have no nodes", async () => {
    const { checker, ...rest } = situations["all well"].status;
    if (typeof checker !== "object") throw new Error("no checker part");
    const [service] = checker.virtualServers;
    const [server] = service?.realServers ?? [];
    if (!service || !server) throw new Error("no servers");
    const all = Array.from({ length: 2000 }, (_, i) => ({
      ...server,
      sinceWallMs: rest.nowWallMs - 90.5 * 60_000,
      name: `[10.0.${i >> 8}.${i & 255}]:tcp:80`,
    }));
    const many = (realServers: typeof all): DirectorStatus => ({
      ...rest,
      checker: { ...checker, virtualServers: [{ ...service, realServers }] },
    });
    await open(many(all));
    await browser.eventually(`document.getElementById("connection").textContent === "live"`);
    expect(await browser.evaluate(`document.querySelectorAll("#services tbody tr").length`)).toBe(0);
    await browser.evaluate(`document.querySelector("#services summary").click()`);
    await browser.eventually(`document.querySelectorAll("#services tbody tr").length === 2000`);
    await browser.evaluate(`window.touched = 0; new MutationObserver((list) => { window.touched += list.length; })
      .observe(document.querySelector("#services tbody"), { subtree: true, childList: true, characterData: true, attributes: true })`);
    status = many(
      all.map((one, i) => (i === 1234 ? { ...one, alive: false, why: "TCP_CHECK: connection refused" } : one)),
    );
    hub.happened([
      { id: "a-1", atWallMs: 0, level: "info", event: "rs.down", text: "x", facts: {}, process: "checker" },
    ]);
    await browser.eventually(`/1 of 2000/.test(document.getElementById("headline").textContent)`);
    expect(await browser.evaluate("window.touched")).toBeLessThan(20);
    await browser.evaluate(`document.getElementById("down").click()`);
    await browser.eventually(`document.querySelectorAll("#services tbody tr").length === 1`);
  }, 90_000);
});

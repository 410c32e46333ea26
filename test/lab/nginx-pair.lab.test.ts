import { describe, expect, test } from "vitest";
import { addressOf, Lab, type LabProcess, NETWORK } from "./lib/lab.ts";
import { Pair, TAKEOVER_MS } from "./pair-story.ts";
import type { Side } from "./recipes.ts";

const VIP = `${NETWORK}.150`;
const URL = `http://${VIP}/`;

/** A lab of its own for each test, with nginx on both hosts: the tests wait far more than they work. */
class Site implements AsyncDisposable {
  readonly lab: Lab;
  readonly pair: Pair;
  readonly web: Record<Side, LabProcess>;

  private constructor(lab: Lab, name: string, web: Record<Side, LabProcess>) {
    this.lab = lab;
    this.pair = new Pair(lab, name, VIP);
    this.web = web;
  }

  static async start(name: string): Promise<Site> {
    const lab = await Lab.start({ kernel: "local" });
    const [d1, d2] = await Promise.all([lab.web("d1"), lab.web("d2")]);
    return new Site(lab, name, { d1, d2 });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.lab[Symbol.asyncDispose]();
  }

  /** Both directors, with the VIP on d1. */
  async serve(edit?: (text: string) => string): Promise<Record<Side, LabProcess>> {
    const d1 = await this.pair.start("d1", edit);
    await this.pair.holds("d1");
    const d2 = await this.pair.start("d2", edit);
    const hears = async (): Promise<boolean> => (await this.pair.instance("d2"))?.master !== undefined;
    await this.lab.eventually("d2 hears d1", 10_000, hears);
    return { d1, d2 };
  }

  /** What a client gets of the VIP. */
  page(): Promise<string> {
    return this.lab.curl("cl", URL);
  }
}

describe.concurrent("a pair of nginx proxies that share one VIP", () => {
  test("nginx stops: weight -20 takes the master below its backup, and the VIP moves; it returns with nginx", async () => {
    await using site = await Site.start("nginx-pair");
    const { d1, d2 } = await site.serve();
    const { lab, pair, web } = site;
    const client = await lab.requests("cl", URL);
    await web.d1.signal("SIGTERM");
    await pair.holds("d2");
    await pair.serves("d2", client);
    expect(await d1.log()).toContain("(VI_1) Changing effective priority from 100 to 80");
    expect(await pair.instance("d1")).toMatchObject({ state: "backup", effectivePriority: 80 });
    expect(await pair.why("d1")).toContain("chk_nginx");
    expect(await d2.log()).toContain("Entering MASTER STATE");

    web.d1 = await lab.web("d1");
    await pair.holds("d1");
    await pair.serves("d1", client);
    // fall 2 at an interval of 1 s, then the election; the way back costs nothing, since both serve.
    const { bodies, longestMs } = await client.stop();
    expect(Object.keys(bodies).sort()).toEqual(["d1", "d2"]);
    expect(longestMs).toBeLessThan(2000 + TAKEOVER_MS);
  });

  test("nginx stops: the script stops the director, and the VIP moves", async () => {
    await using site = await Site.start("nginx-pair");
    const { d1 } = await site.serve((text) => text.replace("nginx_check.sh", "nginx_check_and_stop.sh"));
    const { pair, web } = site;
    await web.d1.signal("SIGTERM");
    await pair.holds("d2");
    expect(await d1.exited()).toMatchObject({ code: 0 });
    expect(await site.page()).toBe("d2\n");
  });

  test("the master's host dies: its backup takes over without a goodbye, and the client reaches it", async () => {
    await using site = await Site.start("nginx-pair");
    const { d2 } = await site.serve();
    const { lab, pair } = site;
    const client = await lab.requests("cl", URL);
    await lab.crash("d1");
    expect(await pair.holds("d2")).toBeLessThan(TAKEOVER_MS);
    await pair.serves("d2", client);
    const { bodies, longestMs } = await client.stop();
    expect(Object.keys(bodies).sort()).toEqual(["d1", "d2"]);
    expect(longestMs).toBeLessThan(TAKEOVER_MS);
    expect(await d2.log()).toMatch(/\(VI_1\) Receive advertisement timeout[\s\S]*\(VI_1\) Entering MASTER STATE/);
    expect(await pair.instance("d2")).toMatchObject({ state: "master", why: expect.stringContaining(addressOf("d1")) });
  });

  test("the master's cable is pulled: it knows, lets go and says why; plugged in again, it takes the VIP back", async () => {
    await using site = await Site.start("nginx-pair");
    const { d1, d2 } = await site.serve();
    const { lab, pair } = site;
    const client = await lab.requests("cl", URL);
    await lab.cut("d1");
    expect(await pair.holds("d2")).toBeLessThan(TAKEOVER_MS);
    const fault = "interface eth0 is down";
    expect(await d1.log()).toContain(`Entering FAULT STATE (${fault})`);
    expect(await pair.instance("d1")).toMatchObject({ state: "fault", faults: [fault] });
    expect(await pair.why("d1")).toContain(fault);
    await pair.serves("d2", client);

    const seen = await lab.capture("cl", "ip proto 112", []);
    await lab.restore("d1");
    await pair.holds("d1");
    await pair.serves("d1", client);
    expect(await pair.instance("d2")).toMatchObject({ state: "backup", master: { address: addressOf("d1") } });
    expect((await client.stop()).longestMs).toBeLessThan(TAKEOVER_MS);
    // Nobody led beside the other: once d1 had sent, d2 had its last word at most.
    const senders = [...(await seen.log()).matchAll(/IP (\S+) > 224/g)].map((line) => line[1]);
    const after = senders.slice(senders.indexOf(addressOf("d1")) + 1).filter((one) => one === addressOf("d2"));
    expect(after.length).toBeLessThan(2);
    expect(await d2.log()).not.toContain("split brain");
  });
});

describe.concurrent("a pair of nginx proxies that do not preempt", () => {
  test("the VIP stays where it is when the first director comes back", async () => {
    await using site = await Site.start("nginx-pair-nopreempt");
    const { d1 } = await site.serve();
    const { lab, pair, web } = site;
    await web.d1.signal("SIGTERM");
    await pair.holds("d2");
    expect(await d1.log()).toContain("Entering FAULT STATE (script chk_nginx failed)");
    await lab.web("d1");
    // d1 is fit again when its script has succeeded; two of its master-down intervals pass, and it says nothing.
    const capture = await lab.capture("cl", "ip proto 112", []);
    const advertsOf = async (at: Side): Promise<number> =>
      (await capture.log()).split(`IP ${addressOf(at)} > `).length - 1;
    await lab.eventually("eight more adverts of d2", 20_000, async () => (await advertsOf("d2")) >= 8);
    expect(await advertsOf("d1")).toBe(0);
    await pair.holds("d2");
    expect(await site.page()).toBe("d2\n");
  });
});

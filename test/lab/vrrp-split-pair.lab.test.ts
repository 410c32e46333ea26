import { describe, expect, test } from "vitest";
import { Lab, NETWORK } from "./lib/lab.ts";
import { Pair, SIDES, TAKEOVER_MS } from "./pair-story.ts";
import type { Side } from "./recipes.ts";

// The nginx pair of the recipes, with its own script, while a firewall on each director drops VRRP and nothing else.

const VIP = `${NETWORK}.150`;
const full = process.env.LVSKEEPER_LAB_FULL === "1";
const checked = (text: string): string => text.replace(/(vrrp_instance \S+ \{)/, "$1\n    takeover_check {\n    }");

class Site implements AsyncDisposable {
  readonly lab: Lab;
  readonly pair: Pair;

  private constructor(lab: Lab) {
    this.lab = lab;
    this.pair = new Pair(lab, "nginx-pair", VIP);
  }

  /** nginx and a director on both hosts, the VIP on d1. */
  static async start(edit: (text: string) => string) {
    const site = new Site(await Lab.start({ kernel: "local" }));
    const { lab, pair } = site;
    const [web] = await Promise.all([lab.web("d1"), lab.web("d2")]);
    const d1 = await pair.start("d1", edit);
    await pair.holds("d1");
    const d2 = await pair.start("d2", edit);
    await lab.eventually("d2 hears d1", 10_000, async () => (await pair.instance("d2"))?.master !== undefined);
    return { site, lab, pair, web, logs: { d1, d2 } };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.lab[Symbol.asyncDispose]();
  }

  async filter(on: boolean): Promise<void> {
    const rules = on
      ? "add table inet split; add chain inet split in { type filter hook input priority 0; }; add rule inet split in meta l4proto 112 drop"
      : "delete table inet split";
    for (const side of SIDES) await this.lab.run(side, `nft '${rules}'`);
  }

  async mac(side: Side): Promise<string> {
    return (await this.lab.run(side, "cat /sys/class/net/eth0/address")).trim();
  }
}

describe
  .skipIf(!full)
  .concurrent("an nginx pair with its script, and VRRP that is filtered (LVSKEEPER_LAB_FULL)", () => {
    test("both are MASTER, each says which hardware address claims the VIP, and one remains when the filter is gone", async () => {
      const { site, lab, pair, logs } = await Site.start((text) => text);
      await using _ = site;
      const client = await lab.requests("cl", `http://${VIP}/`);
      await site.filter(true);
      await lab.eventually("both are MASTER", 10_000, async () => {
        const states = await Promise.all(SIDES.map(async (side) => (await pair.instance(side))?.state));
        return states.every((state) => state === "master");
      });
      for (const [side, other] of [SIDES, [...SIDES].reverse()] as [Side, Side][]) {
        const mac = await site.mac(other);
        await lab.eventually(`${side} says who`, 5000, async () =>
          (await logs[side].log()).includes(`(VI_1) split brain: ${VIP} is claimed by ${mac} on eth0`),
        );
        expect(await pair.why(side)).toContain(`SPLIT BRAIN: ${VIP} is claimed by ${mac}`);
      }
      await site.filter(false);
      await pair.holds("d1");
      // Two hosts answered for one address, and each had its nginx: the client was served by one or the other.
      expect((await client.stop()).longestMs).toBeLessThan(TAKEOVER_MS);
    });

    test("takeover_check: no two masters; when the script stops the master's director, the other one takes over", async () => {
      const { site, lab, pair, web, logs } = await Site.start((text) =>
        checked(text).replace("nginx_check.sh", "nginx_check_and_stop.sh"),
      );
      await using _ = site;
      const client = await lab.requests("cl", `http://${VIP}/`);
      await site.filter(true);
      const reason = `${VIP} is answered for by ${await site.mac("d1")}, though no advert is heard`;
      await lab.eventually("d2 is held", 10_000, async () =>
        (await logs.d2.log()).includes(`(VI_1) does not take over: ${reason}`),
      );
      expect(await pair.instance("d2")).toMatchObject({ state: "backup", why: `held by takeover_check: ${reason}` });
      expect(await pair.why("d2")).toContain("takeover_check asks");
      expect(await lab.owns("d2", VIP)).toBe(false);
      await web.signal("SIGTERM");
      await pair.holds("d2");
      expect(await logs.d1.exited()).toMatchObject({ code: 0 });
      const { bodies, longestMs } = await client.stop();
      expect(Object.keys(bodies).sort()).toEqual(["d1", "d2"]);
      // The script's two failures, then between one and two timeouts of asking.
      expect(longestMs).toBeLessThan(3000 + 2000 + TAKEOVER_MS);
    });

    test("takeover_check: a master's host that dies is taken over from, the timeout later", async () => {
      const { site, lab, pair } = await Site.start(checked);
      await using _ = site;
      await lab.crash("d1");
      expect(await pair.holds("d2")).toBeLessThan(TAKEOVER_MS + 1000);
      expect(await pair.instance("d2")).toMatchObject({ why: expect.stringContaining("takeover_check lets it") });
    });
  });

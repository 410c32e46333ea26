import { describe, expect, test as inOrder } from "vitest";
import type { DirectorEvent } from "../../src/process/events.ts";
import { type Answers, Lab, type LabProcess, NETWORK, type Probe } from "./lib/lab.ts";
import { Pair, SIDES, TAKEOVER_MS } from "./pair-story.ts";
import type { Side } from "./recipes.ts";

// The pairs of the recipes, each with its own script, while a firewall on each director drops VRRP and nothing else.

type Kind = {
  readonly recipe: string;
  readonly vip: string;
  readonly serve: (lab: Lab, at: Side) => Promise<LabProcess>;
  /** It is told by each answer which side gave it. */
  readonly client: (lab: Lab, vip: string) => Promise<Probe<Answers>>;
  /** Its file, with the script that stops the director when the server fails. */
  readonly stops: (text: string) => string;
  /** It balances, which needs a kernel with IPVS. */
  readonly ipvs: boolean;
  /** Until that script has run, at most: what the check takes. */
  readonly checkMs: number;
};

const KINDS: readonly Kind[] = [
  {
    recipe: "nginx-pair",
    vip: `${NETWORK}.150`,
    serve: (lab, at) => lab.web(at),
    client: (lab, vip) => lab.requests("cl", `http://${vip}/`),
    stops: (text) => text.replace("nginx_check.sh", "nginx_check_and_stop.sh"),
    ipvs: false,
    checkMs: 3000, // two failures of the script
  },
  {
    recipe: "mysql-pair",
    vip: `${NETWORK}.222`,
    serve: (lab, at) => lab.mysql(at),
    client: (lab, vip) => lab.queries("cl", vip),
    stops: (text) => text, // notify_down does
    ipvs: true,
    checkMs: 8000, // delay_loop 2, three retries 1 s apart
  },
];

const full = process.env.LVSKEEPER_LAB_FULL === "1";

/** Nothing of VRRP gets in. The guest's kernel has no nftables: there the same is done where packets come in from the link. */
const NFT =
  "nft 'add table inet split; add chain inet split in { type filter hook input priority 0; }; add rule inet split in meta l4proto 112 drop'";
const TC =
  "tc qdisc add dev eth0 ingress && tc filter add dev eth0 parent ffff: protocol ip u32 match ip protocol 112 0xff action drop";
const FILTER = {
  on: `${NFT} 2> /run/nft-says || { ${TC}; }`,
  off: "nft 'delete table inet split' 2> /run/nft-says || tc qdisc del dev eth0 ingress",
} as const;

const SOCKET = "/run/lvskeeper/control.sock";
const checked = (text: string): string => text.replace(/(vrrp_instance \S+ \{)/, "$1\n    takeover_check {\n    }");

class Site implements AsyncDisposable {
  readonly lab: Lab;
  readonly pair: Pair;

  private constructor(lab: Lab, { recipe, vip }: Kind) {
    this.lab = lab;
    this.pair = new Pair(lab, recipe, vip);
  }

  /** The server and a director on both hosts, the VIP on d1, and a client that asks all the time. */
  static async start(kind: Kind, edit: (text: string) => string) {
    const site = new Site(await Lab.start(kind.ipvs ? {} : { kernel: "local" }), kind);
    const { lab, pair } = site;
    const [server] = await Promise.all([kind.serve(lab, "d1"), kind.serve(lab, "d2")]);
    const d1 = await pair.start("d1", edit);
    await pair.holds("d1");
    const d2 = await pair.start("d2", edit);
    await lab.eventually("d2 hears d1", 10_000, async () => (await pair.instance("d2"))?.master !== undefined);
    const client = await kind.client(lab, kind.vip);
    return { site, lab, pair, server, client, logs: { d1, d2 } };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.lab[Symbol.asyncDispose]();
  }

  async filter(is: keyof typeof FILTER): Promise<void> {
    for (const side of SIDES) await this.lab.run(side, FILTER[is]);
  }

  async mac(side: Side): Promise<string> {
    return (await this.lab.run(side, "cat /sys/class/net/eth0/address")).trim();
  }

  ask(side: Side, page: string): Promise<string> {
    return this.lab.run(side, ["curl", "-sS", "--unix-socket", SOCKET, `http://localhost/${page}`]);
  }
}

const stories = describe.skipIf(!full);

stories.each(KINDS)("a $recipe with its script, and VRRP that is filtered (LVSKEEPER_LAB_FULL)", (kind) => {
  const { vip } = kind;
  // Side by side, where a lab costs next to nothing.
  const test = kind.ipvs ? inOrder : inOrder.concurrent;

  test("both are MASTER; log, status, why, events and metrics of each say who claims the VIP; one remains in the end", async () => {
    const { site, lab, pair, client, logs } = await Site.start(kind, (text) => text);
    await using _ = site;
    await site.filter("on");
    await lab.eventually("both are MASTER", 10_000, async () => {
      const states = await Promise.all(SIDES.map(async (side) => (await pair.instance(side))?.state));
      return states.every((state) => state === "master");
    });
    for (const [side, other] of [SIDES, [...SIDES].reverse()] as [Side, Side][]) {
      const claim = { address: vip, hardwareAddress: await site.mac(other), interface: "eth0" };
      const said = `${vip} is claimed by ${claim.hardwareAddress} on eth0`;
      await lab.eventually(`${side} says who`, 5000, async () =>
        (await logs[side].log()).includes(`(VI_1) split brain: ${said}`),
      );
      expect((await pair.instance(side))?.addressClaim).toMatchObject(claim);
      expect(await pair.why(side)).toContain(`SPLIT BRAIN: ${said}`);
      const { events } = JSON.parse(await site.ask(side, "events")) as { readonly events: readonly DirectorEvent[] };
      expect(events.find(({ event }) => event === "vrrp.claimed")?.facts).toMatchObject(claim);
      expect(await site.ask(side, "metrics")).toMatch(/^lvskeeper_vrrp_address_claimed\{[^}]*"VI_1"[^}]*\} 1$/m);
    }
    await site.filter("off");
    await pair.holds("d1");
    // Two hosts answered for one address, and each had its server: the client was served by one or the other.
    expect((await client.stop()).longestMs).toBeLessThan(TAKEOVER_MS);
  });

  test("takeover_check: no two masters; when the script stops the master's director, the other one takes over", async () => {
    const edit = (text: string): string => kind.stops(checked(text));
    const { site, lab, pair, server, client, logs } = await Site.start(kind, edit);
    await using _ = site;
    await site.filter("on");
    const reason = `${vip} is answered for by ${await site.mac("d1")}, though no advert is heard`;
    await lab.eventually("d2 is held", 10_000, async () =>
      (await logs.d2.log()).includes(`(VI_1) does not take over: ${reason}`),
    );
    expect(await pair.instance("d2")).toMatchObject({ state: "backup", why: `held by takeover_check: ${reason}` });
    expect(await pair.why("d2")).toContain("takeover_check asks");
    expect(await site.ask("d2", "metrics")).toMatch(/^lvskeeper_vrrp_takeover_held\S*\{[^}]*"VI_1"[^}]*\} 1$/m);
    expect(await lab.owns("d2", vip)).toBe(false);
    await server.signal("SIGTERM");
    await pair.holds("d2");
    expect(await logs.d1.exited()).toMatchObject({ code: 0 });
    expect(await logs.d1.log()).not.toContain("split brain");
    await pair.serves("d2", client);
    const { bodies, longestMs } = await client.stop();
    expect(Object.keys(bodies).sort()).toEqual(["d1", "d2"]);
    // The check, then between one and two timeouts of asking.
    expect(longestMs).toBeLessThan(kind.checkMs + 2000 + TAKEOVER_MS);
  });

  test("takeover_check: a master's host that dies is taken over from, the timeout later", async () => {
    const { site, lab, pair, client } = await Site.start(kind, checked);
    await using _ = site;
    await lab.crash("d1");
    expect(await pair.holds("d2")).toBeLessThan(TAKEOVER_MS + 1000);
    expect(await pair.instance("d2")).toMatchObject({ why: expect.stringContaining("takeover_check lets it") });
    await pair.serves("d2", client);
    const { bodies, longestMs } = await client.stop();
    expect([Object.keys(bodies).sort(), longestMs < TAKEOVER_MS + 1000]).toEqual([["d1", "d2"], true]);
  });
});
